//! What the log tells of connections and requests, as whoever reads it sees it.
//!
//! A subscriber listens to its own thread only, so the whole house is on one.

use std::io;
use std::sync::{Arc, LazyLock, Mutex};

use hence_kafka_proto::{ApiKey, ApiVersionsRequest};
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing::{Dispatch, Level};

use crate::groups::{join, joined, named, waits};
use crate::house::{Client, House};

/// The lines of a log.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panicked").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Takes down what this thread logs, until the guard is dropped.
    fn of(level: Level) -> (Self, DefaultGuard) {
        // Where there is one subscriber in the process, what a call site is worth is asked of the thread that comes to it
        // first, and other tests' threads have none: so there are two.
        static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::default()));
        LazyLock::force(&ANOTHER);
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(level)
            .with_ansi(false)
            .without_time()
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// The lines that have `text` in them.
    fn lines(&self, text: &str) -> Vec<String> {
        let log = String::from_utf8(self.0.lock().expect("nobody panicked").clone()).expect("text");
        log.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn what_happens_in_a_request_is_told_under_it_while_it_is_handled_and_after_it_waited() {
    let (log, _listens) = Log::of(Level::DEBUG);
    let house = House::open().await;
    let (mut leader, mut other) = (house.client().await, house.client().await);
    let nameless = ApiVersionsRequest::default();
    let handled = other.send(4, &nameless).await;
    other.answer(ApiKey::ApiVersions, 4, handled).await;
    joined(&mut leader).await;
    let member = named(&mut other).await;
    let waited = other.send(9, &join(&member)).await;
    assert!(waits(&mut other).await, "the leader did not come again");
    house.drain.begin();
    other.answer(ApiKey::JoinGroup, 9, waited).await;
    let errors = log.lines("answered with an error");
    let check = |api: &str, version: i16, correlation_id: i32, code: &str| {
        let span = format!(
            ":request{{api=\"{api}\" version={version} correlation_id={correlation_id} client_id=\"it\"}}: "
        );
        let is_it = |line: &&String| line.contains(&span) && line.contains(code);
        let line = errors.iter().find(is_it).unwrap_or_else(|| panic!("{span}{code} in {errors:#?}"));
        assert!(line.contains("connection{door=\"kafka\""), "{line}");
    };
    check("ApiVersions", 4, handled, "INVALID_REQUEST");
    check("JoinGroup", 9, waited, "COORDINATOR_NOT_AVAILABLE");
    assert_eq!(errors.len(), 4, "one for each error, two of them of first joins: {errors:#?}");
}

#[tokio::test]
async fn a_request_has_no_span_where_nobody_asked_for_it() {
    let (log, _listens) = Log::of(Level::INFO);
    let house = House::open().await;
    let mut client = house.client().await;
    client.write(&[0, 0, 0, 2, 0, 0]).await;
    assert!(client.frame().await.is_none());
    let lines = log.lines("connection closed");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("connection{door=\"kafka\"") && !lines[0].contains("request{"), "{lines:?}");
}

/// Sends what is no request, and sees the connection closed.
async fn refused(house: &House, bytes: &[u8]) {
    let mut client: Client = house.client().await;
    client.write(bytes).await;
    assert!(client.frame().await.is_none(), "{bytes:?} was answered");
}

#[tokio::test]
async fn another_protocol_is_named_in_the_log_however_many_other_faults_there_are() {
    for (bytes, name, advice) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], "HTTP", "the HTTP door has a port of its own"),
        (&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01], "TLS", "set security.protocol to PLAINTEXT"),
    ] {
        let (log, _listens) = Log::of(Level::INFO);
        let house = House::open().await;
        for _ in 0..20 {
            // A frame that is too long, an API that is not there, a request that is cut.
            refused(&house, &[0x7F, 0xFF, 0xFF, 0xFF]).await;
            refused(&house, &[0, 0, 0, 8, 0x7F, 0, 0, 0, 0, 0, 0, 1]).await;
            refused(&house, &[0, 0, 0, 2, 0, 0]).await;
        }
        for _ in 0..20 {
            refused(&house, bytes).await;
        }
        let named = log.lines(&format!("the first bytes look like {name}, not like Kafka"));
        assert!(!named.is_empty(), "{:?}", log.lines(""));
        assert!(named[0].contains(" WARN ") && named[0].contains(advice), "{}", named[0]);
        // A line a second of each kind: it does not fill the log either.
        assert!(named.len() < 20 && log.lines("").len() < 40, "{:?}", log.lines(""));
    }
}
