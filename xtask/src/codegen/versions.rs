//! Ranges of versions as the schemas write them: `3`, `0-12`, `5+`, `none`.
//!
//! A range is closed; "and up" ends at the highest number. Conditions on a version are written as short as they can be.

use anyhow::{Context, ensure};

/// A closed range; empty when `first > last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    pub first: i16,
    pub last: i16,
}

/// Whether a version within some range is in another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    Always,
    Never,
    /// A condition over `version`, in Rust.
    If(String),
}

impl Versions {
    pub const NONE: Self = Self { first: 1, last: 0 };

    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let number = |text: &str| text.trim().parse().with_context(|| format!("`{text}` is no version"));
        if text == "none" {
            return Ok(Self::NONE);
        }
        let (first, last) = match (text.strip_suffix('+'), text.split_once('-')) {
            (Some(first), _) => (number(first)?, i16::MAX),
            (None, Some((first, last))) => (number(first)?, number(last)?),
            (None, None) => (number(text)?, number(text)?),
        };
        ensure!(0 <= first && first <= last, "`{text}` is no range of versions");
        Ok(Self { first, last })
    }

    pub fn is_empty(self) -> bool {
        self.first > self.last
    }

    pub fn and(self, other: Self) -> Self {
        let both = Self { first: self.first.max(other.first), last: self.last.min(other.last) };
        if both.is_empty() { Self::NONE } else { both }
    }

    /// The condition that a version of `all` is in this range.
    pub fn when(self, all: Self) -> When {
        let both = self.and(all);
        if both.is_empty() {
            When::Never
        } else if both == all {
            When::Always
        } else if both.last == all.last {
            When::If(format!("version >= {}", both.first))
        } else if both.first == all.first {
            When::If(format!("version <= {}", both.last))
        } else if both.first == both.last {
            When::If(format!("version == {}", both.first))
        } else {
            When::If(format!("({}..={}).contains(&version)", both.first, both.last))
        }
    }

    /// For readers: `3 to 12`, `5 and up`, `7`.
    pub fn describe(self, all: Self) -> String {
        let both = self.and(all);
        match (both.first == both.last, both.last == all.last) {
            (true, _) => format!("{}", both.first),
            (false, true) => format!("{} and up", both.first),
            (false, false) => format!("{} to {}", both.first, both.last),
        }
    }
}

impl When {
    /// As a Rust expression.
    pub fn expression(&self) -> String {
        match self {
            Self::Always => "true".to_owned(),
            Self::Never => "false".to_owned(),
            Self::If(condition) => condition.clone(),
        }
    }
}
