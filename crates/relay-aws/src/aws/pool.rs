//! Connections to AWS, kept open between calls.
//!
//! A function makes one or two calls at once, to two or three hosts. For that hyper's own connections and a list of the
//! idle ones are enough: with hyper-util's client and its pool, an event of `prestage` took 0.24 ms instead of 0.22 ms
//! of processor time.
//!
//! TLS is rustls with ring. It trusts only the roots of Amazon Trust Services, to which every AWS endpoint's
//! certificate chains: nothing is loaded from a disk, and no other authority can issue a certificate that is accepted
//! for AWS.
//!
//! An idle connection that its host has closed is found out before or while a request is given to it. A request of
//! which nothing was sent goes to another connection at once. For any other, the caller decides whether to send it
//! again.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

use super::Origin;
use super::transport::{Answer, Calling, Most, NoAnswer, Transport};
use crate::environment::SettingsError;

/// The five roots of Amazon Trust Services.
const AMAZON_ROOTS: &str = include_str!("../amazon-roots.pem");
/// Time to reach a host, TLS included.
const CONNECT: Duration = Duration::from_secs(2);
/// A connection that was idle for longer is not used again.
const IDLE: Duration = Duration::from_secs(90);
/// Idle connections that are kept.
const MOST_IDLE: usize = 8;

type Sender = SendRequest<Full<Bytes>>;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

struct Idle {
    origin: Origin,
    sender: Sender,
    since: Instant,
}

/// The connections of this process.
pub struct Pool {
    tls: TlsConnector,
    idle: Mutex<Vec<Idle>>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

impl Pool {
    /// No connection yet.
    ///
    /// # Errors
    /// When the roots cannot be read.
    pub fn new() -> Result<Self, SettingsError> {
        let unusable = || SettingsError::new("TLS", "cannot be set up");
        let mut roots = RootCertStore::empty();
        for root in CertificateDer::pem_slice_iter(AMAZON_ROOTS.as_bytes()) {
            let root = root.map_err(|_| unusable())?;
            roots.add(root).map_err(|_| unusable())?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|_| unusable())?.with_root_certificates(roots);
        Ok(Self::with_tls(config.with_no_client_auth()))
    }

    fn with_tls(config: ClientConfig) -> Self {
        Self {
            tls: TlsConnector::from(Arc::new(config)),
            idle: Mutex::default(),
        }
    }

    async fn exchange(&self, origin: &Origin, request: Request<Bytes>, most: Most) -> Result<Answer, NoAnswer> {
        let mut request = request.map(Full::new);
        while let Some(mut sender) = self.take(origin) {
            if sender.ready().await.is_err() {
                continue;
            }
            match sender.try_send_request(request).await {
                Ok(answer) => return self.read(origin, sender, answer, most).await,
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => {
                        // The others to this host have most likely met the same end.
                        self.forget(origin);
                        return Err(NoAnswer::Broken(error.into_error()));
                    }
                },
            }
        }
        let opened = tokio::time::timeout(CONNECT, self.open(origin)).await;
        let mut sender = opened.map_err(|_| NoAnswer::ConnectTimedOut)??;
        let answer = sender.send_request(request).await.map_err(NoAnswer::Broken)?;
        self.read(origin, sender, answer, most).await
    }

    async fn open(&self, origin: &Origin) -> Result<Sender, NoAnswer> {
        let stream = TcpStream::connect((origin.host(), origin.port())).await;
        let stream = stream.map_err(NoAnswer::Connect)?;
        stream.set_nodelay(true).map_err(NoAnswer::Connect)?;
        let stream: Box<dyn Stream> = if origin.is_tls() {
            let name = ServerName::try_from(origin.host().to_owned());
            let name = name.map_err(|error| NoAnswer::Connect(io::Error::new(io::ErrorKind::InvalidInput, error)))?;
            let tls = self.tls.connect(name, stream).await;
            Box::new(tls.map_err(NoAnswer::Connect)?)
        } else {
            Box::new(stream)
        };
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(NoAnswer::Broken)?;
        // How it ends, the request in it is told.
        tokio::spawn(async move { drop(connection.await) });
        Ok(sender)
    }

    /// Reads the answer, and keeps the connection if it was read to its end.
    async fn read(
        &self,
        origin: &Origin,
        sender: Sender,
        answer: Response<Incoming>,
        most: Most,
    ) -> Result<Answer, NoAnswer> {
        let (head, mut body) = answer.into_parts();
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if let Most::Refuse(most) = most
            && announced > most
        {
            return Err(NoAnswer::TooLarge(most));
        }
        let mut read = Bytes::new();
        let mut more = BytesMut::new();
        let mut is_whole = true;
        while let Some(frame) = body.frame().await {
            let Ok(piece) = frame.map_err(NoAnswer::Broken)?.into_data() else {
                continue;
            };
            if read.len() + more.len() + piece.len() > most.bytes() {
                if let Most::Refuse(most) = most {
                    return Err(NoAnswer::TooLarge(most));
                }
                more.extend_from_slice(piece.get(..most.bytes() - read.len() - more.len()).unwrap_or_default());
                is_whole = false;
                break;
            }
            // Most bodies are one piece, which is not copied.
            if read.is_empty() && more.is_empty() {
                read = piece;
            } else {
                more.extend_from_slice(&piece);
            }
        }
        if is_whole {
            self.keep(origin, sender);
        }
        let body = if more.is_empty() {
            read
        } else {
            Bytes::from([&read[..], &more[..]].concat())
        };
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body,
        })
    }

    fn take(&self, origin: &Origin) -> Option<Sender> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        idle.retain(|kept| !kept.sender.is_closed() && now.duration_since(kept.since) < IDLE);
        let newest = idle.iter().rposition(|kept| kept.origin == *origin)?;
        Some(idle.remove(newest).sender)
    }

    fn keep(&self, origin: &Origin, sender: Sender) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() == MOST_IDLE {
            idle.remove(0);
        }
        idle.push(Idle {
            origin: origin.clone(),
            sender,
            since: Instant::now(),
        });
    }

    fn forget(&self, origin: &Origin) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|kept| kept.origin != *origin);
    }
}

impl Transport for Pool {
    fn call<'a>(&'a self, origin: &'a Origin, request: Request<Bytes>, most: Most) -> Calling<'a> {
        Box::pin(self.exchange(origin, request, most))
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use rustls::ServerConfig;
    use rustls::pki_types::PrivateKeyDer;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;

    fn ring() -> Arc<rustls::crypto::CryptoProvider> {
        Arc::new(rustls::crypto::ring::default_provider())
    }

    /// A host by TLS whose certificate an authority of the test has issued, and that authority.
    async fn host() -> (Origin, CertificateDer<'static>) {
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = authority.self_signed(&authority_key).unwrap().der().clone();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = certificate.signed_by(&key, &issuer).unwrap().der().clone();
        let config = ServerConfig::builder_with_provider(ring())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let mut request = [0; 4096];
                assert!(stream.read(&mut request).await.unwrap() > 0);
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                stream.write_all(answer).await.unwrap();
                stream.flush().await.unwrap();
            }
        });
        (Origin::of(&format!("https://localhost:{port}")).unwrap().0, root)
    }

    fn request(origin: &Origin) -> Request<Bytes> {
        let request = Request::get("/").header("host", origin.authority());
        request.body(Bytes::new()).unwrap()
    }

    #[tokio::test]
    async fn a_host_is_reached_by_tls_where_a_known_authority_speaks_for_it() {
        let (origin, root) = host().await;
        let mut roots = RootCertStore::empty();
        roots.add(root).unwrap();
        let config = ClientConfig::builder_with_provider(ring())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let pool = Pool::with_tls(config);
        let answer = pool.call(&origin, request(&origin), Most::Refuse(9)).await.unwrap();
        assert_eq!(answer.body, "ok");
    }

    #[tokio::test]
    async fn no_authority_but_those_of_amazon_is_believed() {
        let (origin, _) = host().await;
        let pool = Pool::new().unwrap();
        let refused = pool.call(&origin, request(&origin), Most::Refuse(9)).await.unwrap_err();
        let shown = crate::aws::fault::with_causes(&refused);
        assert!(shown.contains("UnknownIssuer"), "{shown}");
    }
}
