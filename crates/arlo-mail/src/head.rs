//! What the header section says by itself: read before anything is known of the mail, and at a small, bounded price.

use crate::account::Account;
use crate::budget::Steps;
use crate::header::{self, Header};
use crate::limits::{MAX_HEADER, MAX_NAMED, MAX_READ};
use crate::message::{only_line_feeds, strip_envelope};
use crate::sender::{ARLO_DOMAIN, Author};
use crate::signature::Signature;
use crate::{address, gmail};

/// Accounts that one To field may name, so that it still names them. Arlo writes to one.
pub(crate) const MAX_ADDRESSEES: usize = 4;

/// What one header section says.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// Who wrote it, if it says so in one way only.
    pub author: Option<Author>,
    /// To whom it is written: the addresses of its one To field, none where it has several, or more than
    /// [`MAX_ADDRESSEES`], or one that cannot be read.
    pub addressees: Vec<Account>,
    /// Whom its To, Delivered-To and X-Forwarded-For name.
    pub named: Vec<Account>,
    /// The body hash of the signature that Arlo's domain is said to have made, unproven.
    pub arlo_body_hash: Option<Vec<u8>>,
}

impl Head {
    /// Reads the header section; `None` for what does not begin as a mail does.
    #[must_use]
    pub fn read(raw: &[u8]) -> Option<Self> {
        let raw = only_line_feeds(raw.get(..MAX_READ).unwrap_or(raw));
        let raw = strip_envelope(&raw);
        if !header::begins(raw) {
            return None;
        }
        let (header, _) = Header::split(raw);
        // Whether the steps were too many is asked where the mail is read; here every loop has an end of its own.
        let steps = Steps::new(MAX_HEADER);
        Some(Self {
            author: author(&header, &steps),
            addressees: addressees(&header, &steps),
            named: named(&header, &steps),
            // The lowest: what a forwarder adds stands above it.
            arlo_body_hash: Signature::all(&header)
                .filter(|(_, signature)| signature.domain == ARLO_DOMAIN)
                .last()
                .map(|(_, signature)| signature.body_hash),
        })
    }

    /// Whether a provider asks by it to forward mail here.
    #[must_use]
    pub fn asks_to_forward(&self) -> bool {
        self.author
            .as_ref()
            .is_some_and(|author| gmail::is_sender(&author.account))
    }
}

/// Who wrote a mail, if its header says so in one way only.
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
        if named.len() < MAX_NAMED && !named.contains(&account) {
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
        // "mailbox relay": only the first is whose mail it was.
        let field = header::unfold(field);
        if !address::addresses_in_text(&field, steps).take(1).all(&mut add) {
            return named;
        }
    }
    named
}
