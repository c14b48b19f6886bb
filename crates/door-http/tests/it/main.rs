//! The HTTP door over real sockets, with a real client, on a broker over the memory journal.

mod admin;
mod groups;
mod served;
mod wire;
