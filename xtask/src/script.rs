//! A client that runs beside a broker: a Python script of `compat/kafka`, told by its input and read by what it prints.
//!
//! It ends when its input does, so it cannot outlive this process, and its last line begins with `done`: one that ended
//! early is not taken for one that saw nothing. What it says on standard error goes to a log beside what it prints.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};

use crate::compat::Client;
use crate::peer::{self, now, pause};

/// One that takes longer to finish hangs.
const FINISH_SECONDS_MAX: u64 = 90;

/// A script that runs; dropping it kills it.
pub struct Script {
    child: Child,
    printed: PathBuf,
}

impl Script {
    /// Starts `script`, a path under `compat/kafka`, with `name` for what it prints and logs in `dir`.
    pub fn start(
        python: &Client,
        dir: &Path,
        name: &str,
        script: &str,
        arguments: &[&str],
    ) -> anyhow::Result<Self> {
        let printed = dir.join(format!("{name}.out"));
        let child = command(python, script, arguments)?
            .stdin(Stdio::piped())
            .stdout(File::create(&printed)?)
            .stderr(File::create(printed.with_extension("log"))?)
            .spawn()
            .with_context(|| format!("{script} did not start"))?;
        Ok(Self { child, printed })
    }

    /// What it has printed so far.
    pub fn printed(&self) -> anyhow::Result<String> {
        Ok(std::fs::read_to_string(&self.printed)?)
    }

    /// Gives it a line of input.
    pub fn tell(&mut self, line: &str) -> anyhow::Result<()> {
        let input = self.child.stdin.as_mut().context("its input is open until it is to finish")?;
        Ok(writeln!(input, "{line}")?)
    }

    /// Waits until it has printed this line.
    pub fn wait_for(&mut self, line: &str, within: Duration) -> anyhow::Result<()> {
        let deadline = now() + within;
        while !self.printed()?.lines().any(|printed| printed == line) {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status} before `{line}`: {}", self.printed.display(), self.log());
            }
            let seconds = within.as_secs();
            let printed = self.printed.display();
            ensure!(now() < deadline, "{printed} did not get to `{line}` in {seconds} s: {}", self.log());
            pause(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Ends its input, waits for it, and gives the lines that it printed.
    pub fn finish(mut self) -> anyhow::Result<Vec<String>> {
        drop(self.child.stdin.take());
        let deadline = now() + Duration::from_secs(FINISH_SECONDS_MAX);
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            ensure!(now() < deadline, "{} did not finish: {}", self.printed.display(), self.log());
            pause(Duration::from_millis(20));
        };
        ensure!(status.success(), "{} ended with {status}: {}", self.printed.display(), self.log());
        let text = self.printed()?;
        ensure!(text.lines().any(|line| line.starts_with("done")), "{} is cut short", self.printed.display());
        Ok(text.lines().map(str::to_owned).collect())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.printed.with_extension("log")).unwrap_or_default()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command that runs `script`, a path under `compat/kafka`.
pub fn command(python: &Client, script: &str, arguments: &[&str]) -> anyhow::Result<Command> {
    let interpreter = python.run.first().context("the client is run by its interpreter")?;
    let script = peer::root().join("compat/kafka").join(script);
    let mut command = python.command(&[interpreter.clone(), script.to_string_lossy().into_owned()])?;
    command.args(arguments);
    Ok(command)
}
