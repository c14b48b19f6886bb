//! A broker that does what a test says: it takes frames apart with the codec and answers with a closure.

use std::sync::Arc;

use hence_base::Timestamp;
use hence_kafka_proto::api_versions::ApiVersion;
use hence_kafka_proto::connection::{Connection, Limits};
use hence_kafka_proto::{
    ApiKey, ApiVersionsResponse, Message, RequestParts, Segments, Writer, encode_response,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What a broker does with one request.
pub enum Reaction {
    Answer(Segments),
    Nothing,
    Close,
    Raw(Vec<u8>),
}

type Script = Arc<dyn Fn(&RequestParts<'_>) -> Reaction + Send + Sync>;

/// Its address; it serves until the test's runtime ends.
pub struct Broker {
    pub address: String,
    pub port: i32,
}

impl Broker {
    /// Starts on a free port.
    pub async fn start(script: impl Fn(&RequestParts<'_>) -> Reaction + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let script: Script = Arc::new(script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, script.clone()));
            }
        });
        Self { address: format!("127.0.0.1:{port}"), port: i32::from(port) }
    }
}

async fn serve(mut stream: TcpStream, script: Script) {
    let now = Timestamp(0);
    let mut connection = Connection::new(Limits::default(), now);
    while stream.read_buf(connection.read_buffer()).await.is_ok_and(|count| count > 0) {
        connection.handle_read(now).expect("a good client");
        while let Some(frame) = connection.poll_request().expect("a good client") {
            let reaction = script(&frame.parts().expect("a good header"));
            let response = match reaction {
                Reaction::Answer(segments) => Some(segments),
                Reaction::Nothing => None,
                Reaction::Raw(bytes) => Some(bytes::Bytes::from(bytes).into()),
                Reaction::Close => return,
            };
            connection.respond(now, frame.id, response);
        }
        while let Some(mut output) = connection.poll_output() {
            if stream.write_all_buf(&mut output).await.is_err() {
                return;
            }
        }
    }
}

/// A response to `parts`.
pub fn answer<'a>(parts: &RequestParts<'_>, response: &impl Message<'a>) -> Reaction {
    let frame = encode_response(parts.key, parts.version, parts.correlation_id, response, &mut Writer::new());
    Reaction::Answer(frame.expect("a response that its version carries"))
}

/// An ApiVersions response that offers everything up to `max_of`.
pub fn offers(max_of: impl Fn(ApiKey) -> i16) -> ApiVersionsResponse<'static> {
    let api_keys = ApiKey::ALL.iter().map(|key| ApiVersion {
        api_key: key.number(),
        min_version: *key.schema_versions().start(),
        max_version: max_of(*key),
    });
    ApiVersionsResponse { api_keys: api_keys.collect(), ..Default::default() }
}
