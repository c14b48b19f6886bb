//! Running out of descriptors, for real: in a process of its own, because the limit is the process's.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use hence_broker::Plumbing;
use hence_broker::net::{Address, Connection, Drain, Listener, Options};
use rustix::process::{Resource, Rlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Set for the process that has few descriptors.
const CHILD: &str = "HENCE_TEST_FEW_DESCRIPTORS";

#[test]
fn running_out_of_descriptors_slows_accepting_without_spinning_and_ends_when_some_are_free() {
    if std::env::var_os(CHILD).is_some() {
        return with_few_descriptors();
    }
    let name = std::thread::current().name().expect("tests are named").to_owned();
    let child = Command::new(std::env::current_exe().expect("the test's own path"))
        .args(["--exact", &name, "--nocapture"])
        .env(CHILD, "1")
        .output()
        .expect("the child runs");
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
}

fn with_few_descriptors() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime starts");
    let listener = Listener::bind("test", &Address::loopback(0), Options::default()).expect("binds");
    let address = listener.addresses()[0];
    let plumbing = Plumbing::new(1 << 20, 1 << 20);
    let counts = plumbing.metrics.connections("test");
    let drain = Drain::new();
    let served = {
        let drain = drain.clone();
        runtime.spawn(async move { listener.serve(&plumbing, &drain, echo).await })
    };
    let mut first = TcpStream::connect(address).expect("connects");
    say(&mut first);
    setrlimit(Resource::Nofile, Rlimit { current: Some(64), maximum: Some(64) }).expect("a limit is set");
    let spare = File::open("/dev/null").expect("opens");
    let mut clients: Vec<TcpStream> = std::iter::from_fn(|| TcpStream::connect(address).ok()).collect();
    assert!(clients.len() > 10, "{} clients", clients.len());
    // The last descriptor becomes a client that the server has none to accept with; or the server took it for one that
    // waited already. Either way somebody waits from now on.
    drop(spare);
    clients.extend(TcpStream::connect(address).ok());
    pause(Duration::from_millis(200));
    let before = counts.accept_failures.get();
    pause(Duration::from_millis(1_500));
    let failures = counts.accept_failures.get();
    assert!(failures > 0, "the test ran out of nothing");
    assert!(failures - before <= 10, "{} attempts in 1.5 s", failures - before);
    say(&mut first);
    drop(clients);
    // Accepting goes on within the longest pause.
    let mut late = TcpStream::connect(address).expect("connects");
    say(&mut late);
    drain.begin();
    drop((first, late));
    runtime.block_on(served).expect("joins").expect("drains");
}

#[expect(clippy::disallowed_methods, reason = "what happens while nothing is done is what is measured")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}

fn say(stream: &mut TcpStream) {
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout is set");
    stream.write_all(b"hi").expect("writes");
    let mut answer = [0; 2];
    stream.read_exact(&mut answer).expect("reads");
    assert_eq!(&answer, b"hi");
}

async fn echo(mut connection: Connection) {
    let mut buffer = [0; 64];
    while let Ok(bytes @ 1..) = connection.stream.read(&mut buffer).await {
        let _ = connection.stream.write_all(&buffer[..bytes]).await;
    }
}
