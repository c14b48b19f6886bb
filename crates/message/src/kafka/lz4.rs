//! LZ4 frames, read within a limit: block by block, so that a header that claims large blocks costs nothing.
//!
//! Checksums inside the frame are not verified: the batch's own covers the same bytes. Dictionaries are refused.
//!
//! Source: the LZ4 frame format, version 1.6.

use super::compression::{DecompressError, MalformedBody, TooMuchDecompressed};
use super::header::Codec;
use crate::limits::LZ4_BLOCK_BYTES_MAX;

const MAGIC: u32 = 0x184D_2204;
const SKIPPABLE: u32 = 0x184D_2A50;
const SKIPPABLE_MASK: u32 = 0xffff_fff0;
/// How far back a linked block may refer.
const WINDOW_BYTES: usize = 64 * 1024;
/// A byte of a compressed block adds at most 255 bytes of output.
const EXPANSION_MAX: usize = 255;
const STORED: u32 = 1 << 31;

const MALFORMED: MalformedBody = MalformedBody { codec: Codec::Lz4 };

/// Decompresses every frame in `bytes`, at most `bytes_max` in all.
pub fn decompress(mut bytes: &[u8], bytes_max: usize) -> Result<Vec<u8>, DecompressError> {
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let magic = take_u32(&mut bytes)?;
        if magic & SKIPPABLE_MASK == SKIPPABLE {
            let skip = take_u32(&mut bytes)? as usize;
            take(&mut bytes, skip)?;
        } else if magic == MAGIC {
            frame(&mut bytes, &mut out, bytes_max)?;
        } else {
            return Err(MALFORMED.into());
        }
    }
    Ok(out)
}

fn frame(bytes: &mut &[u8], out: &mut Vec<u8>, bytes_max: usize) -> Result<(), DecompressError> {
    let &[flags, sizes] = take(bytes, 2)? else { return Err(MALFORMED.into()) };
    let set = |bit: u8| flags & (1 << bit) != 0;
    let (independent, block_checksum, content_size, content_checksum) = (set(5), set(4), set(3), set(2));
    let block_bytes_max = match sizes >> 4 {
        size @ 4..=7 if flags >> 6 == 1 && !set(0) => 1usize << (2 * size + 8),
        _ => return Err(MALFORMED.into()),
    };
    debug_assert!(block_bytes_max <= LZ4_BLOCK_BYTES_MAX);
    take(bytes, if content_size { 8 } else { 0 } + 1)?;
    let start = out.len();
    loop {
        let size = take_u32(bytes)?;
        if size == 0 {
            break;
        }
        let block = take(bytes, (size & !STORED) as usize)?;
        if size & STORED != 0 {
            room(out, block.len(), bytes_max)?;
            out.extend_from_slice(block);
        } else {
            let from =
                if independent { out.len() } else { start.max(out.len().saturating_sub(WINDOW_BYTES)) };
            decompress_block(block, out, from, block_bytes_max, bytes_max)?;
        }
        take(bytes, if block_checksum { 4 } else { 0 })?;
    }
    take(bytes, if content_checksum { 4 } else { 0 })?;
    Ok(())
}

fn decompress_block(
    block: &[u8],
    out: &mut Vec<u8>,
    window_from: usize,
    block_bytes_max: usize,
    bytes_max: usize,
) -> Result<(), DecompressError> {
    let at = out.len();
    let most = block_bytes_max.min(block.len().saturating_mul(EXPANSION_MAX));
    let left = bytes_max - at.min(bytes_max);
    out.resize(at + most.min(left), 0);
    let (before, after) = out.split_at_mut(at);
    let window = before.get(window_from..).unwrap_or_default();
    let written = lz4_flex::block::decompress_into_with_dict(block, after, window);
    match written {
        Ok(written) => {
            out.truncate(at + written);
            Ok(())
        }
        Err(lz4_flex::block::DecompressError::OutputTooSmall { .. }) if left < most => {
            Err(TooMuchDecompressed { bytes_max }.into())
        }
        Err(_) => Err(MALFORMED.into()),
    }
}

/// Fails when `more` bytes would go over the limit.
fn room(out: &[u8], more: usize, bytes_max: usize) -> Result<(), DecompressError> {
    if out.len() + more > bytes_max {
        return Err(TooMuchDecompressed { bytes_max }.into());
    }
    Ok(())
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8], DecompressError> {
    let (taken, rest) = bytes.split_at_checked(count).ok_or(MALFORMED)?;
    *bytes = rest;
    Ok(taken)
}

fn take_u32(bytes: &mut &[u8]) -> Result<u32, DecompressError> {
    let (taken, rest) = bytes.split_first_chunk().ok_or(MALFORMED)?;
    *bytes = rest;
    Ok(u32::from_le_bytes(*taken))
}
