//! The binary `hence`: parses the command line and runs what it says.
//! Everything else is in the library, so that the server can be embedded.

#![forbid(unsafe_code)]

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    hence::commands::main()
}
