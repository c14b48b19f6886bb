//! Which names a Kafka topic may have, and the text that Kafka answers with when a name is none of them.
//!
//! Always: a name that passes is 1 to 249 bytes of ASCII, so it is its own text in every response, and no name of a queue.
//! Never here: whether the topic exists.

/// Longest name, in bytes.
pub const NAME_BYTES_MAX: usize = 249;

/// What the names begin with under which queues are shown: no topic may be named so.
pub const QUEUES: &str = "queue.";

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
    /// A name that is kept for queues.
    #[error("Topic name is invalid: '{0}' begins with '{QUEUES}', which is reserved")]
    Reserved(String),
}

/// Checks a name as Kafka's `Topic.validate` does, and that it is not reserved.
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
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')) {
        return Err(InvalidName::Characters(name.to_owned()));
    }
    if name.starts_with(QUEUES) {
        return Err(InvalidName::Reserved(name.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_249_letters_digits_dots_underscores_and_dashes_pass() {
        for name in
            ["a", "orders.v1_x-Y", "...", "queue", "queue_a", "a.queue.b", &"n".repeat(NAME_BYTES_MAX)]
        {
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

    #[test]
    fn names_of_queues_are_refused() {
        for name in ["queue.", "queue.orders"] {
            assert_eq!(check(name), Err(InvalidName::Reserved(name.to_owned())));
        }
    }
}
