//! Recorded requests with bytes changed, cut and doubled: nothing that a peer sends makes a task panic or stops the door.
//!
//! The same seed gives the same requests. Panics in product code are counted by a hook: a task that panics is joined by
//! the listener and would not fail a test by itself.

use std::sync::atomic::{AtomicUsize, Ordering};

use hence_kafka_proto::{MetadataRequest, MetadataResponse};

use crate::golden;
use crate::house::House;

const ROUNDS: usize = 12;
const SEED: u64 = 0x5E_ED0F_CAFE;

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Counts panics whose place is product code.
fn count_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.location().is_some_and(|place| place.file().contains("/src/")) {
            PANICS.fetch_add(1, Ordering::SeqCst);
        }
        before(panic);
    }));
}

/// A small generator: xorshift, as Marsaglia gave it.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

fn changed(frame: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = frame.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len());
        match dice.below(5) {
            0 => bytes[at] = 0xFF,
            1 => bytes[at] ^= 1 << dice.below(8),
            2 => bytes.truncate(at.max(8)),
            3 => bytes.extend_from_within(at..),
            _ => bytes[at] = dice.below(256) as u8,
        }
    }
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_requests_of_real_clients_neither_panic_nor_stop_the_door() {
    count_panics();
    let house = House::open().await;
    let mut dice = Dice(SEED);
    let frames: Vec<Vec<u8>> = golden::frames().map(|(_, frame)| frame).collect();
    for _ in 0..ROUNDS {
        for frame in &frames {
            let mut client = house.client().await;
            let bytes = changed(frame, &mut dice);
            let length = i32::try_from(bytes.len()).expect("short");
            client.write(&[&length.to_be_bytes()[..], &bytes].concat()).await;
            // What is answered, and whether, is not asked: some of these are good requests that wait.
        }
    }
    let mut client = house.client().await;
    let answer = client.ask(9, &MetadataRequest { topics: Some(Vec::new()), ..Default::default() }).await;
    let _: MetadataResponse<'_> = answer.read();
    assert_eq!(PANICS.load(Ordering::SeqCst), 0, "seed {SEED:#x}");
}
