//! The command line is sound, and what it prints is what it says.

use super::*;

#[test]
fn every_command_is_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn the_commands_of_the_help_parse() {
    for line in [
        "hence serve --data d --kafka 127.0.0.1:0 --http off --http-allow-host a,b --durability os --set journal.io=buffered",
        "hence topic create orders --partitions 3 --config retention.ms=1",
        "hence topic delete orders --yes --json",
        "hence produce orders --key-separator : --compression zstd",
        "hence consume orders --from -10 --partition 0 --max 3",
        "hence bench --seconds 1 --connections 2 --rate 1000",
        "hence doctor dir --repair --accept-loss",
        "hence completions bash",
        "hence config show --json",
    ] {
        assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}");
    }
    for line in [
        "hence",
        "hence serve --durability fast",
        "hence bench --rate 0",
        "hence consume orders --from yesterday",
    ] {
        assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
    }
}

#[test]
fn sizes_are_short() {
    for (count, text) in [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (5 << 30, "5.0 GiB")] {
        assert_eq!(output::bytes(count), text);
    }
}

#[test]
fn a_cause_that_an_error_tells_itself_is_told_once() {
    let gone = || anyhow::anyhow!("the disk is gone");
    let told = gone().context("cannot read: the disk is gone\n  → find it").context("partition 3");
    assert_eq!(output::with_causes(&told), "partition 3: cannot read: the disk is gone\n  → find it");
    assert_eq!(output::with_causes(&gone().context("cannot read")), "cannot read: the disk is gone");
}
