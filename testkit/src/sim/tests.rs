//! A few seeds, so that a broken simulator is seen where it is written; the many are run by `cargo xtask sim`.

use super::run;

#[test]
fn some_seeds_hold() {
    for seed in 0..4 {
        if let Err(failed) = run(seed) {
            panic!("{failed}");
        }
    }
}

#[test]
fn some_seeds_of_the_house_hold() {
    for seed in 0..4 {
        if let Err(failed) = super::house::run(seed) {
            panic!("{failed}");
        }
    }
}

#[test]
fn the_same_seed_of_the_house_does_the_same_twice() {
    let once = super::house::run(77).map_err(|failed| failed.to_string());
    let twice = super::house::run(77).map_err(|failed| failed.to_string());
    assert_eq!(once, twice);
}

#[test]
fn the_same_seed_does_the_same_twice() {
    let once = run(77).map_err(|failed| failed.to_string());
    let twice = run(77).map_err(|failed| failed.to_string());
    assert_eq!(once, twice);
}
