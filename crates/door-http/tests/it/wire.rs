//! What peers do on the wire that no good client does, and how the door drains.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::served::{PATIENCE, Served};

async fn exchange(served: &Served, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", served.port)).await.expect("connects");
    // The door may close before it read everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("in time");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn garbage_closes_its_connection_and_no_other() {
    let served = Served::start().await;
    let answer = exchange(&served, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 and more\r\n\r\n").await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    served.get("/readyz", 200).await;
}

#[tokio::test]
async fn a_head_without_end_is_cut_at_its_limit() {
    let served = Served::start().await;
    let head = format!("GET / HTTP/1.1\r\nx: {}", "a".repeat(256 * 1024));
    let answer = exchange(&served, head.as_bytes()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    served.get("/readyz", 200).await;
}

#[tokio::test]
async fn a_request_for_another_host_is_told_so_and_does_nothing() {
    let served = Served::start().await;
    let own = format!("host: localhost:{}\r\n", served.port);
    let other = format!("host: rebound.example.org:{}\r\n", served.port);
    let create = "POST /v1/topics HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 17\r\n";
    for (head, hosts, status) in [
        ("GET /metrics HTTP/1.1\r\n", other.clone(), "421"),
        ("GET /nothing HTTP/1.1\r\n", other.clone(), "421"),
        ("GET http://rebound.example.org/metrics HTTP/1.1\r\n", own.clone(), "421"),
        ("GET http://localhost/metrics HTTP/1.1\r\n", other.clone(), "421"),
        ("GET /metrics HTTP/1.1\r\n", String::new(), "400"),
        ("GET /metrics HTTP/1.1\r\n", own.clone() + &own, "400"),
        ("GET /metrics HTTP/1.0\r\n", String::new(), "200"),
        ("GET /healthz HTTP/1.1\r\n", other.clone(), "200"),
        ("GET /readyz HTTP/1.1\r\n", other.clone(), "421"),
        (create, other.clone(), "421"),
    ] {
        let request = format!("{head}{hosts}connection: close\r\n\r\n{{\"name\":\"orders\"}}");
        let answer = exchange(&served, request.as_bytes()).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}"))
                || answer.starts_with(&format!("HTTP/1.0 {status}")),
            "{request}: {answer}"
        );
        if status == "421" {
            assert!(answer.contains("application/problem+json"), "{answer}");
            assert!(
                answer.contains("rebound.example.org") && answer.contains("--http-allow-host"),
                "{answer}"
            );
        }
    }
    assert!(served.broker.catalog().is_empty());
}

#[tokio::test]
async fn ipv6_is_answered_too() {
    let served = Served::start().await;
    let mut stream = TcpStream::connect(("::1", served.port)).await.expect("connects");
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await
        .expect("writes");
    let mut answer = String::new();
    tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer))
        .await
        .expect("in time")
        .expect("reads");
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("ok\n"), "{answer}");
}

#[tokio::test]
async fn a_drain_ends_idle_connections_and_the_door() {
    let served = Served::start().await;
    let mut idle = TcpStream::connect(("127.0.0.1", served.port)).await.expect("connects");
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("writes");
    let mut answer = [0; 12];
    idle.read_exact(&mut answer).await.expect("reads");
    assert_eq!(&answer, b"HTTP/1.1 200");
    served.drain.begin();
    tokio::time::timeout(PATIENCE, served.task).await.expect("in time").expect("joins").expect("drains");
    let mut rest = Vec::new();
    tokio::time::timeout(PATIENCE, idle.read_to_end(&mut rest)).await.expect("in time").expect("closed");
}
