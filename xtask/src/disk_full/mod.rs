//! `cargo xtask disk-full`: a small file system of its own is filled through the broker and emptied again, for real.
//!
//! Clients (librdkafka's, from Python) fill a topic until everything is refused, read and commit meanwhile, delete the
//! topic and must get on without a restart; in a spell `r` the broker is killed while nothing fits any more. Both durability
//! modes. The file system is a tmpfs, mounted in a mount namespace of its own: it is gone with this process.

mod check;
mod mount;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::compat::{Client, hence_binary};
use crate::peer::{self, Hence, HenceOptions, now};
use crate::script::Script;

use check::{Lived, check_lived, check_looked};

const MODES: [&str; 2] = ["fsync", "os"];
/// Full and emptied, once.
const SPELLS_DEFAULT: &str = "s";
/// Large enough for several segments and small enough to be filled within seconds.
const DISK_MIB_DEFAULT: u32 = 128;
/// Until the spell in which the broker is killed.
const FULL_SECONDS_MAX: u64 = 60;

/// Arguments of `cargo xtask disk-full`.
#[derive(clap::Args)]
pub struct Args {
    /// Only this durability: `fsync` or `os`
    #[arg(long, value_name = "MODE")]
    durability: Option<String>,
    /// Size of the disk
    #[arg(long, default_value_t = DISK_MIB_DEFAULT)]
    mib: u32,
    /// A letter for each time that it is filled and emptied: `r` is killed while full and started anew, `s` is not
    #[arg(long, default_value = SPELLS_DEFAULT)]
    spells: String,
    /// An ext4 in a file, loop-mounted, in the place of tmpfs; for root only
    #[arg(long)]
    ext4: bool,
    /// The binary of Hence; built when absent
    #[arg(long, value_name = "PATH", overrides_with = "hence")]
    hence: Option<PathBuf>,
    /// Set by this task itself, in its own namespace
    #[arg(long, hide = true)]
    inside: bool,
}

/// Runs the modes; fails when a client could not do what it must, or when what was acknowledged is not there.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let python = Client::load("confluent-kafka")?;
    python.build()?;
    let binary = hence_binary(args.hence.as_deref())?;
    if !args.inside {
        return mount::again_in_a_namespace(&binary);
    }
    let modes: Vec<_> =
        MODES.into_iter().filter(|mode| args.durability.as_ref().is_none_or(|one| one == mode)).collect();
    ensure!(!modes.is_empty(), "there is no such mode; the modes are {MODES:?}");
    let mut wrong = 0;
    for mode in &modes {
        let started = now();
        let (lived, lines) = run_mode(mode, &binary, &python, args).with_context(|| (*mode).to_owned())?;
        let seconds = started.elapsed().as_secs_f32();
        println!("disk-full: {mode}: {lived}, {} wrong, {seconds:.1} s", lines.len());
        lines.iter().take(8).for_each(|line| println!("    {line}"));
        wrong += lines.len();
    }
    println!("disk-full: {} modes, {wrong} wrong", modes.len());
    if wrong == 0 { Ok(()) } else { Err(crate::Told.into()) }
}

/// All spells on one disk, in one mode. Gives what the clients saw and what is wrong with it.
fn run_mode(mode: &str, binary: &Path, python: &Client, args: &Args) -> anyhow::Result<(Lived, Vec<String>)> {
    let dir = peer::work_dir().join(format!("disk-full/{mode}"));
    if dir.exists() {
        std::fs::remove_dir_all(&dir).with_context(|| format!("cannot empty {}", dir.display()))?;
    }
    // The data directory is the disk; logs are beside it.
    let disk = dir.join("data");
    std::fs::create_dir_all(&disk)?;
    mount::mount(&disk, args.mib, args.ext4)?;
    let mut options = HenceOptions::new(binary.to_owned(), dir.clone());
    options.arguments = ["--durability", mode].map(str::to_owned).to_vec();
    let hence = Hence::start(&options)?;
    options.kafka = hence.bootstrap.clone();
    let bootstrap = options.kafka.clone();
    println!("disk-full: {mode}: {} MiB, {}", args.mib, hence.ready);

    let mut wrong = Vec::new();
    let mut live = Script::start(python, &dir, "live", "disk_full/live.py", &[&bootstrap, &args.spells])?;
    let mut hence = hence;
    for (spell, _) in args.spells.match_indices('r') {
        let topic = format!("filler-{spell}");
        live.wait_for(&format!("full {spell}"), Duration::from_secs(FULL_SECONDS_MAX))?;
        hence.kill()?;
        hence = Hence::start(&options).context("killed while its disk was full")?;
        let before = live.printed()?;
        let full = look(python, &dir, &topic, &[&bootstrap, "kept", "after", &topic])?;
        wrong.extend(check_looked(&Lived::read(before.lines())?, &full)?);
        live.tell("on")?;
    }
    let lived = Lived::read(live.finish()?.iter().map(String::as_str))?;
    wrong.extend(check_lived(&lived, args.spells.len(), u64::from(args.mib) << 20));

    hence.stop()?;
    let hence = Hence::start(&options).context("stopped at the end")?;
    let end = look(python, &dir, "end", &[&bootstrap, "kept", "after"])?;
    wrong.extend(check_looked(&lived, &end)?);
    hence.stop()?;
    mount::unmount(&disk)?;
    Ok((lived, wrong))
}

fn look(python: &Client, dir: &Path, name: &str, arguments: &[&str]) -> anyhow::Result<Vec<String>> {
    Script::start(python, dir, name, "disk_full/look.py", arguments)?.finish()
}
