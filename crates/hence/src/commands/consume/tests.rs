//! What was read is printed, also when a reader fails.

use hence_base::Timestamp;
use hence_message::kafka::{BatchBuilder, Codec, NewRecord};

use super::*;

fn piece(partition: u32, value: &str) -> Piece {
    let mut batch = BatchBuilder::new(Codec::None);
    let timestamp = Timestamp(1);
    batch.push(&NewRecord { timestamp, value: Some(value.as_bytes()), ..NewRecord::default() });
    Piece { partition, from: Offset(0), records: batch.build().unwrap().into() }
}

/// What is printed of `read`, at most `left` records, when one reader has failed and another goes on for ever.
async fn printed(read: &[&str], left: u64) -> (String, anyhow::Result<()>) {
    let (sender, mut pieces) = mpsc::channel(4);
    for value in read {
        sender.send(piece(0, value)).await.unwrap();
    }
    let mut readers = JoinSet::new();
    readers.spawn(std::future::pending());
    readers.spawn(async move {
        drop(sender);
        anyhow::bail!("no more of partition 1")
    });
    // It has failed before anything is printed.
    tokio::task::yield_now().await;
    let mut printer = Printer { topic: "orders", format: Format::Value, left, out: Vec::new() };
    let ended = print_all(&mut printer, &mut pieces, &mut readers, true).await;
    (String::from_utf8(printer.out).unwrap(), ended)
}

#[tokio::test]
async fn what_was_read_before_a_reader_failed_is_printed_before_it_is_told() {
    let (text, ended) = printed(&["one", "two"], 9).await;
    assert_eq!(
        (text.as_str(), ended.unwrap_err().to_string().as_str()),
        ("one\ntwo\n", "no more of partition 1")
    );
    let (text, _) = printed(&["one", "two"], 1).await;
    assert_eq!(text, "one\n");
}

#[tokio::test]
async fn up_to_the_end_the_others_are_printed_before_a_failure_is_told() {
    let (sender, mut pieces) = mpsc::channel(4);
    let mut readers = JoinSet::new();
    readers.spawn(async { anyhow::bail!("no more of partition 1") });
    readers.spawn(async move {
        for value in ["one", "two"] {
            tokio::task::yield_now().await;
            sender.send(piece(0, value)).await?;
        }
        Ok(())
    });
    let mut printer = Printer { topic: "orders", format: Format::Value, left: 9, out: Vec::new() };
    let ended = print_all(&mut printer, &mut pieces, &mut readers, false).await;
    assert_eq!(String::from_utf8(printer.out).unwrap(), "one\ntwo\n");
    assert_eq!(ended.unwrap_err().to_string(), "no more of partition 1");
}
