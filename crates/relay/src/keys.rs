//! The deployment's key, and what is made with it.
//!
//! Each use has a key of its own, derived from the deployment's: an account's hash, the proofs of tokens, of relay
//! addresses and of invitations, the forms to join, and the poll keys of the pyaarlo REST API. So what one use shows
//! says nothing about another.
//!
//! A store never holds an account's address. It holds the [`AccountHash`]: whoever reads the store without the key
//! cannot tell which addresses are enrolled, not even by trying them.
//!
//! A deployment may change its key. The former one is then still good for what was made with it, and nothing new is
//! made with it.

use std::fmt;

use arlo_mail::Account;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::stored_bytes::stored_bytes;
use crate::wipe::wiped;

/// The deployment's secret.
#[derive(Clone)]
pub struct DeploymentKey([u8; 32]);

wiped!(DeploymentKey, Subkey);
crate::redacted_debug!(DeploymentKey, Keys);

impl DeploymentKey {
    /// A key from 32 random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the adapter that keeps them.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Tells this key from another without giving it away.
    #[must_use]
    pub fn id(&self) -> KeyId {
        let mut id = [0; 8];
        for (to, from) in id.iter_mut().zip(self.derive("key id").authenticate(&[])) {
            *to = from;
        }
        KeyId(id)
    }

    fn derive(&self, purpose: &str) -> Subkey {
        Subkey(authenticate(&self.0, &[b"arlo-relay/1 ", purpose.as_bytes()]))
    }
}

/// Names a [`DeploymentKey`]: safe in a log and in a store.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; 8]);

stored_bytes!(KeyId, 8);

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("key_")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A key for one use.
#[derive(Clone)]
pub(crate) struct Subkey([u8; 32]);

impl Subkey {
    /// HMAC-SHA-256 over the parts.
    pub(crate) fn authenticate(&self, parts: &[&[u8]]) -> [u8; 32] {
        authenticate(&self.0, parts)
    }

    /// Whether the proof begins the HMAC over the parts. It takes the same time for every proof.
    pub(crate) fn is_proof(&self, parts: &[&[u8]], proof: &[u8]) -> bool {
        mac(&self.0, parts).verify_truncated_left(proof).is_ok()
    }
}

fn authenticate(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    mac(key, parts).finalize().into_bytes().into()
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> Hmac<Sha256> {
    // An HMAC key may have any length; `new` takes a whole block, so pad to it as RFC 2104 does.
    let mut block = Zeroizing::new([0; 64]);
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    for part in parts {
        mac.update(part);
    }
    mac
}

/// The keys of a deployment, one for each use.
#[derive(Clone)]
pub struct Keys {
    current: Subkeys,
    former: Option<Subkeys>,
}

#[derive(Clone)]
pub(crate) struct Subkeys {
    pub(crate) id: KeyId,
    pub(crate) tokens: Subkey,
    pub(crate) addresses: Subkey,
    pub(crate) invitations: Subkey,
    pub(crate) join_tickets: Subkey,
    pub(crate) rest_api: Subkey,
    accounts: Subkey,
}

impl Subkeys {
    fn from_key(key: &DeploymentKey) -> Self {
        Self {
            id: key.id(),
            tokens: key.derive("tokens"),
            addresses: key.derive("relay addresses"),
            invitations: key.derive("invitations"),
            join_tickets: key.derive("join tickets"),
            rest_api: key.derive("pyaarlo poll keys"),
            accounts: key.derive("accounts"),
        }
    }

    fn hash(&self, account: &Account) -> AccountHash {
        AccountHash(self.accounts.authenticate(&[account.as_str().as_bytes()]))
    }
}

impl Keys {
    /// The keys of a deployment that has had one key.
    #[must_use]
    pub fn new(key: &DeploymentKey) -> Self {
        Self {
            current: Subkeys::from_key(key),
            former: None,
        }
    }

    /// What was made with the deployment's former key is good as well.
    #[must_use]
    pub fn with_former(mut self, former: &DeploymentKey) -> Self {
        self.former = Some(Subkeys::from_key(former));
        self
    }

    /// Whether what was made with a former key is good as well.
    #[must_use]
    pub fn has_former(&self) -> bool {
        self.former.is_some()
    }

    /// The key with which all is made.
    #[must_use]
    pub fn current_id(&self) -> KeyId {
        self.current.id
    }

    /// What is stored in place of an account's address.
    #[must_use]
    pub fn hash(&self, account: &Account) -> AccountHash {
        self.current.hash(account)
    }

    /// All that may be stored in place of an account's address.
    #[must_use]
    pub fn hashes(&self, account: &Account) -> AccountHashes {
        AccountHashes {
            current: self.current.hash(account),
            former: self.former.as_ref().map(|former| former.hash(account)),
        }
    }

    pub(crate) fn current(&self) -> &Subkeys {
        &self.current
    }

    /// The current ones, then the former ones.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Subkeys> {
        [Some(&self.current), self.former.as_ref()].into_iter().flatten()
    }
}

/// HMAC-SHA-256 of the canonical address under a key of the deployment.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountHash([u8; 32]);

stored_bytes!(AccountHash, 32);

/// The first eight hex digits: enough to tell two apart in a log, useless for anything else.
impl fmt::Display for AccountHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.iter().take(4) {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for AccountHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountHash({self})")
    }
}

/// An account's hash under each key of the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountHashes {
    current: AccountHash,
    former: Option<AccountHash>,
}

impl AccountHashes {
    /// The one that is stored for a new enrolment.
    #[must_use]
    pub fn current(&self) -> AccountHash {
        self.current
    }

    /// The current one, then the former one.
    pub fn iter(&self) -> impl Iterator<Item = AccountHash> {
        [Some(self.current), self.former].into_iter().flatten()
    }

    /// Whether a stored hash is the account's.
    #[must_use]
    pub fn contains(&self, hash: &AccountHash) -> bool {
        self.iter().any(|own| own == *hash)
    }
}

#[cfg(test)]
mod tests;
