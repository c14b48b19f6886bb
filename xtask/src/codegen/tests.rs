//! What the generator reads and how it guards its output.

use super::versions::{Versions, When};
use super::{HASH_LINE, check_hash, hash};

fn range(text: &str) -> Versions {
    Versions::parse(text).expect("a range")
}

#[test]
fn ranges_are_read_as_the_schemas_write_them() {
    assert_eq!(range("3"), Versions { first: 3, last: 3 });
    assert_eq!(range("0-12"), Versions { first: 0, last: 12 });
    assert_eq!(range("5+"), Versions { first: 5, last: i16::MAX });
    assert!(range("none").is_empty());
    for wrong in ["", "x", "5-3", "-1"] {
        assert!(Versions::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_condition_is_as_short_as_the_ranges_allow() {
    let all = range("3-13");
    let check = |of: &str, expect: When| assert_eq!(range(of).when(all), expect, "{of}");
    check("0+", When::Always);
    check("3-13", When::Always);
    check("0-2", When::Never);
    check("none", When::Never);
    check("9+", When::If("version >= 9".to_owned()));
    check("0-12", When::If("version <= 12".to_owned()));
    check("7", When::If("version == 7".to_owned()));
    check("5-7", When::If("(5..=7).contains(&version)".to_owned()));
}

#[test]
fn a_file_changed_by_hand_is_found() {
    let code = "pub struct A;\n";
    let text = format!("//! page\n{HASH_LINE}{:016x}\n\n{code}", hash(code));
    assert!(check_hash(&text).is_ok());
    assert!(check_hash(&text.replace("A;", "B;")).is_err());
    assert!(check_hash(code).is_err());
}
