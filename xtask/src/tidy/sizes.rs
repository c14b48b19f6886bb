//! How long a file and a function may be, what `base` may hold, and how many packages the lock file may name.
//!
//! Tests and generated files have no limit of length; a function is measured from `fn` to its closing brace.

use super::{House, Report, rust};

/// A file should stay under 400; beyond this it is a problem.
const FILE_LINES_MAX: usize = 800;
const FUNCTION_LINES_MAX: usize = 70;
const BASE: &str = "crates/base/src/";
const BASE_LINES_MAX: usize = 600;
const LOCK: &str = "Cargo.lock";
const LOCK_PACKAGES_MAX: usize = 350;

/// Rule: no code file over [`FILE_LINES_MAX`].
pub fn file_lines(house: &House, report: &mut Report<'_>) {
    for file in house.tree.code().filter(|file| !file.is_test()) {
        let lines = file.text.lines().count();
        if lines > FILE_LINES_MAX {
            let what = format!("{lines} lines, at most {FILE_LINES_MAX}");
            report.add(&file.path, FILE_LINES_MAX + 1, what, "find the second idea and give it a file");
        }
    }
}

/// Rule: no function over [`FUNCTION_LINES_MAX`].
pub fn function_lines(house: &House, report: &mut Report<'_>) {
    for file in house.tree.rust() {
        for function in rust::outline(file).functions {
            if function.lines > FUNCTION_LINES_MAX && !function.in_test {
                let what =
                    format!("`{}` has {} lines, at most {FUNCTION_LINES_MAX}", function.name, function.lines);
                report.add(&file.path, function.line, what, "keep the control flow and move the leaves out");
            }
        }
    }
}

/// Rule: `base` stays small; it is what everything depends on.
pub fn base_budget(house: &House, report: &mut Report<'_>) {
    let own = house.tree.rust().filter(|file| file.path.starts_with(BASE) && !file.is_test());
    let lines: usize = own.map(|file| file.text.lines().count()).sum();
    if lines > BASE_LINES_MAX {
        let what = format!("{lines} lines, at most {BASE_LINES_MAX}");
        report.add("crates/base/src/lib.rs", 1, what, "move what only one crate speaks of into that crate");
    }
}

/// Rule: the lock file names fewer than [`LOCK_PACKAGES_MAX`] packages.
pub fn lock_packages(house: &House, report: &mut Report<'_>) {
    let Some(lock) = house.tree.file(LOCK) else { return };
    let packages = lock.text.lines().filter(|line| *line == "[[package]]").count();
    if packages >= LOCK_PACKAGES_MAX {
        let what = format!("{packages} packages, fewer than {LOCK_PACKAGES_MAX} allowed");
        report.add(LOCK, 1, what, "drop a dependency or its default features: `cargo tree --duplicates`");
    }
}
