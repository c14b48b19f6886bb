//! Scenarios with the rdkafka crate: `hence-compat-rdkafka BOOTSTRAP SCENARIO` prints one JSON line per step.
//!
//! A line holds only what any correct broker must answer alike: offsets, keys, headers, timestamps that the scenario set,
//! names of errors.

mod scenarios;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(bootstrap), Some(name)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: hence-compat-rdkafka BOOTSTRAP SCENARIO");
        return ExitCode::FAILURE;
    };
    let found = scenarios::ALL.iter().find(|(of, _)| *of == name);
    match found.map(|(_, scenario)| scenario(&scenarios::Clients::new(&bootstrap, &name))) {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(error)) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
        None => {
            eprintln!("no scenario {name}");
            ExitCode::FAILURE
        }
    }
}
