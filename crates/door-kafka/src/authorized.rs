//! What a client may do, as the bit sets that Metadata and the describe APIs show.
//!
//! Nobody is authenticated yet, so everyone may do everything that the kind of thing knows.

/// "Not asked for".
const NOT_SHOWN: i32 = i32::MIN;

/// Everything that can be done to the cluster: create, describe, alter, their configs, cluster action, idempotent write,
/// and others by their numbers in Kafka's `AclOperation`.
pub const CLUSTER: i32 = bits(&[5, 7, 8, 9, 10, 11, 12]);
/// Everything that can be done to a topic: read, write, create, delete, alter, describe, and its configs.
pub const TOPIC: i32 = bits(&[3, 4, 5, 6, 7, 8, 10, 11]);
/// Everything that can be done to a group.
pub const GROUP: i32 = bits(&[3, 6, 8, 10, 11]);

const fn bits(mut operations: &[u32]) -> i32 {
    let mut set = 0;
    while let [first, rest @ ..] = operations {
        set |= 1 << *first;
        operations = rest;
    }
    set
}

/// The bit set when it was asked for.
pub const fn shown(asked: bool, operations: i32) -> i32 {
    if asked { operations } else { NOT_SHOWN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bit_sets_are_those_of_a_kafka_without_an_authorizer() {
        assert_eq!((CLUSTER, TOPIC, GROUP), (8_096, 3_576, 3_400));
    }
}
