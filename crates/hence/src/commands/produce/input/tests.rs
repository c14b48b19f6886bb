//! Lines, objects and files become the records that they say.

use super::*;

fn read(text: &str, format: Format, separator: Option<&str>) -> anyhow::Result<Vec<Outgoing>> {
    let mut reader = Reader::new(text.as_bytes(), format, separator.map(str::to_owned));
    let mut records = Vec::new();
    while let Some(record) = reader.next()? {
        records.push(record);
    }
    Ok(records)
}

fn value(text: &str) -> Outgoing {
    Outgoing { value: Some(text.into()), ..Outgoing::default() }
}

#[test]
fn each_line_is_a_record_and_the_last_needs_no_newline() {
    assert_eq!(read("a\n\nb", Format::Line, None).unwrap(), [value("a"), value(""), value("b")]);
    assert_eq!(read("", Format::Line, None).unwrap(), []);
}

#[test]
fn a_line_is_split_at_the_first_separator() {
    let records = read("k:v:w", Format::Line, Some(":")).unwrap();
    assert_eq!(records, [Outgoing { key: Some("k".into()), ..value("v:w") }]);
    let error = read("k:v\nno key", Format::Line, Some(":")).unwrap_err().to_string();
    assert!(error.contains("line 2"), "{error}");
}

#[test]
fn an_object_gives_key_value_headers_timestamp_and_partition() {
    let text = r#"{"key":"k","value":{"a":1},"headers":[["h","1"],["h",null]],"timestamp":7,"partition":2}"#;
    let expected = Outgoing {
        key: Some("k".into()),
        value: Some(r#"{"a":1}"#.into()),
        headers: vec![("h".into(), Some("1".into())), ("h".into(), None)],
        timestamp_ms: Some(7),
        partition: Some(2),
    };
    assert_eq!(read(text, Format::Ndjson, None).unwrap(), [expected]);
    assert_eq!(read("{}", Format::Ndjson, None).unwrap(), [Outgoing::default()]);
}

#[test]
fn a_misspelt_field_or_a_broken_line_is_refused_by_its_number() {
    for text in ["{}\n{\"vlaue\":1}", "{}\n{", "{}\n{\"headers\":3}"] {
        let error = format!("{:#}", read(text, Format::Ndjson, None).unwrap_err());
        assert!(error.contains("line 2"), "{error}");
    }
}

#[test]
fn a_whole_file_is_one_record() {
    assert_eq!(read("a\nb\n", Format::Whole, None).unwrap(), [value("a\nb\n")]);
}
