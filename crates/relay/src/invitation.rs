//! Invitations: each lets so many strangers join until its time is over.
//!
//! An invitation's code carries its id and a proof that the deployment made it, as a token does: a made-up one is
//! turned away without a look into the store. How many may still join by it is stored.
//!
//! | bytes | code |
//! |---|---|
//! | id | 10 |
//! | proof | 10 |
//! | base32 characters | 32, after `arelay_invite_` |

use jiff::Timestamp;

use crate::base32;
use crate::identity::is_proven;
use crate::keys::Keys;
use crate::public_id::{ID_BYTES, public_id};
use crate::wipe::wiped;

const PREFIX: &str = "arelay_invite_";
const PROOF_BYTES: usize = 10;
const CODE_BYTES: usize = ID_BYTES + PROOF_BYTES;

crate::redacted_debug!(InvitationCode);
wiped!(InvitationCode);

public_id! {
    /// The public name of an invitation.
    InvitationId
}

/// What a stranger shows to join.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationCode(String, InvitationId);

impl InvitationCode {
    /// The code of an invitation.
    #[must_use]
    pub fn new(keys: &Keys, id: InvitationId) -> Self {
        let proof = keys.current().invitations.authenticate(&[&id.0]);
        let bytes: Vec<u8> = id.0.iter().chain(proof.iter().take(PROOF_BYTES)).copied().collect();
        Self(PREFIX.to_owned() + &base32::encode(&bytes), id)
    }

    /// A code as a stranger shows it, genuine or not; `None` for what cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bytes = base32::decode::<CODE_BYTES>(text.strip_prefix(PREFIX)?)?;
        let id = bytes.first_chunk().copied().map(InvitationId)?;
        Some(Self(text.to_owned(), id))
    }

    /// The invitation, if this deployment made the code.
    #[must_use]
    pub fn proven(&self, keys: &Keys) -> Option<InvitationId> {
        let text = self.0.strip_prefix(PREFIX).unwrap_or_default();
        let bytes = base32::decode::<CODE_BYTES>(text)?;
        is_proven::<PROOF_BYTES>(keys, |keys| &keys.invitations, &*bytes).then_some(self.1)
    }

    /// The code, for the one who is invited.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// An invitation as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invitation {
    /// Its public name.
    pub id: InvitationId,
    /// How many may join by it.
    pub uses: u32,
    /// How many have.
    pub used: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When nobody can join by it any more.
    pub expires_at: Timestamp,
}

impl Invitation {
    /// Whether somebody may join by it now.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.used < self.uses && now < self.expires_at
    }
}

#[cfg(test)]
mod tests;
