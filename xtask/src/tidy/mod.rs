//! `cargo xtask tidy`: the house rules as a test. Reads the tree and `cargo metadata`, changes nothing.
//!
//! Each rule is one function from a [`House`] to [`Problem`]s, listed in [`CHECKS`]; exceptions live in `tidy.toml`, each
//! with its reason, and one that excepts nothing is a problem itself. What formatting and lints already say is not
//! repeated here.

mod exceptions;
mod layering;
mod manifests;
mod names;
mod pages;
mod places;
mod rust;
mod sizes;
mod tree;
mod workspace;

#[cfg(test)]
mod tests;

use std::fmt;

pub use workspace::Workspace;

use exceptions::Exceptions;
use tree::Tree;

/// Arguments of `cargo xtask tidy`.
#[derive(clap::Args)]
pub struct Args {}

/// What the rules look at.
pub struct House {
    /// The files of the tree, as git lists them.
    pub tree: Tree,
    /// The crates and who imports whom.
    pub workspace: Workspace,
}

/// One broken rule at one place.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Path from the root of the tree.
    pub file: String,
    /// Line, 1 for a file as a whole.
    pub line: usize,
    /// The rule's name in [`CHECKS`].
    pub check: &'static str,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub to_do: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, check, what, to_do } = self;
        write!(f, "{file}:{line}: {what} [{check}] → {to_do}")
    }
}

type Check = fn(&House, &mut Report<'_>);

/// Every rule, by the name that `tidy.toml` uses.
const CHECKS: &[(&str, Check)] = &[
    ("layering", layering::arrows),
    ("runtime", layering::no_runtime_below_the_shell),
    ("lints", manifests::workspace_lints),
    ("unsafe", manifests::unsafe_is_forbidden),
    ("file-lines", sizes::file_lines),
    ("function-lines", sizes::function_lines),
    ("base-budget", sizes::base_budget),
    ("lock-packages", sizes::lock_packages),
    ("module-page", pages::module_pages),
    ("architecture", pages::architecture),
    ("banned-word", names::banned_words),
    ("get-prefix", names::prefixes),
    ("leftover", names::leftovers),
    ("place", places::names_of_places),
    ("parse", rust::parses),
];

/// Where a rule puts what it finds.
pub struct Report<'a> {
    check: &'static str,
    problems: &'a mut Vec<Problem>,
}

impl Report<'_> {
    /// Notes one problem.
    fn add(&mut self, file: &str, line: usize, what: impl Into<String>, to_do: impl Into<String>) {
        let (what, to_do) = (what.into(), to_do.into());
        self.problems.push(Problem { file: file.to_owned(), line, check: self.check, what, to_do });
    }
}

/// Runs every rule over the checkout that the command runs in; fails when one is broken.
pub fn run(_args: &Args) -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    let tree = Tree::load(&workspace.root)?;
    let exceptions = Exceptions::load(&tree)?;
    let house = House { tree, workspace };
    let problems = inspect(&house, &exceptions);
    for problem in &problems {
        println!("{problem}");
    }
    println!("tidy: {} files, {} problems", house.tree.files.len(), problems.len());
    if problems.is_empty() { Ok(()) } else { Err(crate::Told.into()) }
}

/// Every problem that no exception covers, in order of place.
fn inspect(house: &House, exceptions: &Exceptions) -> Vec<Problem> {
    let mut problems = Vec::new();
    for &(check, find) in CHECKS {
        find(house, &mut Report { check, problems: &mut problems });
    }
    let mut problems = exceptions.apply(problems);
    problems.sort();
    problems
}
