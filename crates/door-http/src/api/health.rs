//! Health, readiness and metrics: for machines that watch the process.
//!
//! `healthz` says that the process answers; `readyz` that the broker takes commands. A full disk leaves it ready:
//! consumers go on and deleting must stay possible.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::door::Door;
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
    /// Whether new records are refused because the disk is full.
    disk_full: bool,
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", responses((status = 200, description = "It does", body = str)))]
pub async fn alive() -> &'static str {
    "ok\n"
}

/// The broker takes commands.
#[utoipa::path(get, path = "/readyz", responses(
    (status = 200, description = "It does", body = Readiness),
    (status = 503, description = "It does not", body = Readiness),
))]
pub async fn ready(State(door): State<Arc<Door>>) -> (StatusCode, Json<Readiness>) {
    let health = door.broker.health();
    let failure = health.failure.map(|failure| failure.to_string());
    let readiness = Readiness {
        ready: health.is_ready(),
        reason: failure.or_else(|| health.stopped.map(|stopped| stopped.to_string())),
        durable: health.durable.0,
        disk_full: health.full,
    };
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness))
}

/// Metrics in the OpenMetrics text format, which Prometheus reads.
#[utoipa::path(get, path = "/metrics", responses((status = 200, description = "OpenMetrics text", body = str)))]
pub async fn metrics(State(door): State<Arc<Door>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], door.broker.plumbing().metrics.encode())
}
