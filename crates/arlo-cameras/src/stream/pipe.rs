//! Bytes to and from a broker: TLS alone, or binary messages of a websocket in TLS.
//!
//! A message of the websocket can hold several packets of MQTT or a part of one (MQTT 3.1.1, section 6), so both kinds
//! are one flow of bytes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use arlo_client::Response;
use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt};
use rustls::ClientConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::End;
use super::target::Target;

/// The web application from which the broker expects websockets.
const ORIGIN: &str = "https://my.arlo.com";
/// Longest message of the websocket, in bytes.
const MAX_MESSAGE: usize = 2 * 1024 * 1024;
/// Longest time for bytes to be taken by the network.
const WRITE_WITHIN: Duration = Duration::from_secs(20);

/// An open connection.
pub(super) enum Pipe {
    Tls(Box<TlsStream<TcpStream>>),
    Websocket(Box<WebSocketStream<TlsStream<TcpStream>>>),
}

impl Pipe {
    /// Connects, without a time limit.
    pub(super) async fn connect(target: &Target, tls: Arc<ClientConfig>) -> Result<Self, End> {
        let name = target.server_name().map_err(End::Broken)?;
        let tcp = tcp_dial::dial(&target.host, target.port).await;
        let tcp = tcp.map_err(|error| End::Broken(format!("Arlo's broker cannot be reached: {error}")))?;
        // Packets are small, and must not wait for each other. If this fails they are late and not lost.
        let _ = tcp.set_nodelay(true);
        let tls = TlsConnector::from(tls).connect(name, tcp).await;
        let distrusted = |error| format!("Arlo's broker has no certificate that can be trusted: {error}");
        let tls = tls.map_err(|error| End::Broken(distrusted(error)))?;
        let Some(path) = &target.websocket else {
            return Ok(Self::Tls(Box::new(tls)));
        };
        let host = if target.host.contains(':') {
            format!("[{}]", target.host)
        } else {
            target.host.clone()
        };
        let mut request = format!("wss://{host}:{}{path}", target.port)
            .into_client_request()
            .map_err(|error| refused(&error))?;
        let headers = request.headers_mut();
        headers.insert("origin", HeaderValue::from_static(ORIGIN));
        headers.insert("sec-websocket-protocol", HeaderValue::from_static("mqtt"));
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        let opened = Box::pin(client_async_with_config(request, tls, Some(config))).await;
        let (websocket, _) = opened.map_err(|error| refused(&error))?;
        Ok(Self::Websocket(Box::new(websocket)))
    }

    /// Appends what came to the buffer. Gives whether the connection is still open. Nothing is lost if it is dropped.
    pub(super) async fn read(&mut self, buffer: &mut BytesMut) -> Result<bool, String> {
        match self {
            Self::Tls(tls) => match tls.read_buf(buffer).await {
                Ok(count) => Ok(count > 0),
                // Many servers close the connection without the end of TLS.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
                Err(error) => Err(format!("the connection to Arlo's broker broke: {error}")),
            },
            Self::Websocket(websocket) => match websocket.next().await {
                Some(Ok(Message::Binary(bytes))) => {
                    buffer.extend_from_slice(&bytes);
                    Ok(true)
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(true),
                Some(Ok(Message::Text(_))) => Err("Arlo's broker sent text where MQTT belongs".to_owned()),
                Some(Ok(Message::Close(_))) | None => Ok(false),
                Some(Err(error)) => Err(format!("the connection to Arlo's broker broke: {}", plain(&error))),
            },
        }
    }

    /// Writes the bytes.
    pub(super) async fn write(&mut self, bytes: Bytes) -> Result<(), String> {
        let written = async {
            match self {
                Self::Tls(tls) => {
                    tls.write_all(&bytes).await.map_err(|error| error.to_string())?;
                    tls.flush().await.map_err(|error| error.to_string())
                }
                Self::Websocket(websocket) => websocket
                    .send(Message::Binary(bytes))
                    .await
                    .map_err(|error| plain(&error)),
            }
        };
        let written = tokio::time::timeout(WRITE_WITHIN, written).await;
        let written = written.map_err(|_| "Arlo's broker takes no bytes any more".to_owned())?;
        written.map_err(|error| format!("the connection to Arlo's broker broke: {error}"))
    }
}

/// Why there is no websocket.
fn refused(error: &WsError) -> End {
    let why = format!("Arlo's broker opened no websocket: {}", plain(error));
    let WsError::Http(answer) = error else {
        return End::Broken(why);
    };
    let headers = answer.headers().iter();
    let headers = headers.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
    let answer = Response::new(answer.status().as_u16(), headers.collect(), Vec::new());
    match answer.retry_after() {
        Some(wait) => End::Later(why, wait),
        None => End::Broken(why),
    }
}

/// An error of the websocket in a few words, without the answer that it can hold.
fn plain(error: &WsError) -> String {
    match error {
        WsError::Http(answer) => format!("HTTP {}", answer.status().as_u16()),
        WsError::Io(error) => error.to_string(),
        WsError::Capacity(_) => "a message is too long".to_owned(),
        WsError::Protocol(error) => error.to_string(),
        WsError::ConnectionClosed | WsError::AlreadyClosed => "it is closed".to_owned(),
        _ => "it cannot be used".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use tokio_tungstenite::tungstenite::http;

    use super::*;

    #[test]
    fn a_broker_that_asks_to_wait_is_left_alone_for_so_long() {
        let answer = |header: Option<&str>| {
            let builder = http::Response::builder().status(503);
            let builder = match header {
                Some(value) => builder.header("Retry-After", value),
                None => builder,
            };
            refused(&WsError::Http(Box::new(builder.body(None).unwrap())))
        };
        let asked = answer(Some("90"));
        assert!(
            matches!(&asked, End::Later(why, wait) if why.contains("503") && wait.as_secs() == 90),
            "{asked:?}"
        );
        assert!(matches!(answer(None), End::Broken(_)));
    }
}
