//! What the steps need beside Rust: how to see that it is there, and how it is installed on Debian and Ubuntu.
//!
//! Nothing is installed without `--install`. Client libraries are not here: each suite fetches its own, pinned, with its
//! language's packager.

use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};

use super::steps::Step;

struct Tool {
    name: &'static str,
    /// A command that succeeds where the tool is.
    probe: &'static [&'static str],
    install: Install,
}

enum Install {
    Apt(&'static str),
    /// A component of the toolchain in use.
    Rustup,
    /// A toolchain.
    Toolchain,
    /// Components of the nightly toolchain.
    Nightly(&'static [&'static str]),
    /// With this exact version.
    Cargo(&'static str),
}

const TOOLS: &[Tool] = &[
    Tool { name: "rustfmt", probe: &["cargo", "fmt", "--version"], install: Install::Rustup },
    Tool { name: "clippy", probe: &["cargo", "clippy", "--version"], install: Install::Rustup },
    Tool { name: "cargo-deny", probe: &["cargo", "deny", "--version"], install: Install::Cargo("0.20.2") },
    Tool { name: "cargo-fuzz", probe: &["cargo", "fuzz", "--version"], install: Install::Cargo("0.13.2") },
    Tool {
        name: "nightly",
        probe: &["rustup", "run", "nightly", "cargo", "--version"],
        install: Install::Toolchain,
    },
    Tool {
        name: "miri",
        probe: &["rustup", "run", "nightly", "cargo", "miri", "--version"],
        install: Install::Nightly(&["miri", "rust-src"]),
    },
    Tool { name: "git", probe: &["git", "--version"], install: Install::Apt("git") },
    Tool { name: "cc", probe: &["cc", "--version"], install: Install::Apt("build-essential") },
    Tool { name: "java", probe: &["javac", "-version"], install: Install::Apt("openjdk-17-jdk-headless") },
    Tool { name: "kcat", probe: &["kcat", "-V"], install: Install::Apt("kcat") },
    Tool { name: "maven", probe: &["mvn", "--version"], install: Install::Apt("maven") },
    Tool { name: "mkfs.ext4", probe: &["mkfs.ext4", "-V"], install: Install::Apt("e2fsprogs") },
    Tool { name: "node", probe: &["node", "--version"], install: Install::Apt("nodejs") },
    Tool { name: "npm", probe: &["npm", "--version"], install: Install::Apt("npm") },
    Tool {
        name: "python-venv",
        probe: &["python3", "-c", "import venv, ensurepip"],
        install: Install::Apt("python3-venv"),
    },
];

impl Tool {
    fn named(name: &str) -> anyhow::Result<&'static Self> {
        TOOLS.iter().find(|tool| tool.name == name).with_context(|| format!("no row for the tool `{name}`"))
    }

    fn is_there(&self) -> bool {
        let (program, arguments) = self.probe.split_first().expect("every probe names a program");
        let quiet = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        quiet.is_ok_and(|status| status.success())
    }

    /// The command that installs it, in words.
    fn recipe(&self) -> Vec<&'static str> {
        match self.install {
            Install::Apt(package) => vec!["apt-get", "install", "--yes", "--no-install-recommends", package],
            Install::Rustup => vec!["rustup", "component", "add", self.name],
            Install::Toolchain => vec!["rustup", "toolchain", "install", "--profile", "minimal", self.name],
            Install::Nightly(components) => {
                [&["rustup", "component", "add", "--toolchain", "nightly"], components].concat()
            }
            Install::Cargo(version) => {
                vec!["cargo", "install", "--locked", "--debug", self.name, "--version", version]
            }
        }
    }
}

/// Whether there is a row for this tool.
#[cfg(test)]
pub fn known(name: &str) -> bool {
    Tool::named(name).is_ok()
}

/// Says what the steps lack, and installs it when asked to.
pub fn report(steps: &[&Step], install: bool) -> anyhow::Result<()> {
    let mut missing: Vec<&Tool> = Vec::new();
    for name in steps.iter().flat_map(|step| step.needs) {
        let tool = Tool::named(name)?;
        if !missing.iter().any(|seen| seen.name == tool.name) && !tool.is_there() {
            missing.push(tool);
        }
    }
    for tool in &missing {
        println!("ci: missing: {} → {}", tool.name, tool.recipe().join(" "));
    }
    if !install {
        if !missing.is_empty() {
            println!("ci: the steps that need it will fail; `--install` installs it (Debian, Ubuntu)");
        }
        return Ok(());
    }
    if missing.iter().any(|tool| matches!(tool.install, Install::Apt(_))) {
        privileged(&["apt-get", "update", "--quiet"])?;
    }
    for tool in missing {
        println!("ci: installing {}", tool.name);
        match tool.install {
            Install::Apt(_) => privileged(&tool.recipe())?,
            Install::Rustup | Install::Toolchain | Install::Nightly(_) | Install::Cargo(_) => {
                run(&tool.recipe())?
            }
        }
    }
    Ok(())
}

/// Fails when the step lacks a tool.
pub fn missing(step: &Step) -> anyhow::Result<()> {
    for name in step.needs {
        let tool = Tool::named(name)?;
        if !tool.is_there() {
            bail!("{name} is missing: {} (or `--install`)", tool.recipe().join(" "));
        }
    }
    Ok(())
}

/// Runs as root, through sudo where we are not.
fn privileged(words: &[&str]) -> anyhow::Result<()> {
    let user = Command::new("id").arg("-u").output().context("id did not start")?;
    if user.stdout.trim_ascii() == b"0" {
        run(words)
    } else {
        run(&[&["sudo", "--non-interactive"], words].concat())
    }
}

fn run(words: &[&str]) -> anyhow::Result<()> {
    let line = words.join(" ");
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).env("DEBIAN_FRONTEND", "noninteractive");
    let status = command.status().with_context(|| format!("`{line}` did not start"))?;
    ensure!(status.success(), "`{line}` ended with {status}");
    Ok(())
}
