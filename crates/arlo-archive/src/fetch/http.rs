//! The default [`Fetch`]: reqwest over rustls with ring and Mozilla's roots.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::redirect::{Attempt, Policy};
use rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

use super::{Answer, Body, Fetch, Request};
use crate::library::BoxFuture;
use crate::{Error, ErrorKind};

/// Time limit for the connection. The archive limits the other steps.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an idle connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// How many redirects are followed. Presigned URLs have none.
const MAX_REDIRECTS: usize = 3;

/// HTTP/1.1 over TLS 1.2 and 1.3. It talks without TLS to this machine alone, and only if [`HttpFetch::local`] made it:
/// otherwise the library could name a server of this machine that trusts whoever is on it.
#[derive(Clone)]
pub struct HttpFetch {
    client: reqwest::Client,
    /// For this machine, which a proxy of the environment cannot reach.
    direct: reqwest::Client,
    is_local: bool,
}

impl HttpFetch {
    /// A client with its own connections.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if the TLS stack or the proxy settings of the environment cannot be used.
    pub fn new() -> Result<Self, Error> {
        Self::build(false)
    }

    /// The same, for a library that is on this machine: it also fetches `http://127.0.0.1` and the like.
    ///
    /// # Errors
    /// As [`HttpFetch::new`].
    pub fn local() -> Result<Self, Error> {
        Self::build(true)
    }

    fn build(is_local: bool) -> Result<Self, Error> {
        let roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        // With an explicit provider the process need not install one.
        let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::new(ErrorKind::Configuration, "TLS cannot be set up").with_source(error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let builder = || {
            reqwest::Client::builder()
                .tls_backend_preconfigured(tls.clone())
                // The URL is a capability, and the header Referer would tell it to another server.
                .referer(false)
                .redirect(Policy::custom(move |attempt| redirected(attempt, is_local)))
                .retry(reqwest::retry::never())
                // Another crate can switch it on, and then the length and the ranges would be those of other bytes.
                .no_gzip()
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
            is_local,
        })
    }

    async fn exchange(&self, request: Request) -> Result<Answer, Error> {
        let from = request.url.origin();
        let url = Url::parse(request.url.expose()).map_err(|_| unusable("is no URL"))?;
        if !may_be_fetched(&url, self.is_local) {
            return Err(unusable("is not https"));
        }
        let client = if is_loopback(&url) { &self.direct } else { &self.client };
        let mut builder = client.get(url);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        let answer = builder.send().await.map_err(|error| failed(&from, error))?;
        let headers = answer
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
            .collect();
        let status = answer.status().as_u16();
        Ok(Answer::new(status, headers, Box::new(HttpBody { answer, from })))
    }
}

impl Fetch for HttpFetch {
    fn get(&self, request: Request) -> BoxFuture<'_, Result<Answer, Error>> {
        Box::pin(self.exchange(request))
    }
}

impl fmt::Debug for HttpFetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpFetch")
    }
}

struct HttpBody {
    answer: reqwest::Response,
    from: String,
}

impl Body for HttpBody {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, Error>> {
        Box::pin(async { self.answer.chunk().await.map_err(|error| failed(&self.from, error)) })
    }
}

fn redirected(attempt: Attempt<'_>, is_local: bool) -> reqwest::redirect::Action {
    if attempt.previous().len() > MAX_REDIRECTS || !may_be_fetched(attempt.url(), is_local) {
        attempt.stop()
    } else {
        attempt.follow()
    }
}

/// Whether nobody on the way can read it, and it is no server of this machine that the library must not name.
fn may_be_fetched(url: &Url, is_local: bool) -> bool {
    match url.scheme() {
        "https" => is_local || !is_loopback(url),
        "http" => is_local && is_loopback(url),
        _ => false,
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).to_canonical().is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn unusable(why: &str) -> Error {
    Error::new(ErrorKind::UnexpectedAnswer, format!("the URL from the library {why}"))
}

fn failed(from: &str, error: reqwest::Error) -> Error {
    let message = if error.is_timeout() {
        format!("{from} did not answer in time")
    } else if error.is_connect() {
        format!("{from} cannot be reached: check the network, the host's name and its certificate")
    } else {
        format!("the connection to {from} broke")
    };
    Error::new(ErrorKind::Network, message).with_source(error.without_url())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_clear_or_of_this_machine_is_not_fetched() {
        for (url, of_arlo, of_this_machine) in [
            ("https://media.example.org/a", true, true),
            ("https://localhost/a", false, true),
            ("https://127.0.0.1/a", false, true),
            ("http://127.0.0.1:8080/a", false, true),
            ("http://[::1]/a", false, true),
            ("http://[::ffff:127.0.0.1]/a", false, true),
            ("http://localhost/a", false, true),
            ("http://media.example.org/a", false, false),
            ("http://127.0.0.1.example.org/a", false, false),
            ("ftp://127.0.0.1/a", false, false),
            ("file:///etc/passwd", false, false),
        ] {
            let url = Url::parse(url).unwrap();
            let found = (may_be_fetched(&url, false), may_be_fetched(&url, true));
            assert_eq!(found, (of_arlo, of_this_machine), "{url}");
        }
    }

    #[tokio::test]
    async fn a_library_elsewhere_cannot_name_a_server_of_this_machine() {
        let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/turn-off", server.local_addr().unwrap());
        let get = |fetch: HttpFetch| {
            let request = Request::new(crate::MediaUrl::new(&url));
            async move { fetch.get(request).await }
        };
        let error = get(HttpFetch::new().unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer, "{error}");
        // Only this one comes to the server.
        let asked = tokio::spawn(get(HttpFetch::local().unwrap()));
        drop(server.accept().await.unwrap());
        assert_eq!(asked.await.unwrap().unwrap_err().kind(), ErrorKind::Network);
    }
}
