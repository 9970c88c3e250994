//! The capability to read one login request, and the request's public name.

use std::fmt;

use arlo_mail::Account;
use sha2::{Digest, Sha256};

use crate::base32;
use crate::error::PortError;
use crate::identity::{EnrolmentId, TokenHash};
use crate::keys::Keys;
use crate::stored_bytes::stored_bytes;
use crate::system::Random;
use crate::wipe::wiped;

const ID_BYTES: usize = 10;
const SECRET_BYTES: usize = 32;
const KEY_BYTES: usize = ID_BYTES + SECRET_BYTES;

crate::redacted_debug!(PollKey);
wiped!(PollKey);

/// The capability to read one login request, and the unguessable part of its poll URL: the enrolment's id and 256
/// secret bits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PollKey(String, EnrolmentId);

impl PollKey {
    /// A new key.
    ///
    /// # Errors
    /// When there is no randomness to be had.
    pub fn generate(enrolment: EnrolmentId, random: &(impl Random + ?Sized)) -> Result<Self, PortError> {
        Ok(Self::with_secret(enrolment, &*base32::random::<SECRET_BYTES>(random)?))
    }

    /// The one key of the pyaarlo REST API for this account and token. That API has no poll URL: it asks by account
    /// and token alone, and each `clear` begins the same request anew.
    #[must_use]
    pub fn for_rest_api(keys: &Keys, enrolment: EnrolmentId, account: &Account, token: &TokenHash) -> Self {
        let secret = keys
            .current()
            .rest_api
            .authenticate(&[token.as_bytes(), account.as_str().as_bytes()]);
        Self::with_secret(enrolment, &secret)
    }

    fn with_secret(enrolment: EnrolmentId, secret: &[u8; SECRET_BYTES]) -> Self {
        let bytes = zeroize::Zeroizing::new([enrolment.as_bytes().as_slice(), secret].concat());
        Self(base32::encode(&bytes), enrolment)
    }

    /// A key as it stands in a poll URL; `None` for what cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = base32::decode::<KEY_BYTES>(text)?;
        let id = bytes.first_chunk().copied()?;
        Some(Self(text.to_owned(), EnrolmentId::from_bytes(id)))
    }

    /// Whose request it reads, if there is one.
    #[must_use]
    pub fn enrolment(&self) -> EnrolmentId {
        self.1
    }

    /// The text in the poll URL.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The public name of the request that this key reads. The key cannot be found from it.
    #[must_use]
    pub fn request_id(&self) -> RequestId {
        let mut id = [0; 16];
        let digest = Sha256::new()
            .chain_update(b"request\0")
            .chain_update(&self.0)
            .finalize();
        for (to, from) in id.iter_mut().zip(digest) {
            *to = from;
        }
        RequestId(id)
    }
}

/// The public name of a login request: safe in a log, no capability.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId([u8; 16]);

stored_bytes!(RequestId, 16);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("req_")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
