//! The secrets the relay makes: access tokens, poll keys and the local parts of relay addresses.
//!
//! Each is random and long enough that guessing is hopeless, so a single SHA-256 is all that a store needs to keep of
//! a token. All are written in lower-case base32 (RFC 4648 section 6 without padding): it survives a mail server that
//! changes case, a URL that nobody escapes, and a person who reads it out. `Debug` shows nothing of them.

use std::fmt;

use arlo_mail::Account;
use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::PortError;
use crate::hash_key::HashKey;
use crate::system::Random;
use crate::wipe::wiped;

/// What every access token begins with, so that a secret scanner can recognise one.
pub const TOKEN_PREFIX: &str = "arelay_";
/// Base32 characters that 256 bits take.
const KEY_LENGTH: usize = 52;
/// Base32 characters that 160 bits take: within the 64 of a local part.
const LOCAL_PART_LENGTH: usize = 32;

fn random_base32<const BYTES: usize>(random: &(impl Random + ?Sized)) -> Result<String, PortError> {
    let mut bytes = Zeroizing::new([0; BYTES]);
    random.fill(&mut *bytes)?;
    let mut text = BASE32_NOPAD.encode(&*bytes);
    text.make_ascii_lowercase();
    Ok(text)
}

fn is_base32(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7'))
}

crate::redacted_debug!(AccessToken, TokenHash, PollKey, RelayLocalPart);
wiped!(AccessToken, PollKey, RelayLocalPart);

/// What an enrolled client shows with each call: [`TOKEN_PREFIX`] and 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(String);

impl AccessToken {
    /// A new token.
    ///
    /// # Errors
    /// When there is no randomness to be had.
    pub fn generate(random: &(impl Random + ?Sized)) -> Result<Self, PortError> {
        Ok(Self(TOKEN_PREFIX.to_owned() + &random_base32::<32>(random)?))
    }

    /// A token as a client shows it; `None` for what cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let secret = text.strip_prefix(TOKEN_PREFIX)?;
        is_base32(secret, KEY_LENGTH).then(|| Self(text.to_owned()))
    }

    /// The token, for the one it is handed to.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What a store keeps of it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

/// SHA-256 of an [`AccessToken`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
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

/// The capability to read one login request: 256 bits, the unguessable part of its poll URL.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PollKey(String);

impl PollKey {
    /// A new key.
    ///
    /// # Errors
    /// When there is no randomness to be had.
    pub fn generate(random: &(impl Random + ?Sized)) -> Result<Self, PortError> {
        Ok(Self(random_base32::<32>(random)?))
    }

    /// The one key of the pyaarlo REST API for this account and token. That API has no poll URL: it asks by account
    /// and token alone, and each `clear` begins the same request anew.
    #[must_use]
    pub fn for_rest_api(key: &HashKey, account: &Account, token: &TokenHash) -> Self {
        let mac = key.authenticate(&[b"rest-api\0", token.as_bytes(), account.as_str().as_bytes()]);
        Self(BASE32_NOPAD.encode(&mac).to_lowercase())
    }

    /// A key from a poll URL; `None` for what cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_base32(text, KEY_LENGTH).then(|| Self(text.to_owned()))
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

impl RequestId {
    /// An id read back from a store.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes a store keeps.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

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

/// The local part of an enrolment's own relay address: 160 bits. Whoever knows it can send mail as the account's
/// forwarder, so it is a secret.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelayLocalPart(String);

impl RelayLocalPart {
    /// A new one.
    ///
    /// # Errors
    /// When there is no randomness to be had.
    pub fn generate(random: &(impl Random + ?Sized)) -> Result<Self, PortError> {
        Ok(Self(random_base32::<20>(random)?))
    }

    /// The local part of a recipient, in any case; `None` for what cannot be an enrolment's.
    #[must_use]
    pub fn parse(local_part: &str) -> Option<Self> {
        let local_part = local_part.to_ascii_lowercase();
        is_base32(&local_part, LOCAL_PART_LENGTH).then_some(Self(local_part))
    }

    /// The local part, for the one whose mail is forwarded there.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests;
