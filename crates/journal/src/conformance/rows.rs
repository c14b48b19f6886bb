//! State rows: visible from submit on, last operation wins, scanned in key order.
//!
//! Cases only; the face in `api.rs` is what they hold a store to.

use hence_base::{Op, TableId};

use super::Store;
use super::bench::{Bench, TABLE, delete, put};

pub fn a_row_is_there_as_soon_as_it_is_submitted(store: &dyn Store) {
    let bench = Bench::fresh(store);
    let position = bench.submit(vec![put("k", "v")]).expect("taken");
    assert_eq!(bench.row("k"), Some("v".into()));
    assert_eq!(bench.row("other"), None);
    bench.durable(position);
    assert_eq!(bench.row("k"), Some("v".into()));
}

pub fn the_last_operation_on_a_row_wins(store: &dyn Store) {
    let bench = Bench::fresh(store);
    bench.commit(vec![put("k", "first"), delete("k"), put("k", "second"), put("k", "third")]);
    assert_eq!(bench.row("k"), Some("third".into()));
    bench.commit(vec![put("k", "fourth"), delete("k")]);
    assert_eq!(bench.row("k"), None);
}

pub fn a_deleted_row_is_gone(store: &dyn Store) {
    let bench = Bench::fresh(store);
    bench.commit(vec![put("a", "1"), put("b", "2")]);
    bench.commit(vec![delete("a"), delete("never")]);
    assert_eq!((bench.row("a"), bench.row("b")), (None, Some("2".into())));
    assert_eq!(bench.scan(TABLE, "", None, 10), ["b=2"]);
}

pub fn a_scan_walks_a_prefix_in_key_order(store: &dyn Store) {
    let bench = Bench::fresh(store);
    bench.commit(vec![put("p2", "c"), put("q", "d"), put("p", "a"), put("p10", "b"), put("o", "z")]);
    assert_eq!(bench.scan(TABLE, "p", None, 10), ["p=a", "p10=b", "p2=c"]);
    assert_eq!(bench.scan(TABLE, "p", None, 2), ["p=a", "p10=b"]);
    assert_eq!(bench.scan(TABLE, "", None, 10).len(), 5);
    assert!(bench.scan(TABLE, "r", None, 10).is_empty());
}

pub fn a_scan_goes_on_after_a_key(store: &dyn Store) {
    let bench = Bench::fresh(store);
    let keys: Vec<String> = (0..100).map(|n| format!("key{n:03}")).collect();
    bench.commit(keys.iter().map(|key| put(key, "v")).collect());
    let mut walked: Vec<String> = Vec::new();
    loop {
        let after = walked.last().map(|row| row.trim_end_matches("=v").to_owned());
        let rows = bench.scan(TABLE, "key", after.as_deref(), 7);
        if rows.is_empty() {
            break;
        }
        walked.extend(rows);
    }
    assert!(walked.iter().map(|row| row.trim_end_matches("=v")).eq(keys.iter().map(String::as_str)));
    assert_eq!(
        bench.scan(TABLE, "key09", Some("key"), 2),
        ["key090=v", "key091=v"],
        "after lies before the prefix"
    );
}

pub fn tables_do_not_mix(store: &dyn Store) {
    let bench = Bench::fresh(store);
    let other = TableId(TABLE.0 + 1);
    bench.commit(vec![put("k", "here"), Op::Put { table: other, key: b"k", value: b"there" }]);
    assert_eq!(bench.scan(TABLE, "", None, 10), ["k=here"]);
    assert_eq!(bench.scan(other, "", None, 10), ["k=there"]);
    bench.commit(vec![delete("k")]);
    assert_eq!((bench.row("k"), bench.scan(other, "", None, 10).len()), (None, 1));
}
