//! What is pasted is run, what it prints is compared, and a page that lies is found.

use super::*;

fn page(tour: &str) -> String {
    format!("# A page\n```sh\nnot in the tour\n```\n{OPENS}\n{tour}\n{CLOSES}\n```sh\nneither\n```\n")
}

fn outcome(tour: &str) -> Vec<String> {
    let blocks = blocks_of(&page(tour)).expect("the tour is well formed");
    compare(&blocks, &bash(&script_of(&blocks)).expect("the tour runs"))
}

#[test]
fn blocks_share_one_shell_and_print_what_the_page_says() {
    assert_eq!(
        outcome(
            "```sh\nx=3\n```\nthen\n```sh\necho \"$x files\"; echo done\n```\n```text\n3 files\ndone\n```"
        ),
        [""; 0]
    );
}

#[test]
fn a_page_that_promises_other_output_is_found() {
    let wrong = outcome("```sh\necho 3 files\n```\n```text\n4 files\n```");
    assert_eq!(wrong, ["block 0, line 1: expected `4 files`, printed `3 files`"]);
    assert_eq!(outcome("```sh\ntrue\n```\n```text\n4 files\n```").len(), 1);
    assert_eq!(outcome("```sh\necho a; echo b\n```\n```text\na\n```").len(), 1);
}

#[test]
fn an_ellipsis_stands_for_anything() {
    assert!(matches("at … by …", "at 12:00 by me"));
    assert!(matches("offset … ok", "offset 7 ok ok"));
    assert!(!matches("offset … ok", "offset 7 failed"));
    assert!(!matches("offset 7", "offset 77"));
}

#[test]
fn a_tour_that_fails_stops_there() {
    let blocks =
        blocks_of(&page("```sh\nfalse\n```\n```sh\necho never\n```")).expect("the tour is well formed");
    assert!(bash(&script_of(&blocks)).is_err());
}

#[test]
fn a_page_without_a_tour_is_refused() {
    assert!(blocks_of("# A page\n").is_err());
    assert!(blocks_of(&page("")).is_err());
    assert!(blocks_of(&page("```python\nx\n```")).is_err());
}
