//! `tidy.toml`: the listed exceptions, each with its reason.
//!
//! An exception covers one check in one file; it must cover something, so that the list cannot outlive its causes.

use anyhow::{Context, ensure};
use serde::Deserialize;

use super::tree::Tree;
use super::{CHECKS, Problem};

const FILE: &str = "tidy.toml";
const REASON_CHARS_MIN: usize = 20;

/// Every exception.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exceptions {
    #[serde(default)]
    allow: Vec<Exception>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    check: String,
    file: String,
    reason: String,
}

impl Exceptions {
    /// Reads `tidy.toml`; none when there is no such file.
    pub fn load(tree: &Tree) -> anyhow::Result<Self> {
        let Some(file) = tree.file(FILE) else { return Ok(Self::default()) };
        let exceptions: Self = toml::from_str(&file.text).context(FILE)?;
        for Exception { check, file, reason } in &exceptions.allow {
            ensure!(CHECKS.iter().any(|(name, _)| name == check), "{FILE}: there is no check `{check}`");
            ensure!(
                reason.chars().count() >= REASON_CHARS_MIN,
                "{FILE}: say why {file} is excepted from {check}"
            );
        }
        Ok(exceptions)
    }

    /// Leaves out what is excepted, and adds the exceptions that except nothing.
    pub fn apply(&self, problems: Vec<Problem>) -> Vec<Problem> {
        let mut used = vec![false; self.allow.len()];
        let mut left: Vec<Problem> = problems
            .into_iter()
            .filter(|problem| {
                let covers = |exception: &Exception| {
                    exception.check == problem.check && exception.file == problem.file
                };
                let covering = self.allow.iter().position(covers);
                covering.inspect(|&index| used[index] = true).is_none()
            })
            .collect();
        let idle = self.allow.iter().zip(used).filter(|(_, used)| !used);
        left.extend(idle.map(|(exception, _)| Problem {
            file: FILE.to_owned(),
            line: 1,
            check: "exception",
            what: format!("`{}` in {} excepts nothing", exception.check, exception.file),
            to_do: "remove it".to_owned(),
        }));
        left
    }
}
