//! The HTTP door: health, readiness, metrics and the JSON admin API with its OpenAPI description.
//!
//! Start at [`serve`]. `api/` has one file per resource and one table of routes, from which the router, the metrics'
//! labels and the description come. `hosts` refuses what was meant for another name. `problem` maps every failure to `application/problem+json`.
//!
//! Never here: data (that goes over the Kafka protocol), a decision that changes state, how anything is stored.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::indexing_slicing))]

mod api;
mod damage;
mod door;
pub mod fuzz;
mod hosts;
mod limits;
mod measured;
mod problem;
mod serve;
mod touched;

pub use api::openapi;
pub use damage::{Damage, DamagedBlock};
pub use door::About;
pub use hosts::{AllowedHosts, InvalidHost};
pub use serve::serve;
