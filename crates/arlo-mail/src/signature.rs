//! The DKIM-Signature fields of a mail: which domain signed, and which fields (RFC 6376 section 3.5).
//!
//! This module does not verify a signature. It is stricter than the RFC, where the RFC would let a stranger change what
//! a signed mail says: it refuses `l=` (section 8.2), SHA-1 (RFC 8301), a signature that does not cover `From`, and a
//! tag that occurs twice.

use crate::domain::canonical_domain;
use crate::header::{Field, Header};
use crate::limits::MAX_FIELD;

/// Signature fields of one mail that are read, counted from the last.
const MAX_FIELDS: usize = 32;
/// Tags that one field may have.
const MAX_TAGS: usize = 32;
/// Names that one `h=` tag may list.
const MAX_SIGNED: usize = 100;

/// One signature of a form that may count. Nobody has verified it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The signing domain (`d=`), canonical.
    pub domain: String,
    /// The domain of the identity (`i=`), canonical: the signing domain or a subdomain of it.
    pub identity: String,
    /// The names of the fields that it covers (`h=`), in order and in lower case.
    pub fields: Vec<String>,
    /// The hash of the body (`bh=`) in base64, without white space.
    pub body_hash: Vec<u8>,
}

impl Signature {
    /// The name of the field.
    pub const FIELD: &'static str = "DKIM-Signature";

    /// The signatures of a header that may count, from the top, each with the index of its field. Only the last 32 are
    /// read: a forwarder adds its signatures above.
    pub fn all<'h>(header: &'h Header<'_>) -> impl Iterator<Item = (usize, Self)> + 'h {
        let is_one = |(_, field): &(usize, &Field<'_>)| field.is(Self::FIELD);
        let count = header.fields().iter().filter(|field| field.is(Self::FIELD)).count();
        let fields = header.fields().iter().enumerate().filter(is_one);
        fields
            .skip(count.saturating_sub(MAX_FIELDS))
            .filter_map(|(number, field)| Some((number, Self::read(field.value())?)))
    }

    /// Reads the value of a field; `None` if the signature may not count.
    #[must_use]
    pub fn read(value: &[u8]) -> Option<Self> {
        if value.len() > MAX_FIELD {
            return None;
        }
        let mut tags: Vec<(String, String)> = Vec::new();
        for tag in value.split(|byte| *byte == b';') {
            if tag.trim_ascii().is_empty() {
                continue;
            }
            let (name, value) = std::str::from_utf8(tag).ok()?.split_once('=')?;
            let name = name.trim_ascii();
            if tags.len() == MAX_TAGS || tags.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                return None;
            }
            tags.push((name.to_owned(), value.split_ascii_whitespace().collect()));
        }
        let tag = |name: &str| {
            tags.iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.as_str())
        };
        if tag("v").is_some_and(|version| version != "1") || tags.iter().any(|(name, _)| name.eq_ignore_ascii_case("l"))
        {
            return None;
        }
        let algorithm = tag("a")?;
        if !["rsa-sha256", "ed25519-sha256"]
            .iter()
            .any(|known| algorithm.eq_ignore_ascii_case(known))
        {
            return None;
        }
        let domain = canonical_domain(tag("d")?)?;
        let identity = match tag("i") {
            Some(identity) => canonical_domain(identity.rsplit_once('@')?.1)?,
            None => domain.clone(),
        };
        let below = identity.strip_suffix(&domain)?;
        let fields: Vec<String> = tag("h")?.split(':').map(str::to_ascii_lowercase).collect();
        let body_hash = tag("bh")?.as_bytes().to_vec();
        let is_whole = tag("b").is_some_and(|b| !b.is_empty()) && tag("s").is_some_and(|s| !s.is_empty());
        let may_count = (below.is_empty() || below.ends_with('.'))
            && is_whole
            && !body_hash.is_empty()
            && fields.len() <= MAX_SIGNED
            && fields.iter().any(|field| field == "from");
        may_count.then_some(Self {
            domain,
            identity,
            fields,
            body_hash,
        })
    }

    /// Whether it covers a field of this name, which is in lower case. If a mail has several fields of the name, it may
    /// cover only one of them.
    #[must_use]
    pub fn covers(&self, field: &str) -> bool {
        self.fields.iter().any(|covered| covered == field)
    }
}

#[cfg(test)]
mod tests;
