//! Serving connections: HTTP/1.1 on each, ended by the peer, by silence, or by a drain once the request is answered.
//!
//! Never here: what is asked.

use std::sync::Arc;

use hence_broker::Broker;
use hence_broker::net::{Connection, Drain, Listener};
use hyper::rt::{Read, Write};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;

use crate::door::{About, Door};
use crate::hosts::{AllowedHosts, Hosts};
use crate::touched::Touched;
use crate::{api, limits};

/// Serves the HTTP API on `listener` until `drain` begins and every request that came is answered. Requests may name the
/// listener itself or what is `allowed`.
pub async fn serve(
    broker: Broker,
    listener: Listener,
    drain: &Drain,
    about: About,
    allowed: &AllowedHosts,
) -> std::io::Result<()> {
    let hosts = Hosts::of(listener.addresses(), allowed);
    let plumbing = broker.plumbing().clone();
    let started_at = plumbing.clock.elapsed();
    let router = api::router(Arc::new(Door { broker, about, started_at }), hosts);
    let serve_one = move |connection| serve_one(connection, router.clone());
    listener.serve(&plumbing, drain, serve_one).await
}

async fn serve_one(connection: Connection, router: axum::Router) {
    let Connection { stream, activity, draining, .. } = connection;
    let served = exchange(TokioIo::new(Touched::new(stream, activity)), router);
    tokio::pin!(served);
    // Neither arm loses anything: a connection that is asked to end answers what it has and is awaited.
    let ended = tokio::select! {
        ended = &mut served => ended,
        () = draining.begun() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection failed");
    }
}

/// HTTP/1.1 within the door's limits over `io`.
pub fn exchange<I: Read + Write + Unpin>(
    io: I,
    router: axum::Router,
) -> http1::Connection<I, TowerToHyperService<axum::Router>> {
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEAD_TIMEOUT)
        .max_buf_size(limits::HEAD_BYTES_MAX)
        .max_headers(limits::HEADERS_MAX)
        .serve_connection(io, TowerToHyperService::new(router))
}
