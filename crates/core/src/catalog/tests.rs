//! Settings, names, rows and the map behind the snapshot.

use std::collections::BTreeMap;

use proptest::prelude::{any, prop, proptest};

use super::chunked::Chunked;
use super::{SETTINGS, Setting, SettingSource, TopicSettings, names};
use crate::command::{Change, SettingChange};
use crate::error::Reason;

#[test]
fn settings_stand_in_the_order_of_their_names_and_have_defaults_that_they_accept() {
    assert!(SETTINGS.windows(2).all(|pair| pair[0].name < pair[1].name));
    for setting in SETTINGS {
        assert_eq!(Setting::named(setting.name), Some(setting));
        TopicSettings::from_pairs([(setting.name, Some(setting.default))]).expect("a default is accepted");
    }
}

#[test]
fn defaults_are_kafkas() {
    let settings = TopicSettings::default();
    assert_eq!((settings.retention_ms, settings.retention_bytes), (604_800_000, -1));
    assert_eq!((settings.max_message_bytes, settings.min_insync_replicas), (1_048_588, 1));
    assert_eq!(settings.timestamp_after_max_ms, 3_600_000);
    assert_eq!(settings.values().count(), SETTINGS.len());
    assert!(settings.values().all(|value| value.source == SettingSource::Default));
}

#[test]
fn a_value_that_a_setting_cannot_have_is_refused_with_the_reason() {
    let refused = |name: &str, value: &str| {
        TopicSettings::from_pairs([(name, Some(value))]).expect_err("it is refused").reason
    };
    assert_eq!(refused("retention.ms", "-2"), Reason::BelowMin(-1));
    assert_eq!(refused("retention.ms", "9223372036854775808"), Reason::NotALong);
    assert_eq!(refused("max.message.bytes", "2147483648"), Reason::NotAnInt);
    assert_eq!(refused("segment.bytes", "14"), Reason::BelowMin(1_048_576));
    assert_eq!(refused("preallocate", "yes"), Reason::NotABoolean);
    assert_eq!(refused("min.cleanable.dirty.ratio", "1.5"), Reason::AboveMax(1));
    assert_eq!(
        refused("message.timestamp.type", "Other"),
        Reason::NotOneOf(&["CreateTime", "LogAppendTime"])
    );
    assert_eq!(refused("cleanup.policy", "compact"), Reason::NotOffered { instead: "delete" });
    assert_eq!(refused("compression.type", "zstd"), Reason::NotOffered { instead: "producer" });
    let null = TopicSettings::from_pairs([("retention.ms", None)]).expect_err("it is refused");
    assert_eq!(null.to_string(), "Null value not supported for topic configs: retention.ms");
}

#[test]
fn a_topic_without_a_cleanup_policy_keeps_everything_and_shows_what_was_set() {
    let pairs =
        |policy| [("retention.ms", Some("9")), ("retention.bytes", Some("5")), ("cleanup.policy", policy)];
    let settings = TopicSettings::from_pairs(pairs(Some(""))).expect("it may be empty");
    assert_eq!((settings.retention_ms, settings.retention_bytes), (-1, -1));
    assert_eq!(settings.value("retention.ms").map(|value| value.value), Some("9"));
    let stored: Vec<(&str, &str)> = settings.overrides().collect();
    assert_eq!(TopicSettings::from_stored(stored), settings);
    let settings = TopicSettings::from_pairs(pairs(Some("delete"))).expect("it is the default");
    assert_eq!((settings.retention_ms, settings.retention_bytes), (9, 5));
}

#[test]
fn lists_are_appended_to_and_subtracted_from() {
    let change = |change| SettingChange { name: "cleanup.policy".into(), change };
    let settings = TopicSettings::default();
    let same =
        settings.changed(false, &[change(Change::Append("delete".into()))]).expect("it is there already");
    assert_eq!(same.value("cleanup.policy").map(|value| value.value.to_owned()), Some("delete".into()));
    let none = settings.changed(false, &[change(Change::Subtract("delete".into()))]).expect("it is a list");
    assert_eq!(none.value("cleanup.policy").map(|value| value.value), Some(""));
    let again = none.changed(false, &[change(Change::Append("delete".into()))]).expect("it was there before");
    assert_eq!(again.value("cleanup.policy").map(|value| value.value), Some("delete"));
    let compact = settings.changed(false, &[change(Change::Append("compact".into()))]);
    assert!(compact.is_err(), "not offered, by whatever way it comes");
    let number = SettingChange { name: "retention.ms".into(), change: Change::Append("1".into()) };
    let error = settings.changed(false, &[number]).expect_err("a number is no list");
    assert_eq!(error.to_string(), "Can't APPEND to key retention.ms because its type is not LIST.");
}

#[test]
fn names_collide_where_a_dot_and_an_underscore_read_alike() {
    assert_eq!(names::collision_key("a.b_c"), names::collision_key("a_b.c"));
    assert_eq!(names::collision_key("abc"), None);
}

proptest! {
    #[test]
    fn the_map_does_what_a_tree_does(steps in prop::collection::vec((any::<bool>(), 0_u16..300, any::<u8>()), 0..600)) {
        let mut chunked = Chunked::default();
        let mut tree = BTreeMap::new();
        let mut old = Vec::new();
        for (index, (insert, key, value)) in steps.into_iter().enumerate() {
            if insert {
                assert_eq!(chunked.insert(key, value), tree.insert(key, value));
            } else {
                assert_eq!(chunked.remove(&key), tree.remove(&key));
            }
            assert_eq!(chunked.find(&key), tree.get(&key));
            assert_eq!(chunked.at_or_after(&key), tree.range(key..).next().map(|(_, value)| value));
            if index % 50 == 0 {
                old.push((chunked.clone(), tree.clone()));
            }
        }
        old.push((chunked, tree));
        for (chunked, tree) in old {
            assert_eq!(chunked.len(), tree.len());
            assert!(chunked.values().eq(tree.values()), "a snapshot does not change");
        }
    }
}
