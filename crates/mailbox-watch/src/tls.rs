//! TLS: rustls with ring, verified against Mozilla's roots or against the certificates of a file.
//!
//! A server at home often has a self-signed certificate. If the file contains that certificate, it is accepted,
//! whatever names and dates it contains. The handshake still proves that the server has its key.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_rustls::TlsConnector;

use crate::error::{Error, ErrorKind};

/// Whose certificates are trusted.
#[derive(Debug, Clone)]
pub enum Trust {
    /// The certificates of the authorities that Mozilla trusts.
    WebRoots,
    /// The certificates in this PEM file, and those that they sign as authorities.
    File(PathBuf),
}

pub(crate) fn connector(trust: &Trust) -> Result<TlsConnector, Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(ErrorKind::Settings, "TLS cannot be set up").with_source(error))?;
    let config = match trust {
        Trust::WebRoots => builder
            .with_root_certificates(RootCertStore {
                roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
            })
            .with_no_client_auth(),
        Trust::File(path) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(FileVerifier::load(path, provider)?))
            .with_no_client_auth(),
    };
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Trusts the certificates of one file, both as authorities and as server certificates.
#[derive(Debug)]
struct FileVerifier {
    pinned: Vec<CertificateDer<'static>>,
    /// `None` if no certificate of the file can be an authority.
    authorities: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl FileVerifier {
    fn load(path: &Path, provider: Arc<CryptoProvider>) -> Result<Self, Error> {
        let fault = |why: &dyn std::fmt::Display| {
            let message = format!("{} contains no certificate to trust: {why}", path.display());
            Error::new(ErrorKind::Certificate, message)
        };
        let pinned = CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| fault(&error))?;
        if pinned.is_empty() {
            return Err(fault(&"the file has none"));
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(pinned.iter().cloned());
        let authorities = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .ok();
        Ok(Self {
            pinned,
            authorities,
            provider,
        })
    }
}

impl ServerCertVerifier for FileVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.pinned.iter().any(|pinned| pinned == end_entity) {
            return Ok(ServerCertVerified::assertion());
        }
        match &self.authorities {
            Some(verifier) => verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
