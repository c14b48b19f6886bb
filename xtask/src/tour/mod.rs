//! `cargo xtask tour`: pastes the tours of the README and of the examples into a shell, block by block, and compares what
//! they printed.
//!
//! A tour is what stands between `<!-- tour -->` and `<!-- /tour -->`: `sh` blocks are run in one bash that stops at
//! the first error; a `text` block is what the block before it must print, line by line, where `…` stands for anything.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};

const PAGES: [&str; 2] = ["README.md", "examples/README.md"];
const OPENS: &str = "<!-- tour -->";
const CLOSES: &str = "<!-- /tour -->";
/// Printed by the script before each block, to tell the blocks' output apart.
const MARK: &str = "@@@ block ";

/// Arguments of `cargo xtask tour`.
#[derive(clap::Args)]
pub struct Args {
    /// Print the script instead of running it
    #[arg(long)]
    print: bool,
}

/// A block to paste, and what it prints if the page says so.
#[derive(Debug, PartialEq, Eq)]
struct Block {
    script: String,
    prints: Option<String>,
}

/// Runs each page's tour from the root of the tree; fails where one stops or prints something else.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let (mut count, mut wrong) = (0, 0);
    for name in PAGES {
        let page = std::fs::read_to_string(name);
        let page = page.with_context(|| format!("{name} (run this from the root of the tree)"))?;
        let blocks = blocks_of(&page).with_context(|| name.to_owned())?;
        if args.print {
            print!("{}", script_of(&blocks));
            continue;
        }
        let printed = bash(&script_of(&blocks)).with_context(|| name.to_owned())?;
        print!("{printed}");
        let complaints = compare(&blocks, &printed);
        complaints.iter().for_each(|complaint| println!("tour: {name}: {complaint}"));
        (count, wrong) = (count + blocks.len(), wrong + complaints.len());
    }
    if !args.print {
        println!("tour: {count} blocks, {wrong} wrong");
    }
    if wrong == 0 { Ok(()) } else { Err(crate::Told.into()) }
}

/// The fenced blocks of the tour, in order.
fn blocks_of(page: &str) -> anyhow::Result<Vec<Block>> {
    let (_, rest) = page.split_once(OPENS).with_context(|| format!("there is no {OPENS}"))?;
    let (tour, _) = rest.split_once(CLOSES).with_context(|| format!("there is no {CLOSES}"))?;
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = tour.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else { continue };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let body = body.join("\n");
        match (kind, blocks.last_mut()) {
            ("sh", _) => blocks.push(Block { script: body, prints: None }),
            ("text", Some(Block { prints: prints @ None, .. })) => *prints = Some(body),
            _ => bail!("the tour has a block `{kind}` that is neither `sh` nor the `text` that one printed"),
        }
    }
    ensure!(!blocks.is_empty(), "the tour has no blocks");
    Ok(blocks)
}

/// One script: blocks share their variables and background jobs, and the first error ends it. What it started is ended.
fn script_of(blocks: &[Block]) -> String {
    let mut script =
        String::from("set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\n");
    for (index, block) in blocks.iter().enumerate() {
        let _ = writeln!(script, "echo '{MARK}{index}'\n{}", block.script);
    }
    script
}

fn bash(script: &str) -> anyhow::Result<String> {
    let mut child = Command::new("bash")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("bash did not start")?;
    let mut stdin = child.stdin.take().context("bash has no standard input")?;
    stdin.write_all(format!("eval \"$(cat <<'TOUR_SCRIPT'\n{script}TOUR_SCRIPT\n)\"\n").as_bytes())?;
    drop(stdin);
    let output = child.wait_with_output()?;
    let printed = String::from_utf8(output.stdout).context("the tour printed something that is not text")?;
    if !output.status.success() {
        print!("{printed}");
        bail!("the tour ended with {}; the last block above is where", output.status);
    }
    Ok(printed)
}

/// What each block should have printed and did not.
fn compare(blocks: &[Block], printed: &str) -> Vec<String> {
    let mut outputs =
        printed.split(MARK).skip(1).map(|output| output.split_once('\n').map_or("", |(_, rest)| rest));
    let mut wrong = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        let output = outputs.next().unwrap_or_default();
        let Some(expected) = &block.prints else { continue };
        let (output, expected): (Vec<_>, Vec<_>) =
            (output.trim_end().lines().collect(), expected.lines().collect());
        let first = (0..output.len().max(expected.len())).find(|&line| {
            match (expected.get(line), output.get(line)) {
                (Some(expected), Some(line)) => !matches(expected, line),
                _ => true,
            }
        });
        if let Some(line) = first {
            let (expected, got) =
                (expected.get(line).unwrap_or(&"nothing"), output.get(line).unwrap_or(&"nothing"));
            wrong.push(format!("block {index}, line {}: expected `{expected}`, printed `{got}`", line + 1));
        }
    }
    wrong
}

/// Whether `line` is `expected`, where each `…` of `expected` stands for anything.
fn matches(expected: &str, line: &str) -> bool {
    let mut pieces = expected.trim_end().split('…');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = line.trim_end().strip_prefix(first) else { return false };
    let mut last = None;
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
        last = Some(piece);
    }
    rest.is_empty() || last == Some("") || last.is_some_and(|piece| line.trim_end().ends_with(piece))
}

#[cfg(test)]
mod tests;
