//! The media server: recordings and pictures behind presigned URLs, as in Arlo's S3 buckets.
//!
//! A URL needs no header and no login. It holds when it expires and a signature of that and of its path; past its
//! expiry, and with any other signature, the answer is 403. What a path serves depends on the path alone, so that a
//! client can compare what it kept with what it was meant to get.

mod jpeg;
mod mp4;

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use http_body_util::channel::Channel;
use jiff::Timestamp;

use crate::call::{Answer, Call, Refusal};
use crate::faults::Fault;
use crate::state::Shared;

impl Shared {
    /// A URL of a path that is valid from now on for a while.
    pub(crate) fn presigned(&self, path: &str) -> String {
        let expires = self
            .clock
            .timestamp()
            .as_second()
            .saturating_add_unsigned(self.config.media_lifetime.as_secs());
        let signature = self.signature(path, expires);
        format!("{}{path}?Expires={expires}&Signature={signature}", self.url)
    }

    /// Ends every URL that was given out.
    pub(crate) fn void_urls(&self) {
        self.media_age.fetch_add(1, Ordering::SeqCst);
    }

    fn signature(&self, path: &str, expires: i64) -> String {
        // Enough for a simulation: the key is random and stays in the process.
        let age = self.media_age.load(Ordering::SeqCst);
        format!("{:016x}", self.media_key.hash_one((path, expires, age)))
    }
}

/// Answers with a recording or a picture, whole or in part.
pub(crate) fn serve(shared: &Arc<Shared>, call: &Call) -> Answer {
    check(shared, call)?;
    if shared.faults.occurs(Fault::Media503) {
        return Err(refused(
            StatusCode::SERVICE_UNAVAILABLE,
            "SlowDown",
            "Please reduce your request rate.",
        ));
    }
    let file = call.last_segment();
    let (kind, content) = if file.ends_with(".mp4") {
        ("video/mp4", mp4::recording(call.path(), shared.config.recording_bytes))
    } else {
        ("image/jpeg", jpeg::picture(call.path()))
    };
    let digits = file
        .find(|letter: char| !letter.is_ascii_digit())
        .and_then(|end| file.get(..end));
    let millisecond = digits.and_then(|digits| digits.parse().ok()).unwrap_or_default();
    let modified = Timestamp::from_millisecond(millisecond).unwrap_or_default();
    let modified = modified.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let tag = format!("\"{:016x}\"", seed(call.path()));
    let cut = shared.faults.occurs(Fault::MediaCut);
    let (status, content, range) = part(call, content, &tag, &modified)?;

    let length = content.len();
    let mut response = (status, body(content, cut)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    let texts = [
        (header::LAST_MODIFIED, Some(modified)),
        (header::ETAG, Some(tag)),
        (header::CONTENT_RANGE, range),
    ];
    for (name, text) in texts {
        if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}

fn check(shared: &Shared, call: &Call) -> Result<(), Refusal> {
    let denied = |message| refused(StatusCode::FORBIDDEN, "AccessDenied", message);
    let expires: i64 = call
        .query("Expires")
        .and_then(|at| at.parse().ok())
        .ok_or_else(|| denied("Access Denied"))?;
    if call.query("Signature") != Some(shared.signature(call.path(), expires).as_str()) {
        return Err(denied("Access Denied"));
    }
    if expires <= shared.clock.timestamp().as_second() {
        return Err(denied("Request has expired"));
    }
    Ok(())
}

/// A refusal in the form of S3.
fn refused(status: StatusCode, code: &str, message: &str) -> Refusal {
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    let kind = HeaderValue::from_static("application/xml");
    Refusal::from((status, [(header::CONTENT_TYPE, kind)], xml).into_response())
}

/// The part that the call asks for: status, bytes, and `Content-Range`.
fn part(
    call: &Call,
    content: Bytes,
    tag: &str,
    modified: &str,
) -> Result<(StatusCode, Bytes, Option<String>), Refusal> {
    let same = call.if_range().is_none_or(|known| known == tag || known == modified);
    let Some(range) = call
        .range()
        .filter(|_| same)
        .and_then(|range| range.strip_prefix("bytes="))
    else {
        return Ok((StatusCode::OK, content, None));
    };
    let total = content.len();
    // Several ranges at once are answered with the whole, as S3 does.
    let Some((from, to)) = range.split_once('-').filter(|_| !range.contains(',')) else {
        return Ok((StatusCode::OK, content, None));
    };
    let ends = match (from.parse::<usize>(), to.parse::<usize>()) {
        (Ok(from), Ok(to)) => Some((from, to.saturating_add(1).min(total))),
        (Ok(from), Err(_)) if to.is_empty() => Some((from, total)),
        (Err(_), Ok(last)) if from.is_empty() => Some((total.saturating_sub(last), total)),
        _ => None,
    };
    match ends {
        Some((from, to)) if from < to => {
            let described = format!("bytes {from}-{}/{total}", to - 1);
            Ok((StatusCode::PARTIAL_CONTENT, content.slice(from..to), Some(described)))
        }
        _ => {
            let message = "The requested range is not satisfiable";
            let mut refusal = refused(StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange", message).into_response();
            if let Ok(value) = HeaderValue::from_str(&format!("bytes */{total}")) {
                refusal.headers_mut().insert(header::CONTENT_RANGE, value);
            }
            Err(Refusal::from(refusal))
        }
    }
}

/// The body; if it is cut, the connection breaks after half of it.
fn body(content: Bytes, cut: bool) -> Body {
    if !cut {
        return Body::from(content);
    }
    let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
    let half = content.slice(..content.len() / 2);
    tokio::spawn(async move {
        // A client that has gone needs no half.
        let _ = sender.send_data(half).await;
        sender.abort(std::io::ErrorKind::ConnectionReset.into());
    });
    Body::new(body)
}

/// A number that depends on the path alone.
fn seed(path: &str) -> u64 {
    // FNV-1a: the same in each process.
    path.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}
