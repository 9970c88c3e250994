//! What a mail to the shared address could prove, and whom it proves.
//!
//! Anyone can write a header, and anyone can send on a genuine mail of Arlo's. So an account that a mail names counts
//! only if a proof covers that name:
//! - Arlo's domain signed the From, the Date and the one To that names the account;
//! - the account's own domain lets the server send for a reverse-path that is the account, or Gmail's form of it;
//! - the account's own domain signed the From that is the account, and the Date.
//!
//! [`Claims::read`] looks at the header and the reverse-path alone and lists what is worth a DNS look-up. An adapter
//! answers with [`Verdicts`]. The rules conclude from both whose mail it is. No part of this knows who is enrolled.
//!
//! If a field that may occur once occurs twice, no signature counts: the rules would read one field and the signature
//! cover the other (RFC 6376 section 8.15). The same holds for anything that the reader of mails forgives, see
//! [`Verbatim`].

use arlo_mail::{ARLO_DOMAIN, Account, Content, Head, Header, Mail, Senders, Signature, Verbatim};

use crate::origin::{self, GOOGLE_DOMAIN};

/// Signatures of one domain that are checked. A domain that changes keys signs twice.
const MAX_OF_A_DOMAIN: usize = 2;

/// The fields by which the rules read a mail; RFC 5322 and RFC 2045 allow one of each. To is checked separately.
const SINGLE: [&str; 6] = [
    "From",
    "Date",
    "Subject",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];

/// What a mail could prove. `Debug` shows how much.
#[derive(Clone, Default)]
pub struct Claims {
    signatures: Vec<Claim>,
    forwarder: Option<Account>,
    is_from_arlo: bool,
    arlo_body_hash: Option<Vec<u8>>,
}

/// A signature that would prove something if it verified.
#[derive(Clone)]
pub struct Claim {
    field: usize,
    signature: Signature,
    is_sole: bool,
    proves: Proves,
}

#[derive(Clone)]
enum Proves {
    /// Arlo wrote to these.
    ArloWroteTo(Vec<Account>),
    /// This account wrote it.
    Wrote(Account),
    /// Google asks whether mail may be forwarded here.
    GoogleAsks,
}

/// What an adapter found out about a mail's claims. By default nothing is proven.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// Which of [`Claims::signatures`] verify, by their place.
    pub verified: Vec<usize>,
    /// The domain of the reverse-path lets the client send for it.
    pub spf: bool,
}

/// What is proven of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Arlo wrote it to this account.
    ArloWroteTo(Account),
    /// This account's mailbox sent it on.
    SentOnBy(Account),
    /// This account wrote it.
    WrittenBy(Account),
    /// Google asks by it whether mail may be forwarded here.
    GoogleAsks,
}

impl Claims {
    /// Reads what a mail with this reverse-path could prove; `None` for what is no mail.
    #[must_use]
    pub fn read(raw: &[u8], reverse_path: Option<&str>, senders: &Senders) -> Option<Self> {
        let head = Head::read(raw)?;
        let signatures = match Verbatim::from_raw(raw) {
            Ok(verbatim) => signatures(&verbatim.header, &head),
            Err(_) => Vec::new(),
        };
        // Ordinary mail that a stranger sends names no forwarder in its header, and costs no look-up.
        let is_named = |account: &Account| {
            head.named.contains(account) || head.author.as_ref().is_some_and(|author| author.account == *account)
        };
        Some(Self {
            signatures,
            forwarder: reverse_path.and_then(origin::forwarder).filter(is_named),
            is_from_arlo: head
                .author
                .as_ref()
                .is_some_and(|author| senders.contains(&author.sender)),
            arlo_body_hash: head.arlo_body_hash,
        })
    }

    /// These, as far as they are about Arlo's own signature.
    pub(crate) fn of_arlo_alone(mut self) -> Self {
        self.signatures.retain(Claim::is_arlos);
        self.forwarder = None;
        self
    }

    /// The signatures that are worth checking.
    #[must_use]
    pub fn signatures(&self) -> &[Claim] {
        &self.signatures
    }

    /// Whether SPF of the reverse-path could prove something.
    #[must_use]
    pub fn names_forwarder(&self) -> bool {
        self.forwarder.is_some()
    }

    /// Whether the mail's author is Arlo, by its own word: a key of Arlo's that cannot be looked up now is worth
    /// another attempt.
    #[must_use]
    pub fn is_from_arlo(&self) -> bool {
        self.is_from_arlo
    }

    /// The hash of the body that Arlo signed: of a signature that verifies, or else of one that was not verified.
    pub(crate) fn arlo_body_hash(&self, verdicts: &Verdicts) -> Option<&[u8]> {
        let verified = self.verified(verdicts).find(|claim| claim.is_arlos());
        let verified = verified.map(|claim| &claim.signature.body_hash);
        verified.or(self.arlo_body_hash.as_ref()).map(Vec::as_slice)
    }

    fn verified(&self, verdicts: &Verdicts) -> impl Iterator<Item = &Claim> {
        let claims = self.signatures.iter().enumerate();
        claims
            .filter(|(place, _)| verdicts.verified.contains(place))
            .map(|(_, claim)| claim)
    }

    /// What these verdicts prove, each once.
    pub(crate) fn proven(&self, verdicts: &Verdicts) -> Vec<Proof> {
        let mut proven: Vec<Proof> = Vec::new();
        let mut add = |proof| {
            if !proven.contains(&proof) {
                proven.push(proof);
            }
        };
        for claim in self.verified(verdicts) {
            match &claim.proves {
                Proves::ArloWroteTo(accounts) => accounts.iter().cloned().map(Proof::ArloWroteTo).for_each(&mut add),
                Proves::Wrote(account) => add(Proof::WrittenBy(account.clone())),
                Proves::GoogleAsks => add(Proof::GoogleAsks),
            }
        }
        if let Some(account) = self.forwarder.as_ref().filter(|_| verdicts.spf) {
            add(Proof::SentOnBy(account.clone()));
        }
        proven
    }
}

impl Claim {
    /// The number of its field in the header.
    #[must_use]
    pub fn field(&self) -> usize {
        self.field
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Whether every signature of its domain in the mail would prove the same, so that it does not matter which of them
    /// verified.
    #[must_use]
    pub fn is_sole(&self) -> bool {
        self.is_sole
    }

    /// Whether it is Arlo's.
    #[must_use]
    pub fn is_arlos(&self) -> bool {
        matches!(self.proves, Proves::ArloWroteTo(_))
    }
}

impl Proof {
    /// The account that it is about; `None` where the mail itself has to be read for it.
    pub(crate) fn account(&self) -> Option<&Account> {
        match self {
            Self::ArloWroteTo(account) | Self::SentOnBy(account) | Self::WrittenBy(account) => Some(account),
            Self::GoogleAsks => None,
        }
    }

    /// Whether it proves a mail that says this.
    pub(crate) fn covers(&self, mail: &Mail) -> bool {
        let asks = matches!(mail.content, Content::ForwardingConfirmation(_));
        match self {
            Self::ArloWroteTo(_) => mail.forwarded_by.is_none() && !asks,
            Self::SentOnBy(account) => mail.forwarded_by.as_ref().is_none_or(|by| by == account) && !asks,
            Self::WrittenBy(account) => mail.forwarded_by.as_ref() == Some(account),
            Self::GoogleAsks => asks,
        }
    }
}

crate::redacted_debug!(
    Claims,
    |claims| signatures = claims.signatures.len(),
    names_forwarder = claims.forwarder.is_some()
);

crate::redacted_debug!(Claim, |claim| field = claim.field);

fn signatures(header: &Header<'_>, head: &Head) -> Vec<Claim> {
    let count = |name: &str| header.fields().iter().filter(|field| field.is(name)).count();
    if SINGLE.iter().any(|name| count(name) > 1) || count("Date") == 0 {
        return Vec::new();
    }
    let of_domain = |domain: &str| {
        let by = header.fields().iter().filter(|field| field.is(Signature::FIELD));
        by.filter(|field| mentions(field.value(), domain)).count()
    };
    let mut claims: Vec<Claim> = Vec::new();
    let read: Vec<(usize, Signature)> = Signature::all(header).collect();
    for (field, signature) in read.into_iter().rev() {
        let of_same = claims.iter().filter(|claim| claim.signature.domain == signature.domain);
        if of_same.count() >= MAX_OF_A_DOMAIN {
            continue;
        }
        if let Some(proves) = proves(&signature, head) {
            claims.push(Claim {
                field,
                signature,
                is_sole: false,
                proves,
            });
        }
    }
    for at in 0..claims.len() {
        let domain = claims
            .get(at)
            .map(|claim| claim.signature.domain.clone())
            .unwrap_or_default();
        let same = claims.iter().filter(|claim| claim.signature.domain == domain).count();
        if let Some(claim) = claims.get_mut(at) {
            claim.is_sole = of_domain(&domain) == same;
        }
    }
    // Arlo's first: another's slow name server must not use up the time.
    claims.sort_by_key(|claim| !claim.is_arlos());
    claims
}

/// Whether a field holds the domain anywhere, in any case and with any white space within.
fn mentions(value: &[u8], domain: &str) -> bool {
    let mut text = value.to_ascii_lowercase();
    text.retain(|byte| !byte.is_ascii_whitespace());
    String::from_utf8_lossy(&text).contains(domain)
}

fn proves(signature: &Signature, head: &Head) -> Option<Proves> {
    let author = head.author.as_ref().map(|author| &author.account);
    if signature.domain == ARLO_DOMAIN {
        let covers = ["from", "to", "date"].iter().all(|field| signature.covers(field));
        return (covers && !head.addressees.is_empty()).then(|| Proves::ArloWroteTo(head.addressees.clone()));
    }
    if head.asks_to_forward() {
        let covers = signature.domain == GOOGLE_DOMAIN && signature.covers("subject");
        return covers.then_some(Proves::GoogleAsks);
    }
    author
        .filter(|author| origin::is_domain_of(&signature.domain, author) && signature.covers("date"))
        .map(|author| Proves::Wrote(author.clone()))
}

#[cfg(test)]
mod tests;
