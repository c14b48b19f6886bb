//! A server's life: its line, its ports, its signals.

use crate::process::{Broker, Signal, command, hence};

#[test]
fn a_signal_ends_it_with_0_and_the_next_start_has_everything() {
    let dir = tempfile::tempdir().unwrap();
    for (signal, text) in [(Signal::TERM, "one\n"), (Signal::INT, "two\n")] {
        let broker = Broker::at(dir.path());
        broker.hence(&["topic", "create", "orders", "--if-not-exists"]).good();
        broker.fed(text, &["produce", "orders"]).good();
        let ended = broker.end(signal);
        assert_eq!((ended.code, ended.out.as_str()), (Some(0), ""), "{}", ended.err);
        assert!(ended.err.contains("stopping"), "{}", ended.err);
    }
    let broker = Broker::at(dir.path());
    assert_eq!(broker.hence(&["consume", "orders"]).good(), "one\ntwo\n");
}

#[test]
fn a_port_in_use_is_named() {
    let broker = Broker::in_memory();
    let serve = ["serve", "--durability", "memory", "--http", "off", "--kafka", broker.kafka()];
    let why = hence(&serve).failure();
    let (_, why) = why.split_once("error: ").expect("what the log says is before it");
    let (first, advice) = why.split_once('\n').expect("two lines");
    assert!(first.contains(broker.kafka()), "{why}");
    assert!(
        advice.starts_with("  → stop the process that has the port")
            && advice.ends_with("picks a free one)\n")
    );
}

#[test]
fn a_directory_with_white_space_in_its_name_is_quoted_in_the_line() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("my data");
    let broker = Broker::at(&data);
    let (_, value) = broker.ready.split_once(" data=").expect("it is in the line");
    let path: std::path::PathBuf = serde_json::from_str(value).expect("it is a JSON string");
    assert_eq!(path, data);
}

#[test]
fn a_directory_in_use_is_told_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let _broker = Broker::at(dir.path());
    let data = dir.path().to_str().unwrap();
    let why = hence(&["serve", "--kafka", "off", "--http", "off", "--data", data]).failure();
    assert!(why.contains(data) && why.contains("choose another directory with --data"), "{why}");
}

#[test]
fn a_command_line_that_makes_no_sense_ends_with_2() {
    for args in [&["serve", "--durability", "fast"][..], &["consume"], &["fly"]] {
        let ended = hence(args);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{ended:?}");
    }
    let help = command(&["--help"]).output().unwrap();
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("hence serve"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_ends_a_start_too() {
    use crate::process::{Process, wait_until};
    for signal in [Signal::TERM, Signal::INT] {
        let dir = tempfile::tempdir().unwrap();
        // Opening a pipe that nobody writes to never comes to an end.
        let identity = dir.path().join("journal.hence");
        let made = std::process::Command::new("mkfifo").arg(&identity).status();
        assert!(made.expect("mkfifo runs").success());
        let data = dir.path().to_str().unwrap();
        let serve = ["serve", "--kafka", "127.0.0.1:0", "--http", "off", "--data", data];
        let process = Process::start(command(&serve), "");
        wait_until(|| catches(process.id(), signal));
        process.signal(signal);
        let ended = process.ended();
        assert_eq!((ended.code, ended.out.as_str()), (Some(0), ""), "{}", ended.err);
        assert!(ended.err.contains("stopping before the start was done"), "{}", ended.err);
    }
}

/// Whether the process has a handler for the signal (proc(5), `SigCgt`).
#[cfg(target_os = "linux")]
fn catches(process: u32, signal: Signal) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("the kernel says it");
    let caught = u64::from_str_radix(caught.trim(), 16).expect("it is a mask");
    caught & (1 << (signal.as_raw() - 1)) != 0
}
