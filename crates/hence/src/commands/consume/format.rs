//! How `hence consume` prints a record: its value, JSON, or a pattern as kcat writes it.
//!
//! Bytes that are no text stay bytes in patterns and become base64 in JSON, so nothing is lost on the way.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// A record as it was read.
#[derive(Clone, Debug, Default)]
pub struct Incoming<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The partition.
    pub partition: u32,
    /// The offset.
    pub offset: u64,
    /// Milliseconds since 1970; −1 for none.
    pub timestamp_ms: i64,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The value; absent is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Headers in order.
    pub headers: Vec<(&'a str, Option<&'a [u8]>)>,
}

/// How records are printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// The value and a newline.
    Value,
    /// One JSON object a line.
    Json,
    /// Literal bytes and fields.
    Pattern(Vec<Piece>),
}

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Printed as it is.
    Literal(Vec<u8>),
    /// `%t`
    Topic,
    /// `%p`
    Partition,
    /// `%o`
    Offset,
    /// `%T`
    Timestamp,
    /// `%k`
    Key,
    /// `%s`
    Value,
    /// `%h`: `name=value,name=value`
    Headers,
}

impl Format {
    /// Reads a pattern: `%t %p %o %T %k %s %h %%` and the escapes `\n \t \\`.
    pub fn pattern(text: &str) -> anyhow::Result<Self> {
        let mut pieces = Vec::new();
        let mut literal = Vec::new();
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            let piece = match (letter, letter == '%' || letter == '\\') {
                (_, false) => {
                    literal.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                    continue;
                }
                ('%', _) => match letters.next() {
                    Some('t') => Piece::Topic,
                    Some('p') => Piece::Partition,
                    Some('o') => Piece::Offset,
                    Some('T') => Piece::Timestamp,
                    Some('k') => Piece::Key,
                    Some('s') => Piece::Value,
                    Some('h') => Piece::Headers,
                    Some('%') => Piece::Literal(b"%".to_vec()),
                    other => anyhow::bail!(
                        "`%{}` is no field; there are %t topic, %p partition, %o offset, %T timestamp, %k key, %s value, %h headers",
                        other.map(String::from).unwrap_or_default()
                    ),
                },
                _ => match letters.next() {
                    Some('n') => Piece::Literal(b"\n".to_vec()),
                    Some('t') => Piece::Literal(b"\t".to_vec()),
                    Some('\\') => Piece::Literal(b"\\".to_vec()),
                    other => anyhow::bail!(
                        "`\\{}` is no escape; there are \\n, \\t and \\\\",
                        other.map(String::from).unwrap_or_default()
                    ),
                },
            };
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(piece);
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Ok(Self::Pattern(pieces))
    }

    /// Prints one record.
    pub fn print(&self, record: &Incoming<'_>, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Value => {
                out.write_all(record.value.unwrap_or_default())?;
                out.write_all(b"\n")
            }
            Self::Json => writeln!(out, "{}", object(record)),
            Self::Pattern(pieces) => pieces.iter().try_for_each(|piece| piece.print(record, out)),
        }
    }
}

impl Piece {
    fn print(&self, record: &Incoming<'_>, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Literal(bytes) => out.write_all(bytes),
            Self::Topic => out.write_all(record.topic.as_bytes()),
            Self::Partition => write!(out, "{}", record.partition),
            Self::Offset => write!(out, "{}", record.offset),
            Self::Timestamp => write!(out, "{}", record.timestamp_ms),
            Self::Key => out.write_all(record.key.unwrap_or_default()),
            Self::Value => out.write_all(record.value.unwrap_or_default()),
            Self::Headers => {
                for (index, (name, value)) in record.headers.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(out, "{comma}{name}=")?;
                    out.write_all(value.unwrap_or(b"NULL"))?;
                }
                Ok(())
            }
        }
    }
}

fn object(record: &Incoming<'_>) -> Value {
    let mut fields = Map::new();
    fields.insert("topic".to_owned(), json!(record.topic));
    fields.insert("partition".to_owned(), json!(record.partition));
    fields.insert("offset".to_owned(), json!(record.offset));
    fields.insert("timestamp".to_owned(), json!(record.timestamp_ms));
    insert(&mut fields, "key", record.key);
    insert(&mut fields, "value", record.value);
    let headers = record.headers.iter().map(|(name, value)| match text_or_base64(*value) {
        (true, text) => json!([name, text]),
        (false, base64) => json!([name, { "base64": base64 }]),
    });
    let headers = headers.collect();
    fields.insert("headers".to_owned(), Value::Array(headers));
    Value::Object(fields)
}

/// As `name` when it is text, as `name_base64` when it is not.
fn insert(fields: &mut Map<String, Value>, name: &str, bytes: Option<&[u8]>) {
    let (is_text, value) = text_or_base64(bytes);
    let name = if is_text { name.to_owned() } else { format!("{name}_base64") };
    fields.insert(name, value);
}

fn text_or_base64(bytes: Option<&[u8]>) -> (bool, Value) {
    match bytes.map(|bytes| (bytes, std::str::from_utf8(bytes))) {
        None => (true, Value::Null),
        Some((_, Ok(text))) => (true, json!(text)),
        Some((bytes, Err(_))) => (false, json!(STANDARD.encode(bytes))),
    }
}

#[cfg(test)]
mod tests;
