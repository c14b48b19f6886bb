//! Records are printed as asked, and bytes that are no text survive.

use super::*;

fn record() -> Incoming<'static> {
    Incoming {
        topic: "orders",
        partition: 2,
        offset: 7,
        timestamp_ms: 1_700_000_000_000,
        key: Some(b"k"),
        value: Some(b"v"),
        headers: vec![("h", Some(b"1")), ("h", None)],
    }
}

fn printed(format: &Format, record: &Incoming<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    format.print(record, &mut out).unwrap();
    out
}

#[test]
fn a_pattern_prints_every_field() {
    let format = Format::pattern(r"%t/%p@%o %T %k=%s [%h] 100%%\n").unwrap();
    assert_eq!(printed(&format, &record()), b"orders/2@7 1700000000000 k=v [h=1,h=NULL] 100%\n");
}

#[test]
fn an_unknown_field_or_escape_is_refused() {
    for text in ["%x", "%", r"\q", "\\"] {
        assert!(Format::pattern(text).is_err(), "{text}");
    }
}

#[test]
fn bytes_that_are_no_text_become_base64_in_json() {
    let line = printed(&Format::Json, &Incoming { value: Some(&[0xff, 0x00]), ..record() });
    let value: Value = serde_json::from_slice(&line).unwrap();
    assert_eq!((&value["value_base64"], &value["key"]), (&json!("/wA="), &json!("k")));
    assert_eq!(value["headers"], json!([["h", "1"], ["h", null]]));
}

#[test]
fn a_tombstone_prints_an_empty_line_and_null() {
    let tombstone = Incoming { value: None, ..record() };
    assert_eq!(printed(&Format::Value, &tombstone), b"\n");
    let value: Value = serde_json::from_slice(&printed(&Format::Json, &tombstone)).unwrap();
    assert_eq!(value["value"], Value::Null);
}
