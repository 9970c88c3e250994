//! One order: the names are proven, and a certificate for a new key comes.

use std::error::Error;
use std::io;
use std::time::Duration;

use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Identifier, NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use relay::Domain;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::tls::identity::{Identity, Proof};
use crate::tls::validity::Validity;

/// How often the authority is asked whether it is done: after a second, then after twice as long each time.
const ASKING: RetryPolicy = RetryPolicy::new()
    .initial_delay(Duration::from_millis(250))
    .backoff(2.0)
    .timeout(Duration::from_secs(120));

/// Why no certificate came.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("the authority refuses, or does not answer as ACME says")]
    Acme(#[from] instant_acme::Error),
    #[error("the authority offers no proof by TLS-ALPN-01 for {0}")]
    NoChallenge(String),
    #[error("the authority could not prove {name}: it has to reach HTTPS at port 443 of that name{detail}")]
    NotProven { name: String, detail: String },
    #[error("the authority ended the order as {0:?}")]
    Ended(OrderStatus),
    #[error("the certificate that came cannot be used")]
    Unusable(#[source] Box<dyn Error + Send + Sync>),
    #[error("a key or a request for a certificate cannot be made")]
    NotMade(#[from] rcgen::Error),
    #[error("the account cannot be kept in the data directory")]
    NotKept(#[from] io::Error),
    #[error("it did not end within {0:?}")]
    Late(Duration),
}

impl Fault {
    /// Whether another account would help.
    pub(super) fn is_about_account(&self) -> bool {
        let Self::Acme(instant_acme::Error::Api(problem)) = self else {
            return false;
        };
        let kind = problem.r#type.as_deref().unwrap_or_default();
        kind.ends_with(":accountDoesNotExist")
    }
}

/// A certificate and its key, both PEM.
#[derive(Serialize, Deserialize)]
pub(super) struct Issued {
    chain: String,
    key: String,
}

impl Drop for Issued {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl Issued {
    pub(super) fn certified_key(&self) -> Result<(CertifiedKey, Validity), Fault> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(self.chain.as_bytes()).collect();
        let chain = chain.map_err(|error| Fault::Unusable(error.into()))?;
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).map_err(|error| Fault::Unusable(error.into()))?;
        let key = CertifiedKey::from_der(chain, key, &ring::default_provider())
            .map_err(|error| Fault::Unusable(error.into()))?;
        let validity = key.end_entity_cert().ok().and_then(Validity::of);
        let validity = validity.ok_or_else(|| Fault::Unusable("it does not say until when it is valid".into()))?;
        Ok((key, validity))
    }
}

pub(super) fn names(domains: &[Domain]) -> Vec<String> {
    domains.iter().map(ToString::to_string).collect()
}

/// Orders a certificate for these names. The proofs are shown until the order has ended.
pub(super) async fn place(account: &Account, domains: &[Domain], identity: &Identity) -> Result<Issued, Fault> {
    let identifiers: Vec<Identifier> = names(domains).into_iter().map(Identifier::Dns).collect();
    let mut order = account.new_order(&NewOrder::new(&identifiers)).await?;
    let _proofs = show_proofs(&mut order, identity).await?;
    match order.poll_ready(&ASKING).await {
        Ok(OrderStatus::Ready) => {}
        Ok(status) => return Err(why_not(&mut order).await.unwrap_or(Fault::Ended(status))),
        Err(error) => return Err(why_not(&mut order).await.unwrap_or(Fault::Acme(error))),
    }
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(names(domains))?;
    params.distinguished_name = DistinguishedName::new();
    order.finalize_csr(params.serialize_request(&key)?.der()).await?;
    Ok(Issued {
        chain: order.poll_certificate(&ASKING).await?,
        key: key.serialize_pem(),
    })
}

/// Shows a proof for each name that is not proven yet, and lets the authority look.
async fn show_proofs(order: &mut Order, identity: &Identity) -> Result<Vec<Proof>, Fault> {
    let mut proofs = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        let name = authorization.identifier().to_string();
        match authorization.status {
            AuthorizationStatus::Valid => continue,
            AuthorizationStatus::Pending => {}
            _ => return Err(not_proven(name, None)),
        }
        let Some(mut challenge) = authorization.challenge(ChallengeType::TlsAlpn01) else {
            return Err(Fault::NoChallenge(name));
        };
        let certificate = proof(&name, challenge.key_authorization().digest().as_ref())?;
        proofs.push(identity.prove(name.clone(), certificate));
        // An authority may have looked already when it answers.
        challenge.set_ready().await.map_err(|error| match error {
            instant_acme::Error::Api(problem) => not_proven(name, problem.detail.as_deref()),
            other => Fault::Acme(other),
        })?;
    }
    Ok(proofs)
}

/// The certificate that proves a name (RFC 8737 section 3). The digest has 32 bytes.
fn proof(name: &str, digest: &[u8]) -> Result<CertifiedKey, Fault> {
    let mut params = CertificateParams::new([name.to_owned()])?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let key = KeyPair::generate()?;
    let chain = vec![params.self_signed(&key)?.der().clone()];
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let key = ring::default_provider().key_provider.load_private_key(key);
    let key = key.map_err(|error| Fault::Unusable(error.into()))?;
    // Not compared with its key: the reader of certificates does not know the critical extension of a proof.
    Ok(CertifiedKey::new(chain, key))
}

/// Which name the authority could not prove, and what it says of it.
async fn why_not(order: &mut Order) -> Option<Fault> {
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        authorization.refresh().await.ok()?;
        let error = authorization
            .challenges
            .iter()
            .find_map(|challenge| challenge.error.as_ref());
        if let Some(error) = error {
            let name = authorization.identifier().to_string();
            return Some(not_proven(name, error.detail.as_deref()));
        }
    }
    None
}

fn not_proven(name: String, detail: Option<&str>) -> Fault {
    let detail = detail.map(|detail| format!(" ({})", short(detail)));
    Fault::NotProven {
        name,
        detail: detail.unwrap_or_default(),
    }
}

/// The start of what an authority says, in one line.
fn short(text: &str) -> String {
    text.chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .take(300)
        .collect()
}

/// An error with its causes, in one line.
pub(super) fn all_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    short(&text)
}
