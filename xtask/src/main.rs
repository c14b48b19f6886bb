//! The project's own tasks: `cargo xtask --help`. Each subcommand is one module, and CI calls the same ones.
//!
//! A task prints what it does, ends with one line that counts, and exits with 1 when something is wrong. Nothing of the
//! product depends on this crate.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "what a task does and counts is its output")]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod ci;
mod codegen;
mod compat;
mod crowd;
mod disk_full;
mod fuzz;
mod images;
mod kill;
mod long;
mod peer;
mod script;
mod sim;
mod tidy;
mod tour;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own tasks", disable_version_flag = true)]
struct Xtask {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Checks the house rules: layering, sizes, module pages, banned words
    Tidy(tidy::Args),
    /// Generates the Kafka codec from Kafka's message schemas, or checks that it is fresh
    Codegen(codegen::Args),
    /// Runs real clients against Hence and compares with what Kafka answered
    Compat(compat::Args),
    /// Measures Hence beside its peer on this machine
    Bench(bench::Args),
    /// Runs seeds of the simulation
    Sim(sim::Args),
    /// Runs the fuzz targets over their corpus and mutations of it
    Fuzz(fuzz::Args),
    /// Kills a loaded broker again and again and checks what it acknowledged
    Kill(kill::Args),
    /// Records a broker with real clients and opens what crashes could have left of its directory
    Images(images::Args),
    /// Fills a small file system through the broker, empties it and checks what is there
    DiskFull(disk_full::Args),
    /// Lets in thousands of idle connections and a crowd of hostile ones
    Crowd(crowd::Args),
    /// Pastes the README's tour into a shell and compares what it printed
    Tour(tour::Args),
    /// Runs the suite that CI runs
    Ci(ci::Args),
    /// Runs everything that takes hours
    Long(long::Args),
}

fn main() -> ExitCode {
    let done = match Xtask::parse().task {
        Task::Tidy(args) => tidy::run(&args),
        Task::Codegen(args) => codegen::run(&args),
        Task::Compat(args) => compat::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Sim(args) => sim::run(&args),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Kill(args) => kill::run(&args),
        Task::Images(args) => images::run(&args),
        Task::DiskFull(args) => disk_full::run(&args),
        Task::Crowd(args) => crowd::run(&args),
        Task::Tour(args) => tour::run(&args),
        Task::Ci(args) => ci::run(&args),
        Task::Long(args) => long::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is::<Told>() {
                eprintln!("error: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

/// The task found something wrong and has said so on its last line: only the exit code is left to give.
#[derive(Debug)]
struct Told;

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("see above")
    }
}

impl std::error::Error for Told {}
