//! What a commit weighs: judged before anything of it is copied.
//!
//! The weight is what a caller can sum up itself (payloads once, annotations per target, keys and values), so what stays
//! within the room is never refused. Never here: what an entry costs in memory beside its bytes.

use hence_base::limits::{ANNOTATIONS_BYTES_MAX, OPS_PER_COMMIT_MAX, ROW_KEY_BYTES_MAX, ROW_VALUE_BYTES_MAX};
use hence_base::{Commit, Op};

use crate::Refusal;

/// Bytes of a commit, or that a part of it is larger than any commit may have.
pub fn weigh(commit: &Commit<'_>) -> Result<u64, Refusal> {
    if commit.ops.len() > OPS_PER_COMMIT_MAX {
        return Err(Refusal::TooLarge);
    }
    commit.ops.iter().try_fold(0, |sum, op| Ok(sum + weigh_op(op)?))
}

fn weigh_op(op: &Op<'_>) -> Result<u64, Refusal> {
    match op {
        Op::Append(append) => {
            let within = append.payload.len() <= u32::MAX as usize
                && append.targets.len() <= OPS_PER_COMMIT_MAX
                && append
                    .targets
                    .iter()
                    .all(|target| target.header.annotations.len() <= ANNOTATIONS_BYTES_MAX);
            let annotations: u64 =
                append.targets.iter().map(|target| target.header.annotations.len() as u64).sum();
            within.then_some(append.payload.len() as u64 + annotations)
        }
        Op::Put { key, value, .. } => (key.len() <= ROW_KEY_BYTES_MAX && value.len() <= ROW_VALUE_BYTES_MAX)
            .then_some(row_bytes(key, value)),
        Op::Delete { key, .. } => (key.len() <= ROW_KEY_BYTES_MAX).then_some(key.len() as u64),
        Op::Trim { .. } | Op::DropStream { .. } => Some(0),
    }
    .ok_or(Refusal::TooLarge)
}

/// Bytes of one row.
pub fn row_bytes(key: &[u8], value: &[u8]) -> u64 {
    (key.len() + value.len()) as u64
}
