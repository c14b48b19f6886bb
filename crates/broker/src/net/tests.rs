//! Listeners over real sockets: addresses, limits, idle connections, drains.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::*;
use crate::limits;
use crate::plumbing::Plumbing;

/// Long enough for what must happen; nothing here waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(10);

struct Served {
    addresses: Vec<SocketAddr>,
    drain: Drain,
    plumbing: Plumbing,
    task: JoinHandle<std::io::Result<()>>,
}

/// A door that echoes, and says "bye" when it is drained.
async fn echo(mut connection: Connection) {
    let mut buffer = [0; 64];
    loop {
        tokio::select! {
            () = connection.draining.begun() => {
                let _ = connection.stream.write_all(b"bye").await;
                return;
            }
            read = connection.stream.read(&mut buffer) => match read {
                Ok(0) | Err(_) => return,
                Ok(bytes) => {
                    connection.activity.touch();
                    let _ = connection.stream.write_all(&buffer[..bytes]).await;
                }
            }
        }
    }
}

fn serve(options: Options) -> Served {
    let listener = Listener::bind("test", &Address::loopback(0), options).expect("binds");
    let addresses = listener.addresses().to_vec();
    let (drain, plumbing) = (Drain::new(), Plumbing::new(1 << 20, 1 << 20));
    let task = tokio::spawn({
        let (drain, plumbing) = (drain.clone(), plumbing.clone());
        async move { listener.serve(&plumbing, &drain, echo).await }
    });
    Served { addresses, drain, plumbing, task }
}

async fn say(stream: &mut TcpStream, text: &[u8]) -> Vec<u8> {
    stream.write_all(text).await.expect("writes");
    let mut answer = vec![0; text.len()];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut answer)).await.expect("in time").expect("reads");
    answer
}

async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    // A reset is as good an end as any.
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("in time");
    rest
}

#[tokio::test]
async fn port_zero_gives_one_port_on_both_loopbacks_and_both_answer() {
    let served = serve(Options::default());
    let ips: Vec<IpAddr> = served.addresses.iter().map(SocketAddr::ip).collect();
    assert_eq!(ips, [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)]);
    assert_ne!(served.addresses[0].port(), 0);
    assert_eq!(served.addresses[0].port(), served.addresses[1].port());
    for address in &served.addresses {
        let mut stream = TcpStream::connect(address).await.expect("connects");
        assert_eq!(say(&mut stream, b"hello").await, b"hello");
    }
    served.drain.begin();
    served.task.await.expect("joins").expect("drains");
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let first = Listener::bind("test", &Address::loopback(0), Options::default()).expect("binds");
    let error = Listener::bind("kafka", &Address::loopback(first.port()), Options::default())
        .expect_err("it is in use");
    let text = error.to_string();
    assert!(text.starts_with(&format!("cannot listen for kafka on localhost:{}", first.port())), "{text}");
    assert!(text.contains("stop the process that has the port"), "{text}");
}

#[tokio::test]
async fn connections_over_the_limit_are_closed_and_others_go_on() {
    let served = serve(Options { connections_max: 2, ..Options::default() });
    let mut first = TcpStream::connect(served.addresses[0]).await.expect("connects");
    let mut second = TcpStream::connect(served.addresses[1]).await.expect("connects");
    assert_eq!(say(&mut first, b"1").await, b"1");
    assert_eq!(say(&mut second, b"2").await, b"2");
    let mut third = TcpStream::connect(served.addresses[0]).await.expect("connects");
    assert!(rest(&mut third).await.is_empty());
    assert_eq!(served.plumbing.metrics.connections("test").turned_away("total").get(), 1);
    assert_eq!(say(&mut first, b"1").await, b"1");
    drop((first, second));
    until(|| served.plumbing.metrics.connections("test").open.get() == 0).await;
    let mut fourth = TcpStream::connect(served.addresses[0]).await.expect("connects");
    assert_eq!(say(&mut fourth, b"4").await, b"4");
}

#[tokio::test]
async fn one_address_cannot_take_every_seat() {
    let served = serve(Options { connections_per_address_max: 1, ..Options::default() });
    let mut first = TcpStream::connect(served.addresses[0]).await.expect("connects");
    assert_eq!(say(&mut first, b"1").await, b"1");
    let mut second = TcpStream::connect(served.addresses[0]).await.expect("connects");
    assert!(rest(&mut second).await.is_empty());
    let mut other = TcpStream::connect(served.addresses[1]).await.expect("connects");
    assert_eq!(say(&mut other, b"2").await, b"2");
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_a_busy_one_is_not() {
    let served = serve(Options { idle_timeout_ms: 200, ..Options::default() });
    let mut idle = TcpStream::connect(served.addresses[0]).await.expect("connects");
    let mut busy = TcpStream::connect(served.addresses[0]).await.expect("connects");
    assert_eq!(say(&mut idle, b"1").await, b"1");
    let idle_ended = tokio::spawn(async move { rest(&mut idle).await });
    while !idle_ended.is_finished() {
        assert_eq!(say(&mut busy, b"2").await, b"2");
    }
    assert!(idle_ended.await.expect("joins").is_empty());
    assert_eq!(say(&mut busy, b"3").await, b"3");
    assert_eq!(served.plumbing.metrics.connections("test").idle_closed.get(), 1);
}

#[tokio::test]
async fn a_drain_lets_connections_say_bye_and_takes_no_new_ones() {
    let served = serve(Options::default());
    let mut stream = TcpStream::connect(served.addresses[0]).await.expect("connects");
    assert_eq!(say(&mut stream, b"1").await, b"1");
    served.drain.begin();
    assert_eq!(rest(&mut stream).await, b"bye");
    served.task.await.expect("joins").expect("drains");
    assert!(TcpStream::connect(served.addresses[0]).await.is_err());
}

#[tokio::test]
async fn a_drain_cuts_what_does_not_end() {
    let listener =
        Listener::bind("test", &Address::loopback(0), Options { drain_ms: 50, ..Options::default() })
            .expect("binds");
    let address = listener.addresses()[0];
    let (drain, plumbing) = (Drain::new(), Plumbing::new(1, 1));
    let (started, mut has_started) = mpsc::unbounded_channel();
    let stuck = move |connection: Connection| {
        let started = started.clone();
        async move {
            let _ = started.send(connection.id);
            std::future::pending::<()>().await;
        }
    };
    let serving = tokio::spawn({
        let drain = drain.clone();
        async move { listener.serve(&plumbing, &drain, stuck).await }
    });
    let mut stream = TcpStream::connect(address).await.expect("connects");
    assert_eq!(has_started.recv().await, Some(1));
    drain.begin();
    tokio::time::timeout(PATIENCE, serving).await.expect("in time").expect("joins").expect("drains");
    assert!(rest(&mut stream).await.is_empty());
}

#[tokio::test]
async fn an_accepted_connection_sends_at_once_and_is_kept_alive() {
    let listener = Listener::bind("test", &Address::loopback(0), Options::default()).expect("binds");
    let address = listener.addresses()[0];
    let (drain, plumbing) = (Drain::new(), Plumbing::new(1, 1));
    let (tell, mut told) = mpsc::unbounded_channel();
    let look = move |connection: Connection| {
        let socket = SockRef::from(&connection.stream);
        let times = (socket.tcp_keepalive_time().ok(), socket.tcp_keepalive_interval().ok());
        let _ = tell.send((connection.stream.nodelay().ok(), socket.keepalive().ok(), times));
        std::future::ready(())
    };
    tokio::spawn(async move { listener.serve(&plumbing, &drain, look).await });
    let stream = TcpStream::connect(address).await.expect("connects");
    let seen = tokio::time::timeout(PATIENCE, told.recv()).await.expect("in time").expect("served");
    let times = (Some(limits::KEEP_ALIVE_IDLE), Some(limits::KEEP_ALIVE_INTERVAL));
    assert_eq!(seen, (Some(true), Some(true), times));
    drop(stream);
}

#[tokio::test]
async fn a_panic_in_one_connection_touches_no_other() {
    let listener = Listener::bind("test", &Address::loopback(0), Options::default()).expect("binds");
    let address = listener.addresses()[0];
    let (drain, plumbing) = (Drain::new(), Plumbing::new(1, 1));
    let serve_one = |connection: Connection| async move {
        assert!(connection.id != 1, "planted");
        echo(connection).await;
    };
    tokio::spawn(async move { listener.serve(&plumbing, &drain, serve_one).await });
    let mut first = TcpStream::connect(address).await.expect("connects");
    assert!(rest(&mut first).await.is_empty());
    let mut second = TcpStream::connect(address).await.expect("connects");
    assert_eq!(say(&mut second, b"2").await, b"2");
}

#[test]
fn addresses_are_read_and_printed() {
    let check = |text: &str, printed: &str, loopback: bool| {
        let address: Address = text.parse().expect(text);
        assert_eq!((address.to_string().as_str(), address.is_loopback()), (printed, loopback), "{text}");
    };
    check("9092", "localhost:9092", true);
    check(":9092", "localhost:9092", true);
    check("localhost:0", "localhost:0", true);
    check("127.0.0.1:9092", "127.0.0.1:9092", true);
    check("[::1]:9092", "[::1]:9092", true);
    check("*:9092", "*:9092", false);
    check("0.0.0.0:9092", "0.0.0.0:9092", false);
    check("broker-1.example:9092", "broker-1.example:9092", false);
    for text in ["", "localhost", "localhost:", "localhost:x", "a b:1", "::1:9092", "http://x:1", "1:65536"] {
        assert!(text.parse::<Address>().is_err(), "{text:?}");
    }
}

#[test]
fn the_open_files_limit_is_at_least_what_it_was() {
    let first = raise_open_files_limit();
    assert!(first >= 256);
    assert_eq!(raise_open_files_limit(), first);
}

async fn until(condition: impl Fn() -> bool) {
    let met = async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, met).await.expect("the condition is met in time");
}
