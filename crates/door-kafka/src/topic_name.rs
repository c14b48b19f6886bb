//! Which names a Kafka topic may have, and the text that Kafka answers with when a name is none of them.
//!
//! Always: a name that passes is 1 to 249 bytes of ASCII, so it is its own text in every response. Never here: whether
//! the topic exists.

/// Longest name, in bytes.
pub const NAME_BYTES_MAX: usize = 249;

/// Why a name is refused. `INVALID_TOPIC_EXCEPTION`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// There is no name.
    #[error("Topic name is invalid: the empty string is not allowed")]
    Empty,
    /// `.` or `..`.
    #[error("Topic name is invalid: '{0}' is not allowed")]
    Dots(String),
    /// Longer than [`NAME_BYTES_MAX`].
    #[error(
        "Topic name is invalid: the length of '{0}' is longer than the max allowed length {NAME_BYTES_MAX}"
    )]
    TooLong(String),
    /// Other characters than Kafka allows.
    #[error(
        "Topic name is invalid: '{0}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
    )]
    Characters(String),
}

/// Checks a name as Kafka's `Topic.validate` does.
pub fn check(name: &str) -> Result<(), InvalidName> {
    if name.is_empty() {
        return Err(InvalidName::Empty);
    }
    if name == "." || name == ".." {
        return Err(InvalidName::Dots(name.to_owned()));
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(InvalidName::TooLong(name.to_owned()));
    }
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')) {
        return Ok(());
    }
    Err(InvalidName::Characters(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_249_letters_digits_dots_underscores_and_dashes_pass() {
        for name in ["a", "orders.v1_x-Y", "...", &"n".repeat(NAME_BYTES_MAX)] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn other_names_are_refused_with_kafkas_text() {
        let text = |name: &str| check(name).expect_err(name).to_string();
        assert_eq!(text(""), "Topic name is invalid: the empty string is not allowed");
        assert_eq!(text(".."), "Topic name is invalid: '..' is not allowed");
        assert!(text("a/b").ends_with("characters other than ASCII alphanumerics, '.', '_' and '-'"));
        assert!(text(&"n".repeat(250)).ends_with("is longer than the max allowed length 249"));
        assert!(matches!(check("ä"), Err(InvalidName::Characters(_))));
    }
}
