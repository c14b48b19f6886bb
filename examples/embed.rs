//! A broker inside a program: what talks to Kafka is tested against it without a process or a container beside.
//!
//! `cargo run --package hence --example embed`

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use anyhow::Context;
use hence::{Server, Settings};
use hence_base::{Offset, Timestamp};
use hence_kafka_client::{Acks, Client, NewTopic, ReadLimits};
use hence_message::kafka::{BatchBuilder, Codec, NewRecord};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // In memory, on a free port of this machine.
    let settings = [("durability", "memory"), ("kafka.listen", "0"), ("http.listen", "off")];
    let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let server = Server::start(Settings::load(None, &settings)?).await?;
    let mut said = server.ready_line().split(' ');
    let bootstrap = said.find_map(|pair| pair.strip_prefix("kafka=")).context("the Kafka door is off")?;

    // Any Kafka client will do; this one is the workspace's own.
    let client = Client::connect(bootstrap).await?;
    client.create_topic(&NewTopic { partitions: 1, ..NewTopic::named("orders") }).await?;
    let topic = client.topic("orders").await?;
    let mut batch = BatchBuilder::new(Codec::None);
    for fruit in ["apples", "pears", "plums"] {
        let value = Some(fruit.as_bytes());
        batch.push(&NewRecord { timestamp: Timestamp(1), key: None, value, headers: &[] });
    }
    client.writer(&topic, 0).await?.write(Acks::All, &batch.build()?).await?;

    let fetched = client.reader(&topic, 0, Offset(0)).await?.read(&ReadLimits::default()).await?;
    for batch in fetched.batches() {
        for record in batch?.body(1 << 20)?.records() {
            let record = record?;
            println!("{}: {}", record.offset, String::from_utf8_lossy(record.value.unwrap_or_default()));
        }
    }
    Ok(server.stop().await?)
}
