//! Kafka's ids: sixteen bytes, shown as 22 characters of URL-safe base64 without padding.
//!
//! The all-zero id means "none" on the wire. Ids are made elsewhere; nothing here is random.

use std::fmt;

/// A topic id, directory id or cluster id.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(pub [u8; 16]);

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Characters of the text form.
const TEXT_CHARS: usize = 22;

impl Uuid {
    /// "None".
    pub const ZERO: Self = Self([0; 16]);

    /// Reads the text form; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != TEXT_CHARS {
            return None;
        }
        let mut bits: u128 = 0;
        for (index, letter) in text.bytes().enumerate() {
            let value = ALPHABET.iter().position(|of| *of == letter)? as u128;
            if index + 1 < TEXT_CHARS {
                bits = (bits << 6) | value;
            } else if value & 0x0F == 0 {
                bits = (bits << 2) | (value >> 4);
            } else {
                return None;
            }
        }
        Some(Self(bits.to_be_bytes()))
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = u128::from_be_bytes(self.0);
        for index in 0..TEXT_CHARS {
            let end = 128_i32 - 6 * (index as i32 + 1);
            let value = if end >= 0 { bits >> end } else { bits << -end };
            fmt::Write::write_char(f, char::from(ALPHABET[(value & 0x3F) as usize]))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
