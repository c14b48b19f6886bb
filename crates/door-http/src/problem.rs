//! Failures as HTTP tells them: `application/problem+json` (RFC 9457) with a text for people.
//!
//! Always: what may be stored is never answered as "not stored". Never here: why something is refused.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use hence_base::ErrorKind;
use hence_broker::Unavailable;
use serde::Serialize;
use utoipa::ToSchema;

const PROBLEM_JSON: &str = "application/problem+json";

/// A failure.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// What sort of failure it is, in a few constant words.
    #[schema(example = "not found")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 404)]
    status: u16,
    /// What happened, to what; then, after an arrow on a line of its own, what to do.
    #[schema(example = "there is no topic 'orders'\n  → see which ones there are: hence topic list")]
    detail: String,
    #[serde(skip)]
    kind: ErrorKind,
}

impl Problem {
    /// A failure of `kind`, told by `what`.
    pub fn new(kind: ErrorKind, what: impl ToString) -> Self {
        let (status, title) = status(kind);
        Self { title, status: status.as_u16(), detail: what.to_string(), kind }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn advice(mut self, what: &str) -> Self {
        self.detail.push_str("\n  → ");
        self.detail.push_str(what);
        self
    }

    /// With another status than its kind has.
    #[must_use]
    pub const fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status.as_u16();
        self
    }
}

const fn status(kind: ErrorKind) -> (StatusCode, &'static str) {
    match kind {
        ErrorKind::Invalid => (StatusCode::BAD_REQUEST, "invalid request"),
        ErrorKind::NotFound => (StatusCode::NOT_FOUND, "not found"),
        ErrorKind::Exists => (StatusCode::CONFLICT, "exists already"),
        ErrorKind::Conflict => (StatusCode::CONFLICT, "conflict"),
        ErrorKind::Denied => (StatusCode::FORBIDDEN, "not allowed"),
        ErrorKind::Limit => (StatusCode::INSUFFICIENT_STORAGE, "over a limit"),
        ErrorKind::Unsupported => (StatusCode::NOT_IMPLEMENTED, "not offered"),
        ErrorKind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "not available"),
        // Not a 5xx that clients take for "nothing happened": the gateway does not know.
        ErrorKind::Unknown => (StatusCode::GATEWAY_TIMEOUT, "outcome not known"),
        ErrorKind::Corrupt => (StatusCode::INTERNAL_SERVER_ERROR, "stored bytes are damaged"),
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = self.kind;
        let mut response = (status, Json(self)).into_response();
        response.headers_mut().insert(CONTENT_TYPE, axum::http::HeaderValue::from_static(PROBLEM_JSON));
        response.extensions_mut().insert(kind);
        response
    }
}

impl From<Unavailable> for Problem {
    fn from(unavailable: Unavailable) -> Self {
        let problem = Self::new(unavailable.kind(), unavailable);
        match unavailable {
            Unavailable::Unknown => problem.advice("look at the broker's log, then restart it"),
            Unavailable::Fenced => problem.advice("ask the broker that owns the journal now"),
            Unavailable::Stopping | Unavailable::Overloaded => problem.advice("try again"),
        }
    }
}
