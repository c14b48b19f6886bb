//! Fetches Kafka's jars by their coordinates, once, and runs classes from them.
//!
//! Maven does the fetching; a marker beside the jars holds the pom that they came from, so a changed version fetches anew.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

/// The pom that pins the version.
const POM: &str = "compat/kafka/peer/pom.xml";
/// Written last, holds the pom that the jars came from.
const MARKER: &str = ".complete";

/// The root of the tree: where `cargo xtask` was built from.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the tree")
}

/// Where everything that compat makes goes; not committed.
pub fn work_dir() -> PathBuf {
    root().join("compat/work")
}

/// The folder of Kafka's jars.
#[derive(Debug, Clone)]
pub struct Jars {
    lib: PathBuf,
    version: String,
}

impl Jars {
    /// Finds the jars, or fetches them with Maven.
    pub fn install() -> anyhow::Result<Self> {
        let pom = std::fs::read_to_string(root().join(POM)).context(POM)?;
        let version = between(&pom, "<kafka.version>", "</kafka.version>")
            .with_context(|| format!("{POM} names no kafka.version"))?
            .to_owned();
        let lib = work_dir().join("peer/lib");
        if std::fs::read_to_string(lib.join(MARKER)).is_ok_and(|of| of == pom) {
            return Ok(Self { lib, version });
        }
        if lib.exists() {
            std::fs::remove_dir_all(&lib).with_context(|| format!("cannot empty {}", lib.display()))?;
        }
        std::fs::create_dir_all(&lib)?;
        eprintln!("peer: fetching Apache Kafka {version} with Maven");
        let status = Command::new("mvn")
            .args(["--quiet", "--batch-mode", "--file", POM, "dependency:copy-dependencies"])
            .arg(format!("-DoutputDirectory={}", lib.display()))
            .current_dir(root())
            .status()
            .context("mvn did not start: install Maven and a JDK 17 (Debian: apt-get install maven)")?;
        ensure!(status.success(), "`mvn dependency:copy-dependencies` on {POM} ended with {status}");
        std::fs::write(lib.join(MARKER), pom)?;
        Ok(Self { lib, version })
    }

    /// Kafka's version, as the pom pins it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Java with the jars on its class path.
    pub fn java(&self, options: &[&str]) -> Command {
        let mut command = Command::new("java");
        command.args(options).arg("-cp").arg(self.lib.join("*"));
        command
    }

    /// One of Kafka's tools by its class, such as `org.apache.kafka.tools.ProducerPerformance`.
    pub fn tool(&self, class: &str) -> Command {
        let quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=error";
        let mut command = self.java(&["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=4", quiet]);
        command.arg(class);
        command
    }
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    text.split_once(open)?.1.split_once(close).map(|(inner, _)| inner)
}
