//! Which of a mail's signatures verify (DKIM, RFC 6376).
//!
//! Only signatures that can prove something are checked, see [`relay::Claims`]. Their fields and body are those that
//! the rules read: both come from the splitter of the rules, and mail-auth splits no mail. In addition to the RFC:
//! - mail-auth has to read the same in a signature as the rules;
//! - RSA has at least 1024 bits (RFC 8301), and the key is not one that is being tried out (`t=y`, section 3.6.1).
//!
//! A key is looked up only if the hash of the body is right. Hashing and verifying run in the pool for such work.

use std::borrow::Borrow;
use std::hash::Hash;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use arlo_mail::{Verbatim, canonical_domain};
use bytes::Bytes;
use mail_auth::common::crypto::HashAlgorithm;
use mail_auth::common::headers::Header;
use mail_auth::common::verify::{DomainKey, VerifySignature};
use mail_auth::dkim;
use mail_auth::{
    AuthenticatedMessage, DkimResult, DnsError, Error, MessageAuthenticator, Parameters, ResolverCache, Txt,
};
use relay::ports::{PortError, RunWork};
use relay::{Claim, Claims};
use tokio::time::{Instant, timeout_at};

use super::names::Names;

/// The flag of a key that is being tried out, as mail-auth keeps it.
const TESTING: u64 = 0x10;

/// What the signatures prove.
#[derive(Debug, Default)]
pub(super) struct Signed {
    /// The claims that verify, by their place.
    pub(super) verified: Vec<usize>,
    /// A key of Arlo's could not be looked up.
    pub(super) arlo_unresolved: bool,
}

pub(super) async fn check(
    dns: &MessageAuthenticator,
    names: &Names,
    claims: &Claims,
    raw: &Bytes,
    work: &impl RunWork,
    deadline: Instant,
) -> Result<Signed, PortError> {
    let mut signed = Signed::default();
    if claims.signatures().is_empty() {
        return Ok(signed);
    }
    let (bytes, wanted) = (raw.clone(), claims.signatures().to_vec());
    let hashed = work.run(move || with_signed_body(&bytes, &wanted)).await?;
    for (place, claim) in claims.signatures().iter().enumerate() {
        let Some(Some(name)) = hashed.get(place) else { continue };
        let key = match timeout_at(deadline, dns.txt_lookup::<DomainKey>(name.as_str(), Some(names))).await {
            Ok(Ok(key)) if key.f & TESTING == 0 => key,
            Ok(Err(Error::Dns(DnsError::Resolver(_)))) | Err(_) => {
                signed.arlo_unresolved |= claim.is_arlos();
                continue;
            }
            Ok(_) => continue,
        };
        let (dns, bytes, claim) = (dns.clone(), raw.clone(), claim.clone());
        if work.run(move || verifies(&dns, &bytes, &claim, key)).await? {
            signed.verified.push(place);
        }
    }
    Ok(signed)
}

/// For each claim whose body hash is right the name of its key.
fn with_signed_body(raw: &[u8], claims: &[Claim]) -> Vec<Option<String>> {
    let key_name = |claim: &Claim| {
        let message = message(raw, claim)?;
        let signature = &message.dkim_headers.first()?.header;
        let is_body = message.body_hashes.iter().any(|(.., hash)| *hash == signature.bh);
        is_body.then(|| signature.domain_key())
    };
    claims.iter().map(key_name).collect()
}

fn verifies(dns: &MessageAuthenticator, raw: &[u8], claim: &Claim, key: Arc<DomainKey>) -> bool {
    let Some(message) = message(raw, claim) else {
        return false;
    };
    let key = Known(key);
    let checking = pin!(dns.verify_dkim(Parameters::new(&message).with_txt_cache(&key)));
    // With its key at hand there is nothing to wait for.
    let Poll::Ready(found) = checking.poll(&mut Context::from_waker(Waker::noop())) else {
        return false;
    };
    matches!(found.first().map(|output| output.result()), Some(DkimResult::Pass))
}

/// The mail as mail-auth wants it, with the one signature and the hash of the body for it.
fn message<'a>(raw: &'a [u8], claim: &Claim) -> Option<AuthenticatedMessage<'a>> {
    let mail = Verbatim::from_raw(raw).ok()?;
    let field = mail.header.fields().get(claim.field())?;
    let mut signature = dkim::Signature::parse(field.value()).ok()?;
    let expected = claim.signature();
    let fields = signature.h.iter().map(|field| field.to_ascii_lowercase());
    let is_same = canonical_domain(&signature.d).as_ref() == Some(&expected.domain)
        && fields.eq(expected.fields.iter().cloned())
        && signature.l == 0;
    if !is_same {
        return None;
    }
    // Failure reports and third-party signing would only cost more look-ups: nobody asks for them here.
    (signature.r, signature.atps) = (false, None);
    let algorithm = HashAlgorithm::from(signature.a);
    let hash = algorithm.hash(signature.cb.canonical_body(mail.body, 0));
    Some(AuthenticatedMessage {
        headers: mail
            .header
            .fields()
            .iter()
            .map(|field| (field.name(), field.value()))
            .collect(),
        raw_message: raw,
        body_offset: u32::try_from(mail.body_at).ok()?,
        body_hashes: vec![(signature.cb, algorithm, 0, hash.as_ref().to_vec())],
        dkim_headers: vec![Header::new(field.name(), field.value(), signature)],
        ..AuthenticatedMessage::default()
    })
}

/// Has the one key that is asked for.
struct Known(Arc<DomainKey>);

impl ResolverCache<Box<str>, Txt> for Known {
    fn get<Q>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        Some(Txt::DomainKey(Arc::clone(&self.0)))
    }

    fn remove<Q>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: Txt, _: std::time::Instant) {}
}
