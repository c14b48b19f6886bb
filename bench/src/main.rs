//! `hence-bench`: loads a broker over plain sockets and prints what it saw as one line of JSON.
//!
//! Always: requests are encoded before the clock starts, so the generator costs little and the same bytes go to every
//! broker; the versions it speaks (Produce 7, Fetch 11) are old enough for all. It knows nothing of who answers:
//! `cargo xtask bench` starts the brokers and compares.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the result is one line on standard output")]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod admin;
mod around;
mod ceiling;
mod clock;
mod connection;
mod first_ack;
mod load;
mod one_at_a_time;
mod open_loop;
mod poller;
mod produce;
mod report;
mod requests;
mod tail;
mod walk;
mod watch;
mod wire;

#[cfg(test)]
mod tests;

#[derive(Parser)]
#[command(about = "Loads a broker over plain sockets and prints what it saw as one line of JSON")]
struct Bench {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Closed loop: keeps a number of requests in flight on each connection
    Produce(produce::Args),
    /// One producer and readers that follow it
    Tail(tail::Args),
    /// Open loop: requests at fixed times, latency until a consumer has them, from the intended time
    OpenLoop(open_loop::Args),
    /// One request at a time on one connection, on blocking sockets
    OneAtATime(one_at_a_time::Args),
    /// Waits for a broker to come up, creates a topic, and says when the first record was acknowledged
    FirstAck(first_ack::Args),
    /// Runs another client and measures what it and the broker spent meanwhile
    Around(around::Args),
    /// Creates a topic
    CreateTopic(admin::CreateArgs),
    /// Deletes a topic
    DeleteTopic(admin::DeleteArgs),
    /// Ceiling probe 1: one thread that writes what many clients submit
    CeilingLog(ceiling::log::Args),
    /// Ceiling probe 2, the server: TCP, checksum, log, acknowledgement, and no protocol
    CeilingServer(ceiling::server::Args),
    /// Ceiling probe 2, the client of an open loop: frames at fixed times, latency from the intended time
    CeilingOpenLoop(ceiling::open_loop::Args),
    /// Ceiling probe 3: many dirty files, synced one after another and together
    CeilingFiles(ceiling::files::Args),
}

fn main() -> ExitCode {
    let done = match Bench::parse().task {
        Task::Produce(args) => produce::run(&args),
        Task::Tail(args) => tail::run(&args),
        Task::OpenLoop(args) => open_loop::run(&args),
        Task::OneAtATime(args) => one_at_a_time::run(&args),
        Task::FirstAck(args) => first_ack::run(&args),
        Task::Around(args) => around::run(&args),
        Task::CreateTopic(args) => admin::create(&args),
        Task::DeleteTopic(args) => admin::delete(&args),
        Task::CeilingLog(args) => ceiling::log::run(&args),
        Task::CeilingServer(args) => ceiling::server::run(&args),
        Task::CeilingOpenLoop(args) => ceiling::open_loop::run(&args),
        Task::CeilingFiles(args) => ceiling::files::run(&args),
    };
    match done {
        Ok(report) => {
            if !report.is_empty() {
                println!("{report}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
