//! The certificate for STARTTLS (RFC 3207), read from PEM files.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::error::{StartError, StartErrorKind};

/// Where the certificate and its key are, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The chain, the server's own certificate first.
    pub chain: PathBuf,
    /// The private key: PKCS #8, PKCS #1 or SEC 1.
    pub key: PathBuf,
}

impl Certificate {
    /// Reads both files.
    pub(super) fn load(&self) -> Result<TlsAcceptor, StartError> {
        let certificate_error = |error: Box<dyn std::error::Error + Send + Sync>| {
            let message = format!("cannot use the TLS certificate in {}", self.chain.display());
            StartError::new(StartErrorKind::Certificate, message).caused_by(error)
        };
        let key_error = |error: Box<dyn std::error::Error + Send + Sync>| {
            let message = format!("cannot use the TLS key in {}", self.key.display());
            StartError::new(StartErrorKind::Key, message).caused_by(error)
        };

        let chain = CertificateDer::pem_file_iter(&self.chain)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| certificate_error(error.into()))?;
        if chain.is_empty() {
            return Err(certificate_error("the file holds no certificate".into()));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| key_error(error.into()))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| key_error(error.into()))?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| match error {
                rustls::Error::InvalidCertificate(_) => certificate_error(error.into()),
                other => key_error(other.into()),
            })?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}
