//! `cargo xtask long`: what takes hours. One table of steps, in the same form as the suite's.
//!
//! The same rules hold: a missing tool is a failure, and the last line counts.

use crate::ci::{Step, Suite, seconds};

/// Arguments of `cargo xtask long`.
#[derive(clap::Args)]
pub struct Args {
    /// Run only this step; may be given several times
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// Install what is missing with apt-get, rustup and cargo (Debian and Ubuntu)
    #[arg(long)]
    install: bool,
    /// List the steps with their budgets and commands
    #[arg(long)]
    list: bool,
}

/// libFuzzer for an hour on one target.
macro_rules! fuzz {
    ($target:literal) => {
        &["xtask", "fuzz", "--libfuzzer", "--target", $target, "--seconds", "3600"]
    };
}

const STEPS: &[Step] = &[
    Step {
        name: "sim",
        budget: seconds(3_600),
        needs: &["cc"],
        commands: &[&["xtask", "sim", "--seeds", "100000"], &["xtask", "sim", "--images", "10000"]],
    },
    Step {
        name: "images",
        budget: seconds(3 * 3_600),
        needs: &["cc", "python-venv"],
        commands: &[
            &["xtask", "images", "--images", "10000"],
            &["xtask", "images", "--images", "200", "--planted"],
        ],
    },
    Step {
        name: "compat",
        budget: seconds(1_800),
        needs: &["cc", "java", "kcat", "maven", "node", "npm", "python-venv"],
        commands: &[&["xtask", "compat", "--long"], &["xtask", "compat", "--long", "--against", "kafka"]],
    },
    Step {
        name: "kill",
        budget: seconds(900),
        needs: &["cc", "python-venv"],
        commands: &[&["xtask", "kill", "--rounds", "200"]],
    },
    // For root, where there are loop devices; the suite fills a tmpfs.
    Step {
        name: "disk-full",
        budget: seconds(300),
        needs: &["cc", "mkfs.ext4", "python-venv"],
        commands: &[&["xtask", "disk-full", "--ext4", "--spells", "srs"]],
    },
    // What needs no peer, short, and nothing is written: the benchmark's code is run, its figures mean nothing.
    Step {
        name: "bench",
        budget: seconds(1_800),
        needs: &["cc", "git"],
        commands: &[
            &["xtask", "bench", "kafka", "--quick", "--cell", "ceiling-16k", "--cell", "slow-disk"],
            &["xtask", "bench", "probes", "--quick"],
        ],
    },
    Step {
        name: "slatedb",
        budget: seconds(1_800),
        needs: &["cc", "python-venv"],
        commands: &[&["bash", "bench/spikes/slatedb/run.sh"]],
    },
    Step {
        name: "fuzz",
        budget: seconds(5 * 3_700),
        needs: &["cargo-fuzz", "nightly"],
        commands: &[
            fuzz!("kafka_request"),
            fuzz!("kafka_batch"),
            fuzz!("kafka_connection"),
            fuzz!("journal_bytes"),
            fuzz!("http"),
        ],
    },
    // The one module with unsafe code.
    Step {
        name: "miri",
        budget: seconds(600),
        needs: &["nightly", "miri"],
        commands: &[&[
            "rustup",
            "run",
            "nightly",
            "cargo",
            "miri",
            "test",
            "--locked",
            "--package",
            "hence-journal",
            "--lib",
            "ring::",
        ]],
    },
];

/// Runs the steps in order, all of them, whatever fails.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let Args { only, install, list } = args;
    Suite { name: "long", steps: STEPS }.run(only, *list, *install)
}
