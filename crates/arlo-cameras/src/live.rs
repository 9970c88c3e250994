//! The URL of a live stream.
//!
//! Arlo chooses the kind of the stream by the name of the client's program. One stream is started at a time, because a
//! camera refuses a second start while the first one is under way; a camera that streams already gives its stream to
//! both. Nobody reads the stream here: Arlo ends it after half a minute without a reader.

use std::fmt;

use arlo_client::{ApiCall, Method};
use serde_json::{Map, Value};

use crate::device::Device;
use crate::hub::Hub;
use crate::message::text;
use crate::notify::{Message, transaction};
use crate::{Error, ErrorKind, MediaUrl, UserAgent};

const START: &str = "/hmsweb/users/devices/startStream";

/// How a live stream is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum LiveKind {
    /// RTSP in TLS, over TCP. The certificate does not name the host, so a reader must not check the name.
    #[default]
    Rtsp,
    /// HLS.
    Hls,
    /// MPEG-DASH. The manifest needs the header [`LiveStream::egress_token`].
    Dash,
}

impl LiveKind {
    /// The name, as in `--kind`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rtsp => "rtsp",
            Self::Hls => "hls",
            Self::Dash => "dash",
        }
    }
}

/// A live stream that was started. `Debug` shows no URL.
#[derive(Clone)]
#[non_exhaustive]
pub struct LiveStream {
    /// Where it is. It opens the stream for whoever has it.
    pub url: MediaUrl,
    /// What Arlo sent, which need not be what was asked for; `None` if the URL does not tell it.
    pub kind: Option<LiveKind>,
}

impl LiveStream {
    /// The value of the header `Egress-Token` with which a DASH manifest is fetched.
    #[must_use]
    pub fn egress_token(&self) -> Option<String> {
        let url = url::Url::parse(self.url.expose()).ok()?;
        let mut pairs = url.query_pairs();
        pairs
            .find(|(name, _)| name == "egressToken")
            .map(|(_, token)| token.into_owned())
    }
}

impl fmt::Debug for LiveStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LiveStream")
    }
}

/// Starts a stream.
pub(crate) async fn start(
    hub: &Hub,
    camera: &Device,
    kind: LiveKind,
    agent: Option<&UserAgent>,
) -> Result<LiveStream, Error> {
    if !camera.has_camera() {
        let message = format!("{}, a {}, has no stream", camera.name, camera.kind.as_str());
        return Err(Error::new(ErrorKind::NotSupported, message));
    }
    let _one = hub.starting.lock().await;
    let mut properties = Map::new();
    properties.insert("activityState".to_owned(), "startUserStream".into());
    properties.insert("cameraId".to_owned(), camera.id.as_str().into());
    let message = Message::set(format!("cameras/{}", camera.id), properties);
    let mut body = message.body(camera, hub.keeper.session().user_id(), &transaction()?);
    if let Value::Object(body) = &mut body {
        body.insert("responseUrl".to_owned(), "".into());
    }
    let agent = agent.cloned().unwrap_or_else(|| kind.into());
    let call = ApiCall::new("startStream", Method::Post, START)
        .header("xcloudid", &*camera.cloud_id)
        .header("user-agent", agent.as_str())
        .body(body);
    let answer = hub.keeper.call(call).await?;
    read(&answer).ok_or_else(|| {
        let is_sip = answer.get("sipCallInfo").is_some_and(|info| !info.is_null());
        let (kind, why) = if is_sip {
            (
                ErrorKind::NotSupported,
                "streams by WebRTC only, which this program does not speak",
            )
        } else {
            (ErrorKind::UnexpectedAnswer, "gave no stream")
        };
        Error::new(kind, format!("{} {why}", camera.name))
    })
}

/// The stream in Arlo's answer. RTSP is spoken in TLS, whatever the URL says. A URL of DASH can name port 80 beside
/// `https`, and no player finds TLS there. A URL of another kind is none: a player would open a file of this machine by
/// it.
pub(crate) fn read(answer: &Value) -> Option<LiveStream> {
    let url = text(answer, "url")?;
    let url = match url.split_once("://") {
        Some(("rtsp", rest)) => format!("rtsps://{rest}"),
        Some(("https", rest)) => {
            let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
            format!("https://{}{path}", authority.strip_suffix(":80").unwrap_or(authority))
        }
        _ => url.to_owned(),
    };
    let parsed = url::Url::parse(&url).ok()?;
    let ends_with = |end: &str| parsed.path().to_ascii_lowercase().ends_with(end);
    let kind = match parsed.scheme() {
        "rtsps" => Some(LiveKind::Rtsp),
        "https" | "http" if ends_with(".m3u8") => Some(LiveKind::Hls),
        "https" | "http" if ends_with(".mpd") => Some(LiveKind::Dash),
        "https" | "http" => None,
        _ => return None,
    };
    MediaUrl::parse(&url).map(|url| LiveStream { url, kind })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rtsp_is_spoken_in_tls_and_the_token_of_dash_is_found() {
        let stream = read(&json!({"url": "rtsp://1.2.3.4:443/vzmodulelive/C1_1?egressToken=a%2Fb&x=1"})).unwrap();
        assert!(stream.url.expose().starts_with("rtsps://1.2.3.4:443/"));
        assert_eq!(stream.egress_token().as_deref(), Some("a/b"));
        assert_eq!(format!("{stream:?}"), "LiveStream");
        for none in [
            "",
            "file://host/etc/passwd",
            "concat://a/b",
            "rtsps:",
            "rtsps://a/\u{1b}[2J",
        ] {
            assert!(read(&json!({ "url": none })).is_none(), "{none}");
        }
        assert!(read(&json!({})).is_none());
    }

    #[test]
    fn port_80_is_taken_from_https_and_from_nothing_else() {
        let query = "?egressToken=a%2fb:80/&x=%7e+#:80";
        for (given, expected) in [
            ("https://a:80/b.mpd", "https://a/b.mpd"),
            ("https://[::1]:80/b:80/c.mpd", "https://[::1]/b:80/c.mpd"),
            ("https://a:80", "https://a"),
            ("https://a:8080/b.mpd", "https://a:8080/b.mpd"),
            ("https://a/b:80", "https://a/b:80"),
            ("http://a:80/b.mpd", "http://a:80/b.mpd"),
            ("rtsps://a:80/b", "rtsps://a:80/b"),
        ] {
            let stream = read(&json!({ "url": format!("{given}{query}") })).unwrap();
            assert_eq!(stream.url.expose(), format!("{expected}{query}"));
        }
    }

    #[test]
    fn the_url_tells_what_arlo_sent() {
        for (url, kind) in [
            ("rtsp://a:443/b", Some(LiveKind::Rtsp)),
            ("https://a/b/playlist.m3u8?egressToken=t", Some(LiveKind::Hls)),
            ("https://a/b/manifest.mpd?egressToken=t", Some(LiveKind::Dash)),
            ("https://a/b", None),
        ] {
            assert_eq!(read(&json!({ "url": url })).unwrap().kind, kind, "{url}");
        }
    }
}
