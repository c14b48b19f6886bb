//! A listener: binds, accepts within limits, serves each connection in a task with a span, sweeps idle ones, drains.
//!
//! Always: running out of descriptors slows accepting and never spins; a drain takes no new connection and ends in time;
//! every task is joined. Never here: what is spoken.

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tracing::Instrument as _;

use super::census::{Census, Seat};
use super::{Activity, Address, Drain, Draining};
use crate::budget::Share;
use crate::limits;
use crate::metrics::Connections;
use crate::plumbing::Plumbing;

/// Settings of one listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Connections at most.
    pub connections_max: usize,
    /// Connections from one address at most.
    pub connections_per_address_max: usize,
    /// A connection on which no byte moved for this long is closed.
    pub idle_timeout_ms: u64,
    /// How long a drain waits for connections before it cuts them.
    pub drain_ms: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connections_max: limits::CONNECTIONS_MAX_DEFAULT,
            connections_per_address_max: limits::CONNECTIONS_PER_ADDRESS_MAX_DEFAULT,
            idle_timeout_ms: limits::IDLE_TIMEOUT_MS_DEFAULT,
            drain_ms: limits::DRAIN_MS_DEFAULT,
        }
    }
}

/// Sockets that are bound and not yet served.
#[derive(Debug)]
pub struct Listener {
    door: &'static str,
    options: Options,
    sockets: Vec<Socket>,
    addresses: Vec<SocketAddr>,
}

/// Why a listener could not bind.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen for {door} on {address}: {source}{}", hint(source))]
pub struct BindError {
    /// The door.
    pub door: &'static str,
    /// Where.
    pub address: String,
    /// What the system said.
    pub source: std::io::Error,
}

fn hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            "\n  → stop the process that has the port, or choose another one (0 picks a free one)"
        }
        std::io::ErrorKind::PermissionDenied => {
            "\n  → ports below 1024 need a privilege; choose a higher one"
        }
        _ => "",
    }
}

/// One accepted connection, with what the shell lends it.
#[derive(Debug)]
pub struct Connection {
    /// The socket: TCP_NODELAY and keep-alive are set.
    pub stream: TcpStream,
    /// Counts connections of this listener.
    pub id: u64,
    /// Who connected.
    pub peer: SocketAddr,
    /// The address that the peer connected to.
    pub local: SocketAddr,
    /// Its share of the byte budget for requests.
    pub share: Share,
    /// Its share of the byte budget for responses.
    pub response_share: Share,
    /// To be touched whenever bytes move; an idle connection is cut.
    pub activity: Activity,
    /// Says when to answer what waits and end.
    pub draining: Draining,
}

impl Listener {
    /// Binds `address` for `door`. Port 0 picks a port that is free on every address bound.
    pub fn bind(door: &'static str, address: &Address, options: Options) -> Result<Self, BindError> {
        let failed = |source| BindError { door, address: address.to_string(), source };
        let wanted = address.resolve().map_err(failed)?;
        let attempts = if address.port() == 0 { limits::FREE_PORT_ATTEMPTS_MAX } else { 1 };
        let mut last = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
        for _ in 0..attempts {
            match bind_all(&wanted) {
                Ok(sockets) => {
                    let addresses = sockets.iter().filter_map(local_address).collect();
                    return Ok(Self { door, options, sockets, addresses });
                }
                Err(error) => last = error,
            }
        }
        Err(failed(last))
    }

    /// The addresses that are bound.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The port, the same on every address.
    pub fn port(&self) -> u16 {
        self.addresses.first().map_or(0, SocketAddr::port)
    }

    /// Serves connections with `serve_one`, each in its own task, until `drain` begins and they have ended or were cut.
    pub async fn serve<F, Served>(
        self,
        plumbing: &Plumbing,
        drain: &Drain,
        serve_one: F,
    ) -> std::io::Result<()>
    where
        F: Fn(Connection) -> Served + Send + Sync + 'static,
        Served: Future<Output = ()> + Send + 'static,
    {
        let floor = Arc::new(Floor {
            door: self.door,
            census: Census::new(self.options.connections_max, self.options.connections_per_address_max),
            options: self.options,
            plumbing: plumbing.clone(),
            draining: drain.draining(),
            counts: plumbing.metrics.connections(self.door),
            ids: AtomicU64::new(1),
            serve_one,
        });
        let mut accepting = JoinSet::new();
        for socket in self.sockets {
            let listener = TcpListener::from_std(socket.into())?;
            accepting.spawn(accept(listener, Arc::clone(&floor)));
        }
        while let Some(ended) = accepting.join_next().await {
            ended.map_err(std::io::Error::other)?;
        }
        Ok(())
    }
}

fn bind_all(wanted: &[SocketAddr]) -> std::io::Result<Vec<Socket>> {
    let mut sockets = Vec::new();
    let mut port = None;
    for &address in wanted {
        let mut address = address;
        if let Some(port) = port {
            address.set_port(port);
        }
        match bind_one(address) {
            Ok(socket) => {
                port = port.or_else(|| local_address(&socket).map(|bound| bound.port()));
                sockets.push(socket);
            }
            Err(error) if wanted.len() > 1 && family_is_missing(&error) => {
                tracing::info!(%address, %error, "address family not available");
            }
            Err(error) => return Err(error),
        }
    }
    if sockets.is_empty() {
        return Err(std::io::ErrorKind::AddrNotAvailable.into());
    }
    Ok(sockets)
}

fn bind_one(address: SocketAddr) -> std::io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(limits::ACCEPT_BACKLOG)?;
    Ok(socket)
}

fn local_address(socket: &Socket) -> Option<SocketAddr> {
    socket.local_addr().ok()?.as_socket()
}

fn family_is_missing(error: &std::io::Error) -> bool {
    use rustix::io::Errno;
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(errno, Some(Errno::ADDRNOTAVAIL | Errno::AFNOSUPPORT))
}

/// What the accept loops of one listener share.
struct Floor<F> {
    door: &'static str,
    options: Options,
    census: Arc<Census>,
    plumbing: Plumbing,
    draining: Draining,
    counts: Connections,
    ids: AtomicU64,
    serve_one: F,
}

/// The connections of one accept loop.
#[derive(Default)]
struct Open {
    tasks: JoinSet<()>,
    by_task: HashMap<Id, (AbortHandle, Activity)>,
}

async fn accept<F, Served>(listener: TcpListener, floor: Arc<Floor<F>>)
where
    F: Fn(Connection) -> Served + Send + Sync + 'static,
    Served: Future<Output = ()> + Send + 'static,
{
    let mut open = Open::default();
    let mut backoff = limits::ACCEPT_BACKOFF_MIN;
    let mut sweep = tokio::time::interval(sweep_interval(floor.options.idle_timeout_ms));
    sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let draining = floor.draining.clone();
    let begun = draining.begun();
    tokio::pin!(begun);
    // Every arm may be cancelled: accept, join and tick lose nothing, and the pause after a failure is only a pause.
    loop {
        tokio::select! {
            biased;
            () = &mut begun => break,
            Some(ended) = open.tasks.join_next_with_id() => open.ended(ended),
            accepted = accept_paced(&listener, &mut backoff, &floor.counts) => {
                if let Some((stream, peer)) = accepted {
                    open.admit(stream, peer, &floor);
                }
            }
            _ = sweep.tick() => open.sweep(floor.options.idle_timeout_ms, &floor.counts),
        }
    }
    drop(listener);
    open.drain(Duration::from_millis(floor.options.drain_ms)).await;
}

/// Accepts one connection, or waits a little when that fails: with no descriptor left the socket stays readable, and
/// trying again at once would spin.
async fn accept_paced(
    listener: &TcpListener,
    backoff: &mut Duration,
    counts: &Connections,
) -> Option<(TcpStream, SocketAddr)> {
    match listener.accept().await {
        Ok(accepted) => {
            *backoff = limits::ACCEPT_BACKOFF_MIN;
            Some(accepted)
        }
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionAborted => None,
        Err(error) => {
            counts.accept_failures.inc();
            let pause = *backoff;
            tracing::warn!(%error, pause_ms = pause.as_millis(), "accept failed");
            *backoff = (pause * 2).min(limits::ACCEPT_BACKOFF_MAX);
            tokio::time::sleep(pause).await;
            None
        }
    }
}

fn sweep_interval(idle_timeout_ms: u64) -> Duration {
    Duration::from_millis((idle_timeout_ms / 10).clamp(10, 30_000))
}

impl Open {
    fn admit<F, Served>(&mut self, stream: TcpStream, peer: SocketAddr, floor: &Arc<Floor<F>>)
    where
        F: Fn(Connection) -> Served + Send + Sync + 'static,
        Served: Future<Output = ()> + Send + 'static,
    {
        floor.counts.accepted.inc();
        let seat = match floor.census.admit(peer.ip()) {
            Ok(seat) => seat,
            Err(full) => {
                floor.counts.turned_away(full.reason()).inc();
                tracing::debug!(%peer, limit = full.reason(), "connection turned away");
                return;
            }
        };
        let Some(connection) = floor.connection(stream, peer) else { return };
        let activity = connection.activity.clone();
        let span = tracing::info_span!("connection", door = floor.door, id = connection.id, %peer);
        let floor = Arc::clone(floor);
        let task = self.tasks.spawn(async move { floor.serve(connection, seat).await }.instrument(span));
        self.by_task.insert(task.id(), (task, activity));
    }

    fn ended(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                if error.is_panic() {
                    tracing::error!(%error, "connection task panicked");
                }
                error.id()
            }
        };
        self.by_task.remove(&id);
    }

    fn sweep(&mut self, idle_timeout_ms: u64, counts: &Connections) {
        for (task, activity) in self.by_task.values() {
            if activity.idle_ms() >= idle_timeout_ms && !task.is_finished() {
                counts.idle_closed.inc();
                task.abort();
            }
        }
    }

    async fn drain(&mut self, patience: Duration) {
        let all_ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(patience, all_ended).await.is_err() {
            tracing::warn!(connections = self.tasks.len(), "drain cut connections");
            self.tasks.shutdown().await;
        }
    }
}

impl<F, Served> Floor<F>
where
    F: Fn(Connection) -> Served + Send + Sync + 'static,
    Served: Future<Output = ()> + Send + 'static,
{
    /// Nothing when the peer is gone already.
    fn connection(&self, stream: TcpStream, peer: SocketAddr) -> Option<Connection> {
        let keep_alive =
            TcpKeepalive::new().with_time(limits::KEEP_ALIVE_IDLE).with_interval(limits::KEEP_ALIVE_INTERVAL);
        stream.set_nodelay(true).ok()?;
        SockRef::from(&stream).set_tcp_keepalive(&keep_alive).ok()?;
        Some(Connection {
            id: self.ids.fetch_add(1, Ordering::Relaxed),
            local: stream.local_addr().ok()?,
            share: self.plumbing.budget.share(),
            response_share: self.plumbing.budget.response_share(),
            activity: Activity::new(&self.plumbing.clock),
            draining: self.draining.clone(),
            stream,
            peer,
        })
    }

    async fn serve(&self, connection: Connection, seat: Seat) {
        let open = self.counts.opened();
        (self.serve_one)(connection).await;
        drop(open);
        drop(seat);
    }
}
