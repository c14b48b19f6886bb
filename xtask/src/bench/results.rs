//! The file of a cell: every run's report, and the medians that the tables show.
//!
//! One file per cell under `bench/results`, written when the cell is whole; a later invocation replaces it.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cells::{Cell, Metric};
use crate::peer;

/// Where the share of the processors that others took is in a run's report.
pub const OTHERS_SHARE: &str = "/cost/others_share";

/// What is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Results {
    /// The cell's name.
    pub cell: String,
    /// Commit of the tree before anything was built; a `+` says that the tree differed from it, words that a binary is not of it.
    pub commit: String,
    /// Day of the run.
    pub date: String,
    /// Broker on one processor, generator on another.
    pub pinned: bool,
    /// Seconds before anything was counted.
    pub warm_up_s: f64,
    /// Seconds that were counted, in each run.
    pub seconds: f64,
    /// Requests a second, where the load has a rate.
    pub rate: Option<f64>,
    /// Where it was measured.
    pub machine: Value,
    /// What a log alone stored on its disk just before.
    #[serde(default)]
    pub disk_mb_per_s: Option<f64>,
    /// The other side and its configuration.
    pub base: Value,
    /// Hence and its configuration.
    pub hence: Value,
    /// Medians of what the cell is about.
    pub summary: Vec<Figure>,
    /// Each run in order.
    pub runs: Vec<Run>,
}

/// One run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// Whose.
    pub side: Side,
    /// What the generator said.
    pub report: Value,
}

/// Whose run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The other side.
    Base,
    /// Ours.
    Hence,
}

/// A figure over all runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Where it is in a report.
    pub pointer: String,
    /// The other side's.
    pub base: Spread,
    /// Ours.
    pub hence: Spread,
    /// Hence's median divided by the other's.
    pub ratio: f64,
}

/// Median and extremes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The middle one.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Figure {
    /// The same but for what is lost when numbers are written down and read.
    fn is_about(&self, other: &Self) -> bool {
        let of = |figure: &Self| {
            let spreads = [figure.base, figure.hence].map(|spread| [spread.median, spread.min, spread.max]);
            [spreads.concat(), vec![figure.ratio]].concat()
        };
        let is_close = |(a, b): (f64, f64)| (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
        self.pointer == other.pointer && of(self).into_iter().zip(of(other)).all(is_close)
    }
}

impl Spread {
    /// Of at least one value.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let upper = *values.get(middle)?;
        let median = match values.len() % 2 {
            0 => f64::midpoint(*values.get(middle - 1)?, upper),
            _ => upper,
        };
        Some(Self { median, min, max })
    }
}

/// The medians of the figures that the cell is about.
pub fn summarise(cell: &Cell, runs: &[Run]) -> Vec<Figure> {
    let mut metrics: Vec<Metric> = Vec::new();
    for target in cell.targets {
        if !metrics.contains(&target.metric) {
            metrics.push(target.metric);
        }
    }
    let spread = |side: Side, pointer: &str| {
        let own = runs.iter().filter(|run| run.side == side);
        Spread::of(own.filter_map(|run| run.report.pointer(pointer)?.as_f64()).collect())
    };
    let figure = |metric: Metric| {
        let pointer = metric.pointer();
        let (base, hence) = (spread(Side::Base, pointer)?, spread(Side::Hence, pointer)?);
        Some(Figure { pointer: pointer.to_owned(), base, hence, ratio: hence.median / base.median })
    };
    metrics.into_iter().filter_map(figure).collect()
}

impl Results {
    /// Where the file of a cell is.
    pub fn path(cell: &str, pinned: bool) -> PathBuf {
        let suffix = if pinned { "-pinned" } else { "" };
        peer::root().join(format!("bench/results/{cell}{suffix}.json"))
    }

    /// Reads the file of a cell, if there is one.
    pub fn load(cell: &str, pinned: bool) -> anyhow::Result<Option<Self>> {
        let path = Self::path(cell, pinned);
        let name = || path.display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(serde_json::from_str(&text).with_context(name)?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(name),
        }
    }

    /// Writes the file.
    pub fn store(&self) -> anyhow::Result<PathBuf> {
        let path = Self::path(&self.cell, self.pinned);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, serde_json::to_string_pretty(self)? + "\n")?;
        Ok(path)
    }

    /// What the cell says of this metric.
    pub fn figure(&self, metric: Metric) -> Option<&Figure> {
        self.summary.iter().find(|figure| figure.pointer == metric.pointer())
    }

    /// Fails when the summary is not that of the runs.
    pub fn must_say_what_its_runs_do(&self, cell: &Cell) -> anyhow::Result<()> {
        let anew = summarise(cell, &self.runs);
        let is_same =
            anew.len() == self.summary.len() && anew.iter().zip(&self.summary).all(|(a, b)| a.is_about(b));
        ensure!(
            is_same,
            "the summary in {} is not that of its runs, or the cell has other figures since: measure it anew",
            Self::path(&self.cell, self.pinned).display()
        );
        Ok(())
    }

    /// The largest share of the processors that others took in any run.
    pub fn others_share_max(&self) -> f64 {
        self.runs.iter().filter_map(|run| run.report.pointer(OTHERS_SHARE)?.as_f64()).fold(0.0, f64::max)
    }
}
