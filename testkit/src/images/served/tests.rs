//! The comparison finds each way in which a broker can break its promise.

use std::collections::BTreeMap;

use hence_base::Offset;

use super::broker::{Contents, Record};
use super::clients::{Partition, read};
use super::owed::{Compared, Owed, value_of};
use crate::model::Violation;

const PRINTED: &str = "\
1 created kept
2 created brief
3 acked kept 0 0 a:0
5 committed kept 0 1
4 read kept 0 1 a:1
6 deleting brief
7 created gone
8 deleting gone
9 deleted gone
done";

fn partition(topic: &str) -> Partition {
    Partition { topic: topic.to_owned(), index: 0 }
}

fn record(offset: u64, key: &str) -> Record {
    Record { offset: Offset(offset), key: key.to_owned(), value: value_of(key) }
}

fn contents() -> Contents {
    let records = vec![record(0, "a:0"), record(1, "a:1"), record(2, "a:2")];
    Contents {
        records: BTreeMap::from([(partition("kept"), records)]),
        committed: BTreeMap::from([(partition("kept"), Offset(1))]),
    }
}

fn compare(
    change: impl FnOnce(&mut Contents, &mut Vec<Record>),
    may_lack: bool,
) -> Result<Compared, Violation> {
    let mut owed = Owed::default();
    read(PRINTED).expect("lines").iter().for_each(|(_, told)| owed.tell(told));
    let mut contents = contents();
    let mut records = contents.records.remove(&partition("kept")).expect("it is there");
    change(&mut contents, &mut records);
    contents.records.insert(partition("kept"), records);
    owed.compare(&contents, may_lack)
}

fn wrong(change: impl FnOnce(&mut Contents, &mut Vec<Record>)) -> String {
    compare(change, false).expect_err("a broken promise").0
}

#[test]
fn what_is_there_and_more_passes() {
    let compared = compare(|_, _| (), false).expect("nothing is wrong");
    assert_eq!(compared, Compared { checked: 5, lacked: 0, found_more: 1 });
}

#[test]
fn a_lost_record_is_found_and_counted_where_it_may_lack() {
    assert!(wrong(|_, records| records.truncate(1)).contains("a:1 at 1, where nothing is"));
    let compared = compare(|_, records| records.truncate(1), true).expect("it may lack");
    assert_eq!(compared.lacked, 1);
}

#[test]
fn a_record_in_the_place_of_another_is_found_even_where_it_may_lack() {
    assert!(compare(|_, records| records[1] = record(1, "a:7"), true).is_err());
}

#[test]
fn a_changed_doubled_or_left_out_record_is_found() {
    assert!(wrong(|_, records| records[1].value.push(0)).contains("another value"));
    assert!(wrong(|_, records| records[2] = record(2, "a:0")).contains("second time"));
    assert!(wrong(|_, records| records[2].offset = Offset(3)).contains("3 follows where 2 must"));
}

#[test]
fn a_commit_that_is_behind_or_gone_is_found() {
    let behind = BTreeMap::from([(partition("kept"), Offset(0))]);
    assert!(wrong(|contents, _| contents.committed = behind).contains("1 was committed"));
    assert!(wrong(|contents, _| contents.committed.clear()).contains("1 was committed"));
}

#[test]
fn a_topic_that_is_gone_or_back_is_found() {
    let back = |contents: &mut Contents| contents.records.insert(partition("gone"), Vec::new());
    assert!(wrong(|contents, _| drop(back(contents))).contains("gone was deleted"));
    let mut owed = Owed::default();
    read(PRINTED).expect("lines").iter().for_each(|(_, told)| owed.tell(told));
    let nothing = owed.compare(&Contents::default(), false).expect_err("a broken promise").0;
    assert!(nothing.contains("topic kept was created"), "{nothing}");
}

#[test]
fn clients_that_were_cut_short_are_not_believed() {
    assert!(read("1 created kept").is_err() && read("1 created\ndone").is_err());
}
