//! The whole state as rows: what recovery must give again.

use crate::catalog::{encode_topic, topic_key};
use crate::core::Core;
use crate::core::counters::Counter;
use crate::tables;
use crate::tests::world::Rows;
use crate::turn::Op;

impl Core {
    /// Every fact, and what follows from entries, as rows.
    pub fn image(&self) -> Rows {
        let mut rows = Rows::new();
        let counters = [Counter::Streams, Counter::LossyStarts, Counter::Producers, Counter::Groups];
        let puts = counters.map(|counter| counter.put(self.counters.next(counter)));
        let removals = self.removals.iter().map(|(topic, removal)| removal.put(*topic));
        for op in puts.into_iter().chain(removals) {
            if let Op::Put { table, key, value } = op {
                rows.insert((table, key), value);
            }
        }
        for topic in self.catalog.catalog.topics() {
            assert_eq!(self.catalog.catalog.topic_by_id(topic.id), Some(topic));
            rows.insert((tables::TOPICS, topic_key(&topic.name)), encode_topic(topic));
        }
        assert!(!self.started || self.groups_held == self.groups.held(), "what members hold is counted");
        self.groups.image(&mut rows);
        self.partitions.image(&mut rows);
        rows
    }
}
