//! What every crate of the workspace declares: the shared lints, and no unsafe code.
//!
//! Which crates may hold unsafe code is the table here; the workspace lint still denies it there, so that each such
//! module says so itself.

use super::{House, Report, rust};

/// Crates that may allow unsafe code, in this many modules each.
const UNSAFE_MODULES: &[(&str, usize)] = &[("hence-journal", 1), ("hence-fuzz", 1)];

/// Rule: `[lints] workspace = true` in every manifest.
pub fn workspace_lints(house: &House, report: &mut Report<'_>) {
    for member in &house.workspace.members {
        let path = format!("{}/Cargo.toml", member.folder);
        let Some(file) = house.tree.file(&path) else { continue };
        let inherits = file.text.parse::<toml::Table>().is_ok_and(|manifest| {
            manifest.get("lints").and_then(|lints| lints.get("workspace"))
                == Some(&toml::Value::Boolean(true))
        });
        if !inherits {
            let what = format!("{} does not take the workspace's lints", member.name);
            report.add(&path, 1, what, "add `[lints]` with `workspace = true`");
        }
    }
}

/// Rule: `#![forbid(unsafe_code)]` in every crate root, or at most the listed number of modules that allow it.
pub fn unsafe_is_forbidden(house: &House, report: &mut Report<'_>) {
    for member in &house.workspace.members {
        match UNSAFE_MODULES.iter().find(|(name, _)| *name == member.name) {
            None => roots_forbid(house, &member.roots, report),
            Some(&(_, modules_max)) => {
                modules_allow(house, &format!("{}/", member.folder), modules_max, report)
            }
        }
    }
}

fn roots_forbid(house: &House, roots: &[String], report: &mut Report<'_>) {
    for file in roots.iter().filter_map(|root| house.tree.file(root)) {
        if !rust::has_inner_lint(&file.text, "forbid", "unsafe_code") {
            report.add(
                &file.path,
                1,
                "the crate root does not forbid unsafe code",
                "add `#![forbid(unsafe_code)]`",
            );
        }
    }
}

fn modules_allow(house: &House, folder: &str, modules_max: usize, report: &mut Report<'_>) {
    let allowing: Vec<_> = house
        .tree
        .rust()
        .filter(|file| file.path.starts_with(folder) && rust::allows_unsafe(&file.text))
        .collect();
    for file in allowing.iter().skip(modules_max) {
        let what = format!("more than {modules_max} module of this crate allows unsafe code");
        report.add(&file.path, 1, what, format!("keep it all in {}", allowing[0].path));
    }
}
