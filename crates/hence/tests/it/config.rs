//! Settings are shown as they would be used, and completions are printed.

use std::fs;

use serde_json::Value;

use crate::process::{Ended, Process, command, hence};

fn shown(args: &[&str], environment: &[(&str, &str)]) -> Ended {
    let mut command = command(&[&["config", "show"], args].concat());
    command.envs(environment.iter().copied());
    Process::start(command, "").ended()
}

#[test]
fn each_source_wins_over_the_one_before() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("hence.toml");
    fs::write(&file, "log = \"warn\"\n[kafka]\nlisten = 7000\ndefault_partitions = 3\n").unwrap();
    let file = file.to_str().unwrap();
    let environment =
        [("HENCE_CONFIG", file), ("HENCE_KAFKA__LISTEN", "127.0.0.1:7001"), ("HENCE_LOG", "debug")];
    let settings: Value =
        serde_json::from_str(&shown(&["--json", "--set", "log=error"], &environment).good()).unwrap();
    assert_eq!(settings["kafka"]["listen"], "127.0.0.1:7001");
    assert_eq!((&settings["kafka"]["default_partitions"], &settings["log"]), (&3.into(), &"error".into()));
    let text = shown(&["--config", file], &[]).good();
    assert!(text.contains("listen = \"localhost:7000\"\n") && text.contains("log = \"warn\"\n"), "{text}");
}

#[test]
fn a_setting_that_cannot_be_used_is_told_with_its_source() {
    let why = shown(&["--json"], &[("HENCE_KAFKA__LISTEN", "now/here")]).failure();
    let why: Value = serde_json::from_str(&why).unwrap();
    let why = why["error"].as_str().unwrap();
    assert!(why.starts_with("the environment: HENCE_KAFKA__LISTEN: ") && why.contains("now/here"), "{why}");
    let why = shown(&["--config", "/nowhere/hence.toml"], &[]).failure();
    assert!(why.starts_with("error: cannot read the settings file /nowhere/hence.toml: "), "{why}");
}

#[test]
fn shells_get_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let completions = hence(&["completions", shell]).good();
        assert!(completions.contains("hence") && completions.contains("consume"), "{shell}");
    }
}
