//! Words that name nothing, accessors that stutter, and what must not be left in a tree.
//!
//! A name is split into its words, so `Managed` is fine and `QueueManager` is not. Names that a foreign trait gave are
//! not ours to choose.

use super::{House, Report, rust};

/// Each names a place to put things, not a thing.
const BANNED: &[&str] = &["manager", "util", "utils", "helper", "helpers", "common", "misc"];
/// Macros that belong to a work in progress.
const LEFTOVER_MACROS: &[&str] = &["todo", "dbg", "unimplemented"];
/// Notes that belong to a work in progress; written in halves so that this file has none.
const LEFTOVER_NOTES: &[&str] =
    &[concat!("FIX", "ME"), concat!("XX", "X:"), concat!("TO", "DO:"), concat!("HA", "CK:")];

/// Rule: no [`BANNED`] word in the name of a file, folder, module or type.
pub fn banned_words(house: &House, report: &mut Report<'_>) {
    let to_do = "name the idea that it holds";
    for file in house.tree.code() {
        for part in file.components() {
            let name = part.split('.').next().unwrap_or(part);
            if let Some(word) = banned_in(name) {
                report.add(&file.path, 1, format!("`{word}` in the path"), to_do);
            }
        }
    }
    for file in house.tree.rust() {
        for (kind, name, line) in rust::outline(file).items {
            if let Some(word) = banned_in(&name) {
                report.add(&file.path, line, format!("`{word}` in the name of {kind} `{name}`"), to_do);
            }
        }
    }
}

/// Rule: `offset()`, not `get_offset()`.
pub fn prefixes(house: &House, report: &mut Report<'_>) {
    for file in house.tree.rust() {
        for function in
            rust::outline(file).functions.iter().filter(|function| !function.of_trait && !function.in_test)
        {
            if let Some(rest) = function.name.strip_prefix("get_") {
                let what = format!("`{}` starts with `get_`", function.name);
                report.add(&file.path, function.line, what, format!("call it `{rest}`"));
            }
        }
    }
}

/// Rule: nothing that says "unfinished".
pub fn leftovers(house: &House, report: &mut Report<'_>) {
    let to_do = "finish it, or write it down in docs/roadmap.md";
    for file in house.tree.rust() {
        for (line, name) in rust::macro_calls(&file.text, LEFTOVER_MACROS) {
            report.add(&file.path, line, format!("`{name}!` is left over"), to_do);
        }
    }
    for file in house.tree.code() {
        for (index, line) in file.text.lines().enumerate() {
            if let Some(note) = LEFTOVER_NOTES.iter().find(|note| line.contains(**note)) {
                report.add(&file.path, index + 1, format!("`{note}` is left over"), to_do);
            }
        }
    }
}

fn banned_in(name: &str) -> Option<&'static str> {
    let words = words_of(name);
    BANNED.iter().find(|banned| words.iter().any(|word| word == *banned)).copied()
}

/// `snake_case`, `kebab-case` and `CamelCase` in lower-case words.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if !letter.is_alphanumeric() || letter.is_uppercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
