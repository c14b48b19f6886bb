//! Every file opens with its page, and the architecture paper names every crate.
//!
//! A page is the `//!` block on the first lines: 2 to 10 of them, blank ones included; a test file may do with one.

use super::{House, Report};

const PAGE_LINES_MIN: usize = 2;
const PAGE_LINES_MAX: usize = 10;
const ARCHITECTURE: &str = "docs/ARCHITECTURE.md";
const ARCHITECTURE_LINES_MAX: usize = 300;

/// Rule: what it is, what always holds, what it does not do; before any code.
pub fn module_pages(house: &House, report: &mut Report<'_>) {
    for file in house.tree.rust() {
        let lines = file.text.lines().take_while(|line| line.starts_with("//!")).count();
        let lines_min = if file.is_test() { 1 } else { PAGE_LINES_MIN };
        let to_do = "say what it is, what always holds and what it does not do, in 2 to 10 lines of `//!`";
        if lines == 0 {
            report.add(&file.path, 1, "does not open with a module page", to_do);
        } else if lines < lines_min || lines > PAGE_LINES_MAX {
            report.add(&file.path, 1, format!("its module page has {lines} lines"), to_do);
        }
    }
}

/// Rule: the architecture paper exists, is short, and names every crate by its folder.
pub fn architecture(house: &House, report: &mut Report<'_>) {
    let Some(paper) = house.tree.file(ARCHITECTURE) else {
        report.add(
            ARCHITECTURE,
            1,
            "is missing",
            "write the bird's eye view: the loop, the invariants, the crates",
        );
        return;
    };
    let lines = paper.text.lines().count();
    if lines >= ARCHITECTURE_LINES_MAX {
        let what = format!("{lines} lines, fewer than {ARCHITECTURE_LINES_MAX} allowed");
        report.add(ARCHITECTURE, 1, what, "keep what stays true for long; move the rest into module pages");
    }
    for member in &house.workspace.members {
        if !paper.text.contains(&format!("`{}`", member.folder)) {
            let what = format!("does not name `{}`", member.folder);
            report.add(
                ARCHITECTURE,
                1,
                what,
                "add its paragraph: one sentence, what it may import, where to start",
            );
        }
    }
}
