//! Prints every sample message, one a line: API key, version, side, fill, bytes.
//!
//! `testdata/ReEncode.java` lets Kafka's own codec read and write them.

#![allow(clippy::print_stdout, reason = "the samples are the output")]

use hence_kafka_proto::{Fill, samples};

fn main() {
    for case in samples::every_case() {
        for fill in [Fill::Default, Fill::Low, Fill::High] {
            let hex: String = samples::message(case, fill).iter().map(|byte| format!("{byte:02x}")).collect();
            let side = if case.is_response { "response" } else { "request" };
            println!("{} {} {side} {fill:?} {hex}", case.key.number(), case.version);
        }
    }
}
