//! Runs the binary: each process is bounded in time and killed when the test is done with it.
//!
//! Always: port 0, none of the environment's settings, and nothing on standard input but what the test gives.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

pub use rustix::process::Signal;

/// Nothing that a test waits for takes nearly so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process under way.
pub struct Process {
    child: Child,
    out: Receiver<String>,
    err: Receiver<String>,
}

/// How a process ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// A broker that accepts connections.
pub struct Broker {
    process: Process,
    pub ready: String,
    environment: Vec<(&'static str, String)>,
}

/// `hence ARGS`, of which nothing is heard that the environment says.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hence"));
    command.args(args).env_clear();
    command
}

/// Runs `hence ARGS` to its end.
pub fn hence(args: &[&str]) -> Ended {
    Process::start(command(args), "").ended()
}

impl Process {
    /// Starts it with `input` on its standard input.
    pub fn start(command: Command, input: &str) -> Self {
        Self::read_up_to(usize::MAX, command, input)
    }

    /// The same, but its standard output is closed after so many lines.
    pub fn read_up_to(lines: usize, mut command: Command, input: &str) -> Self {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().expect("the binary runs");
        let mut stdin = child.stdin.take().expect("it is piped");
        let input = input.to_owned();
        beside(move || {
            // It may end without reading all.
            let _ = stdin.write_all(input.as_bytes());
        });
        let out = lines_of(child.stdout.take().expect("it is piped"), lines);
        let err = lines_of(child.stderr.take().expect("it is piped"), usize::MAX);
        Self { child, out, err }
    }

    /// The next line that it prints; panics with what it says on standard error when it ends without one.
    pub fn line(&self) -> String {
        match self.out.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => panic!("nothing was printed in {PATIENCE:?}"),
            Err(RecvTimeoutError::Disconnected) => {
                panic!("no line: {}", self.err.iter().collect::<String>())
            }
        }
    }

    /// The next line, if it comes within `time`.
    pub fn line_within(&self, time: Duration) -> Option<String> {
        self.out.recv_timeout(time).ok()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: Signal) {
        let id =
            self.id().try_into().ok().and_then(rustix::process::Pid::from_raw).expect("a process has an id");
        rustix::process::kill_process(id, signal).expect("it is ours to signal");
    }

    /// Waits for its end.
    pub fn ended(mut self) -> Ended {
        let until = now() + PATIENCE;
        let (out, err) = (rest(&self.out, until), rest(&self.err, until));
        let status = self.child.wait().expect("it is ours to wait for");
        Ended { code: status.code(), out, err }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// What it printed, if it ended well.
    #[track_caller]
    pub fn good(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// What it said on standard error, if it ended with 1.
    #[track_caller]
    pub fn failure(self) -> String {
        assert_eq!(self.code, Some(1), "{self:?}");
        self.err
    }
}

impl Broker {
    /// One that keeps nothing.
    pub fn in_memory() -> Self {
        Self::start(&["--durability", "memory"])
    }

    /// One that keeps everything in `dir`.
    pub fn at(dir: &Path) -> Self {
        let dir = dir.to_str().expect("the path is text");
        Self::start(&["--data", dir, "--set", "journal.io=buffered"])
    }

    pub fn start(args: &[&str]) -> Self {
        let mut command = command(&["serve", "--kafka", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
        command.args(args);
        let process = Process::start(command, "");
        let ready = process.line().trim_end().to_owned();
        let place =
            |door| ready.split(' ').find_map(|word| word.strip_prefix(door)).expect("it is in the line");
        let environment = vec![
            ("HENCE_BOOTSTRAP", place("kafka=").to_owned()),
            ("HENCE_ADMIN", format!("http://{}", place("http="))),
        ];
        Self { process, environment, ready }
    }

    /// Where its Kafka door is.
    pub fn kafka(&self) -> &str {
        &self.environment[0].1
    }

    /// `hence ARGS` that talks to this broker.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = command(args);
        command.envs(self.environment.iter().cloned());
        command
    }

    /// Runs `hence ARGS` against it, to its end.
    pub fn hence(&self, args: &[&str]) -> Ended {
        self.fed("", args)
    }

    /// The same with `input` on standard input.
    pub fn fed(&self, input: &str, args: &[&str]) -> Ended {
        Process::start(self.command(args), input).ended()
    }

    /// Ends it with a signal.
    pub fn end(self, signal: Signal) -> Ended {
        self.process.signal(signal);
        self.process.ended()
    }
}

/// Waits until `holds`; panics when that takes too long.
pub fn wait_until(mut holds: impl FnMut() -> bool) {
    let until = now() + PATIENCE;
    while !holds() {
        assert!(now() < until, "it did not come in {PATIENCE:?}");
        std::thread::yield_now();
    }
}

#[expect(clippy::disallowed_methods, reason = "a process is waited for with a deadline")]
fn now() -> Instant {
    Instant::now()
}

/// Everything that still comes.
fn rest(lines: &Receiver<String>, until: Instant) -> String {
    let mut text = String::new();
    loop {
        match lines.recv_timeout(until.saturating_duration_since(now())) {
            Ok(line) => text.push_str(&line),
            Err(RecvTimeoutError::Disconnected) => return text,
            Err(RecvTimeoutError::Timeout) => panic!("it did not end in {PATIENCE:?}; it printed {text}"),
        }
    }
}

fn lines_of(pipe: impl Read + Send + 'static, lines: usize) -> Receiver<String> {
    let (sender, receiver) = channel();
    beside(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = String::new();
        for _ in 0..lines {
            match pipe.read_line(&mut line) {
                Ok(1..) if sender.send(std::mem::take(&mut line)).is_ok() => {}
                _ => break,
            }
        }
    });
    receiver
}

fn beside(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().spawn(work).expect("a thread starts");
}
