//! `cargo xtask codegen`: Rust from Kafka's message schemas, into `crates/kafka-proto/src/generated`.
//!
//! The schemas are read from the jar of kafka-clients at generation time and are not kept; only facts enter the output.
//! Each file carries a hash of its content: `--check` compares it without the jar, and generates anew and compares
//! where the jar is at hand; with `--fetch` it is.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};

use crate::peer;

mod emit;
mod schema;
#[cfg(test)]
mod tests;
mod versions;

/// Where the output goes.
pub const FOLDER: &str = "crates/kafka-proto/src/generated";
/// What the jar calls the folder of schemas.
const SCHEMAS: &str = "common/message";
/// The line that carries the hash begins so.
const HASH_LINE: &str = "//! Content: fnv1a64 ";

/// The APIs that are generated; each has a request and a response.
const APIS: &[&str] = &[
    "Produce",
    "Fetch",
    "ListOffsets",
    "Metadata",
    "OffsetCommit",
    "OffsetFetch",
    "FindCoordinator",
    "JoinGroup",
    "Heartbeat",
    "LeaveGroup",
    "SyncGroup",
    "DescribeGroups",
    "ListGroups",
    "ApiVersions",
    "CreateTopics",
    "DeleteTopics",
    "DeleteRecords",
    "InitProducerId",
    "OffsetForLeaderEpoch",
    "DescribeConfigs",
    "CreatePartitions",
    "DeleteGroups",
    "IncrementalAlterConfigs",
    "OffsetDelete",
    "DescribeCluster",
    "DescribeTopicPartitions",
];

/// What else is generated: a file and the messages in it.
const DATA: &[(&str, &[&str])] = &[
    ("Header", &["RequestHeader", "ResponseHeader"]),
    ("ConsumerProtocolSubscription", &["ConsumerProtocolSubscription"]),
    ("ConsumerProtocolAssignment", &["ConsumerProtocolAssignment"]),
];

/// Arguments of `cargo xtask codegen`.
#[derive(clap::Args)]
pub struct Args {
    /// Write nothing; fail when a committed file is not what it says or not what the schemas give
    #[arg(long)]
    check: bool,
    /// Take the schemas from this jar; by default from the peer's, which is fetched unless only checking
    #[arg(long, value_name = "JAR")]
    from_jar: Option<PathBuf>,
    /// Fetch the peer's jar for a check too, so that it compares with the schemas on any machine
    #[arg(long, requires = "check", conflicts_with = "from_jar")]
    fetch: bool,
}

/// Generates, or checks.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let folder = peer::root().join(FOLDER);
    if !args.check {
        let jar = args.from_jar.clone().map_or_else(fetched_jar, Ok)?;
        let files = generate(&jar)?;
        write_all(&folder, &files)?;
        println!("codegen: {} files in {FOLDER}", files.len());
        return Ok(());
    }
    let whole = check_hashes(&folder)?;
    let at_hand = || Some(peer_jar(&peer_version()?)).filter(|jar| jar.is_file());
    let jar = if args.fetch { Some(fetched_jar()?) } else { args.from_jar.clone().or_else(at_hand) };
    let Some(jar) = jar else {
        println!(
            "codegen: {whole} files are as they were generated; the schemas are not at hand to compare with"
        );
        return Ok(());
    };
    let files = generate(&jar)?;
    ensure!(
        files.len() == whole,
        "{} files are generated and {whole} are committed: run `cargo xtask codegen`",
        files.len()
    );
    for file in &files {
        let path = folder.join(&file.name);
        let committed = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        ensure!(
            committed == file.text,
            "{FOLDER}/{} is not what the schemas give: run `cargo xtask codegen`",
            file.name
        );
    }
    println!("codegen: {whole} files are fresh");
    Ok(())
}

/// A whole file, header and all.
struct File {
    name: String,
    text: String,
}

fn peer_version() -> Option<String> {
    let pom = std::fs::read_to_string(peer::root().join("compat/kafka/peer/pom.xml")).ok()?;
    let (_, rest) = pom.split_once("<kafka.version>")?;
    rest.split_once('<').map(|(version, _)| version.to_owned())
}

fn fetched_jar() -> anyhow::Result<PathBuf> {
    Ok(peer_jar(peer::Jars::install()?.version()))
}

fn peer_jar(version: &str) -> PathBuf {
    peer::work_dir().join(format!("peer/lib/kafka-clients-{version}.jar"))
}

/// Every file, from the schemas in `jar`.
fn generate(jar: &Path) -> anyhow::Result<Vec<File>> {
    let schemas = unpack(jar)?;
    let result = generate_from(&schemas.join(SCHEMAS), jar);
    std::fs::remove_dir_all(&schemas).with_context(|| schemas.display().to_string())?;
    result
}

fn generate_from(schemas: &Path, jar: &Path) -> anyhow::Result<Vec<File>> {
    let source = jar.file_stem().and_then(|stem| stem.to_str()).context("the jar has no name")?;
    let mut units = Vec::new();
    for api in APIS {
        units.push(emit::Unit::load(schemas, api, &[&format!("{api}Request"), &format!("{api}Response")])?);
    }
    for (name, messages) in DATA {
        units.push(emit::Unit::load(schemas, name, messages)?);
    }
    let outputs = emit::files(&units)?;
    outputs.into_iter().map(|output| file_of(output, source)).collect()
}

fn file_of(output: emit::Output, source: &str) -> anyhow::Result<File> {
    let code = formatted(&output.code).with_context(|| output.name.clone())?;
    let page = format!(
        "//! Written by `cargo xtask codegen` from facts of the message schemas of {source}; not edited by hand.\n"
    );
    let text = format!("{page}{HASH_LINE}{:016x}\n\n{code}", hash(&code));
    Ok(File { name: format!("{}.rs", output.name), text })
}

/// Runs rustfmt with the tree's settings.
fn formatted(code: &str) -> anyhow::Result<String> {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(peer::root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("rustfmt did not start: rustup component add rustfmt")?;
    let mut input = rustfmt.stdin.take().context("rustfmt has no input")?;
    input.write_all(code.as_bytes())?;
    drop(input);
    let done = rustfmt.wait_with_output()?;
    ensure!(done.status.success(), "rustfmt refused the generated code");
    Ok(String::from_utf8(done.stdout)?)
}

/// Unpacks the schemas into a folder of their own.
fn unpack(jar: &Path) -> anyhow::Result<PathBuf> {
    let jar = jar.canonicalize().with_context(|| jar.display().to_string())?;
    let folder = peer::work_dir().join(format!("codegen-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let status = Command::new("jar")
        .arg("xf")
        .arg(&jar)
        .arg(SCHEMAS)
        .current_dir(&folder)
        .status()
        .context("jar did not start: install a JDK (Debian: apt-get install default-jdk-headless)")?;
    ensure!(status.success(), "`jar xf {}` ended with {status}", jar.display());
    Ok(folder)
}

fn write_all(folder: &Path, files: &[File]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        if !files.iter().any(|file| name == file.name.as_str()) {
            std::fs::remove_file(folder.join(&name))?;
        }
    }
    for file in files {
        std::fs::write(folder.join(&file.name), &file.text)?;
    }
    Ok(())
}

/// Checks the hash of every committed file and counts them.
fn check_hashes(folder: &Path) -> anyhow::Result<usize> {
    let mut count = 0;
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        if let Err(error) = check_hash(&text) {
            bail!("{}: {error}: run `cargo xtask codegen`", path.display());
        }
        count += 1;
    }
    ensure!(count > 0, "{} is empty: run `cargo xtask codegen`", folder.display());
    Ok(count)
}

fn check_hash(text: &str) -> anyhow::Result<()> {
    let mut lines = text.splitn(4, '\n');
    let claimed = lines.nth(1).and_then(|line| line.strip_prefix(HASH_LINE)).context("carries no hash")?;
    ensure!(lines.next() == Some(""), "its header was changed");
    let code = lines.next().context("has no content")?;
    ensure!(claimed == format!("{:016x}", hash(code)), "was changed by hand");
    Ok(())
}

/// FNV-1a, 64 bits: tells a changed file, not a forged one.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |state, byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}
