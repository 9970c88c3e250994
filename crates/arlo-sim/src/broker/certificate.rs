//! The broker's certificate, and that of the authority that signs it. Both are made anew at each start.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, SanType};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

/// What the broker shows its clients.
pub(super) struct Identity {
    pub(super) server: ServerConfig,
    /// The certificate of the authority, as PEM.
    pub(super) ca: String,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A certificate for `localhost`, the loopback addresses and the address on which the broker listens.
pub(super) fn make(address: IpAddr) -> Result<Identity, Failure> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, "arlo-sim authority");
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;

    let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, "arlo-sim broker");
    params.use_authority_key_identifier_extension = true;
    for address in [[127, 0, 0, 1].into(), std::net::Ipv6Addr::LOCALHOST.into(), address] {
        let name = SanType::IpAddress(address);
        if !params.subject_alt_names.contains(&name) {
            params.subject_alt_names.push(name);
        }
    }
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &authority)?;

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = vec![certificate.der().clone()];
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::try_from(key.serialize_der())?)?;
    Ok(Identity {
        server,
        ca: authority.pem(),
    })
}
