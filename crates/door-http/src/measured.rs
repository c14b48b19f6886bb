//! Counts each request of a route (requests, bytes, time, failures) and gives it a span.
//!
//! Always: the label is the route's name, never what the peer sent.

use std::sync::Arc;

use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::Next;
use axum::response::Response;
use hence_base::ErrorKind;
use hence_broker::Clock;
use hence_broker::metrics::Api;
use tracing::Instrument as _;

/// The counters of one route and the clock that measures it.
#[derive(Clone, Debug)]
pub struct Measured {
    pub name: &'static str,
    pub api: Arc<Api>,
    pub clock: Clock,
}

/// The layer of one route.
pub async fn measure(State(measured): State<Measured>, request: Request, next: Next) -> Response {
    let Measured { name, api, clock } = measured;
    let received_at = clock.elapsed();
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    api.received(length.unwrap_or(0));
    let response = next.run(request).instrument(tracing::info_span!("request", api = name)).await;
    if let Some(kind) = response.extensions().get::<ErrorKind>() {
        api.failed(*kind);
    } else if response.status().is_client_error() {
        api.failed(ErrorKind::Invalid);
    }
    let bytes = response.body().size_hint().exact().unwrap_or(0);
    api.answered(bytes, clock.elapsed().saturating_sub(received_at));
    response
}
