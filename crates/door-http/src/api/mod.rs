//! The table of routes. From it come the router, the metrics' labels and (a test holds them together) the description.
//!
//! Always: one row per method and path. Never here: what a route does.

mod cluster;
mod groups;
mod health;
mod topics;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::extract::rejection::JsonRejection;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, delete, get, post};
use axum::{Json, Router};
use hence_base::ErrorKind;
use utoipa::OpenApi;

use crate::door::Door;
use crate::hosts::{Hosts, check};
use crate::limits;
use crate::measured::{Measured, measure};
use crate::problem::Problem;

/// Path, name for metrics, handler; the handler's method is the row's.
type Route = (&'static str, &'static str, fn() -> MethodRouter<Arc<Door>>);

const ROUTES: &[Route] = &[
    ("/healthz", "Health", || get(health::alive)),
    ("/readyz", "Readiness", || get(health::ready)),
    ("/metrics", "Metrics", || get(health::metrics)),
    ("/v1/openapi.json", "Description", || get(description)),
    ("/v1/cluster", "DescribeCluster", || get(cluster::describe)),
    ("/v1/topics", "ListTopics", || get(topics::list)),
    ("/v1/topics", "CreateTopic", || post(topics::create)),
    ("/v1/topics/{topic}", "DescribeTopic", || get(topics::describe)),
    ("/v1/topics/{topic}", "DeleteTopic", || delete(topics::delete)),
    ("/v1/groups", "ListGroups", || get(groups::list)),
    ("/v1/groups/{group}", "DescribeGroup", || get(groups::describe)),
    ("/v1/groups/{group}", "DeleteGroup", || delete(groups::delete)),
    ("/v1/groups/{group}/offsets", "GroupOffsets", || get(groups::offsets)),
];

/// The description of the API.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Hence admin API",
        description = "Topics, consumer groups, health and metrics of one broker."
    ),
    paths(
        health::alive,
        health::ready,
        health::metrics,
        description,
        cluster::describe,
        topics::list,
        topics::create,
        topics::describe,
        topics::delete,
        groups::list,
        groups::describe,
        groups::delete,
        groups::offsets,
    ),
    components(schemas(Problem))
)]
struct Description;

/// The description of the API, as `/v1/openapi.json` gives it.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// The router over every route, for requests that are meant for one of `hosts`.
pub fn router(door: Arc<Door>, hosts: Hosts) -> Router {
    let plumbing = door.broker.plumbing();
    let apis = plumbing.metrics.apis("http");
    let mut router = Router::new();
    for &(path, name, handler) in ROUTES {
        let measured = Measured { name, api: Arc::new(apis.api(name)), clock: plumbing.clock.clone() };
        router = router.route(path, handler().route_layer(from_fn_with_state(measured, measure)));
    }
    router
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES_MAX))
        .layer(from_fn_with_state(Arc::new(hosts), check))
        .with_state(door)
}

/// This document.
#[utoipa::path(get, path = "/v1/openapi.json", responses((status = 200, description = "An OpenAPI document")))]
async fn description() -> Json<utoipa::openapi::OpenApi> {
    Json(openapi())
}

async fn no_such_path(uri: Uri) -> Problem {
    Problem::new(ErrorKind::NotFound, format!("there is nothing at {}", uri.path()))
        .advice("GET /v1/openapi.json lists what there is")
}

async fn no_such_method(method: Method, uri: Uri) -> Problem {
    Problem::new(ErrorKind::Invalid, format!("{method} is not possible on {}", uri.path()))
        .with_status(StatusCode::METHOD_NOT_ALLOWED)
        .advice("GET /v1/openapi.json lists what there is")
}

/// A body that could not be read as the JSON that is expected.
fn unreadable(rejection: &JsonRejection) -> Problem {
    Problem::new(ErrorKind::Invalid, rejection.body_text()).with_status(rejection.status())
}

#[cfg(test)]
mod tests;
