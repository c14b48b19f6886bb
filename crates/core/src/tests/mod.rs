//! Tests of the core as a whole, and the world that they and the machines' own tests run in.
//!
//! The world is a core with a queue, a clock that is a number, and a journal that is a list of operations; it can be
//! recovered from any moment on. The machines' own tests stand beside them.

mod budget;
mod cost;
mod model;
mod readings;
mod recovery;
mod topics;
pub mod world;
