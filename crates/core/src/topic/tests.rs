//! What partitions would store, and their rows there and back.

use hence_base::Timestamp;

use super::Partitions;
use crate::tables;
use crate::tests::world::Rows;

impl Partitions {
    /// Every row that would be derived. When a producer was heard of last is left out: operations carry no time.
    pub fn image(&self, rows: &mut Rows) {
        for (stream, own) in &self.streams {
            let mut value = own.encode();
            value.push(u8::from(own.open));
            value.extend_from_slice(&own.lossy_starts.to_le_bytes());
            rows.insert((tables::PARTITIONS, super::key_of(*stream)), value);
            for id in own.producers.ids() {
                let mut window = own.producers.find(id).expect("it is listed").clone();
                window.used = Timestamp::NONE;
                let mut key = super::key_of(*stream);
                key.extend_from_slice(&id.0.to_be_bytes());
                rows.insert((tables::PRODUCERS, key), window.encode());
            }
        }
    }
}
