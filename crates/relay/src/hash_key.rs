//! The deployment's secret, and what a store keeps in place of an account's address.
//!
//! A store never holds an account's address. It holds the [`AccountHash`]. A person who reads the store without the
//! [`HashKey`] does not learn which addresses are enrolled, not even by trying them.

use std::fmt;

use arlo_mail::Account;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::wipe::wiped;

/// The deployment's secret under which accounts are hashed.
#[derive(Clone)]
pub struct HashKey([u8; 32]);

wiped!(HashKey);

impl HashKey {
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

    /// Distinguishes this key from another and does not reveal it.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        self.authenticate(&[b"fingerprint\0"])
    }

    /// What is stored in place of an account's address.
    #[must_use]
    pub fn hash(&self, account: &Account) -> AccountHash {
        AccountHash(self.authenticate(&[account.as_str().as_bytes()]))
    }

    /// HMAC-SHA-256 over the parts. What is no account begins with a purpose and a NUL, which no address has.
    pub(crate) fn authenticate(&self, parts: &[&[u8]]) -> [u8; 32] {
        // An HMAC key may have any length; `from` takes a whole block, so pad to it as RFC 2104 does.
        let mut block = Zeroizing::new([0; 64]);
        for (to, from) in block.iter_mut().zip(&self.0) {
            *to = *from;
        }
        let mut mac = Hmac::<Sha256>::new((&*block).into());
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

crate::redacted_debug!(HashKey);

/// HMAC-SHA-256 of the canonical address under the deployment's [`HashKey`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountHash([u8; 32]);

impl AccountHash {
    /// A hash read back from a store.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes a store keeps.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The first eight hex digits: enough to distinguish two accounts in a log, useless for anything else.
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

#[cfg(test)]
mod tests;
