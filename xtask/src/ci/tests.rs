//! The table is sound, and a step that cannot pass does not.

use super::*;

#[test]
fn every_step_has_a_name_of_its_own_a_command_and_known_tools() {
    for (index, step) in STEPS.iter().enumerate() {
        assert!(
            STEPS[..index].iter().all(|before| before.name != step.name),
            "two steps are called {}",
            step.name
        );
        assert!(step.commands.iter().all(|words| !words.is_empty()) && !step.commands.is_empty());
        assert!(step.needs.iter().all(|name| tools::known(name)), "{} needs an unknown tool", step.name);
    }
}

#[test]
fn the_suite_fits_its_half_hour() {
    let budget: Duration = STEPS.iter().map(|step| step.budget).sum();
    assert!(budget <= Duration::from_secs(30 * 60), "the budgets add up to {} s", budget.as_secs());
}

#[test]
fn an_unknown_step_is_refused_with_the_names_of_the_known_ones() {
    let error = Suite { name: "ci", steps: STEPS }
        .choose(&["none".to_owned()])
        .err()
        .expect("there is no such step")
        .to_string();
    assert!(error.contains("no step `none`") && error.contains("clippy"), "{error}");
}

fn run_one(step: &Step) -> bool {
    run_step(step, Path::new("/bin/true"))
}

fn step(needs: &'static [&'static str], commands: &'static [&'static [&'static str]]) -> Step {
    Step { name: "planted", budget: Duration::from_secs(5), needs, commands }
}

#[test]
fn a_step_fails_with_its_first_command_that_fails() {
    assert!(run_one(&step(&[], &[&["true"]])));
    assert!(!run_one(&step(&[], &[&["true"], &["false"]])));
    assert!(!run_one(&step(&[], &[&["no-such-program-anywhere"]])));
}

#[test]
fn a_step_of_xtask_runs_the_binary_that_the_suite_began_with() {
    let step = step(&[], &[&["xtask"]]);
    assert!(run_step(&step, Path::new("/bin/true")));
    assert!(!run_step(&step, Path::new("/bin/false")));
}

#[test]
fn a_step_without_its_tool_fails() {
    assert!(!run_one(&step(&["a tool that nobody has"], &[&["true"]])));
}

#[test]
fn a_stuck_command_is_killed_at_its_deadline() {
    let error = run_command(&["sleep", "600"], Path::new("xtask"), now())
        .expect_err("its deadline is over")
        .root_cause()
        .to_string();
    assert!(error.contains("stuck"), "{error}");
}
