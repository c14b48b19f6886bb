//! Replicas of partitions as clients ask for them: there is one broker, so there is one replica.
//!
//! The texts are Kafka's where a Kafka of one broker has one, with what helps here added.

use crate::error_code::ErrorCode;

/// Checks a replication factor: 1, or −1 for the default; with `accept` any that asks for copies, of which one is made.
pub fn replication_factor(factor: i16, accept: bool) -> Result<(), (ErrorCode, String)> {
    let text = match factor {
        -1 | 1 => return Ok(()),
        2.. if accept => return Ok(()),
        2.. => format!(
            "Unable to replicate the partition {factor} time(s): The target replication factor of {factor} cannot be \
             reached because only 1 broker(s) are registered. This broker keeps one durable copy; ask for a replication \
             factor of 1, or of -1 for the default, or set kafka.accept_replication_factor of the broker to true, which \
             takes any and makes one copy."
        ),
        _ => "Replication factor must be larger than 0, or -1 to use the default value.".to_owned(),
    };
    Err((ErrorCode::INVALID_REPLICATION_FACTOR, text))
}

/// Checks the replicas that one partition is assigned to.
pub fn replicas(brokers: &[i32], node_id: i32) -> Result<(), (ErrorCode, String)> {
    let text = match brokers {
        [] => "The manual partition assignment includes an empty replica list.".to_owned(),
        [one] if *one == node_id => return Ok(()),
        _ => match brokers.iter().find(|broker| **broker != node_id) {
            Some(other) => {
                format!(
                    "The manual partition assignment includes broker {other}, but no such broker is registered."
                )
            }
            None => {
                format!("The manual partition assignment includes the broker {node_id} more than once.")
            }
        },
    };
    Err((ErrorCode::INVALID_REPLICA_ASSIGNMENT, text))
}
