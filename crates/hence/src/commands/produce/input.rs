//! What `hence produce` reads: lines, NDJSON or whole files, as records to publish.
//!
//! One record per call, so that standard input may be endless. A line that cannot be read is an error that names its
//! number: what stood before it has been produced, nothing after it is.

use std::io::BufRead;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::Value;

/// What a length takes in a record at most.
const VARINT_BYTES_MAX: usize = 5;

/// What a record has beside its key, value and headers, at most: its length, attributes, the timestamp and the offset
/// from those of its batch, and three lengths.
const RECORD_HEAD_BYTES_MAX: usize = 5 * VARINT_BYTES_MAX + 1 + 10;

/// How input becomes records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Each line is a record
    Line,
    /// Each line is a JSON object: key, value, headers, timestamp (ms), partition
    Ndjson,
    /// Each file is a record
    Whole,
}

/// A record to publish.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// The key, if it has one.
    pub key: Option<Vec<u8>>,
    /// The value; absent is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Headers in order; a name may come twice.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// Milliseconds since 1970, if the input says.
    pub timestamp_ms: Option<i64>,
    /// The partition, if the input says.
    pub partition: Option<u32>,
}

impl Outgoing {
    /// Bytes that it takes in a batch, at most.
    pub fn bytes_max(&self) -> usize {
        let bytes = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
        let header =
            |(name, value): &(String, Option<Vec<u8>>)| 2 * VARINT_BYTES_MAX + name.len() + bytes(value);
        RECORD_HEAD_BYTES_MAX
            + bytes(&self.key)
            + bytes(&self.value)
            + self.headers.iter().map(header).sum::<usize>()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default)]
    key: Value,
    #[serde(default)]
    value: Value,
    #[serde(default)]
    headers: Value,
    timestamp: Option<i64>,
    partition: Option<u32>,
}

/// Reads records from one input.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    format: Format,
    key_separator: Option<String>,
    line: u64,
}

impl<R: BufRead> Reader<R> {
    /// Reads `input` as `format` says; lines are split at the first `key_separator` if there is one.
    pub fn new(input: R, format: Format, key_separator: Option<String>) -> Self {
        Self { input, format, key_separator, line: 0 }
    }

    /// The next record; `None` at the end.
    pub fn next(&mut self) -> anyhow::Result<Option<Outgoing>> {
        let mut bytes = Vec::new();
        if self.format == Format::Whole {
            self.input.read_to_end(&mut bytes)?;
            let first = std::mem::replace(&mut self.line, 1) == 0;
            return Ok(first.then(|| Outgoing { value: Some(bytes), ..Outgoing::default() }));
        }
        if self.input.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        self.line += 1;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        match self.format {
            Format::Ndjson => self.object(&bytes).map(Some),
            Format::Line | Format::Whole => self.plain(bytes).map(Some),
        }
    }

    fn plain(&self, bytes: Vec<u8>) -> anyhow::Result<Outgoing> {
        let Some(separator) = &self.key_separator else {
            return Ok(Outgoing { value: Some(bytes), ..Outgoing::default() });
        };
        let separator = separator.as_bytes();
        let at = bytes.windows(separator.len()).position(|window| window == separator);
        let Some(at) = at else {
            bail!("line {} has no key separator `{}`", self.line, String::from_utf8_lossy(separator))
        };
        let value = bytes[at + separator.len()..].to_vec();
        Ok(Outgoing { key: Some(bytes[..at].to_vec()), value: Some(value), ..Outgoing::default() })
    }

    fn object(&self, bytes: &[u8]) -> anyhow::Result<Outgoing> {
        let line = self.line;
        let parsed: Line = serde_json::from_slice(bytes).with_context(|| format!("line {line}"))?;
        Ok(Outgoing {
            key: bytes_of(parsed.key),
            value: bytes_of(parsed.value),
            headers: headers_of(parsed.headers).with_context(|| format!("line {line}"))?,
            timestamp_ms: parsed.timestamp,
            partition: parsed.partition,
        })
    }
}

/// A string as it is, null as nothing, anything else as JSON.
fn bytes_of(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.into_bytes()),
        other => Some(other.to_string().into_bytes()),
    }
}

/// An object, or a list of pairs where names may come twice.
fn headers_of(value: Value) -> anyhow::Result<Vec<(String, Option<Vec<u8>>)>> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Object(fields) => {
            Ok(fields.into_iter().map(|(name, value)| (name, bytes_of(value))).collect())
        }
        Value::Array(pairs) => pairs
            .into_iter()
            .map(|pair| match pair {
                Value::Array(pair) => match <[Value; 2]>::try_from(pair) {
                    Ok([Value::String(name), value]) => Ok((name, bytes_of(value))),
                    _ => bail!("a header is a pair [\"name\", value]"),
                },
                _ => bail!("a header is a pair [\"name\", value]"),
            })
            .collect(),
        _ => bail!("headers are an object or a list of pairs"),
    }
}

#[cfg(test)]
mod tests;
