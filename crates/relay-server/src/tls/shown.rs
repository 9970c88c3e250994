//! Looks at the certificate that an SMTP server shows (RFC 3207), whatever it is worth. Nothing is sent that matters.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::validity::{Validity, public_key};

/// How many bytes of replies are read.
const MOST: u64 = 16 * 1024;

/// A certificate that a server shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// When it is valid.
    pub validity: Validity,
    /// SHA-256 of its public key: a TLSA record of the kind 3 1 1 has it (RFC 6698, RFC 7671).
    pub key_digest: [u8; 32],
    certificate: CertificateDer<'static>,
}

impl Shown {
    fn new(certificate: CertificateDer<'static>) -> Option<Self> {
        Some(Self {
            validity: Validity::of(&certificate)?,
            key_digest: Sha256::digest(public_key(&certificate)?).into(),
            certificate,
        })
    }

    /// Whether it is for a server of that name.
    #[must_use]
    pub fn is_for(&self, name: &str) -> bool {
        let certificate = ParsedCertificate::try_from(&self.certificate);
        let name = ServerName::try_from(name);
        matches!((certificate, name), (Ok(certificate), Ok(name)) if verify_server_name(&certificate, &name).is_ok())
    }
}

/// The certificate that the SMTP server at this address shows after STARTTLS; `None` if it offers no TLS.
///
/// # Errors
/// If it cannot be reached, or does not answer as SMTP and TLS have it. It may take any time.
pub async fn shown_by_smtp(address: SocketAddr) -> io::Result<Option<Shown>> {
    let mut stream = BufReader::new(TcpStream::connect(address).await?.take(MOST));
    ask(&mut stream, "", "220").await?;
    let offers = ask(&mut stream, "EHLO doctor.localhost\r\n", "250").await?;
    if !offers.iter().any(|line| line.get(4..) == Some("STARTTLS")) {
        return Ok(None);
    }
    ask(&mut stream, "STARTTLS\r\n", "220").await?;
    let stream = stream.into_inner().into_inner();
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth();
    let name = ServerName::from(address.ip());
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let shown = chain
        .first()
        .and_then(|certificate| Shown::new(certificate.clone().into_owned()));
    shown
        .map(Some)
        .ok_or_else(|| unexpected("a certificate that cannot be read"))
}

/// Sends a command, and reads the lines of a reply that has to begin with this code.
async fn ask(stream: &mut BufReader<tokio::io::Take<TcpStream>>, command: &str, code: &str) -> io::Result<Vec<String>> {
    stream.get_mut().get_mut().write_all(command.as_bytes()).await?;
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let line = line.trim_end();
        if !line.starts_with(code) {
            return Err(unexpected("another reply than SMTP has there"));
        }
        let goes_on = line.as_bytes().get(3) == Some(&b'-');
        lines.push(line.to_owned());
        if !goes_on {
            return Ok(lines);
        }
    }
}

fn unexpected(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("it answers with {what}"))
}

/// Takes any certificate: it is looked at, and nothing secret is sent. The handshake itself is checked.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
