//! The certificate and its key in PEM files.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::Identity;
use crate::error::{StartError, StartErrorKind};

/// Where the certificate and its key are, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The chain, the server's own certificate first.
    pub chain: PathBuf,
    /// The private key: PKCS #8, PKCS #1 or SEC 1.
    pub key: PathBuf,
}

/// By what a change of both files is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp([Option<FileStamp>; 2]);

/// Device, number, length, and time of the last change in seconds and nanoseconds.
type FileStamp = (u64, u64, u64, i64, i64);

impl Certificate {
    /// Reads both files.
    ///
    /// # Errors
    /// A [`StartError`] of the kind [`StartErrorKind::Certificate`] or [`StartErrorKind::Key`].
    pub fn load(&self) -> Result<Identity, StartError> {
        let identity = Identity::default();
        identity.set(self.read()?);
        Ok(identity)
    }

    /// What the files are like now. A link counts as what it leads to.
    pub(super) fn stamp(&self) -> Stamp {
        let of = |path: &Path| {
            let file = fs::metadata(path).ok()?;
            Some((file.dev(), file.ino(), file.len(), file.mtime(), file.mtime_nsec()))
        };
        Stamp([of(&self.chain), of(&self.key)])
    }

    pub(super) fn read(&self) -> Result<CertifiedKey, StartError> {
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
        CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|error| match error {
            rustls::Error::InvalidCertificate(_) => certificate_error(error.into()),
            other => key_error(other.into()),
        })
    }
}
