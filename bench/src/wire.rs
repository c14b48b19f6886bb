//! The four Kafka requests that the generator sends, written by hand: Produce 7, Fetch 11, CreateTopics 3, DeleteTopics 3.
//!
//! All have fixed layouts without tagged fields and are served by every broker since Kafka 2.4. Responses are read with
//! bounds checks and an error code other than 0 ends the run.

use anyhow::{Context, bail, ensure};

const PRODUCE: (i16, i16) = (0, 7);
const FETCH: (i16, i16) = (1, 11);
const CREATE_TOPICS: (i16, i16) = (19, 3);
const DELETE_TOPICS: (i16, i16) = (20, 3);
const CLIENT_ID: &str = "hence-bench";
const TIMEOUT_MS: i32 = 30_000;
/// How long a fetch waits by default, as in every client.
pub const FETCH_WAIT_MS: i32 = 500;

/// A frame under construction: length, header, body.
struct Frame(Vec<u8>);

impl Frame {
    fn new((key, version): (i16, i16), correlation: i32) -> Self {
        let mut frame = Self(vec![0; 4]);
        frame.i16(key);
        frame.i16(version);
        frame.i32(correlation);
        frame.string(CLIENT_ID);
        frame
    }

    fn i8(&mut self, value: i8) {
        self.0.push(value as u8);
    }

    fn i16(&mut self, value: i16) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    fn i32(&mut self, value: i32) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    fn i64(&mut self, value: i64) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    fn string(&mut self, text: &str) {
        self.i16(text.len() as i16);
        self.0.extend_from_slice(text.as_bytes());
    }

    fn finish(mut self) -> Vec<u8> {
        let length = self.0.len() as u32 - 4;
        self.0[..4].copy_from_slice(&length.to_be_bytes());
        self.0
    }
}

/// A Produce request with acks −1: one batch for each of `partitions`.
pub fn produce(correlation: i32, topic: &str, partitions: &[i32], batch: &[u8]) -> Vec<u8> {
    let mut frame = Frame::new(PRODUCE, correlation);
    frame.i16(-1);
    frame.i16(-1);
    frame.i32(TIMEOUT_MS);
    frame.i32(1);
    frame.string(topic);
    frame.i32(partitions.len() as i32);
    for partition in partitions {
        frame.i32(*partition);
        frame.i32(batch.len() as i32);
        frame.0.extend_from_slice(batch);
    }
    frame.finish()
}

/// A Fetch request without a session for one partition: waits until there is a byte, at most `wait_ms`.
pub fn fetch(topic: &str, partition: i32, offset: i64, bytes_max: i32, wait_ms: i32) -> Vec<u8> {
    let mut frame = Frame::new(FETCH, 0);
    frame.i32(-1);
    frame.i32(wait_ms);
    frame.i32(1);
    frame.i32(bytes_max);
    frame.i8(0);
    frame.i32(0);
    frame.i32(-1);
    frame.i32(1);
    frame.string(topic);
    frame.i32(1);
    frame.i32(partition);
    frame.i32(-1);
    frame.i64(offset);
    frame.i64(-1);
    frame.i32(bytes_max);
    frame.i32(0);
    frame.string("");
    frame.finish()
}

/// Bytes of a response to [`fetch`] before its records, length included. What stands there is read by [`fetch_head`].
pub const fn fetch_head_bytes(topic: &str) -> usize {
    // length, correlation, throttle, error, session; topics: count, name; partitions: count, index, error,
    // high watermark, stable offset, start offset, aborted, replica; records' length
    4 + 4 + 4 + 2 + 4 + 4 + 2 + topic.len() + 4 + 4 + 2 + 8 + 8 + 8 + 4 + 4 + 4
}

/// What a Fetch response says before its records.
#[derive(Clone, Copy, Debug)]
pub struct FetchHead {
    /// Bytes of records that follow.
    pub records_bytes: usize,
    /// Bytes of the whole response, length field included.
    pub response_bytes: usize,
}

/// Reads the first [`fetch_head_bytes`] of a Fetch response.
pub fn fetch_head(head: &[u8]) -> anyhow::Result<FetchHead> {
    let mut fields = Fields(head);
    let response_bytes = 4 + fields.i32()? as usize;
    fields.i32()?;
    fields.i32()?;
    fields.no_error("Fetch")?;
    fields.i32()?;
    ensure!(fields.i32()? == 1, "a Fetch response without the topic");
    fields.string()?;
    ensure!(fields.i32()? == 1, "a Fetch response without the partition");
    fields.i32()?;
    fields.no_error("Fetch of the partition")?;
    fields.take(24)?;
    ensure!(fields.i32()? <= 0, "aborted transactions in a Fetch response to read-uncommitted");
    fields.i32()?;
    let records_bytes = fields.i32()?.max(0) as usize;
    Ok(FetchHead { records_bytes, response_bytes })
}

/// Whether a Fetch response (without its length) reports no error.
pub fn fetched_nothing(response: &[u8]) -> anyhow::Result<()> {
    let mut head = (response.len() as u32).to_be_bytes().to_vec();
    head.extend_from_slice(response);
    fetch_head(&head).map(|_| ())
}

/// Reads a Produce response (without its length) and gives its correlation id and the smallest base offset.
pub fn produced(response: &[u8]) -> anyhow::Result<(i32, i64)> {
    let mut fields = Fields(response);
    let correlation = fields.i32()?;
    let mut base = i64::MAX;
    for _ in 0..fields.i32()? {
        fields.string()?;
        for _ in 0..fields.i32()? {
            fields.i32()?;
            fields.no_error("Produce")?;
            base = base.min(fields.i64()?);
            fields.take(16)?;
        }
    }
    Ok((correlation, base))
}

/// Reads the ceiling probe's response: how many commits its log has made.
pub fn probe_commits(response: &[u8]) -> anyhow::Result<u64> {
    let (_sequence, commits) = response.split_at_checked(8).context("a probe's response ends too early")?;
    Ok(u64::from_be_bytes(commits.try_into().context("a probe's response is not as long as it should be")?))
}

/// A CreateTopics request.
pub fn create_topic(topic: &str, partitions: i32, configs: &[(&str, &str)]) -> Vec<u8> {
    let mut frame = Frame::new(CREATE_TOPICS, 0);
    frame.i32(1);
    frame.string(topic);
    frame.i32(partitions);
    frame.i16(1);
    frame.i32(0);
    frame.i32(configs.len() as i32);
    for (name, value) in configs {
        frame.string(name);
        frame.string(value);
    }
    frame.i32(TIMEOUT_MS);
    frame.i8(0);
    frame.finish()
}

/// Reads a CreateTopics response: the error code and its text.
pub fn created(response: &[u8]) -> anyhow::Result<(i16, String)> {
    let mut fields = Fields(response);
    fields.take(8)?;
    ensure!(fields.i32()? == 1, "a CreateTopics response without the topic");
    fields.string()?;
    let code = fields.i16()?;
    let text = String::from_utf8_lossy(fields.string()?).into_owned();
    Ok((code, text))
}

/// A DeleteTopics request.
pub fn delete_topic(topic: &str) -> Vec<u8> {
    let mut frame = Frame::new(DELETE_TOPICS, 0);
    frame.i32(1);
    frame.string(topic);
    frame.i32(TIMEOUT_MS);
    frame.finish()
}

/// Reads a DeleteTopics response.
pub fn deleted(response: &[u8]) -> anyhow::Result<()> {
    let mut fields = Fields(response);
    fields.take(8)?;
    ensure!(fields.i32()? == 1, "a DeleteTopics response without the topic");
    fields.string()?;
    fields.no_error("DeleteTopics")
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, bytes: usize) -> anyhow::Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(bytes).context("a response ends too early")?;
        self.0 = rest;
        Ok(taken)
    }

    fn i16(&mut self) -> anyhow::Result<i16> {
        Ok(i16::from_be_bytes(self.take(2)?.try_into()?))
    }

    fn i32(&mut self) -> anyhow::Result<i32> {
        Ok(i32::from_be_bytes(self.take(4)?.try_into()?))
    }

    fn i64(&mut self) -> anyhow::Result<i64> {
        Ok(i64::from_be_bytes(self.take(8)?.try_into()?))
    }

    fn string(&mut self) -> anyhow::Result<&'a [u8]> {
        let length = self.i16()?.max(0) as usize;
        self.take(length)
    }

    fn no_error(&mut self, of: &str) -> anyhow::Result<()> {
        match self.i16()? {
            0 => Ok(()),
            code => bail!("{of} was answered with error {code}"),
        }
    }
}
