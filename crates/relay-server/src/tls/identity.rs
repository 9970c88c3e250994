//! The present certificate with its key, shared by both listeners.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::error::{StartError, StartErrorKind};

/// The protocols that are offered over TLS (RFC 7301, RFC 8737 section 4).
const HTTP_1_1: &[u8] = b"http/1.1";
const ACME_TLS: &[u8] = b"acme-tls/1";

/// What this server proves itself with. Its clones share it.
#[derive(Clone, Default)]
pub struct Identity(Arc<Present>);

relay::redacted_debug!(Identity, |identity| is_ready = identity.is_ready());

#[derive(Default)]
struct Present {
    key: RwLock<Option<Arc<CertifiedKey>>>,
    /// What proves a name to an authority of ACME, by name.
    proofs: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

/// A proof that is shown as long as this lives.
pub(crate) struct Proof {
    present: Arc<Present>,
    name: String,
}

relay::redacted_debug!(Present);

impl Identity {
    /// Whether there is a certificate.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.key().is_some()
    }

    /// The present certificate with those that lead to its authority.
    pub(crate) fn chain(&self) -> Option<Vec<CertificateDer<'static>>> {
        self.0.key().map(|key| key.cert.clone())
    }

    /// From now on this is the present one.
    pub(super) fn set(&self, key: CertifiedKey) {
        *self.0.key.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(key));
    }

    /// Shows an authority that asks for it the proof of a name.
    pub(crate) fn prove(&self, name: String, certificate: CertifiedKey) -> Proof {
        self.0.proofs().insert(name.clone(), Arc::new(certificate));
        let present = Arc::clone(&self.0);
        Proof { present, name }
    }

    /// Shakes hands for STARTTLS.
    pub(crate) fn for_smtp(&self) -> Result<TlsAcceptor, StartError> {
        self.acceptor(Vec::new())
    }

    /// Shakes hands for HTTPS, and with the authorities of ACME.
    pub(crate) fn for_https(&self) -> Result<TlsAcceptor, StartError> {
        self.acceptor(vec![HTTP_1_1.to_vec(), ACME_TLS.to_vec()])
    }

    /// A certificate that nobody has to trust.
    #[cfg(test)]
    pub(crate) fn for_tests() -> Self {
        let made = rcgen::generate_simple_self_signed(["relay.example".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let chain = vec![made.cert.der().clone()];
        let identity = Self::default();
        identity.set(CertifiedKey::from_der(chain, key, &ring::default_provider()).unwrap());
        identity
    }

    #[cfg(test)]
    pub(crate) fn key_for_tests(&self) -> CertifiedKey {
        CertifiedKey::clone(&self.0.key().unwrap())
    }

    #[cfg(test)]
    pub(crate) fn take_from(&self, other: &Self) {
        *self.0.key.write().unwrap() = other.0.key();
    }

    fn acceptor(&self, protocols: Vec<Vec<u8>>) -> Result<TlsAcceptor, StartError> {
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| StartError::new(StartErrorKind::Setting, "TLS cannot be set up").caused_by(error))?;
        let mut config = config
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&self.0) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = protocols;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl Present {
    fn proofs(&self) -> MutexGuard<'_, HashMap<String, Arc<CertifiedKey>>> {
        self.proofs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self) -> Option<Arc<CertifiedKey>> {
        self.key.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Proof {
    fn drop(&mut self) {
        self.present.proofs().remove(&self.name);
    }
}

impl ResolvesServerCert for Present {
    /// An authority gets its proof, where there is one. Everybody else gets the certificate, whatever name he asks for:
    /// he decides whether it is good for that.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let is_authority = hello.alpn().is_some_and(|mut names| names.all(|name| name == ACME_TLS));
        if is_authority {
            return self.proofs().get(hello.server_name()?).cloned();
        }
        self.key()
    }
}

/// Whether a handshake was an authority's, which has seen all that it came for.
pub(crate) fn was_for_proof<S>(stream: &TlsStream<S>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(ACME_TLS)
}
