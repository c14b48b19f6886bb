//! The codecs of a batch's body: decompressing within a limit, compressing for those who make batches.
//!
//! Always: the output never exceeds the caller's limit, whatever the input claims, and nothing is allocated for a claim.
//! Snappy comes raw or in xerial's framing (what the Java client writes); both are read, the framing is written.

use std::borrow::Cow;
use std::io::{Read, Write};

use super::header::Codec;
use super::lz4;

/// What xerial's framing starts with; a version and the oldest compatible version follow, 4 bytes each.
const XERIAL_MAGIC: &[u8; 8] = b"\x82SNAPPY\0";
const XERIAL_HEAD_BYTES: usize = 16;
const XERIAL_VERSION: i32 = 1;
/// Input bytes of one chunk that is written.
const XERIAL_CHUNK_BYTES: usize = 32 * 1024;
/// A Snappy copy of 64 bytes takes 3.
const SNAPPY_EXPANSION_MAX: usize = 22;
/// Kafka's default level.
const ZSTD_LEVEL: i32 = 3;
/// The first allocation for an output of unknown size, per byte of input.
const FIRST_GUESS: usize = 4;

/// Why a body cannot be decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecompressError {
    /// See [`MalformedBody`].
    #[error(transparent)]
    Malformed(#[from] MalformedBody),
    /// See [`TooMuchDecompressed`].
    #[error(transparent)]
    TooMuch(#[from] TooMuchDecompressed),
    /// The head names a codec that does not exist.
    #[error("there is no compression codec {id}")]
    UnknownCodec {
        /// Its ordinal.
        id: u8,
    },
}

/// The body is not what the codec writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the batch's body is not {}", codec.name())]
pub struct MalformedBody {
    /// What it should be.
    pub codec: Codec,
}

/// The body is larger than the reader accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the batch's body is larger than {bytes_max} bytes when it is decompressed")]
pub struct TooMuchDecompressed {
    /// What the reader accepts.
    pub bytes_max: usize,
}

/// The body as it was before compression, borrowed when it was not compressed.
pub(super) fn decompress(
    codec: Codec,
    bytes: &[u8],
    bytes_max: usize,
) -> Result<Cow<'_, [u8]>, DecompressError> {
    let out = match codec {
        Codec::None => return Ok(Cow::Borrowed(bytes)),
        Codec::Gzip => read(codec, flate2::read::MultiGzDecoder::new(bytes), bytes.len(), bytes_max)?,
        Codec::Snappy => snappy(bytes, bytes_max)?,
        Codec::Lz4 => lz4::decompress(bytes, bytes_max)?,
        Codec::Zstd => {
            let decoder =
                zstd::stream::read::Decoder::with_buffer(bytes).map_err(|_| MalformedBody { codec })?;
            read(codec, decoder, bytes.len(), bytes_max)?
        }
    };
    Ok(Cow::Owned(out))
}

fn read(
    codec: Codec,
    reader: impl Read,
    input_bytes: usize,
    bytes_max: usize,
) -> Result<Vec<u8>, DecompressError> {
    let mut out = Vec::with_capacity(input_bytes.saturating_mul(FIRST_GUESS).min(bytes_max));
    let limit = bytes_max as u64 + 1;
    reader.take(limit).read_to_end(&mut out).map_err(|_| MalformedBody { codec })?;
    if out.len() > bytes_max {
        return Err(TooMuchDecompressed { bytes_max }.into());
    }
    Ok(out)
}

fn snappy(bytes: &[u8], bytes_max: usize) -> Result<Vec<u8>, DecompressError> {
    let mut out = Vec::new();
    if !bytes.starts_with(XERIAL_MAGIC) {
        snappy_chunk(bytes, &mut out, bytes_max)?;
        return Ok(out);
    }
    let malformed = MalformedBody { codec: Codec::Snappy };
    let mut rest = bytes.get(XERIAL_HEAD_BYTES..).ok_or(malformed)?;
    while let Some((length, after)) = rest.split_first_chunk() {
        let length = u32::from_be_bytes(*length) as usize;
        let (chunk, after) = after.split_at_checked(length).ok_or(malformed)?;
        snappy_chunk(chunk, &mut out, bytes_max)?;
        rest = after;
    }
    if rest.is_empty() { Ok(out) } else { Err(malformed.into()) }
}

fn snappy_chunk(chunk: &[u8], out: &mut Vec<u8>, bytes_max: usize) -> Result<(), DecompressError> {
    let malformed = MalformedBody { codec: Codec::Snappy };
    let claimed = snap::raw::decompress_len(chunk).map_err(|_| malformed)?;
    if claimed > chunk.len().saturating_mul(SNAPPY_EXPANSION_MAX) {
        return Err(malformed.into());
    }
    let at = out.len();
    if at + claimed > bytes_max {
        return Err(TooMuchDecompressed { bytes_max }.into());
    }
    out.resize(at + claimed, 0);
    snap::raw::Decoder::new().decompress(chunk, &mut out[at..]).map_err(|_| malformed)?;
    Ok(())
}

/// Compresses a body; borrowed when there is nothing to do.
pub(super) fn compress(codec: Codec, bytes: &[u8]) -> std::io::Result<Cow<'_, [u8]>> {
    let out = match codec {
        Codec::None => return Ok(Cow::Borrowed(bytes)),
        Codec::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(bytes)?;
            encoder.finish()?
        }
        Codec::Snappy => compress_snappy(bytes)?,
        Codec::Lz4 => {
            let frame = lz4_flex::frame::FrameInfo::new().block_size(lz4_flex::frame::BlockSize::Max64KB);
            let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(frame, Vec::new());
            encoder.write_all(bytes)?;
            encoder.finish()?
        }
        Codec::Zstd => zstd::stream::encode_all(bytes, ZSTD_LEVEL)?,
    };
    Ok(Cow::Owned(out))
}

fn compress_snappy(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = XERIAL_MAGIC.to_vec();
    out.extend_from_slice(&XERIAL_VERSION.to_be_bytes());
    out.extend_from_slice(&XERIAL_VERSION.to_be_bytes());
    let mut encoder = snap::raw::Encoder::new();
    for chunk in bytes.chunks(XERIAL_CHUNK_BYTES) {
        let compressed = encoder.compress_vec(chunk)?;
        out.extend_from_slice(&(compressed.len() as u32).to_be_bytes());
        out.extend_from_slice(&compressed);
    }
    Ok(out)
}
