//! What names an enrolment and proves itself: its id, its access token and its relay address.
//!
//! A token and a relay address carry the enrolment's id and a proof that the deployment made them: the first 80, or 72,
//! bits of an HMAC under a key for just that use. A made-up one is turned away by arithmetic alone, in the same time
//! whatever is wrong with it: nothing is looked up and nothing is written. A genuine one is then held against what is
//! stored, so that a replaced or revoked one is worth nothing. Neither gives the other away.
//!
//! | bytes | token | relay address |
//! |---|---|---|
//! | id | 10 | 10 |
//! | own | 16, secret | 1, the version of the address |
//! | proof | 10 | 9 |
//! | base32 characters | 58, after `arelay_` | 32 |

use sha2::{Digest, Sha256};

use crate::base32;
use crate::error::PortError;
use crate::keys::{Keys, Subkey, Subkeys};
use crate::public_id::{ID_BYTES, public_id};
use crate::stored_bytes::stored_bytes;
use crate::system::Random;
use crate::wipe::wiped;

/// What every access token begins with, so that a secret scanner can recognise one.
pub const TOKEN_PREFIX: &str = "arelay_";

const SECRET_BYTES: usize = 16;
const TOKEN_PROOF_BYTES: usize = 10;
const TOKEN_BYTES: usize = ID_BYTES + SECRET_BYTES + TOKEN_PROOF_BYTES;
const ADDRESS_PROOF_BYTES: usize = 9;
const ADDRESS_BYTES: usize = ID_BYTES + 1 + ADDRESS_PROOF_BYTES;

crate::redacted_debug!(AccessToken, TokenHash, RelayLocalPart);
wiped!(AccessToken, RelayLocalPart);

public_id! {
    /// The public name of an enrolment.
    EnrolmentId
}

impl EnrolmentId {
    /// The id at the beginning of a token or relay address.
    fn beginning(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().copied().map(Self)
    }
}

/// What an enrolled client shows with each call.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(String, EnrolmentId);

impl AccessToken {
    /// A new token of an enrolment.
    ///
    /// # Errors
    /// When there is no randomness to be had.
    pub fn generate(keys: &Keys, enrolment: EnrolmentId, random: &(impl Random + ?Sized)) -> Result<Self, PortError> {
        let secret = base32::random::<SECRET_BYTES>(random)?;
        let proof = keys.current().tokens.authenticate(&[&enrolment.0, &*secret]);
        let proof = proof.iter().take(TOKEN_PROOF_BYTES);
        let bytes: zeroize::Zeroizing<Vec<u8>> =
            zeroize::Zeroizing::new(enrolment.0.iter().chain(secret.iter()).chain(proof).copied().collect());
        Ok(Self(TOKEN_PREFIX.to_owned() + &base32::encode(&bytes), enrolment))
    }

    /// A token as a client shows it, genuine or not; `None` for what cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = base32::decode::<TOKEN_BYTES>(text.strip_prefix(TOKEN_PREFIX)?)?;
        Some(Self(text.to_owned(), EnrolmentId::beginning(&*bytes)?))
    }

    /// Whether this deployment made it.
    #[must_use]
    pub fn is_genuine(&self, keys: &Keys) -> bool {
        let text = self.0.strip_prefix(TOKEN_PREFIX).unwrap_or_default();
        base32::decode::<TOKEN_BYTES>(text)
            .is_some_and(|bytes| is_proven::<TOKEN_PROOF_BYTES>(keys, |keys| &keys.tokens, &*bytes))
    }

    /// Whose it is, if it is genuine.
    #[must_use]
    pub fn enrolment(&self) -> EnrolmentId {
        self.1
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

/// Whether the last bytes prove those before them under any of the keys. All are tried, so that the time does not say
/// under which.
pub(crate) fn is_proven<const PROOF: usize>(keys: &Keys, of: impl Fn(&Subkeys) -> &Subkey, bytes: &[u8]) -> bool {
    let Some((signed, proof)) = bytes.split_last_chunk::<PROOF>() else {
        return false;
    };
    let is_proof = |keys| of(keys).is_proof(&[signed], proof);
    keys.all().map(is_proof).fold(false, |any, one| any | one)
}

/// SHA-256 of an [`AccessToken`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

stored_bytes!(TokenHash, 32);

/// The local part of an enrolment's own relay address. Whoever knows it can send mail as the account's forwarder, so it
/// is a secret.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelayLocalPart(String, EnrolmentId, AddressVersion);

/// Which of an enrolment's relay addresses: a new one has the next version, and none comes after the last.
pub type AddressVersion = u8;

impl RelayLocalPart {
    /// The address of that version.
    #[must_use]
    pub fn new(keys: &Keys, enrolment: EnrolmentId, version: AddressVersion) -> Self {
        let proof = keys.current().addresses.authenticate(&[&enrolment.0, &[version]]);
        let proof = proof.iter().take(ADDRESS_PROOF_BYTES);
        let bytes: Vec<u8> = enrolment.0.iter().chain([&version]).chain(proof).copied().collect();
        Self(base32::encode(&bytes), enrolment, version)
    }

    /// The local part of a recipient, in any case, genuine or not; `None` for what cannot be an enrolment's.
    #[must_use]
    pub fn parse(local_part: &str) -> Option<Self> {
        let local_part = local_part.to_ascii_lowercase();
        let bytes = base32::decode::<ADDRESS_BYTES>(&local_part)?;
        let version = *bytes.get(ID_BYTES)?;
        Some(Self(local_part, EnrolmentId::beginning(&*bytes)?, version))
    }

    /// Whether this deployment made it.
    #[must_use]
    pub fn is_genuine(&self, keys: &Keys) -> bool {
        base32::decode::<ADDRESS_BYTES>(&self.0)
            .is_some_and(|bytes| is_proven::<ADDRESS_PROOF_BYTES>(keys, |keys| &keys.addresses, &*bytes))
    }

    /// Whose it is, if it is genuine.
    #[must_use]
    pub fn enrolment(&self) -> EnrolmentId {
        self.1
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> AddressVersion {
        self.2
    }

    /// The local part, for the one whose mail is forwarded there.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests;
