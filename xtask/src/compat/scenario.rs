//! One scenario of one client: run with a deadline, its JSON lines collected, then recorded or judged.
//!
//! A scenario runs in a process group of its own, which is ended as a whole at the deadline. What it says on standard
//! error goes to a log beside its environment, and the end of that log into the verdict when it breaks.

use std::fmt::Write as _;
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context;

use super::client::{Client, recordings};
use super::compare::{Difference, Line, compare};
use super::deviations::Deviation;
use crate::peer::{now, pause};

/// A scenario that takes longer is stuck.
const SCENARIO_SECONDS_MAX: u64 = 120;
/// How much of a log goes into a verdict.
const LOG_LINES_SHOWN: usize = 12;

/// A scenario of a client.
#[derive(Debug, Clone, Copy)]
pub struct Scenario<'a> {
    /// Whose it is.
    pub client: &'a Client,
    /// What the client calls it.
    pub name: &'a str,
}

/// What came of a scenario.
#[derive(Debug, Default)]
pub struct Outcome {
    lines: Vec<Line>,
    /// Why it did not end well.
    broken: Option<String>,
    differences: Vec<Difference>,
    took: Duration,
}

impl<'a> Scenario<'a> {
    /// All of a client.
    pub fn all(client: &'a Client) -> impl Iterator<Item = Self> {
        client.scenarios.iter().map(move |name| Self { client, name })
    }

    /// Runs it and collects what it printed.
    pub fn run(&self, bootstrap: &str) -> Outcome {
        let started = now();
        let (lines, broken) = match self.try_run(bootstrap) {
            Ok((lines, broken)) => (lines, broken),
            Err(error) => (Vec::new(), Some(format!("{error:#}"))),
        };
        Outcome { lines, broken, differences: Vec::new(), took: started.elapsed() }
    }

    fn try_run(&self, bootstrap: &str) -> anyhow::Result<(Vec<Line>, Option<String>)> {
        let mut command = self.client.command(&self.client.run)?;
        command.args([bootstrap, self.name]);
        let logs = self.client.work().join("logs");
        std::fs::create_dir_all(&logs)?;
        let log = logs.join(format!("{}.log", self.name));
        let ended = run_bounded(command, Duration::from_secs(SCENARIO_SECONDS_MAX), &log)?;
        let mut lines = Vec::new();
        for text in ended.printed.lines() {
            let parsed = Line::parse(text).with_context(|| format!("printed {text:?}"));
            match parsed {
                Ok(line) => lines.push(line),
                Err(error) => return Ok((lines, Some(format!("{error:#}")))),
            }
        }
        Ok((lines, (!ended.well).then(|| ended.how(&log))))
    }

    /// Writes what it printed as its recording; a run that broke is not recorded.
    pub fn record(&self, outcome: &Outcome) -> anyhow::Result<Outcome> {
        let broken = outcome.broken.clone();
        if broken.is_none() {
            let path = self.recording();
            std::fs::create_dir_all(path.parent().context("a recording is in a folder")?)?;
            let text: String = outcome.lines.iter().map(|line| format!("{line}\n")).collect();
            std::fs::write(&path, text)?;
        }
        Ok(Outcome { broken, took: outcome.took, ..Outcome::default() })
    }

    /// Compares what it printed with its recording; `allowed` are the deviations that it must show.
    pub fn judge(&self, outcome: &Outcome, allowed: &[&Deviation]) -> anyhow::Result<Outcome> {
        let path = self.recording();
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{}: record it with `cargo xtask compat --record`", path.display()))?;
        let recorded = text.lines().map(Line::parse).collect::<anyhow::Result<Vec<_>>>()?;
        let differences = compare(&recorded, &outcome.lines, allowed);
        Ok(Outcome { broken: outcome.broken.clone(), differences, took: outcome.took, lines: Vec::new() })
    }

    fn recording(&self) -> PathBuf {
        recordings(&self.client.name).join(format!("{}.jsonl", self.name))
    }
}

impl Outcome {
    /// One that could not be judged.
    pub fn broken(why: String) -> Self {
        Self { broken: Some(why), ..Self::default() }
    }

    /// Whether it ended well and showed what it should.
    pub fn is_good(&self) -> bool {
        self.broken.is_none() && self.differences.is_empty()
    }

    /// The verdict: one line, and what is wrong below it.
    pub fn told(&self, scenario: &Scenario<'_>) -> String {
        let Scenario { client, name } = scenario;
        let verdict = if self.is_good() { "ok    " } else { "DIFFER" };
        let mut text = format!("{verdict} {}/{name} ({:.1} s)\n", client.name, self.took.as_secs_f32());
        for difference in &self.differences {
            let _ = writeln!(text, "{difference}");
        }
        if let Some(broken) = &self.broken {
            let _ = writeln!(text, "    {}", broken.trim_end().replace('\n', "\n    "));
        }
        text
    }
}

/// How a process ended.
#[derive(Debug)]
pub struct Ended {
    /// With exit code 0 and in time.
    pub well: bool,
    /// Its standard output.
    pub printed: String,
    status: String,
}

impl Ended {
    /// How, with the end of its log.
    pub fn how(&self, log: &Path) -> String {
        let text = std::fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let text = text.unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        let shown = lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n");
        format!("{}; the end of its log:\n{shown}", self.status)
    }
}

/// Runs a command in a process group of its own, with a deadline; standard error goes to `log`.
pub fn run_bounded(mut command: Command, within: Duration, log: &Path) -> anyhow::Result<Ended> {
    let printed = log.with_extension("out");
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(File::create(&printed)?)
        .stderr(File::create(log)?)
        .process_group(0)
        .spawn()
        .with_context(|| format!("{program} did not start"))?;
    let deadline = now() + within;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if now() > deadline {
            break None;
        }
        pause(Duration::from_millis(20));
    };
    // The group may have outlived its first process; when nothing is left of it there is nobody to tell.
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    child.wait()?;
    Ok(Ended {
        well: status.is_some_and(|status| status.success()),
        printed: String::from_utf8_lossy(&std::fs::read(&printed)?).into_owned(),
        status: status.map_or_else(
            || format!("was stuck after {} s and has been killed", within.as_secs()),
            |status| format!("ended with {status}"),
        ),
    })
}
