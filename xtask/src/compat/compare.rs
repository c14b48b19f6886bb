//! What a client saw beside what it saw of Kafka: step by step, as values.
//!
//! A step is named once in a scenario. A difference is excused only by a deviation that says exactly what Hence gives
//! there; a deviation that no longer shows is itself a difference.

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::deviations::{Deviation, Gives};

/// A JSON object with the step's name and what was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its name.
    pub step: String,
    value: Value,
}

impl Line {
    /// From one line of a scenario's output.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let value: Value = serde_json::from_str(text).context("not JSON")?;
        let step = value.get("step").and_then(Value::as_str).context("a line without a step")?.to_owned();
        ensure!(!step.is_empty(), "a step without a name");
        Ok(Self { step, value })
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value)
    }
}

/// One thing that is not as it should be.
#[derive(Debug, PartialEq)]
pub enum Difference {
    /// Kafka, or the deviation, says `expected`; `None` says that the step must not be there.
    Step { step: String, expected: Option<Line>, got: Option<Line>, deviates: bool },
    /// A deviation is listed, and the client saw what it saw of Kafka.
    Stale { step: String },
    /// A step was printed twice.
    Twice { step: String },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |line: &Option<Line>| line.as_ref().map_or("nothing".to_owned(), ToString::to_string);
        match self {
            Self::Step { step, expected, got, deviates } => {
                let whose = if *deviates { "deviation" } else { "kafka" };
                write!(f, "    {step}\n      {whose:9} {}\n      got       {}", text(expected), text(got))
            }
            Self::Stale { step } => write!(f, "    {step}\n      is as Kafka gives it: remove the deviation"),
            Self::Twice { step } => write!(f, "    {step}\n      was printed twice"),
        }
    }
}

/// Every difference that no deviation excuses, in the order of the steps.
pub fn compare(recorded: &[Line], got: &[Line], allowed: &[&Deviation]) -> Vec<Difference> {
    let find = |lines: &[Line], step: &str| lines.iter().find(|line| line.step == step).cloned();
    let mut differences = Vec::new();
    let mut seen = BTreeSet::new();
    for line in got {
        if !seen.insert(&line.step) {
            differences.push(Difference::Twice { step: line.step.clone() });
        }
    }
    let mut steps: Vec<&String> = recorded.iter().map(|line| &line.step).collect();
    steps.extend(got.iter().map(|line| &line.step));
    steps.extend(allowed.iter().map(|deviation| &deviation.step));
    let mut done = BTreeSet::new();
    for step in steps.into_iter().filter(|step| done.insert(*step)) {
        let (kafka, got) = (find(recorded, step), find(got, step));
        let deviation = allowed.iter().find(|deviation| deviation.step == *step);
        let expected = match deviation.map(|deviation| &deviation.hence) {
            None => kafka.clone(),
            Some(Gives::Nothing) => None,
            Some(Gives::Line(line)) => Some(line.clone()),
        };
        if deviation.is_some() && got == kafka {
            differences.push(Difference::Stale { step: step.clone() });
        } else if got != expected {
            let (step, deviates) = (step.clone(), deviation.is_some());
            differences.push(Difference::Step { step, expected, got, deviates });
        }
    }
    differences
}
