//! The timer against a sorted list.

use hence_base::Timestamp;
use proptest::prelude::{prop, proptest};

use super::Schedule;

#[test]
fn keys_come_when_they_are_due_and_in_order() {
    let mut schedule = Schedule::default();
    schedule.set("b", Timestamp(5));
    schedule.set("a", Timestamp(5));
    schedule.set("c", Timestamp(3));
    assert_eq!(schedule.pop_due(Timestamp(2)), None);
    assert_eq!(schedule.next(), Some(Timestamp(3)));
    let due: Vec<_> = std::iter::from_fn(|| schedule.pop_due(Timestamp(5))).collect();
    assert_eq!(due, ["c", "a", "b"]);
}

proptest! {
    #[test]
    fn it_does_what_a_sorted_list_does(steps in prop::collection::vec((0_u8..3, 0_u8..5, 0_i64..20), 0..200)) {
        let mut schedule = Schedule::default();
        let mut list: Vec<(Timestamp, u8)> = Vec::new();
        for (step, key, at) in steps {
            let (at, known) = (Timestamp(at), list.iter().position(|(_, own)| *own == key));
            match step {
                0 => {
                    schedule.set(key, at);
                    known.map(|known| list.remove(known));
                    list.push((at, key));
                }
                1 => {
                    schedule.set_by(key, at);
                    if known.is_none_or(|known| at < list[known].0) {
                        known.map(|known| list.remove(known));
                        list.push((at, key));
                    }
                }
                _ => {
                    list.sort();
                    let due = list.first().filter(|(own, _)| *own <= at).map(|(_, key)| *key);
                    assert_eq!(schedule.pop_due(at), due);
                    list.retain(|(_, own)| Some(*own) != due);
                }
            }
            assert_eq!(schedule.next(), list.iter().map(|(at, _)| *at).min());
        }
    }
}
