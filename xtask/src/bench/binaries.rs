//! The binaries of a run: Hence and the generator, release builds of this tree unless they are named, and programs on
//! librdkafka, compiled from this tree with the library of the system.
//!
//! The commit is read before anything is built: whatever happens to the tree during hours of runs, it is theirs. The
//! generator prints one line of JSON; anything else it says goes to standard error.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};
use serde_json::Value;

use super::contestant::work_dir;
use super::machine;
use crate::peer;

/// Sources of the programs on librdkafka, without what they have in common.
const LIBRDKAFKA_SOURCES: &str = "bench/librdkafka";

/// Where they are.
#[derive(Clone, Debug)]
pub struct Binaries {
    /// `hence`
    pub hence: PathBuf,
    /// `hence` with the feature that makes its disk slower, if a cell needs it.
    pub slow_disk: Option<PathBuf>,
    /// `hence-bench`
    pub generator: PathBuf,
    /// The programs on librdkafka, if a cell needs them.
    pub librdkafka: Option<Librdkafka>,
    /// Run the generator on this processor only.
    pub generator_core: Option<u32>,
    /// The commit that they were built from, for the results.
    pub commit: String,
}

/// The programs on librdkafka.
#[derive(Clone, Debug)]
pub struct Librdkafka {
    /// As fast as it takes them.
    pub produce: PathBuf,
    /// At a fixed rate, until they are consumed.
    pub paced: PathBuf,
}

impl Binaries {
    /// Builds what is not named.
    pub fn find(hence: Option<&Path>, generator: Option<&Path>) -> anyhow::Result<Self> {
        let commit = built_from(machine::commit(), hence.is_some(), generator.is_some());
        let hence = match hence {
            Some(path) => path.canonicalize().with_context(|| format!("{} is not there", path.display()))?,
            None => build("hence", "hence")?,
        };
        Ok(Self { hence, commit, ..Self::generator_only(generator)? })
    }

    /// Without Hence, for what needs only the generator.
    pub fn generator_only(generator: Option<&Path>) -> anyhow::Result<Self> {
        let commit = built_from(machine::commit(), false, generator.is_some());
        let generator = match generator {
            Some(path) => path.canonicalize().with_context(|| format!("{} is not there", path.display()))?,
            None => build("hence-bench", "hence-bench")?,
        };
        Ok(Self {
            hence: PathBuf::new(),
            generator,
            slow_disk: None,
            librdkafka: None,
            generator_core: None,
            commit,
        })
    }

    /// Builds the one whose disk can be made slower.
    pub fn with_slow_disk(self) -> anyhow::Result<Self> {
        let slow_disk = Some(build_with("hence", "hence", Some("slow-disk"))?);
        Ok(Self { slow_disk, ..self })
    }

    /// Compiles the programs on librdkafka.
    pub fn with_librdkafka(self) -> anyhow::Result<Self> {
        let librdkafka = Librdkafka { produce: compile_c("produce")?, paced: compile_c("paced")? };
        Ok(Self { librdkafka: Some(librdkafka), ..self })
    }

    /// The programs on librdkafka, of a cell that needs them.
    pub fn librdkafka(&self) -> anyhow::Result<&Librdkafka> {
        self.librdkafka.as_ref().context("the programs on librdkafka were not compiled")
    }

    /// The generator, ready for its arguments.
    pub fn generator(&self) -> Command {
        match self.generator_core {
            Some(core) => {
                let mut command = Command::new("taskset");
                command.args(["-c", &core.to_string()]).arg(&self.generator);
                command
            }
            None => Command::new(&self.generator),
        }
    }

    /// Runs the generator and reads its line.
    pub fn generate(&self, arguments: &[String]) -> anyhow::Result<Value> {
        finish(self.start(arguments)?, arguments)
    }

    /// Starts the generator on a broker that will go away: what it says of that is nobody's business.
    pub fn start_quietly(&self, arguments: &[String]) -> anyhow::Result<Child> {
        let mut command = self.generator();
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().context("the generator did not start")
    }

    /// Starts the generator.
    pub fn start(&self, arguments: &[String]) -> anyhow::Result<Child> {
        let mut command = self.generator();
        // An attempt that fails and is repeated should cost nothing.
        command.env("RUST_BACKTRACE", "0");
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        command.spawn().context("the generator did not start")
    }
}

/// What results say of the commit: binaries that were named may be of any other.
pub fn built_from(commit: String, hence_is_named: bool, generator_is_named: bool) -> String {
    match (hence_is_named, generator_is_named) {
        (false, false) => commit,
        (true, false) => format!("{commit} with a hence of elsewhere"),
        (false, true) => format!("{commit} with a hence-bench of elsewhere"),
        (true, true) => format!("{commit} with a hence and a hence-bench of elsewhere"),
    }
}

/// Waits for the generator and reads its line.
pub fn finish(child: Child, arguments: &[String]) -> anyhow::Result<Value> {
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "hence-bench {} ended with {}", arguments.join(" "), output.status);
    let line = String::from_utf8(output.stdout)?;
    serde_json::from_str(&line).with_context(|| format!("hence-bench printed {line:?}"))
}

fn build(package: &str, binary: &str) -> anyhow::Result<PathBuf> {
    build_with(package, binary, None)
}

/// Builds a binary, with a feature into a directory of its own.
fn build_with(package: &str, binary: &str, feature: Option<&str>) -> anyhow::Result<PathBuf> {
    // This binary is target/PROFILE/xtask; cargo has put that one beside its folder.
    let own = std::env::current_exe()?;
    let mut target =
        own.parent().and_then(Path::parent).context("xtask is in a target directory")?.to_owned();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--locked", "--quiet", "--release", "--package", package]);
    if let Some(feature) = feature {
        target.push(feature);
        command.args(["--features", feature]);
    }
    let status = command
        .arg("--target-dir")
        .arg(&target)
        .current_dir(peer::root())
        .status()
        .context("cargo did not start")?;
    ensure!(status.success(), "`cargo build --release --package {package}` ended with {status}");
    Ok(target.join("release").join(binary))
}

/// With the C compiler and the librdkafka of the system: cargo builds no C for it.
fn compile_c(name: &str) -> anyhow::Result<PathBuf> {
    let dir = work_dir();
    std::fs::create_dir_all(&dir)?;
    let (source, binary) = (format!("{LIBRDKAFKA_SOURCES}/{name}.c"), dir.join(format!("librdkafka-{name}")));
    let status = Command::new("cc")
        .args(["-std=gnu11", "-O2", "-Wall", "-Wextra", "-pthread", &source, "-lrdkafka", "-o"])
        .arg(&binary)
        .current_dir(peer::root())
        .status()
        .context(
            "cc did not start: install a C compiler (Debian: apt-get install build-essential librdkafka-dev)",
        )?;
    ensure!(
        status.success(),
        "cc ended with {status} on {source}; if rdkafka.h or -lrdkafka is what it misses, install librdkafka (Debian: \
         apt-get install librdkafka-dev)"
    );
    Ok(binary)
}
