//! The table of the APIs that this door serves: one file and one row each, and nothing else.
//!
//! ApiVersions is printed from it, metrics take their labels from it, the crawler test walks it. To add an API: one file
//! with its handler and its row, one line here.

use std::ops::RangeInclusive;

use hence_kafka_proto::ApiKey;

use crate::call::{Call, Work};

mod api_versions;
mod create_partitions;
mod create_topics;
mod delete_groups;
mod delete_records;
mod delete_topics;
mod describe_cluster;
mod describe_configs;
mod describe_groups;
mod describe_topic_partitions;
mod fetch;
mod find_coordinator;
mod heartbeat;
mod incremental_alter_configs;
mod init_producer_id;
mod join_group;
mod leave_group;
mod list_groups;
mod list_offsets;
mod metadata;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod offset_for_leader_epoch;
mod produce;
mod sync_group;

/// One API.
#[derive(Debug)]
pub struct Api {
    /// Which.
    pub key: ApiKey,
    /// The versions that are answered.
    pub serves: RangeInclusive<i16>,
    /// The versions that ApiVersions shows: the same, Produce excepted.
    pub shows: RangeInclusive<i16>,
    /// What answers a request.
    pub handle: fn(Call) -> Work,
}

impl Api {
    const fn new(key: ApiKey, serves: RangeInclusive<i16>, handle: fn(Call) -> Work) -> Self {
        let shows = RangeInclusive::new(*serves.start(), *serves.end());
        Self { key, serves, shows, handle }
    }

    /// Shows versions from `first` on, although the older ones are refused.
    const fn shown_from(self, first: i16) -> Self {
        Self { shows: RangeInclusive::new(first, *self.serves.end()), ..self }
    }

    /// Whether a request of an unknown version gets an answer: ApiVersions, whose answer says which there are.
    pub fn answers_every_version(&self) -> bool {
        self.key == ApiKey::ApiVersions
    }
}

/// Every API, by number.
pub static APIS: &[&Api] = &[
    &produce::API,
    &fetch::API,
    &list_offsets::API,
    &metadata::API,
    &offset_commit::API,
    &offset_fetch::API,
    &find_coordinator::API,
    &join_group::API,
    &heartbeat::API,
    &leave_group::API,
    &sync_group::API,
    &describe_groups::API,
    &list_groups::API,
    &api_versions::API,
    &create_topics::API,
    &delete_topics::API,
    &delete_records::API,
    &init_producer_id::API,
    &offset_for_leader_epoch::API,
    &describe_configs::API,
    &create_partitions::API,
    &delete_groups::API,
    &incremental_alter_configs::API,
    &offset_delete::API,
    &describe_cluster::API,
    &describe_topic_partitions::API,
];

/// The row of an API.
pub fn row_of(key: ApiKey) -> Option<usize> {
    APIS.binary_search_by_key(&key, |api| api.key).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_serves_only_what_the_codec_knows() {
        assert!(APIS.windows(2).all(|pair| pair[0].key < pair[1].key));
        for api in APIS {
            let known = api.key.schema_versions();
            assert!(known.contains(api.serves.start()) && known.contains(api.serves.end()), "{api:?}");
            assert!(*api.serves.end() <= api.key.latest_stable(), "{api:?}");
        }
    }
}
