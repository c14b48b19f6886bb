//! The binary as a user has it: its commands against a broker of each test's own, what they print and how they exit.

mod config;
mod doctor;
mod process;
mod records;
mod serving;
mod topics;
