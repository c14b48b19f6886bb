//! The table of steps. To add one: one row here, and what it needs in `tools`.
//!
//! Budgets are for two cores with nothing built. A row is added when its suite exists: an empty one would look green.

use std::time::Duration;

/// One step of the suite.
pub struct Step {
    /// What `--only` calls it.
    pub name: &'static str,
    /// How long it should take at most; three times as much is stuck.
    pub budget: Duration,
    /// Tools by their names in `tools`, beside Rust itself.
    pub needs: &'static [&'static str],
    /// Run one after the other; the first that fails ends the step. `xtask` is this binary.
    pub commands: &'static [&'static [&'static str]],
}

/// A budget.
pub const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The suite.
pub const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        budget: seconds(20),
        needs: &["rustfmt"],
        commands: &[&["cargo", "fmt", "--all", "--check"]],
    },
    Step { name: "tidy", budget: seconds(20), needs: &["git"], commands: &[&["xtask", "tidy"]] },
    Step {
        name: "deny",
        budget: seconds(20),
        needs: &["cargo-deny"],
        commands: &[&["cargo", "deny", "--log-level", "error", "check", "licenses", "bans", "sources"]],
    },
    Step {
        name: "clippy",
        budget: seconds(180),
        needs: &["clippy"],
        commands: &[&["cargo", "clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]],
    },
    Step {
        name: "build",
        budget: seconds(280),
        needs: &["cc"],
        commands: &[
            &["cargo", "build", "--locked", "--workspace", "--all-targets"],
            &["cargo", "build", "--locked", "--release", "--package", "hence"],
        ],
    },
    // With the schemas of Kafka's jars, which it fetches where they are not; `compat` finds them there.
    Step {
        name: "codegen",
        budget: seconds(80),
        needs: &["java", "maven", "rustfmt"],
        commands: &[&["xtask", "codegen", "--check", "--fetch"]],
    },
    Step {
        name: "test",
        budget: seconds(180),
        needs: &["cc"],
        commands: &[&["cargo", "test", "--locked", "--workspace"]],
    },
    Step {
        name: "sim",
        budget: seconds(180),
        needs: &["cc"],
        commands: &[&["xtask", "sim"], &["xtask", "sim", "--images", "300"], &["xtask", "sim", "--planted"]],
    },
    Step {
        name: "images",
        budget: seconds(60),
        needs: &["cc", "python-venv"],
        commands: &[&["xtask", "images", "--images", "100"]],
    },
    Step {
        name: "fuzz",
        budget: seconds(150),
        needs: &["cc"],
        commands: &[&["xtask", "fuzz", "--seconds", "120"]],
    },
    Step {
        name: "compat",
        budget: seconds(340),
        needs: &["cc", "java", "kcat", "maven", "node", "npm", "python-venv"],
        commands: &[&["xtask", "compat"]],
    },
    Step {
        name: "kill",
        budget: seconds(130),
        needs: &["cc", "python-venv"],
        commands: &[&["xtask", "kill", "--rounds", "20"]],
    },
    Step {
        name: "disk-full",
        budget: seconds(60),
        needs: &["cc", "python-venv"],
        commands: &[&["xtask", "disk-full", "--spells", "srs"]],
    },
    Step {
        name: "crowd",
        budget: seconds(30),
        needs: &["cc", "python-venv"],
        commands: &[&["xtask", "crowd"]],
    },
    Step {
        name: "tour",
        budget: seconds(60),
        needs: &["cc", "kcat", "python-venv"],
        commands: &[&["xtask", "tour"]],
    },
    Step {
        name: "tables",
        budget: seconds(10),
        needs: &[],
        commands: &[&["xtask", "bench", "tables", "--check"]],
    },
];

impl Step {
    /// `name (budget N s): command; command`
    pub fn describe(&self) -> String {
        let commands: Vec<String> = self.commands.iter().map(|words| words.join(" ")).collect();
        format!("{} (budget {} s): {}", self.name, self.budget.as_secs(), commands.join("; "))
    }
}
