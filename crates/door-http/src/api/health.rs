//! Health, readiness and metrics: for machines that watch the process.
//!
//! `healthz` says that the process answers; `readyz` that the broker takes commands. A full disk leaves it ready:
//! consumers go on and deleting must stay possible. So do damaged bytes, whose readers alone are told: to take a broker
//! out of service for them would end what still works. Both are in the answer, in words and in fields.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::damage::DamagedBlock;
use crate::door::Door;
use crate::limits::DAMAGED_BLOCKS_NAMED_MAX;
use hence_broker::metrics;

/// Whether the broker takes commands.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// Whether it does.
    ready: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Position of the newest durable commit.
    durable: u64,
    /// What does not work although the broker is ready; empty when everything does.
    degraded: Vec<String>,
    /// Whether new records are refused because the disk is full.
    disk_full: bool,
    /// Blocks known to be damaged whose entries should be readable; a thousand are counted at most.
    damaged_blocks: usize,
    /// The first of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    damaged: Vec<DamagedBlock>,
}

/// What does not work, in words.
fn degraded(disk_full: bool, damaged: &[DamagedBlock]) -> Vec<String> {
    let full = disk_full.then(|| {
        "the disk is full: new records are refused; reading, committing offsets and deleting go on".to_owned()
    });
    let damage = damaged.first().map(|DamagedBlock { file, at }| {
        let count = damaged.len();
        format!(
            "{count} damaged {} of stored records, the first in {file} at byte {at}: who reads them gets an error, \
             everything else works; stop the broker and run hence doctor to see which they are",
            if count == 1 { "block" } else { "blocks" }
        )
    });
    full.into_iter().chain(damage).collect()
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", responses((status = 200, description = "It does", body = str)))]
pub async fn alive() -> &'static str {
    "ok\n"
}

/// The broker takes commands.
#[utoipa::path(get, path = "/readyz", responses(
    (status = 200, description = "It does; what is degraded nevertheless is in the body", body = Readiness),
    (status = 503, description = "It does not", body = Readiness),
))]
pub async fn ready(State(door): State<Arc<Door>>) -> (StatusCode, Json<Readiness>) {
    let health = door.broker.health();
    let mut damaged = door.about.damage.now();
    let failure = health.failure.map(|failure| failure.to_string());
    let readiness = Readiness {
        ready: health.is_ready(),
        reason: failure.or_else(|| health.stopped.map(|stopped| stopped.to_string())),
        durable: health.durable.0,
        degraded: degraded(health.full, &damaged),
        disk_full: health.full,
        damaged_blocks: damaged.len(),
        damaged: {
            damaged.truncate(DAMAGED_BLOCKS_NAMED_MAX);
            damaged
        },
    };
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness))
}

/// Metrics in the OpenMetrics text format, which Prometheus reads.
#[utoipa::path(get, path = "/metrics", responses((status = 200, description = "OpenMetrics text", body = str)))]
pub async fn metrics(State(door): State<Arc<Door>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], door.broker.plumbing().metrics.encode())
}
