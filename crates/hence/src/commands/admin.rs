//! The client of the HTTP door's admin API: JSON in and out, problems as errors that say what to do.
//!
//! Requests are bounded in time; nothing is retried, since creating twice is not creating once.

use std::time::Duration;

use anyhow::Context;
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// A broker's admin API.
#[derive(Debug)]
pub struct Admin {
    base: String,
    http: reqwest::Client,
}

/// The broker answered, and said no.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct Refused {
    /// Why, as a class.
    pub status: StatusCode,
    text: String,
}

/// The body of a failed request (RFC 9457).
#[derive(serde::Deserialize)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
}

impl Admin {
    /// The API at `base`, as in `http://localhost:8080`.
    pub fn at(base: &str) -> anyhow::Result<Self> {
        let base = base.trim_end_matches('/');
        let base = if base.contains("://") { base.to_owned() } else { format!("http://{base}") };
        let http = reqwest::Client::builder().timeout(REQUEST_TIMEOUT).build()?;
        Ok(Self { base, http })
    }

    /// Reads what is at `path`.
    pub async fn read<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let response = self.send(Method::GET, path, None::<&()>).await?;
        response.json().await.with_context(|| format!("{} answered something else than expected", self.base))
    }

    /// Creates something at `path`.
    pub async fn create<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> anyhow::Result<T> {
        let response = self.send(Method::POST, path, Some(body)).await?;
        response.json().await.with_context(|| format!("{} answered something else than expected", self.base))
    }

    /// Deletes what is at `path`.
    pub async fn delete(&self, path: &str) -> anyhow::Result<()> {
        self.send(Method::DELETE, path, None::<&()>).await.map(drop)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> anyhow::Result<reqwest::Response> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let problem = response.json::<Problem>().await.ok();
        Err(Refused { status, text: explain(status, problem) }.into())
    }

    fn unreachable(&self, error: &reqwest::Error) -> anyhow::Error {
        let base = &self.base;
        if error.is_connect() {
            return anyhow::anyhow!(
                "no broker answers at {base}\n  → start one with `hence serve`, or say where it is with --admin URL"
            );
        }
        anyhow::anyhow!("{base}: {error}")
    }
}

fn explain(status: StatusCode, problem: Option<Problem>) -> String {
    match problem {
        Some(Problem { detail: Some(detail), .. }) => detail,
        Some(Problem { title: Some(title), .. }) => title,
        _ => format!("the broker answered {status}"),
    }
}
