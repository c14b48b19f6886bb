//! Ids of 16 bytes: made at random, and as text the way Kafka's tools write them (22 characters of base64url).
//!
//! The only place that asks for randomness. Never here: what an id names.

use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A random id (a version 4 UUID) whose text does not start with a dash, so that it is no option on a command line.
#[expect(clippy::disallowed_methods, reason = "this module owns randomness")]
pub fn fresh_id() -> [u8; 16] {
    loop {
        let id = uuid::Uuid::new_v4().into_bytes();
        if id[0] >> 2 != 62 {
            return id;
        }
    }
}

/// What clients are told for the id of the cluster: drawn from the journal's own, which nobody may learn. Whoever knew it
/// could put what looks like a block of the journal into a record, for a start to find where an old file is used again.
pub fn cluster_id(journal: [u8; 16]) -> String {
    let digest = Sha256::new().chain_update(b"hence cluster").chain_update(journal).finalize();
    let mut id: [u8; 16] = *digest.first_chunk().expect("a digest has 32 bytes");
    // Its text does not start with a dash.
    id[0] &= 0x7F;
    id_text(id)
}

/// The text of an id: base64 for URLs without padding, RFC 4648 section 5.
pub fn id_text(id: [u8; 16]) -> String {
    let bits = u128::from_be_bytes(id);
    // 128 bits are 21 digits of 6 and one of 2, which is filled up with zeros.
    let digit = |index: u32| match index {
        21 => (bits << 4) & 63,
        _ => (bits >> (122 - 6 * index)) & 63,
    };
    (0..22).filter_map(|index| ALPHABET.get(digit(index) as usize).copied().map(char::from)).collect()
}

/// The id that `text` is the text of.
pub fn id_of_text(text: &str) -> Option<[u8; 16]> {
    if text.len() != 22 {
        return None;
    }
    let mut bits: u128 = 0;
    for (index, byte) in text.bytes().enumerate() {
        let digit = ALPHABET.iter().position(|&letter| letter == byte)? as u128;
        match index {
            21 if digit & 15 != 0 => return None,
            21 => bits |= digit >> 4,
            _ => bits |= digit << (122 - 6 * index),
        }
    }
    Some(bits.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_as_kafkas_tools_write_it() {
        assert_eq!(id_text([0; 16]), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(id_text([0xff; 16]), "_____________________w");
        let counted = std::array::from_fn(|index| index as u8);
        assert_eq!(id_text(counted), "AAECAwQFBgcICQoLDA0ODw");
    }

    #[test]
    fn a_clusters_id_is_always_the_same_and_does_not_show_the_journals() {
        let journal = [7; 16];
        assert_eq!(cluster_id(journal), cluster_id(journal));
        assert_ne!(cluster_id(journal), cluster_id([8; 16]));
        let told = id_of_text(&cluster_id(journal)).expect("it is an id");
        assert!(told.iter().filter(|byte| **byte == 7).count() < 4, "{told:?}");
    }

    #[test]
    fn an_id_is_read_back_from_its_text_and_from_nothing_else() {
        for id in [[0; 16], [0xff; 16], fresh_id(), fresh_id()] {
            assert_eq!(id_of_text(&id_text(id)), Some(id));
        }
        for text in
            ["", "AAAA", "AAAAAAAAAAAAAAAAAAAAAB", "AAAAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAAAAA"]
        {
            assert_eq!(id_of_text(text), None, "{text}");
        }
    }

    #[test]
    fn a_fresh_id_never_starts_with_a_dash() {
        assert!((0..10_000).all(|_| !id_text(fresh_id()).starts_with('-')));
    }
}
