//! Where a listener binds: `9092`, `localhost:9092` (both loopbacks), `*:9092` (every interface), an address, a name.
//!
//! `localhost` may be `::1` first for one client and `127.0.0.1` for the next, so it always means both.
//! Never here: sockets.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::str::FromStr;

/// A place to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: Host,
    port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    /// 127.0.0.1 and ::1.
    Loopback,
    /// 0.0.0.0 and ::.
    Any,
    /// One address.
    Ip(IpAddr),
    /// What a name resolves to.
    Name(String),
}

/// The text names no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not an address to listen on; write PORT, localhost:PORT, *:PORT, ADDRESS:PORT or NAME:PORT"
)]
pub struct InvalidAddress {
    /// What was given.
    pub text: String,
}

impl Address {
    /// Both loopbacks.
    pub const fn loopback(port: u16) -> Self {
        Self { host: Host::Loopback, port }
    }

    /// The port; 0 asks for a free one.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether only this machine can connect.
    pub fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Loopback => true,
            Host::Any | Host::Name(_) => false,
            Host::Ip(ip) => ip.is_loopback(),
        }
    }

    /// The socket addresses to bind, with whether one may be missing because the machine lacks its family.
    pub(super) fn resolve(&self) -> std::io::Result<Vec<SocketAddr>> {
        let with_port = |ip: IpAddr| SocketAddr::new(ip, self.port);
        Ok(match &self.host {
            Host::Loopback => {
                vec![with_port(Ipv4Addr::LOCALHOST.into()), with_port(Ipv6Addr::LOCALHOST.into())]
            }
            Host::Any => {
                vec![with_port(Ipv4Addr::UNSPECIFIED.into()), with_port(Ipv6Addr::UNSPECIFIED.into())]
            }
            Host::Ip(ip) => vec![with_port(*ip)],
            Host::Name(name) => {
                let mut found: Vec<SocketAddr> = (name.as_str(), self.port).to_socket_addrs()?.collect();
                found.sort_unstable();
                found.dedup();
                found
            }
        })
    }
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let invalid = || InvalidAddress { text: text.to_owned() };
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self { host: Host::Ip(address.ip()), port: address.port() });
        }
        let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
        let port = port.parse().map_err(|_| invalid())?;
        let host = match host {
            "" | "localhost" => Host::Loopback,
            "*" => Host::Any,
            name if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) => {
                Host::Name(name.to_owned())
            }
            _ => return Err(invalid()),
        };
        Ok(Self { host, port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.port;
        match &self.host {
            Host::Loopback => write!(f, "localhost:{port}"),
            Host::Any => write!(f, "*:{port}"),
            Host::Ip(ip) => SocketAddr::new(*ip, port).fmt(f),
            Host::Name(name) => write!(f, "{name}:{port}"),
        }
    }
}
