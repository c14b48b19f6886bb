//! What commands print: tables for people, JSON for programs, failures with what to do next.
//!
//! A reader that goes away (`hence consume … | head`) ends the command quietly: a closed pipe is nobody's error. Only a
//! terminal gets colours, and not where `NO_COLOR` is set.

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

const HEAD: Style = Style::new().bold();
const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Prints one JSON value and a newline.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    Ok(writeln!(out)?)
}

/// Prints rows under a head; nothing but the head when there are no rows.
pub fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> anyhow::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(head.iter().map(|word| word.to_uppercase()));
    for row in rows {
        table.add_row(row);
    }
    let mut out = anstream::stdout().lock();
    for (number, line) in table.lines().enumerate() {
        let line = line.trim_end().strip_prefix(' ').unwrap_or_default();
        let style = if number == 0 { HEAD } else { Style::new() };
        writeln!(out, "{style}{line}{style:#}")?;
    }
    Ok(())
}

/// Prints why a command failed; as `{"error": …}` for programs.
pub fn failure(error: &anyhow::Error, json: bool) {
    let text = with_causes(error);
    let mut out = anstream::stderr().lock();
    // Nobody is left to tell when standard error is gone.
    let _ = if json {
        writeln!(out, "{}", serde_json::json!({ "error": text }))
    } else {
        writeln!(out, "{ERROR}error:{ERROR:#} {text}")
    };
}

/// An error and its causes, but for those that it tells itself.
pub fn with_causes(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// Whether whoever read what a command prints has gone away.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
            || cause
                .downcast_ref::<serde_json::Error>()
                .is_some_and(|cause| cause.io_error_kind() == Some(io::ErrorKind::BrokenPipe))
    })
}

/// A count that moves on standard error while a long command works, where a person sees it.
#[derive(Debug)]
pub struct Progress(Option<indicatif::ProgressBar>);

impl Progress {
    /// Counts `unit`s, if `wanted` and standard error is a terminal.
    pub fn of(unit: &'static str, wanted: bool) -> Self {
        let shown = wanted && io::stderr().is_terminal();
        Self(shown.then(|| {
            let bar = indicatif::ProgressBar::new_spinner();
            let style =
                indicatif::ProgressStyle::with_template("{human_pos} {msg}, {whole_per_sec}/s, {elapsed}");
            if let Ok(style) = style {
                bar.set_style(style.with_key("whole_per_sec", whole_per_second));
            }
            bar.with_message(unit)
        }))
    }

    /// Shows the count.
    pub fn at(&self, count: u64) {
        if let Some(bar) = &self.0 {
            bar.set_position(count);
        }
    }

    /// Shows so many more.
    pub fn add(&self, count: u64) {
        if let Some(bar) = &self.0 {
            bar.inc(count);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

fn whole_per_second(state: &indicatif::ProgressState, out: &mut dyn std::fmt::Write) {
    // What cannot be shown is not.
    let _ = write!(out, "{}", indicatif::HumanCount(state.per_sec() as u64));
}

/// `1536` as `1.5 KiB`.
pub fn bytes(count: u64) -> String {
    const UNITS: &[&str] = &["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{count} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}
