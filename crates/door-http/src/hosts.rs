//! Whom a request may call the server: the defence against a page in a browser that rebinds a name of its own to this
//! machine, or to one that only the browser's network reaches, and then reads what it is answered.
//!
//! Always: the Host must be `localhost` or under it, a loopback address, an address that is bound, or a name that the
//! operator allowed; the port says nothing. On a listener that other machines reach, any address will do, since nobody
//! rebinds one, and any name that practically no page on the internet can have: without a dot, or under a suffix that
//! public DNS does not have. That the process is alive is told to whoever asks. Never here: who may do what.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::{StatusCode, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use hence_base::ErrorKind;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// Stands for every name.
const ANY: &str = "*";
const LOCALHOST: &str = "localhost";
/// What says nothing to anybody, and is asked by machines that call the server what they like.
const ALIVE: &str = "/healthz";
/// Suffixes that public DNS does not have: RFC 6761, RFC 6762 with its appendix G, RFC 8375, ICANN's resolutions of
/// February 2018 (`corp`, `home`, `mail`) and July 2024 (`internal`), and what Kubernetes puts behind a namespace.
const PRIVATE_SUFFIXES: &[&str] = &[
    "local",
    "localhost",
    "test",
    "home.arpa",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "mail",
    "lan",
    "svc",
];

/// Names by which the operator lets the server be called, beside its own: `.example.org` stands for every name under
/// `example.org`, `*` for all. In a file or the environment a list, or one text with commas.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct AllowedHosts(Vec<String>);

/// As it stands in a file or the environment.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    List(Vec<String>),
}

/// The text names no host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is no name of a host; write it as in a browser's address bar, without scheme and port, .example.org for \
     every name under example.org, or * for all"
)]
pub struct InvalidHost {
    /// What was given.
    pub text: String,
}

impl AllowedHosts {
    /// These; each a name, a dot and what names end in, or an address, without a port.
    pub fn new(names: impl IntoIterator<Item = String>) -> Result<Self, InvalidHost> {
        let checked = names.into_iter().map(|name| {
            let name = name.trim().to_ascii_lowercase();
            let complete = without_last_dot(&name);
            let host = complete.strip_prefix('.').unwrap_or(complete);
            if name == ANY
                || host_of(host) == Some(host) && !host.starts_with('.') && !complete.starts_with(".[")
            {
                Ok(complete.to_owned())
            } else {
                Err(InvalidHost { text: name })
            }
        });
        checked.collect::<Result<_, _>>().map(Self)
    }
}

impl TryFrom<Written> for AllowedHosts {
    type Error = InvalidHost;

    fn try_from(written: Written) -> Result<Self, InvalidHost> {
        match written {
            Written::Text(text) if text.trim().is_empty() => Ok(Self::default()),
            Written::Text(text) => Self::new(text.split(',').map(str::to_owned)),
            Written::List(names) => Self::new(names),
        }
    }
}

/// What one listener may be called.
#[derive(Clone, Debug)]
pub enum Hosts {
    /// Anything.
    Any,
    /// One of these.
    Only {
        /// In lower case; an address as it is written in a URL.
        names: Vec<String>,
        /// Bound, beside the loopbacks.
        addresses: Vec<IpAddr>,
        /// Whether other machines reach the listener.
        is_remote: bool,
    },
}

impl Hosts {
    /// What a listener on `bound` may be called.
    pub fn of(bound: &[SocketAddr], allowed: &AllowedHosts) -> Self {
        if allowed.0.iter().any(|name| name == ANY) {
            return Self::Any;
        }
        let addresses: Vec<IpAddr> = bound.iter().map(SocketAddr::ip).collect();
        let is_remote = !addresses.iter().all(IpAddr::is_loopback);
        Self::Only { names: allowed.0.clone(), addresses, is_remote }
    }

    fn permit(&self, authority: &str) -> bool {
        let Self::Only { names, addresses, is_remote } = self else { return true };
        let Some(host) = host_of(authority) else { return false };
        let host = without_last_dot(host);
        let is_called = |name: &str| match name.strip_prefix('.') {
            Some(suffix) => is_under(host, suffix),
            None => host.eq_ignore_ascii_case(name),
        };
        // Browsers take what is under localhost for this machine, and ask nobody.
        if is_called(LOCALHOST) || is_under(host, LOCALHOST) || names.iter().any(|name| is_called(name)) {
            return true;
        }
        match address_of(host) {
            Some(address) => *is_remote || address.is_loopback() || addresses.contains(&address),
            None => *is_remote && is_private(host),
        }
    }

    fn judge(&self, request: &Request) -> Result<(), Problem> {
        let invalid = |what| Problem::new(ErrorKind::Invalid, what).with_status(StatusCode::BAD_REQUEST);
        let mut hosts = request.headers().get_all(HOST).iter();
        let (host, second) = (hosts.next(), hosts.next());
        // RFC 9112, 3.2: exactly one, except that HTTP/1.0 may lack it, which no browser speaks.
        if second.is_some() {
            return Err(invalid("the request has more than one Host"));
        }
        if host.is_none() && request.version() >= Version::HTTP_11 {
            return Err(invalid("the request has no Host"));
        }
        // RFC 9112, 3.2.2: a target with an authority replaces the Host; neither may be somebody else's.
        let named = [
            request.uri().authority().map(|authority| authority.as_str()),
            host.map(|host| host.to_str().unwrap_or_default()),
        ];
        match named.into_iter().flatten().find(|named| !self.permit(named)) {
            Some(named) => {
                tracing::debug!(host = named, "request for another host");
                Err(Problem::new(ErrorKind::Denied, format!("this server is not called {named:?}"))
                    .with_status(StatusCode::MISDIRECTED_REQUEST)
                    .advice(
                        "use its address or localhost, or allow the name: hence serve --http-allow-host NAME",
                    ))
            }
            None => Ok(()),
        }
    }
}

/// The layer over all routes.
pub async fn check(State(hosts): State<Arc<Hosts>>, request: Request, next: Next) -> Response {
    if request.uri().path() == ALIVE {
        return next.run(request).await;
    }
    match hosts.judge(&request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// The host of `HOST[:PORT]` (RFC 3986, 3.2.2), brackets included; none when it is neither a name nor an address.
fn host_of(authority: &str) -> Option<&str> {
    let after = match authority.strip_prefix('[') {
        Some(rest) => rest.find(']')? + 2,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at_checked(after)?;
    let port_is_one = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    let is_name =
        |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    let is_host = !host.is_empty() && (host.starts_with('[') && address_of(host).is_some() || is_name(host));
    (is_host && port_is_one).then_some(host)
}

/// A dot at the end says that the name is complete, as it is anyway.
fn without_last_dot(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}

/// Whether practically no name on the internet is called so.
fn is_private(name: &str) -> bool {
    !name.is_empty() && !name.contains('.') || PRIVATE_SUFFIXES.iter().any(|suffix| is_under(name, suffix))
}

/// Whether `name` has something, a dot and then `suffix`.
fn is_under(name: &str, suffix: &str) -> bool {
    let at = name.len().checked_sub(suffix.len() + 1);
    at.and_then(|at| name.split_at_checked(at)).is_some_and(|(before, end)| {
        !before.is_empty() && end.strip_prefix('.').is_some_and(|end| end.eq_ignore_ascii_case(suffix))
    })
}

/// An address as it is written in a URL.
fn address_of(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse().ok().filter(IpAddr::is_ipv4),
    }
}

#[cfg(test)]
mod tests;
