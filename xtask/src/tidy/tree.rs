//! The files of the tree: what git tracks or would track, as text.
//!
//! A file that is not UTF-8 is counted and not read. Which files are tests or generated is decided here, once, by their
//! place: `tests/` and `benches/` folders, `tests.rs`, and the one folder whose files carry a hash that is checked.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use crate::codegen;

/// Files of these kinds are code: they have a length limit and their names follow the words of the house.
const CODE: &[&str] = &["rs", "py", "js", "mjs", "java", "sh", "c"];

/// Every file of the tree.
#[derive(Default)]
pub struct Tree {
    /// In git's order.
    pub files: Vec<File>,
}

/// One file.
pub struct File {
    /// Path from the root, with `/`.
    pub path: String,
    /// Its text; empty when it is not UTF-8.
    pub text: String,
}

impl Tree {
    /// Reads the work tree under `root`.
    pub fn load(root: &Path) -> anyhow::Result<Self> {
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .context("git ls-files did not start; tidy needs git to know which files are the project's")?;
        ensure!(
            listed.status.success(),
            "{} is not a git checkout; tidy reads the file list from git",
            root.display()
        );
        let mut paths: Vec<&str> = std::str::from_utf8(&listed.stdout)?.split_terminator('\0').collect();
        paths.sort_unstable();
        paths.dedup();
        let files = paths.into_iter().filter_map(|path| File::read(root, path)).collect();
        Ok(Self { files })
    }

    /// The file at `path`.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Rust files, generated ones apart.
    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.extension() == "rs" && !file.is_generated())
    }

    /// Code of every language, generated files apart.
    pub fn code(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| CODE.contains(&file.extension()) && !file.is_generated())
    }
}

impl File {
    /// `None` when it is gone from the work tree or a link to elsewhere.
    fn read(root: &Path, path: &str) -> Option<Self> {
        let full = root.join(path);
        if !full.symlink_metadata().ok()?.is_file() {
            return None;
        }
        let text = String::from_utf8(std::fs::read(full).ok()?).unwrap_or_default();
        Some(Self { path: path.to_owned(), text })
    }

    /// What follows the last dot of its name.
    pub fn extension(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// Its name without folders and extension.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.split_once('.').map_or(name, |(stem, _)| stem)
    }

    /// Folders and file of its path.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.path.split('/')
    }

    /// Whether it holds tests only.
    pub fn is_test(&self) -> bool {
        self.stem() == "tests" || self.components().any(|part| matches!(part, "tests" | "benches"))
    }

    /// Whether a generator wrote it: `codegen --check` sees that it is as it was written.
    pub fn is_generated(&self) -> bool {
        self.path.strip_prefix(codegen::FOLDER).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether Cargo or another packager wrote it.
    pub fn is_lock(&self) -> bool {
        matches!(self.extension(), "lock") || self.path.ends_with("package-lock.json")
    }
}
