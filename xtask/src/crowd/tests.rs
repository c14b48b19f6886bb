//! What is read of a process, and what the hostile ones send.

use super::Bound;
use super::process::{cpu_ticks, resident_bytes};
use super::sockets::noise;

#[test]
fn memory_and_time_are_read_as_the_kernel_writes_them() {
    let status = "Name:\thence\nVmHWM:\t   90000 kB\nVmRSS:\t   51200 kB\nThreads:\t5\n";
    assert_eq!(resident_bytes(status), Some(50 << 20));
    assert_eq!(resident_bytes("Name:\thence\n"), None);
    let stat = "42 (a name) (of it) S 1 42 42 0 -1 4194560 1200 0 3 0 150 25 0 0 20 0 5 0";
    assert_eq!(cpu_ticks(stat), Some(175));
    assert_eq!(cpu_ticks("42 (cut) S 1"), None);
}

#[test]
fn garbage_begins_with_a_length_that_no_request_has() {
    for number in 0..200 {
        let bytes = noise(number);
        let length = i32::from_be_bytes(*bytes.first_chunk().expect("four bytes"));
        assert!(length > 100 << 20, "{length} of {number}");
    }
    assert_ne!(noise(1), noise(2));
}

#[test]
fn a_bound_that_is_passed_says_so() {
    let text = |is| Bound { what: "memory", is, max: 10 }.to_string();
    assert_eq!(text(10), "memory: 10, at most 10");
    assert_eq!(text(11), "memory: 11, at most 10, TOO MUCH");
}
