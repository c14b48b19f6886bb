//! Where Hence answers otherwise than Kafka, on purpose: `compat/kafka/deviations.toml`.
//!
//! Each names client, scenario and step, the line that Hence gives there, the day, and the section of
//! `compat/kafka/FINDINGS.md` that says why. A section that is not there, or a scenario that no client has, is an error.

use anyhow::{Context, ensure};
use serde::Deserialize;

use super::client::Client;
use super::compare::Line;
use super::scenario::Scenario;

/// All that are listed.
#[derive(Debug)]
pub struct Deviations {
    listed: Vec<Deviation>,
}

/// One step of one scenario that Hence answers otherwise.
#[derive(Debug)]
pub struct Deviation {
    client: String,
    scenario: String,
    /// The step's name.
    pub step: String,
    /// What Hence gives.
    pub hence: Gives,
}

/// What is seen at a step.
#[derive(Debug)]
pub enum Gives {
    /// The scenario does not get there.
    Nothing,
    /// This line.
    Line(Line),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    deviation: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    client: String,
    scenario: String,
    step: String,
    /// The line's JSON without its step, or `nothing`.
    hence: String,
    /// A heading of FINDINGS.md.
    finding: String,
    dated: String,
}

impl Deviations {
    /// Reads the list and checks it against the clients and the findings.
    pub fn load() -> anyhow::Result<Self> {
        let clients = Client::all()?;
        let names = |row: &Row| {
            clients.iter().any(|client| client.name == row.client && client.scenarios.contains(&row.scenario))
        };
        let (list, findings) = (super::page("deviations.toml")?, super::page("FINDINGS.md")?);
        Self::parse(&list, &findings, names).context("compat/kafka/deviations.toml")
    }

    fn parse(list: &str, findings: &str, is_a_scenario: impl Fn(&Row) -> bool) -> anyhow::Result<Self> {
        let File { deviation: rows } = toml::from_str(list)?;
        let headings: Vec<_> = findings.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let mut listed = Vec::new();
        for row in rows {
            let place = format!("{}/{}, step `{}`", row.client, row.scenario, row.step);
            ensure!(is_a_scenario(&row), "{place}: no client has this scenario");
            ensure!(
                headings.contains(&row.finding.as_str()),
                "{place}: FINDINGS.md has no `## {}`",
                row.finding
            );
            ensure!(row.dated.len() == 10, "{place}: dated YYYY-MM-DD, not `{}`", row.dated);
            let hence = Gives::parse(&row.step, &row.hence).context(place)?;
            listed.push(Deviation { client: row.client, scenario: row.scenario, step: row.step, hence });
        }
        Ok(Self { listed })
    }

    /// Those of a scenario.
    pub fn of(&self, scenario: &Scenario<'_>) -> Vec<&Deviation> {
        let is_its = |one: &&Deviation| one.client == scenario.client.name && one.scenario == scenario.name;
        self.listed.iter().filter(is_its).collect()
    }
}

impl Gives {
    fn parse(step: &str, text: &str) -> anyhow::Result<Self> {
        if text == "nothing" {
            return Ok(Self::Nothing);
        }
        let mut value: serde_json::Value = serde_json::from_str(text)?;
        let fields = value.as_object_mut().context("what Hence gives is a JSON object, or `nothing`")?;
        fields.insert("step".to_owned(), step.into());
        Ok(Self::Line(Line::parse(&value.to_string())?))
    }
}

#[cfg(test)]
impl Deviation {
    /// One for a test of the comparison.
    pub fn for_test(step: &str, hence: &str) -> anyhow::Result<Self> {
        let hence = Gives::parse(step, hence)?;
        Ok(Self { client: "c".to_owned(), scenario: "s".to_owned(), step: step.to_owned(), hence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = r#"
        [[deviation]]
        client = "java"
        scenario = "compacted"
        step = "create"
        hence = '{"error": "INVALID_CONFIG"}'
        finding = "Compaction is refused"
        dated = "2026-11-25"
    "#;

    #[test]
    fn a_deviation_without_its_finding_is_refused() {
        let with = Deviations::parse(ROW, "# Findings\n\n## Compaction is refused\n", |_| true);
        assert_eq!(with.expect("its finding is there").listed.len(), 1);
        let error = Deviations::parse(ROW, "# Findings\n", |_| true).expect_err("its finding is gone");
        assert!(error.to_string().contains("Compaction is refused"), "{error}");
    }

    #[test]
    fn a_deviation_of_a_scenario_that_nobody_has_is_refused() {
        let error =
            Deviations::parse(ROW, "## Compaction is refused", |_| false).expect_err("no such scenario");
        assert!(error.to_string().contains("java/compacted"), "{error}");
    }
}
