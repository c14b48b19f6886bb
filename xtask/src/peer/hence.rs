//! One running Hence: started on a directory, waited for by the line that it prints, stopped or killed by its own pid.
//!
//! What it prints and logs goes to files beside its data, and the end of the log into the error when it does not start.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};

use super::node::{now, pause, terminate};

/// A start that takes longer has failed.
const START_SECONDS_MAX: u64 = 30;
/// A clean stop that takes longer is a failure.
const STOP_SECONDS_MAX: u64 = 10;

/// How to run it.
#[derive(Debug, Clone)]
pub struct HenceOptions {
    /// The binary.
    pub binary: PathBuf,
    /// Holds `data/`, `printed` and `log`.
    pub dir: PathBuf,
    /// Address of the Kafka door; port 0 picks a free one.
    pub kafka: String,
    /// Address of the HTTP door, or `off`.
    pub http: String,
    /// More arguments of `hence serve`.
    pub arguments: Vec<String>,
    /// More variables of its environment.
    pub environment: Vec<(String, String)>,
}

impl HenceOptions {
    /// With a free port and nothing more.
    pub fn new(binary: PathBuf, dir: PathBuf) -> Self {
        let (kafka, http) = ("127.0.0.1:0".to_owned(), "off".to_owned());
        Self { binary, dir, kafka, http, arguments: Vec::new(), environment: Vec::new() }
    }
}

/// A running broker; dropping it kills it.
#[derive(Debug)]
pub struct Hence {
    /// Address of its Kafka door.
    pub bootstrap: String,
    /// The whole line that it printed.
    pub ready: String,
    /// Its process id.
    pub pid: u32,
    /// From the start of the process to its line.
    pub started_in: Duration,
    child: Child,
}

impl Hence {
    /// Starts it and waits for its line.
    pub fn start(options: &HenceOptions) -> anyhow::Result<Self> {
        let HenceOptions { binary, dir, kafka, http, arguments, environment } = options;
        std::fs::create_dir_all(dir)?;
        let (printed, log) = (dir.join("printed"), dir.join("log"));
        let started = now();
        let mut child = Command::new(binary)
            .arg("serve")
            .arg("--data")
            .arg(dir.join("data"))
            .args(["--kafka", kafka, "--http", http])
            .args(arguments)
            .envs(environment.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::null())
            .stdout(File::create(&printed)?)
            .stderr(OpenOptions::new().create(true).append(true).open(&log)?)
            .spawn()
            .with_context(|| format!("{} did not start", binary.display()))?;
        let why = loop {
            let text = std::fs::read_to_string(&printed)?;
            if let Some(ready) = ready_line(&text) {
                let (pid, started_in) = (child.id(), started.elapsed());
                let bootstrap = setting(ready, "kafka").context("its line names no kafka=")?.to_owned();
                return Ok(Self { bootstrap, ready: ready.to_owned(), pid, started_in, child });
            }
            if let Some(status) = child.try_wait()? {
                break format!("ended with {status}");
            }
            if started.elapsed() > Duration::from_secs(START_SECONDS_MAX) {
                child.kill()?;
                child.wait()?;
                break format!("printed no ready line within {START_SECONDS_MAX} s");
            }
            pause(Duration::from_millis(2));
        };
        let log = std::fs::read_to_string(&log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        bail!("hence {why}:\n{}", lines[lines.len().saturating_sub(12)..].join("\n"))
    }

    /// The value of one of its metrics; none when its HTTP door is closed or the metric is not there.
    pub fn metric(&self, name: &str) -> anyhow::Result<Option<f64>> {
        let Some(address) = setting(&self.ready, "http").filter(|address| *address != "off") else {
            return Ok(None);
        };
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(STOP_SECONDS_MAX)))?;
        write!(stream, "GET /metrics HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        Ok(value.map(str::parse).transpose()?)
    }

    /// Stops it as an operator would; it must end with exit code 0.
    pub fn stop(mut self) -> anyhow::Result<()> {
        terminate(&mut self.child, Duration::from_secs(STOP_SECONDS_MAX))?;
        let status = self.child.wait()?;
        if !status.success() {
            bail!("hence ended with {status} after SIGTERM");
        }
        Ok(())
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Ends it with SIGKILL, as a crash would.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Hence {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The line that says where it listens, once it is whole.
fn ready_line(printed: &str) -> Option<&str> {
    printed
        .split_inclusive('\n')
        .find(|line| line.starts_with("ready ") && line.ends_with('\n'))
        .map(str::trim)
}

/// `value` of ` key=value` in a line.
pub fn setting<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.split(' ').find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
}
