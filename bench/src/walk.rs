//! Reads fetch responses as a stream of pieces: where the batches end and which offset comes next, and nothing else.
//!
//! A batch that is cut at the end of a response is passed over and comes again; its offset stays the next one.

use anyhow::ensure;

use crate::wire;

/// Of a batch, this much tells its length and its last offset.
const BATCH_START_BYTES: usize = 27;

/// Walks over fetch responses as they arrive, in pieces of any size, and keeps none of the records.
pub struct Walk {
    head_bytes: usize,
    stage: Stage,
    /// What is collected of a head.
    held: Vec<u8>,
    records_left: usize,
    /// Where to go on.
    pub offset: i64,
    /// Whole batches that were walked over.
    pub batches: u64,
    /// Their bytes.
    pub bytes: u64,
    /// A response has just ended.
    pub whole: bool,
}

#[derive(Clone, Copy)]
enum Stage {
    ResponseHead,
    BatchStart,
    Skip { bytes: usize },
}

impl Walk {
    /// At offset 0, before a response whose head is so long.
    pub fn new(head_bytes: usize) -> Self {
        let (stage, held) = (Stage::ResponseHead, Vec::new());
        Self { head_bytes, stage, held, records_left: 0, offset: 0, batches: 0, bytes: 0, whole: false }
    }

    /// Takes the next piece.
    pub fn feed(&mut self, mut piece: &[u8]) -> anyhow::Result<()> {
        while !piece.is_empty() {
            match self.stage {
                Stage::ResponseHead => {
                    if !collect(&mut self.held, &mut piece, self.head_bytes) {
                        return Ok(());
                    }
                    let head = wire::fetch_head(&self.held)?;
                    ensure!(
                        head.response_bytes == self.head_bytes + head.records_bytes,
                        "an odd Fetch response"
                    );
                    self.held.clear();
                    self.records_left = head.records_bytes;
                    self.next();
                }
                Stage::BatchStart => {
                    if !collect(&mut self.held, &mut piece, BATCH_START_BYTES) {
                        return Ok(());
                    }
                    self.batch_start()?;
                }
                Stage::Skip { bytes } => {
                    let skipped = bytes.min(piece.len());
                    piece = &piece[skipped..];
                    self.records_left -= skipped;
                    self.stage = Stage::Skip { bytes: bytes - skipped };
                    if skipped == bytes {
                        self.next();
                    }
                }
            }
        }
        Ok(())
    }

    fn batch_start(&mut self) -> anyhow::Result<()> {
        let base = i64::from_be_bytes(self.held[..8].try_into()?);
        let bytes = 12 + i32::from_be_bytes(self.held[8..12].try_into()?) as usize;
        let last = base + i64::from(i32::from_be_bytes(self.held[23..27].try_into()?));
        self.held.clear();
        if bytes <= self.records_left {
            ensure!(last >= self.offset, "a batch before the offset that was asked for");
            self.offset = last + 1;
            self.batches += 1;
            self.bytes += bytes as u64;
        }
        let rest = bytes.min(self.records_left).saturating_sub(BATCH_START_BYTES);
        self.records_left -= BATCH_START_BYTES;
        self.stage = Stage::Skip { bytes: rest };
        if rest == 0 {
            self.next();
        }
        Ok(())
    }

    fn next(&mut self) {
        self.stage = match self.records_left {
            0 => {
                self.whole = true;
                Stage::ResponseHead
            }
            left if left < BATCH_START_BYTES => Stage::Skip { bytes: left },
            _ => Stage::BatchStart,
        };
    }
}

/// Moves bytes from `piece` until `held` has `want`; false when more must come.
fn collect(held: &mut Vec<u8>, piece: &mut &[u8], want: usize) -> bool {
    let taken = (want - held.len()).min(piece.len());
    held.extend_from_slice(&piece[..taken]);
    *piece = &piece[taken..];
    held.len() == want
}
