//! What the header section of a mail says. It is read before the mail itself, in a small and bounded time.

use crate::account::Account;
use crate::address;
use crate::header::{self, Header};
use crate::limits::{MAX_HEADER, MAX_NAMED, MAX_READ};
use crate::raw::{only_line_feeds, strip_envelope};
use crate::sender::{ARLO_DOMAIN, Author};
use crate::signature::Signature;
use crate::steps::Steps;

/// Addresses that a To field may have. One with more names nobody. Arlo writes to one address.
pub(crate) const MAX_ADDRESSEES: usize = 4;

/// What one header section says. All of it can be forged.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// The author, if the header names exactly one.
    pub author: Option<Author>,
    /// The addresses of the To field. Empty if there are several To fields, more than four addresses, or an address
    /// that cannot be read.
    pub addressees: Vec<Account>,
    /// The accounts that the To, Delivered-To and X-Forwarded-For fields name.
    pub named: Vec<Account>,
    /// The body hash of the signature that names Arlo's domain. Nobody has verified it.
    pub arlo_body_hash: Option<Vec<u8>>,
}

impl Head {
    /// Reads the header section of a raw mail; `None` if the bytes do not begin with a header field.
    #[must_use]
    pub fn read(raw: &[u8]) -> Option<Self> {
        let raw = only_line_feeds(raw.get(..MAX_READ).unwrap_or(raw));
        let raw = strip_envelope(&raw);
        if !header::begins(raw) {
            return None;
        }
        let (header, _) = Header::split(raw);
        // The steps are not checked here: every loop below has a limit of its own.
        let steps = Steps::new(MAX_HEADER);
        Some(Self {
            author: author(&header, &steps),
            addressees: addressees(&header, &steps),
            named: named(&header, &steps),
            // The lowest one: a forwarder adds its own fields above.
            arlo_body_hash: Signature::all(&header)
                .filter(|(_, signature)| signature.domain == ARLO_DOMAIN)
                .last()
                .map(|(_, signature)| signature.body_hash),
        })
    }

    /// Whether this is the header of Gmail's question whether it may forward mail.
    #[must_use]
    pub fn asks_to_forward(&self) -> bool {
        self.author.as_ref().is_some_and(Author::asks_to_forward)
    }
}

/// The author of a mail, if its header names exactly one.
pub(crate) fn author(header: &Header<'_>, steps: &Steps) -> Option<Author> {
    let mut fields = header.all("From");
    let field = fields
        .next()
        .filter(|_| fields.next().is_none() && header.is_complete())?;
    match &mut *address::addresses(&header::unfold(field), 2, steps) {
        [only] => only.take(),
        _ => None,
    }
}

fn addressees(header: &Header<'_>, steps: &Steps) -> Vec<Account> {
    let mut fields = header.all("To");
    let (Some(field), None) = (fields.next(), fields.next()) else {
        return Vec::new();
    };
    let found = address::addresses(&header::unfold(field), MAX_ADDRESSEES + 1, steps);
    if found.len() > MAX_ADDRESSEES || !header.is_complete() {
        return Vec::new();
    }
    found.into_iter().collect::<Option<_>>().unwrap_or_default()
}

/// The accounts that a header names.
pub(crate) fn named(header: &Header<'_>, steps: &Steps) -> Vec<Account> {
    let mut named: Vec<Account> = Vec::new();
    let mut add = |account: Account| {
        if !named.contains(&account) {
            named.push(account);
        }
        named.len() < MAX_NAMED
    };
    for field in header.all("To").chain(header.all("Delivered-To")) {
        let found = address::addresses(&header::unfold(field), usize::MAX, steps);
        if !found.into_iter().flatten().all(&mut add) {
            return named;
        }
    }
    for field in header.all("X-Forwarded-For") {
        // The field holds "mailbox relay". Only the first address is the account.
        let field = header::unfold(field);
        if !address::addresses_in_text(&field, steps).take(1).all(&mut add) {
            return named;
        }
    }
    named
}

#[cfg(test)]
mod tests;
