//! Batches are sent before they grow too large.

use super::*;
use crate::serve::{Server, Settings};

/// The largest batch that a topic takes unless it says otherwise, roughly.
const TAKEN_BYTES: usize = 1024 * 1024;
const BATCH_BYTES: usize = 256 * 1024;

async fn server() -> Server {
    let pairs = [("durability", "memory"), ("http.listen", "off"), ("kafka.listen", "127.0.0.1:0")];
    let flags = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
    Server::start(Settings::load(None, &flags).unwrap()).await.unwrap()
}

async fn client(server: &Server) -> Client {
    let address = server.ready_line().split(' ').find_map(|word| word.strip_prefix("kafka=")).unwrap();
    Client::connect(address).await.unwrap()
}

fn record(key: Option<&str>, bytes: usize) -> Outgoing {
    let key = key.map(|key| key.as_bytes().to_vec());
    Outgoing { key, value: Some(vec![b'x'; bytes]), ..Outgoing::default() }
}

#[tokio::test]
async fn a_record_that_would_make_a_batch_too_large_is_sent_in_the_next() {
    let server = server().await;
    let client = client(&server).await;
    client.create_topic(&hence_kafka_client::NewTopic::named("orders")).await.unwrap();
    for key in [None, Some("id-7")] {
        let mut writer = Writer::open(&client, "orders", Codec::None, BATCH_BYTES).await.unwrap();
        for bytes in [BATCH_BYTES - 1024, TAKEN_BYTES - 1024] {
            writer.push(record(key, bytes)).await.unwrap();
        }
        writer.finish().await.unwrap();
        assert_eq!(writer.acknowledged(), 2);
    }
    server.stop().await.unwrap();
}

#[test]
fn a_record_is_never_larger_in_a_batch_than_was_thought() {
    let mut headed = record(Some("key"), 1 << 21);
    headed.headers = vec![("name".to_owned(), Some(b"value".to_vec())), (String::new(), None)];
    for record in [record(None, 0), record(Some(""), 1), headed] {
        let mut batch = BatchBuilder::new(Codec::None);
        // The first decides from where times are counted.
        batch.push(&NewRecord::default());
        let before = batch.bytes();
        let headers: Vec<_> =
            record.headers.iter().map(|(name, value)| (name.as_bytes(), value.as_deref())).collect();
        batch.push(&NewRecord {
            timestamp: Timestamp(i64::MIN / 2),
            key: record.key.as_deref(),
            value: record.value.as_deref(),
            headers: &headers,
        });
        let bytes = batch.bytes() - before;
        assert!(bytes <= record.bytes_max() && record.bytes_max() < bytes + 64, "{bytes}");
    }
}
