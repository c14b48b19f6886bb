//! The cluster: one broker, its identity and what it holds.
//!
//! Counts come from the durable catalog, the rest from the process that serves the door.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::door::Door;

/// The broker and what it holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct Cluster {
    /// Stays the same for as long as the data does.
    #[schema(example = "MkU3OEVBNTcwNTJENDM2Qg")]
    cluster_id: String,
    /// The version of the binary.
    version: String,
    /// What an acknowledgement promises: `fsync`, `os` or `memory`.
    durability: String,
    /// Each door and where it listens.
    listeners: BTreeMap<String, String>,
    /// Milliseconds since it began to serve.
    uptime_ms: u64,
    /// How many topics there are.
    topics: usize,
    /// How many partitions they have.
    partitions: usize,
}

/// The broker and what it holds.
#[utoipa::path(get, path = "/v1/cluster", responses((status = 200, description = "The cluster", body = Cluster)))]
pub async fn describe(State(door): State<Arc<Door>>) -> Json<Cluster> {
    let catalog = door.broker.catalog();
    let uptime = door.broker.plumbing().clock.elapsed().saturating_sub(door.started_at);
    Json(Cluster {
        cluster_id: door.broker.cluster_id(),
        version: door.about.version.clone(),
        durability: door.about.durability.clone(),
        listeners: door.about.listeners.iter().cloned().collect(),
        uptime_ms: u64::try_from(uptime.as_millis()).unwrap_or(u64::MAX),
        topics: catalog.len(),
        partitions: catalog.partitions(),
    })
}
