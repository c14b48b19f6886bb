//! One running Kafka node: formatted, started, asked whether it answers, stopped by its own pid.
//!
//! Ready means that it answered an ApiVersions request, not that its port is open: the port opens earlier.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use super::install::{Jars, work_dir};

/// A start that takes longer has failed.
const START_SECONDS_MAX: u64 = 60;
/// A clean stop that takes longer is cut short.
const STOP_SECONDS_MAX: u64 = 30;
/// Any valid id does; a fixed one makes runs alike.
const CLUSTER_ID: &str = "4L6g3nShT-eMCtK--X86sw";

/// How to run a node.
#[derive(Debug, Clone)]
pub struct Options {
    /// Heap of the JVM.
    pub heap_mib: u32,
    /// Port of the client listener; 0 picks a free one.
    pub port: u16,
    /// Directory of the node; a fresh one under `compat/work` when absent. An existing log in it is kept.
    pub dir: Option<PathBuf>,
    /// Properties beyond the minimum, such as `flush.messages=1`.
    pub properties: Vec<(String, String)>,
    /// Words before `java`, such as `taskset -c 0`.
    pub before: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { heap_mib: 1024, port: 0, dir: None, properties: Vec::new(), before: Vec::new() }
    }
}

/// A running node; dropping it kills it.
#[derive(Debug)]
pub struct Peer {
    /// `127.0.0.1:PORT`
    pub bootstrap: String,
    /// The JVM's process id.
    pub pid: u32,
    /// Where its configuration, log and data are.
    pub dir: PathBuf,
    /// Kafka's version.
    pub version: String,
    /// From the start of the JVM to the first answer.
    pub started_in: Duration,
    child: Child,
}

impl Peer {
    /// Formats (when new), starts and waits until the node answers.
    pub fn start(options: &Options) -> anyhow::Result<Self> {
        let jars = Jars::install()?;
        let port = if options.port == 0 { free_port()? } else { options.port };
        let dir = options.dir.clone().unwrap_or_else(|| work_dir().join(format!("peer/node-{port}")));
        if options.dir.is_none() && dir.exists() {
            std::fs::remove_dir_all(&dir)?;
        }
        std::fs::create_dir_all(&dir)?;
        let properties = dir.join("server.properties");
        std::fs::write(&properties, server_properties(&dir, port, free_port()?, &options.properties))?;
        if !dir.join("data/meta.properties").exists() {
            format_storage(&jars, &properties)?;
        }
        let started = now();
        let child = spawn(&jars, options, &dir, &properties)?;
        let bootstrap = format!("127.0.0.1:{port}");
        let mut peer = Self {
            bootstrap,
            pid: child.id(),
            dir,
            version: jars.version().to_owned(),
            started_in: Duration::ZERO,
            child,
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        wait_until_it_answers(address, Duration::from_secs(START_SECONDS_MAX), || {
            let status = peer.child.try_wait()?;
            ensure!(status.is_none(), "ended with {}", status.expect("just seen to be there"));
            Ok(())
        })
        .with_context(|| {
            format!("Kafka did not start; its log is {}", peer.dir.join("node.log").display())
        })?;
        peer.started_in = started.elapsed();
        Ok(peer)
    }

    /// Stops the node as an operator would, with SIGTERM.
    pub fn stop(mut self) -> anyhow::Result<()> {
        terminate(&mut self.child, Duration::from_secs(STOP_SECONDS_MAX))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends SIGTERM and waits; kills at the deadline and says so.
pub fn terminate(child: &mut Child, within: Duration) -> anyhow::Result<()> {
    let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    let pid = pid.context("a child has a process id")?;
    if child.try_wait()?.is_none() {
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
    }
    let deadline = now() + within;
    while child.try_wait()?.is_none() {
        if now() > deadline {
            child.kill()?;
            child.wait()?;
            bail!("process {} did not end within {} s of SIGTERM", child.id(), within.as_secs());
        }
        pause(Duration::from_millis(20));
    }
    Ok(())
}

fn server_properties(dir: &Path, port: u16, controller: u16, more: &[(String, String)]) -> String {
    let mut text = format!(
        "process.roles=broker,controller\n\
         node.id=1\n\
         controller.quorum.voters=1@127.0.0.1:{controller}\n\
         listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n\
         controller.listener.names=CONTROLLER\n\
         log.dirs={}\n\
         offsets.topic.replication.factor=1\n\
         transaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\n\
         share.coordinator.state.topic.replication.factor=1\n\
         share.coordinator.state.topic.min.isr=1\n",
        dir.join("data").display()
    );
    for (key, value) in more {
        text.push_str(&format!("{key}={value}\n"));
    }
    text
}

fn format_storage(jars: &Jars, properties: &Path) -> anyhow::Result<()> {
    let output = jars
        .tool("kafka.tools.StorageTool")
        .args(["format", "--cluster-id", CLUSTER_ID, "--config"])
        .arg(properties)
        .output()
        .context("java did not start: install a JRE 17 (Debian: apt-get install openjdk-17-jre-headless)")?;
    ensure!(
        output.status.success(),
        "formatting Kafka's storage failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

fn spawn(jars: &Jars, options: &Options, dir: &Path, properties: &Path) -> anyhow::Result<Child> {
    let heap = options.heap_mib;
    // The options of Kafka's own start script.
    let java = jars.java(&[
        &format!("-Xms{heap}m"),
        &format!("-Xmx{heap}m"),
        "-server",
        "-XX:+UseG1GC",
        "-XX:MaxGCPauseMillis=20",
        "-XX:InitiatingHeapOccupancyPercent=35",
        "-XX:+ExplicitGCInvokesConcurrent",
        "-Djava.awt.headless=true",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    ]);
    let mut words = options.before.iter().map(std::ffi::OsString::from).collect::<Vec<_>>();
    words.push(java.get_program().to_owned());
    words.extend(java.get_args().map(ToOwned::to_owned));
    let log = File::create(dir.join("node.log"))?;
    std::process::Command::new(&words[0])
        .args(&words[1..])
        .arg("kafka.Kafka")
        .arg(properties)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("java did not start")
}

/// A port that is free now.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Waits until the broker answers an ApiVersions request; `alive` fails when waiting longer is pointless.
pub fn wait_until_it_answers(
    address: SocketAddr,
    within: Duration,
    mut alive: impl FnMut() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let deadline = now() + within;
    loop {
        alive()?;
        if ask_api_versions(address).is_ok() {
            return Ok(());
        }
        ensure!(now() < deadline, "{address} did not answer within {} s", within.as_secs());
        pause(Duration::from_millis(5));
    }
}

/// ApiVersions v0: the one request that every version of every broker answers.
fn ask_api_versions(address: SocketAddr) -> std::io::Result<()> {
    const REQUEST: [u8; 14] = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0xff, 0xff];
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(500))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(&REQUEST)?;
    let mut head = [0; 8];
    stream.read_exact(&mut head)
}

#[allow(clippy::disallowed_methods, reason = "a process is waited for with a deadline")]
pub fn now() -> Instant {
    Instant::now()
}

#[allow(clippy::disallowed_methods, reason = "std has no wait for a child with a deadline")]
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}
