//! Probe 2: length-framed bytes over TCP, a checksum, one log thread, an acknowledgement. No protocol, no index.
//!
//! What a broker of this design could reach at most here, with the load generator on the same cores. Acknowledgements
//! are framed as Kafka's responses are, so that the same generator drives it (`produce --probe`), and hold a sequence and how
//! many commits the log has made. One multi-thread runtime, as the broker's: other runtimes answer a question that the house
//! does not ask.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use anyhow::{Context, ensure};
use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::file::{Aligned, Blocks, Mode, Ring};

const BUFFER_BYTES: usize = 8 << 20;
const READ_BUFFER_BYTES: usize = 2 << 20;

#[derive(clap::Args)]
pub struct Args {
    /// The file to write, on the disk to measure
    #[arg(long)]
    file: PathBuf,
    /// How commits become durable
    #[arg(long, value_enum, default_value = "direct")]
    mode: Mode,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Threads of the runtime
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

/// One frame and who waits for it.
struct Job {
    bytes: Bytes,
    acknowledge: UnboundedSender<Ack>,
}

/// The answer to a frame.
struct Ack {
    sequence: u64,
    /// Commits of the log up to its own.
    commits: u64,
}

/// Bytes of it.
const ACK_BYTES: u32 = 16;

/// Serves until it is killed; prints `ready probe=ADDR` first.
pub fn run(args: &Args) -> anyhow::Result<String> {
    let mut ring = Ring::create(&args.file, args.mode, Blocks::Written)?;
    let (jobs, queue) = channel();
    thread::Builder::new().name("log".into()).spawn(move || {
        if let Err(error) = log(&queue, &mut ring) {
            eprintln!("error: {error:#}");
            std::process::exit(1);
        }
    })?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(args.threads)
        .enable_io()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(async {
        let listener = TcpListener::bind(args.listen).await?;
        println!("ready probe={}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            serve(stream, jobs.clone())?;
        }
    })
}

fn serve(stream: TcpStream, jobs: Sender<Job>) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let (read, write) = stream.into_split();
    let (acknowledge, acknowledged) = unbounded_channel();
    tokio::spawn(receive(read, jobs, acknowledge));
    tokio::spawn(acknowledge_all(write, acknowledged));
    Ok(())
}

/// Ends when the peer does.
async fn receive(mut read: OwnedReadHalf, jobs: Sender<Job>, acknowledge: UnboundedSender<Ack>) {
    let mut buffer = BytesMut::with_capacity(READ_BUFFER_BYTES);
    while let Ok(1..) = read.read_buf(&mut buffer).await {
        while let Some(length) = buffer.first_chunk().map(|length| u32::from_be_bytes(*length) as usize) {
            if buffer.len() < 4 + length {
                break;
            }
            buffer.advance(4);
            let bytes = buffer.split_to(length).freeze();
            std::hint::black_box(crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, &bytes));
            if jobs.send(Job { bytes, acknowledge: acknowledge.clone() }).is_err() {
                return;
            }
        }
        buffer.reserve(READ_BUFFER_BYTES / 2);
    }
}

async fn acknowledge_all(mut write: OwnedWriteHalf, mut acknowledged: UnboundedReceiver<Ack>) {
    let mut out = Vec::new();
    while let Some(first) = acknowledged.recv().await {
        out.clear();
        let mut next = Some(first);
        while let Some(Ack { sequence, commits }) = next {
            out.extend_from_slice(&ACK_BYTES.to_be_bytes());
            out.extend_from_slice(&sequence.to_be_bytes());
            out.extend_from_slice(&commits.to_be_bytes());
            next = acknowledged.try_recv().ok();
        }
        if write.write_all(&out).await.is_err() {
            return;
        }
    }
}

/// Takes all that is queued, writes it at once, acknowledges it.
fn log(queue: &Receiver<Job>, ring: &mut Ring) -> anyhow::Result<()> {
    let mut buffer = Aligned::new(BUFFER_BYTES);
    let (mut sequence, mut waiting, mut held) = (0, Vec::new(), None::<Job>);
    loop {
        let mut next = match held.take() {
            Some(job) => Some(job),
            None => Some(queue.recv().context("every connection is gone")?),
        };
        let mut filled = 0;
        while let Some(job) = next.take() {
            ensure!(job.bytes.len() <= BUFFER_BYTES, "a frame of {} bytes", job.bytes.len());
            if filled + job.bytes.len() > BUFFER_BYTES {
                held = Some(job);
                break;
            }
            buffer.slice()[filled..filled + job.bytes.len()].copy_from_slice(&job.bytes);
            filled += job.bytes.len();
            sequence += 1;
            waiting.push((sequence, job.acknowledge));
            next = queue.try_recv().ok();
        }
        ring.write(&mut buffer, filled)?;
        for (sequence, acknowledge) in waiting.drain(..) {
            // Whoever is gone needs no answer.
            let _ = acknowledge.send(Ack { sequence, commits: ring.writes });
        }
    }
}
