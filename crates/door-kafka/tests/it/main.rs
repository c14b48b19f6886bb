//! The Kafka door over real sockets: a broker on the memory journal behind it, the codec's client side before it.

mod crawler;
mod golden;
mod greed;
mod groups;
mod house;
mod idle;
mod logs;
mod mutations;
mod order;
mod produce_fetch;
mod topics;
