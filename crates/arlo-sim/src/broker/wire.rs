//! Bytes of MQTT to and from a client: in TLS alone, or in the binary messages of a websocket in TLS.

use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::session::MAX_PACKET;

/// The path and the subprotocol of MQTT over websockets.
const PATH: &str = "/mqtt";
const SUBPROTOCOL: &str = "mqtt";
/// The bytes of one piece under the fault `split-frames`: no packet ends there but by chance.
const PIECE: usize = 7;

pub(super) enum Wire {
    Plain(Box<TlsStream<TcpStream>>),
    WebSocket(Box<WebSocketStream<TlsStream<TcpStream>>>),
}

impl Wire {
    pub(super) fn plain(stream: TlsStream<TcpStream>) -> Self {
        Self::Plain(Box::new(stream))
    }

    /// Answers the websocket's handshake.
    pub(super) async fn upgrade(stream: TlsStream<TcpStream>) -> io::Result<Self> {
        let limits = WebSocketConfig::default()
            .max_message_size(Some(MAX_PACKET))
            .max_frame_size(Some(MAX_PACKET));
        let accepted = tokio_tungstenite::accept_hdr_async_with_config(stream, check, Some(limits)).await;
        accepted
            .map(|stream| Self::WebSocket(Box::new(stream)))
            .map_err(failure)
    }

    /// Appends what came to the buffer. Gives whether the client is still there. If it is cancelled, nothing is lost.
    pub(super) async fn read(&mut self, buffer: &mut BytesMut) -> io::Result<bool> {
        match self {
            Self::Plain(stream) => stream.read_buf(buffer).await.map(|count| count > 0),
            Self::WebSocket(stream) => match stream.next().await {
                None | Some(Ok(Message::Close(_))) => Ok(false),
                Some(Ok(Message::Binary(bytes))) => {
                    buffer.extend_from_slice(&bytes);
                    Ok(true)
                }
                // MQTT 3.1.1, section 6: any other message than a binary one ends the connection.
                Some(Ok(Message::Text(_))) => Err(io::Error::new(io::ErrorKind::InvalidData, "a text message")),
                Some(Ok(_)) => Ok(true),
                Some(Err(error)) => Err(failure(error)),
            },
        }
    }

    /// Sends the bytes, a few at a time if they are to be split.
    pub(super) async fn write(&mut self, bytes: Bytes, split: bool) -> io::Result<()> {
        let size = if split { PIECE } else { bytes.len().max(1) };
        let mut rest = bytes;
        while !rest.is_empty() {
            let piece = rest.split_to(size.min(rest.len()));
            match self {
                Self::Plain(stream) => {
                    stream.write_all(&piece).await?;
                    stream.flush().await?;
                }
                Self::WebSocket(stream) => stream.send(Message::Binary(piece)).await.map_err(failure)?,
            }
        }
        Ok(())
    }

    /// Ends the connection in good order.
    pub(super) async fn close(&mut self) {
        // The client may have gone already.
        match self {
            Self::Plain(stream) => drop(stream.shutdown().await),
            Self::WebSocket(stream) => drop(stream.as_mut().close(None).await),
        }
    }
}

/// Refuses another path, and a client that does not name the subprotocol.
#[expect(clippy::result_large_err, reason = "the type is that of the library")]
fn check(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let offered = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let mut offered = offered
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let status = if request.uri().path() != PATH {
        StatusCode::NOT_FOUND
    } else if !offered.any(|name| name.trim() == SUBPROTOCOL) {
        StatusCode::BAD_REQUEST
    } else {
        let name = HeaderValue::from_static(SUBPROTOCOL);
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, name);
        return Ok(response);
    };
    let mut refusal = ErrorResponse::new(None);
    *refusal.status_mut() = status;
    Err(refusal)
}

fn failure(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        error => io::Error::other(error),
    }
}
