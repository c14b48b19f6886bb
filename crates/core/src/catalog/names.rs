//! Which names a topic may have, in Kafka's words.
//!
//! Always: a name is safe in a path, in a metric and in a log line. Never here: whether a topic has it.

use crate::error::InvalidTopicName;
use crate::limits::TOPIC_NAME_BYTES_MAX;

/// Judges a name.
pub fn check(name: &str) -> Result<(), InvalidTopicName> {
    let why = if name.is_empty() {
        "the empty string is not allowed".to_owned()
    } else if name == "." || name == ".." {
        "'.' or '..' is not allowed".to_owned()
    } else if name.len() > TOPIC_NAME_BYTES_MAX {
        format!("the length of '{name}' is longer than the max allowed length {TOPIC_NAME_BYTES_MAX}")
    } else if name.bytes().any(|byte| !(byte.is_ascii_alphanumeric() || b"._-".contains(&byte))) {
        format!("'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'")
    } else {
        return Ok(());
    };
    Err(InvalidTopicName { why })
}

/// What a name reads like where '.' and '_' are the same; none for a name that has neither.
pub fn collision_key(name: &str) -> Option<String> {
    name.contains(['.', '_']).then(|| name.replace('.', "_"))
}
