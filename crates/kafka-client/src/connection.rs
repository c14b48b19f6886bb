//! One connection to one broker: requests out as they come, answers in their order.
//!
//! A request may be sent while earlier ones are unanswered. Two tasks serve a connection, one per direction; they end
//! with the last handle. After a broken frame or a wrong correlation id the connection is closed, never resynchronised.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use hence_kafka_proto::{
    ApiKey, ApiVersionsRequest, DecodeError, ErrorCode, Message as _, Reader, Request, ResponseHeader,
    Segments, Writer, encode_request, response_header_version,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

use crate::client::Options;
use crate::error::{CallError, Closed, ConnectFailed, NotOffered, TimedOut, Unreadable};
use crate::limits::{READ_BYTES, REQUESTS_QUEUED_MAX};
use crate::negotiation::{ASKED_VERSION, Offered};

/// A handle; clones share the connection.
#[derive(Clone, Debug)]
pub struct Connection {
    shared: Arc<Shared>,
    offered: Arc<Offered>,
}

#[derive(Debug)]
struct Shared {
    address: String,
    options: Options,
    next_id: AtomicI32,
    outgoing: mpsc::Sender<Outgoing>,
    why_closed: Arc<OnceLock<String>>,
    tasks: [AbortHandle; 2],
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

#[derive(Debug)]
struct Outgoing {
    frame: Segments,
    /// `None` for a request that has no answer.
    awaited: Option<Awaited>,
}

#[derive(Debug)]
struct Awaited {
    correlation_id: i32,
    answer: oneshot::Sender<Bytes>,
}

impl Connection {
    /// Connects to `HOST:PORT` and asks what the broker offers.
    pub async fn open(address: &str, options: &Options) -> Result<Self, CallError> {
        let timeout = Duration::from_millis(options.timeout_ms);
        let failed =
            |source: std::io::Error| ConnectFailed { address: address.to_owned(), source: source.into() };
        let connected = tokio::time::timeout(timeout, TcpStream::connect(address)).await;
        let stream =
            connected.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into())).map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        let mut connection =
            Self { shared: Arc::new(serve(stream, address, options)), offered: Arc::default() };
        let offered = connection.negotiate().await?;
        connection.offered = Arc::new(offered);
        Ok(connection)
    }

    async fn negotiate(&self) -> Result<Offered, CallError> {
        let request = ApiVersionsRequest {
            client_software_name: "hence-client",
            client_software_version: env!("CARGO_PKG_VERSION"),
            ..Default::default()
        };
        let answer = self.send_in(ASKED_VERSION, &request).await?.wait(0).await?;
        let (offered, code) = Offered::read(&answer.body()).map_err(|cause| answer.unreadable(cause))?;
        if code.is_none() || code == ErrorCode::UNSUPPORTED_VERSION {
            return Ok(offered);
        }
        Err(NotOffered { key: ApiKey::ApiVersions }.into())
    }

    /// Whom it is connected to.
    pub fn address(&self) -> &str {
        &self.shared.address
    }

    /// What the broker offers.
    pub fn offered(&self) -> &Offered {
        &self.offered
    }

    /// Sends a request in the latest version that both sides know and waits for its answer.
    pub async fn call<'q, R: Request<'q>>(&self, request: &R) -> Result<Answer<R>, CallError> {
        self.send(request).await?.wait(0).await
    }

    /// The same in a version of the caller's choice.
    pub async fn call_in<'q, R: Request<'q>>(
        &self,
        version: i16,
        request: &R,
    ) -> Result<Answer<R>, CallError> {
        self.send_in(version, request).await?.wait(0).await
    }

    /// Sends a request and returns when it is queued; the answer is awaited apart, so that several can be under way.
    pub async fn send<'q, R: Request<'q>>(&self, request: &R) -> Result<Pending<R>, CallError> {
        self.send_in(self.offered.version_of::<R>()?, request).await
    }

    /// The same in a version of the caller's choice.
    pub async fn send_in<'q, R: Request<'q>>(
        &self,
        version: i16,
        request: &R,
    ) -> Result<Pending<R>, CallError> {
        let (sender, answer) = oneshot::channel();
        self.queue(version, request, Some(sender)).await?;
        Ok(Pending { connection: self.clone(), key: R::KEY, version, answer, of: PhantomData })
    }

    /// Sends a request that the broker does not answer: a produce with acks 0.
    pub async fn tell<'q, R: Request<'q>>(&self, version: i16, request: &R) -> Result<(), CallError> {
        self.queue(version, request, None).await
    }

    async fn queue<'q, R: Request<'q>>(
        &self,
        version: i16,
        request: &R,
        answer: Option<oneshot::Sender<Bytes>>,
    ) -> Result<(), CallError> {
        let correlation_id = self.shared.next_id.fetch_add(1, Ordering::Relaxed);
        let client_id = Some(self.shared.options.client_id.as_str());
        let frame = encode_request(version, correlation_id, client_id, request, &mut Writer::new())?;
        let awaited = answer.map(|answer| Awaited { correlation_id, answer });
        let sent = self.shared.outgoing.send(Outgoing { frame, awaited }).await;
        sent.map_err(|_| self.closed().into())
    }

    /// Whether it ended; a later call fails.
    pub fn is_closed(&self) -> bool {
        self.shared.why_closed.get().is_some()
    }

    fn closed(&self) -> Closed {
        let why = self.shared.why_closed.get().map_or("the connection broke", String::as_str);
        Closed { address: self.shared.address.clone(), why: why.to_owned() }
    }
}

/// A request that is sent and not answered yet.
#[derive(Debug)]
#[must_use = "the answer is lost unless it is awaited"]
pub struct Pending<R> {
    connection: Connection,
    key: ApiKey,
    version: i16,
    answer: oneshot::Receiver<Bytes>,
    of: PhantomData<fn() -> R>,
}

impl<R> Pending<R> {
    /// The same, no longer tied to the lifetime in the request's type.
    pub(crate) fn detached<S>(self) -> Pending<S> {
        let Self { connection, key, version, answer, .. } = self;
        Pending { connection, key, version, answer, of: PhantomData }
    }

    /// Waits for the answer, `extra_ms` longer than usual: for requests that ask the broker itself to wait.
    pub async fn wait(self, extra_ms: u64) -> Result<Answer<R>, CallError> {
        let after_ms = self.connection.shared.options.timeout_ms.saturating_add(extra_ms);
        let answered = tokio::time::timeout(Duration::from_millis(after_ms), self.answer).await;
        let address = self.connection.address().to_owned();
        let answered = answered.map_err(|_| TimedOut { address, key: self.key, after_ms })?;
        let frame = answered.map_err(|_| self.connection.closed())?;
        Answer::new(frame, self.key, self.version)
    }
}

/// What answered a request.
#[derive(Clone, Debug)]
pub struct Answer<R> {
    key: ApiKey,
    version: i16,
    /// The frame, and where its message begins.
    frame: Bytes,
    body_at: usize,
    of: PhantomData<fn() -> R>,
}

impl<R> Answer<R> {
    fn new(frame: Bytes, key: ApiKey, version: i16) -> Result<Self, CallError> {
        let mut reader = Reader::new(&frame);
        ResponseHeader::decode(response_header_version(key, version), &mut reader)
            .map_err(|cause| Unreadable { key, version, cause })?;
        let body_at = reader.at();
        Ok(Self { key, version, frame, body_at, of: PhantomData })
    }

    /// The version that was asked and answered in.
    pub const fn version(&self) -> i16 {
        self.version
    }

    /// The whole frame, its length apart; decoded slices are slices of it.
    pub const fn frame(&self) -> &Bytes {
        &self.frame
    }

    fn body(&self) -> Reader<'_> {
        Reader::new(self.frame.get(self.body_at..).unwrap_or_default())
    }

    fn unreadable(&self, cause: DecodeError) -> Unreadable {
        Unreadable { key: self.key, version: self.version, cause }
    }

    /// The response, borrowed from the frame. The trait's lifetime is that of the request's type, whatever it is.
    pub fn response<'a, 'q>(&'a self) -> Result<R::Response<'a>, CallError>
    where
        R: Request<'q>,
    {
        use hence_kafka_proto::Message;
        let mut reader = self.body();
        let response = <R::Response<'a> as Message<'a>>::decode(self.version, &mut reader);
        let response = response.map_err(|cause| self.unreadable(cause))?;
        reader.finish().map_err(|cause| self.unreadable(cause))?;
        Ok(response)
    }
}

/// Starts the two tasks of a connection.
fn serve(stream: TcpStream, address: &str, options: &Options) -> Shared {
    let (read, write) = stream.into_split();
    let (outgoing, requests) = mpsc::channel(REQUESTS_QUEUED_MAX);
    let (awaited, answers) = mpsc::unbounded_channel();
    let why_closed = Arc::new(OnceLock::new());
    let reader = tokio::spawn(read_answers(read, answers, options.frame_bytes_max, why_closed.clone()));
    let writer = tokio::spawn(write_requests(write, requests, awaited, why_closed.clone()));
    Shared {
        address: address.to_owned(),
        options: options.clone(),
        next_id: AtomicI32::new(0),
        outgoing,
        why_closed,
        tasks: [reader.abort_handle(), writer.abort_handle()],
    }
}

/// Writes requests as they are queued. What is awaited is told before the request is on its way.
async fn write_requests(
    mut stream: OwnedWriteHalf,
    mut requests: mpsc::Receiver<Outgoing>,
    awaited: mpsc::UnboundedSender<Awaited>,
    why_closed: Arc<OnceLock<String>>,
) {
    while let Some(Outgoing { mut frame, awaited: answer }) = requests.recv().await {
        if answer.is_some_and(|answer| awaited.send(answer).is_err()) {
            return;
        }
        if let Err(error) = stream.write_all_buf(&mut frame).await {
            why_closed.get_or_init(|| error.to_string());
            return;
        }
    }
}

/// Reads answers and gives each to who waits for it. A caller that no longer waits loses its own answer only.
async fn read_answers(
    mut stream: OwnedReadHalf,
    mut awaited: mpsc::UnboundedReceiver<Awaited>,
    frame_bytes_max: usize,
    why_closed: Arc<OnceLock<String>>,
) {
    let mut input = BytesMut::new();
    loop {
        let frame = match next_frame(&mut stream, &mut input, frame_bytes_max).await {
            Ok(frame) => frame,
            Err(why) => {
                why_closed.get_or_init(|| why);
                return;
            }
        };
        let correlation_id = Reader::new(&frame).i32().unwrap_or(-1);
        match awaited.try_recv() {
            Ok(expected) if expected.correlation_id == correlation_id => drop(expected.answer.send(frame)),
            _ => {
                why_closed
                    .get_or_init(|| format!("an answer to request {correlation_id}, which was not next"));
                return;
            }
        }
    }
}

/// Bytes of a frame's length.
const LENGTH_BYTES: usize = 4;

async fn next_frame(stream: &mut OwnedReadHalf, input: &mut BytesMut, max: usize) -> Result<Bytes, String> {
    loop {
        if let Some(length) = input.first_chunk::<LENGTH_BYTES>() {
            let length = i32::from_be_bytes(*length);
            let whole = usize::try_from(length).ok().filter(|length| (1..=max).contains(length));
            let whole = LENGTH_BYTES
                + whole.ok_or_else(|| format!("an answer of {length} bytes, at most {max} are read"))?;
            if input.len() >= whole {
                let mut frame = input.split_to(whole).freeze();
                frame.advance(LENGTH_BYTES);
                return Ok(frame);
            }
            input.reserve((whole - input.len()).min(input.len().max(READ_BYTES)));
        } else {
            input.reserve(READ_BYTES);
        }
        match stream.read_buf(input).await {
            Ok(0) if input.is_empty() => return Err("the broker closed it".to_owned()),
            Ok(0) => return Err("the broker closed it in the middle of an answer".to_owned()),
            Ok(_) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}
