//! The connection to the broker: TCP, or TLS on it.

use std::io;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

use crate::{Broker, Error, ErrorKind, Settings};

/// Bytes in both directions.
pub(super) trait Pipe: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Pipe for T {}

/// How connections are opened.
pub(super) struct Dialer {
    broker: Broker,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum NoPipe {
    /// The broker cannot be reached.
    Away(String),
    /// Its certificate cannot be trusted.
    Distrusted(String),
}

impl Dialer {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let broker = settings.broker.clone();
        let tls = match broker.tls {
            false => None,
            true => {
                let name = ServerName::try_from(broker.host.clone())
                    .map_err(|_| Error::configuration("the broker's URL names no host that a certificate can have"))?;
                Some((config(settings)?, name))
            }
        };
        Ok(Self { broker, tls })
    }

    pub(super) async fn dial(&self) -> Result<Box<dyn Pipe>, NoPipe> {
        let broker = &self.broker;
        let away = |error: io::Error| NoPipe::Away(format!("the broker {broker} cannot be reached: {error}"));
        let tcp = tcp_dial::dial(&broker.host, broker.port).await.map_err(away)?;
        // Packets are small, and must not wait for each other. If this fails they are late and not lost.
        let _ = tcp.set_nodelay(true);
        let Some((config, name)) = &self.tls else {
            return Ok(Box::new(tcp));
        };
        match TlsConnector::from(Arc::clone(config)).connect(name.clone(), tcp).await {
            Ok(tls) => Ok(Box::new(tls)),
            Err(error) => {
                let cause = error
                    .get_ref()
                    .and_then(|source| source.downcast_ref::<rustls::Error>());
                let is_certificate = matches!(cause, Some(rustls::Error::InvalidCertificate(_)));
                Err(match is_certificate {
                    true => NoPipe::Distrusted(format!(
                        "the certificate of the broker {broker} cannot be trusted ({error}): name the file of its \
                         authority with --broker-ca, and the host as the certificate does"
                    )),
                    false => NoPipe::Away(format!("the broker {broker} opens no TLS: {error}")),
                })
            }
        }
    }
}

/// TLS with the authorities of the settings, or with the public ones.
fn config(settings: &Settings) -> Result<Arc<ClientConfig>, Error> {
    let mut roots = RootCertStore::empty();
    if settings.authorities.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    for authority in &settings.authorities {
        let added = roots.add(authority.clone());
        added.map_err(|error| {
            Error::configuration("a certificate of --broker-ca is no authority that can be used").with_source(error)
        })?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(ErrorKind::Configuration, "TLS cannot be set up").with_source(error))?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}
