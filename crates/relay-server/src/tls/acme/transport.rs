//! The HTTP client of ACME: reqwest over rustls, https alone, with limits for time and size.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Request, Response, Uri};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::Settings;
use crate::error::{StartError, StartErrorKind};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(60);
/// Bytes of one answer. A chain has some kilobytes.
const MOST: usize = 1 << 20;

/// A client with its own connections. Its clones share them.
#[derive(Debug, Clone)]
pub(super) struct Transport(reqwest::Client);

impl Transport {
    pub(super) fn new(settings: &Settings) -> Result<Self, StartError> {
        let directory: Option<Uri> = settings.directory.parse().ok();
        let directory = directory.filter(|uri| uri.scheme_str() == Some("https") && uri.host().is_some());
        let Some(directory) = directory else {
            return Err(StartError::setting(format!(
                "the ACME directory {:?} is no URL that begins with https://",
                settings.directory
            )));
        };
        let unusable = |error: Box<dyn std::error::Error + Send + Sync>| {
            StartError::new(StartErrorKind::Setting, "the HTTP client for ACME cannot be set up").caused_by(error)
        };
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(error.into()))?
            .with_root_certificates(roots(settings)?)
            .with_no_client_auth();
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT);
        if is_here(&directory) {
            builder = builder.no_proxy();
        }
        builder.build().map(Self).map_err(|error| unusable(error.into()))
    }
}

/// Whether a proxy of the environment cannot reach it.
fn is_here(directory: &Uri) -> bool {
    let host = directory.host().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn roots(settings: &Settings) -> Result<RootCertStore, StartError> {
    let Some(path) = &settings.roots else {
        return Ok(RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        });
    };
    let unusable = |error: Box<dyn std::error::Error + Send + Sync>| {
        let message = format!("cannot use the roots for ACME in {}", path.display());
        StartError::new(StartErrorKind::Certificate, message).caused_by(error)
    };
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.into()))? {
        let root = root.map_err(|error| unusable(error.into()))?;
        roots.add(root).map_err(|error| unusable(error.into()))?;
    }
    if roots.is_empty() {
        return Err(unusable("the file holds no certificate".into()));
    }
    Ok(roots)
}

impl HttpClient for Transport {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let client = self.0.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let Ok(body) = body.collect().await;
            let sending = client
                .request(head.method, head.uri.to_string())
                .headers(head.headers)
                .body(body.to_bytes());
            let failed = |error: reqwest::Error| Error::Other(error.into());
            let mut answer = sending.send().await.map_err(failed)?;
            let mut body = BytesMut::new();
            while let Some(piece) = answer.chunk().await.map_err(failed)? {
                if body.len() + piece.len() > MOST {
                    return Err(Error::Str("an answer of the authority that is not too long"));
                }
                body.extend_from_slice(&piece);
            }
            let mut response = Response::new(());
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            Ok(BytesResponse {
                parts: response.into_parts().0,
                body: Box::new(body.freeze()),
            })
        })
    }
}
