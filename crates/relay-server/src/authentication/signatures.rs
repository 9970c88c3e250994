//! The DKIM signatures of a mail that count (RFC 6376).
//!
//! Stricter than the RFC where leniency would let a stranger change what a signed mail says:
//! - a field that decides how the mail is read stands in it once at most, else no signature counts (section 8.15);
//! - `From` is signed, and the whole body is: a signature with a body length (`l=`) never counts (section 8.2);
//! - a CR stands before an LF only, since elsewhere it would be invisible to the signature;
//! - RSA with SHA-256 and at least 1024 bits, or Ed25519 (RFC 8301, RFC 8463); not expired (`x=`).
//!
//! Header and body are told apart by the parser with which the rules read the mail, so that what is signed and what is
//! read are the same bytes.

use mail_auth::common::crypto::Algorithm;
use mail_auth::{AuthenticatedMessage, DkimResult, MessageAuthenticator};
use mail_parser::{HeaderName, Message, MessageParser};
use relay::account::canonical_domain;
use tokio::time::{Instant, timeout_at};

use super::MAX_MESSAGE;

/// Signatures checked in one mail. A forwarded mail has some three.
const MAX_SIGNATURES: usize = 10;
/// Fields one signature may list in `h=`; the work grows with this times [`MAX_FIELDS`].
const MAX_SIGNED_FIELDS: usize = 100;
/// Header fields of a mail.
const MAX_FIELDS: usize = 1000;

/// The fields by which the rules read a mail; RFC 5322 and RFC 2045 allow one of each.
const SINGLE_FIELDS: [HeaderName<'static>; 6] = [
    HeaderName::From,
    HeaderName::Date,
    HeaderName::Subject,
    HeaderName::MimeVersion,
    HeaderName::ContentType,
    HeaderName::ContentTransferEncoding,
];

/// What the signatures say.
#[derive(Debug, Default)]
pub(super) struct Signed {
    /// The signing domains that verified, each once, canonical.
    pub(super) domains: Vec<String>,
    /// A key could not be looked up.
    pub(super) unresolved: bool,
    /// That key was of the author's own domain, and no other signature of that domain verified.
    pub(super) author_unresolved: bool,
}

pub(super) async fn check(dns: &MessageAuthenticator, raw: &[u8], deadline: Instant) -> Signed {
    let Some(mut message) = read(raw) else {
        return Signed::default();
    };
    let author = message
        .from
        .first()
        .and_then(|from| from.rsplit_once('@'))
        .and_then(|(_, domain)| canonical_domain(domain));
    let is_author = |domain: &str| author.as_deref().is_some_and(|author| is_within(author, domain));

    let mut candidates = std::mem::take(&mut message.dkim_headers);
    candidates.retain(|candidate| may_count(&candidate.header));
    // The author's first: another's slow name server must not use up the time.
    candidates.sort_by_key(|candidate| !is_author(&candidate.header.d));
    candidates.truncate(MAX_SIGNATURES);

    let mut signed = Signed::default();
    let mut unresolved = Vec::new();
    for mut candidate in candidates {
        let Some(domain) = canonical_domain(&candidate.header.d) else {
            continue;
        };
        // Failure reports and third-party signing would only cost more look-ups: nobody asks for them here.
        candidate.header.r = false;
        candidate.header.atps = None;
        message.dkim_headers = vec![candidate];
        match timeout_at(deadline, Box::pin(dns.verify_dkim(&message))).await {
            Ok(outputs) => match outputs.first().map(|output| output.result()) {
                Some(DkimResult::Pass) if !signed.domains.contains(&domain) => signed.domains.push(domain),
                Some(DkimResult::TempError(_)) => unresolved.push(domain),
                _ => (),
            },
            Err(_elapsed) => unresolved.push(domain),
        }
    }
    signed.unresolved = !unresolved.is_empty();
    signed.author_unresolved = unresolved
        .iter()
        .any(|domain| is_author(domain) && !signed.domains.contains(domain));
    signed
}

/// The mail with its body hashed, where it can have a signature that counts at all.
fn read(raw: &[u8]) -> Option<AuthenticatedMessage<'_>> {
    if raw.len() > MAX_MESSAGE || has_bare_cr(raw) {
        return None;
    }
    // The whole of it: with the header alone the parser does not say where the body begins.
    let parsed = MessageParser::new().parse(raw)?;
    let is_readable = parsed.headers().len() <= MAX_FIELDS && SINGLE_FIELDS.iter().all(|name| is_single(&parsed, name));
    if !is_readable {
        return None;
    }
    let mut message = AuthenticatedMessage::from_parsed(&parsed, raw, true);
    message.errors.clear();
    Some(message)
}

fn is_single(message: &Message<'_>, name: &HeaderName<'_>) -> bool {
    message.headers().iter().filter(|field| &field.name == name).count() <= 1
}

/// Whether there is a CR that ends no line, which RFC 5322 section 2.3 forbids. mail-auth leaves it out of what is signed,
/// while a parser may read the mail differently for it.
fn has_bare_cr(raw: &[u8]) -> bool {
    let mut bytes = raw.iter().peekable();
    while let Some(byte) = bytes.next() {
        if *byte == b'\r' && bytes.peek() != Some(&&b'\n') {
            return true;
        }
    }
    false
}

fn may_count(signature: &mail_auth::dkim::Signature) -> bool {
    signature.a != Algorithm::RsaSha1
        && signature.h.len() <= MAX_SIGNED_FIELDS
        && signature.h.iter().any(|field| field.eq_ignore_ascii_case("from"))
}

/// Whether `domain` is `parent` or below it.
fn is_within(domain: &str, parent: &str) -> bool {
    domain
        .strip_suffix(parent)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
