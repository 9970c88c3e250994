//! Signature Version 4: in a request's header, or in the query of a URL that is given away.
//!
//! The key that signs is derived once for each day. Source: "Signature Version 4 for API requests" in the IAM user
//! guide; the tests compare with AWS's own crate.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use hyper::Request;
use hyper::header::{AUTHORIZATION, HOST, HeaderName, HeaderValue, InvalidHeaderValue};
use jiff::Timestamp;
use jiff::tz::Offset;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::{Credentials, Origin};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const PAYLOAD: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same, in a path of several segments.
const RESERVED_IN_PATH: &AsciiSet = &RESERVED.remove(b'/');

type Hmac256 = Hmac<Sha256>;

/// Signs for one service in one region.
pub(super) struct Signer {
    region: String,
    service: &'static str,
    derived: Mutex<Option<Derived>>,
}

/// The key of one day.
struct Derived {
    day: String,
    of: Arc<Credentials>,
    key: Hmac256,
}

/// A path or one name in it, percent-encoded.
pub(super) fn encoded_path(path: &str) -> String {
    utf8_percent_encode(path, RESERVED_IN_PATH).to_string()
}

/// A value in a query or one segment of a path, percent-encoded.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

fn hmac(key: &[u8]) -> Hmac256 {
    // The block size is no limit: HMAC takes a key of any length.
    Hmac256::new_from_slice(key).unwrap_or_else(|_| Hmac256::new(&Default::default()))
}

fn mac(mut keyed: Hmac256, data: &[u8]) -> [u8; 32] {
    keyed.update(data);
    keyed.finalize().into_bytes().into()
}

/// `20261121T100000Z`.
fn written(at: Timestamp) -> String {
    let at = Offset::UTC.to_datetime(at);
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

impl Signer {
    pub(super) fn new(region: String, service: &'static str) -> Self {
        Self {
            region,
            service,
            derived: Mutex::default(),
        }
    }

    /// The name of the service.
    pub(super) fn service(&self) -> &'static str {
        self.service
    }

    /// Adds the headers that sign the request, whose URI is a path with a query in canonical form.
    pub(super) fn sign(
        &self,
        credentials: &Arc<Credentials>,
        at: Timestamp,
        origin: &Origin,
        request: &mut Request<bytes::Bytes>,
    ) -> Result<(), InvalidHeaderValue> {
        let (date, hash) = (written(at), HEXLOWER.encode(&Sha256::digest(request.body())));
        let headers = request.headers_mut();
        headers.insert(HOST, origin.authority().clone());
        headers.insert(DATE, HeaderValue::from_str(&date)?);
        if self.service == "s3" {
            headers.insert(PAYLOAD, HeaderValue::from_str(&hash)?);
        }
        if let Some(token) = credentials.session_token() {
            let mut token = HeaderValue::from_str(token)?;
            token.set_sensitive(true);
            headers.insert(TOKEN, token);
        }
        let mut signed: Vec<(&str, &HeaderValue)> = request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value))
            .collect();
        signed.sort_unstable_by_key(|(name, _)| *name);
        let mut names = String::with_capacity(128);
        let mut lines = Vec::with_capacity(1024);
        for (name, value) in &signed {
            if !names.is_empty() {
                names.push(';');
            }
            names.push_str(name);
            lines.extend_from_slice(name.as_bytes());
            lines.push(b':');
            lines.extend_from_slice(value.as_bytes());
            lines.push(b'\n');
        }
        let path = request.uri().path();
        // Every service but S3 takes the path encoded once more.
        let twice = (self.service != "s3" && path.contains('%')).then(|| encoded_path(path));
        let mut hasher = Sha256::new();
        for part in [
            request.method().as_str().as_bytes(),
            b"\n",
            twice.as_deref().unwrap_or(path).as_bytes(),
            b"\n",
            request.uri().query().unwrap_or_default().as_bytes(),
            b"\n",
            &lines,
            b"\n",
            names.as_bytes(),
            b"\n",
            hash.as_bytes(),
        ] {
            hasher.update(part);
        }
        let signature = self.signature(credentials, &date, &hasher.finalize());
        let authorization = format!(
            "{ALGORITHM} Credential={}/{}, SignedHeaders={names}, Signature={signature}",
            credentials.access_key_id(),
            self.scope(&date),
        );
        let mut authorization = HeaderValue::from_str(&authorization)?;
        authorization.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, authorization);
        Ok(())
    }

    /// The query with which the object at this path can be read for so long.
    pub(super) fn presigned_query(
        &self,
        credentials: &Arc<Credentials>,
        at: Timestamp,
        expires: Duration,
        origin: &Origin,
        path: &str,
    ) -> String {
        let date = written(at);
        let credential = format!("{}/{}", credentials.access_key_id(), self.scope(&date));
        let mut query = format!(
            "X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential={}&X-Amz-Date={date}&X-Amz-Expires={}",
            encoded(&credential),
            expires.as_secs()
        );
        if let Some(token) = credentials.session_token() {
            query.push_str("&X-Amz-Security-Token=");
            query.push_str(&encoded(token));
        }
        query.push_str("&X-Amz-SignedHeaders=host");
        let mut hasher = Sha256::new();
        for part in [
            b"GET\n",
            path.as_bytes(),
            b"\n",
            query.as_bytes(),
            b"\nhost:",
            origin.authority().as_bytes(),
            b"\n\nhost\nUNSIGNED-PAYLOAD",
        ] {
            hasher.update(part);
        }
        let signature = self.signature(credentials, &date, &hasher.finalize());
        query.push_str("&X-Amz-Signature=");
        query.push_str(&signature);
        query
    }

    fn scope(&self, date: &str) -> String {
        format!("{}/{}/{}/aws4_request", day(date), self.region, self.service)
    }

    fn signature(&self, credentials: &Arc<Credentials>, date: &str, canonical: &[u8]) -> String {
        let mut text = String::with_capacity(192);
        // A string takes whatever is written.
        let _ = write!(
            text,
            "{ALGORITHM}\n{date}\n{}\n{}",
            self.scope(date),
            HEXLOWER.encode(canonical)
        );
        HEXLOWER.encode(&mac(self.key(credentials, day(date)), text.as_bytes()))
    }

    fn key(&self, credentials: &Arc<Credentials>, day: &str) -> Hmac256 {
        let mut derived = self.derived.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*derived
            && known.day == day
            && Arc::ptr_eq(&known.of, credentials)
        {
            return known.key.clone();
        }
        let secret = format!("AWS4{}", credentials.secret_access_key());
        let parts = [day, &self.region, self.service, "aws4_request"];
        let key = parts
            .iter()
            .fold(hmac(secret.as_bytes()), |key, part| hmac(&mac(key, part.as_bytes())));
        *derived = Some(Derived {
            day: day.to_owned(),
            of: Arc::clone(credentials),
            key: key.clone(),
        });
        key
    }
}

/// The first eight digits of a date.
fn day(date: &str) -> &str {
    date.get(..8).unwrap_or_default()
}

#[cfg(test)]
mod tests;
