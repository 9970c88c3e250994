//! The default [`Transport`]: reqwest over rustls with ring and Mozilla's roots. It offers HTTP/2 and HTTP/1.1 by ALPN
//! (RFC 7301), as browsers and Arlo's own applications do. It accepts gzip, and the limit of an answer is for the
//! decompressed bytes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, RootCertStore};

use crate::transport::{BoxFuture, Chunks, Method, OpenResponse, Request, Response, Transport, is_loopback, origin};
use crate::{Error, ErrorKind};

/// Time limit for the connection. The whole request has its own limit.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an idle connection is kept. Minutes can pass between two steps of a login, and an older connection may be
/// broken by then.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// HTTP/1.1 over TCP; HTTP/2 or HTTP/1.1, as the server chooses, over TLS 1.2 and 1.3 for `https`.
#[derive(Clone)]
pub struct HttpTransport {
    client: reqwest::Client,
    /// For this machine, which a proxy of the environment cannot reach.
    direct: reqwest::Client,
}

impl HttpTransport {
    /// A transport with its own connections.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if the TLS stack or the proxy settings of the environment cannot be used.
    pub fn new() -> Result<Self, Error> {
        Self::trusting(RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        })
    }

    fn trusting(roots: RootCertStore) -> Result<Self, Error> {
        // With an explicit provider the process need not install one.
        let mut tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::new(ErrorKind::Configuration, "TLS cannot be set up").with_source(error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let builder = || {
            reqwest::Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .connect_timeout(CONNECT_TIMEOUT)
                .pool_idle_timeout(IDLE_TIMEOUT)
        };
        let failed = |error: reqwest::Error| {
            let message = "the HTTP client cannot be set up: check the proxy settings of the environment";
            Error::new(ErrorKind::Configuration, message).with_source(error.without_url())
        };
        Ok(Self {
            client: builder().build().map_err(failed)?,
            direct: builder().no_proxy().build().map_err(failed)?,
        })
    }

    async fn exchange(&self, request: Request) -> Result<Response, Error> {
        let limit = request.max_body;
        let from = origin(&request.url);
        let timeout = request.timeout;
        let builder = self.builder(request).timeout(timeout);
        let mut answer = builder.send().await.map_err(|error| failed(&from, error))?;

        let status = answer.status().as_u16();
        let headers = text_headers(&answer);
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| failed(&from, error))? {
            if body.len() + chunk.len() > limit {
                let message = format!("the answer of {from} is longer than {limit} bytes");
                return Err(Error::new(ErrorKind::UnexpectedAnswer, message));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response::new(status, headers, body))
    }

    async fn begin(&self, request: Request) -> Result<OpenResponse, Error> {
        let from = origin(&request.url);
        let timeout = request.timeout;
        let head = tokio::time::timeout(timeout, self.builder(request).send()).await;
        let head = head.map_err(|_| Error::new(ErrorKind::Network, format!("{from} did not answer in time")))?;
        let answer = head.map_err(|error| failed(&from, error))?;
        let (status, headers) = (answer.status().as_u16(), text_headers(&answer));
        Ok(OpenResponse::new(status, headers, Box::new(Body { answer, from })))
    }

    /// The request in the form of the HTTP stack, without a time limit.
    fn builder(&self, request: Request) -> reqwest::RequestBuilder {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
            Method::Options => reqwest::Method::OPTIONS,
        };
        let client = match reqwest::Url::parse(&request.url) {
            Ok(url) if is_loopback(&url) => &self.direct,
            _ => &self.client,
        };
        let mut builder = client.request(method, &request.url);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        if request.body.is_empty() {
            builder
        } else {
            builder.body(request.body)
        }
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        Box::pin(self.exchange(request))
    }

    fn open(&self, request: Request) -> BoxFuture<'_, Result<OpenResponse, Error>> {
        Box::pin(self.begin(request))
    }
}

/// The rest of an answer.
struct Body {
    answer: reqwest::Response,
    from: String,
}

impl Chunks for Body {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Vec<u8>>, Error>> {
        Box::pin(async {
            let chunk = self.answer.chunk().await.map_err(|error| failed(&self.from, error))?;
            Ok(chunk.map(|chunk| chunk.to_vec()))
        })
    }
}

fn text_headers(answer: &reqwest::Response) -> Vec<(String, String)> {
    let headers = answer.headers().iter();
    headers
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpTransport")
    }
}

fn failed(from: &str, error: reqwest::Error) -> Error {
    let (kind, message) = if error.is_timeout() {
        (ErrorKind::Network, format!("{from} did not answer in time"))
    } else if error.is_connect() {
        let message = format!("{from} cannot be reached: check the network, the host's name and its certificate");
        (ErrorKind::Network, message)
    } else if error.is_builder() {
        // A header value has a line break, or the HTTP stack does not accept the URL.
        (
            ErrorKind::Configuration,
            format!("the request to {from} cannot be built"),
        )
    } else {
        (ErrorKind::Network, format!("the connection to {from} broke"))
    };
    // Without the URL, which can contain a token.
    Error::new(kind, message).with_source(error.without_url())
}

#[cfg(test)]
mod tests;
