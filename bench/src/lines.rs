//! Writes lines of a fixed length to standard output, for clients that read records from a pipe.
//!
//! The letters are random, the same in every run; it ends when the reader does.

use std::io::{ErrorKind, Write};

const CHUNK_LINES: usize = 1024;

#[derive(clap::Args)]
pub struct Args {
    /// How many lines
    #[arg(long)]
    count: u64,
    /// Bytes of a line, its end not counted
    #[arg(long, default_value_t = 1024)]
    bytes: usize,
}

/// Writes them.
pub fn run(args: &Args) -> anyhow::Result<String> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut letter = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        b'a' + (state % 26) as u8
    };
    let chunk: Vec<u8> = (0..CHUNK_LINES)
        .flat_map(|_| (0..args.bytes).map(|_| letter()).chain([b'\n']).collect::<Vec<_>>())
        .collect();
    let mut out = std::io::stdout().lock();
    let mut left = args.count;
    while left > 0 {
        let lines = left.min(CHUNK_LINES as u64);
        match out.write_all(&chunk[..lines as usize * (args.bytes + 1)]) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
            other => other?,
        }
        left -= lines;
    }
    Ok(String::new())
}
