//! Where `hence consume` starts, as a person writes it.
//! What the place means in one partition is asked of the broker, not decided here.

use std::str::FromStr;
use std::time::UNIX_EPOCH;

use hence_base::{Offset, Timestamp};

/// A place in every partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The first record that is kept.
    Earliest,
    /// What comes after now.
    Latest,
    /// This offset.
    Offset(Offset),
    /// So many records before the end.
    Last(u64),
    /// The first record that is not older.
    Time(Timestamp),
}

/// Text that names no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no place; write earliest, latest, an OFFSET, -N, an RFC 3339 time or @MILLISECONDS")]
pub struct NoPlace(String);

impl FromStr for Start {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        match text {
            "earliest" => return Ok(Self::Earliest),
            "latest" => return Ok(Self::Latest),
            _ => {}
        }
        let place = if let Some(count) = text.strip_prefix('-') {
            count.parse().ok().map(Self::Last)
        } else if let Some(ms) = text.strip_prefix('@') {
            ms.parse().ok().map(|ms| Self::Time(Timestamp(ms)))
        } else if let Ok(offset) = text.parse() {
            Some(Self::Offset(Offset(offset)))
        } else {
            time(text).map(Self::Time)
        };
        place.ok_or_else(|| NoPlace(text.to_owned()))
    }
}

fn time(text: &str) -> Option<Timestamp> {
    let since = humantime::parse_rfc3339_weak(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_place_is_read() {
        for (text, place) in [
            ("earliest", Start::Earliest),
            ("latest", Start::Latest),
            ("17", Start::Offset(Offset(17))),
            ("-10", Start::Last(10)),
            ("@1700000000000", Start::Time(Timestamp(1_700_000_000_000))),
            ("2023-11-14T22:13:20Z", Start::Time(Timestamp(1_700_000_000_000))),
            ("2023-11-14 22:13:20", Start::Time(Timestamp(1_700_000_000_000))),
        ] {
            assert_eq!(text.parse(), Ok(place), "{text}");
        }
        for text in ["", "first", "-", "@x", "1.5", "2023-13-40"] {
            assert!(text.parse::<Start>().is_err(), "{text}");
        }
    }
}
