//! A form by which a stranger joins once, however often it is sent.
//!
//! Who reloads a page, goes back, or presses a button twice sends a form again. Its ticket, which the deployment made,
//! decides with the account which enrolment it makes and with which token. So the second call finds what the first one
//! made, and answers the same, without anything stored for it: the ticket and the token are equally secret, and only
//! the one who was handed the form has the ticket. Where what it made has gone, it is not made again: its token and its
//! relay address would be good once more.
//!
//! | bytes | ticket |
//! |---|---|
//! | when it was made, in seconds since 1970 | 5 |
//! | own, secret | 15 |
//! | proof | 10 |
//! | base32 characters | 48 |

use std::sync::atomic::{AtomicU64, Ordering};

use arlo_mail::Account;
use jiff::{SignedDuration, Timestamp};

use crate::base32;
use crate::enrolment::Credentials;
use crate::error::{PortError, Refusal};
use crate::identity::{AccessToken, EnrolmentId};
use crate::joining::{Registration, Stranger};
use crate::keys::{Keys, Subkey};
use crate::ports::{AdmitMembers, FindEnrolments};
use crate::relay::Relay;
use crate::system::Random;
use crate::wipe::wiped;

/// How long a form can be sent.
pub(crate) const GOOD_FOR: SignedDuration = SignedDuration::from_hours(1);

const TIME_BYTES: usize = 5;
const SECRET_BYTES: usize = 15;
const PROOF_BYTES: usize = 10;
const TICKET_BYTES: usize = TIME_BYTES + SECRET_BYTES + PROOF_BYTES;

crate::redacted_debug!(JoinTicket);
wiped!(JoinTicket);

/// What makes a form one that makes one enrolment.
#[derive(Clone, PartialEq, Eq)]
pub struct JoinTicket(String);

impl JoinTicket {
    fn generate(keys: &Keys, now: Timestamp, random: &(impl Random + ?Sized)) -> Result<Self, PortError> {
        let secret = base32::random::<SECRET_BYTES>(random)?;
        let seconds = now.as_second().to_be_bytes();
        let signed: Vec<u8> = seconds
            .iter()
            .skip(seconds.len() - TIME_BYTES)
            .chain(secret.iter())
            .copied()
            .collect();
        let proof = keys.current().join_tickets.authenticate(&[&signed]);
        let bytes: Vec<u8> = signed.iter().chain(proof.iter().take(PROOF_BYTES)).copied().collect();
        Ok(Self(base32::encode(&bytes)))
    }

    /// A ticket as it comes with a form, genuine or not; `None` for what cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        base32::decode::<TICKET_BYTES>(text).map(|_| Self(text.to_owned()))
    }

    /// The ticket, for the form.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the deployment made it with its present key, and not too long ago.
    fn is_good(&self, keys: &Keys, now: Timestamp) -> bool {
        let Some(bytes) = base32::decode::<TICKET_BYTES>(&self.0) else {
            return false;
        };
        let Some((signed, proof)) = bytes.split_last_chunk::<PROOF_BYTES>() else {
            return false;
        };
        let seconds = signed
            .iter()
            .take(TIME_BYTES)
            .fold(0, |seconds, byte| seconds * 256 + i64::from(*byte));
        let age = now.as_second().saturating_sub(seconds);
        keys.current().join_tickets.is_proof(&[signed], proof) && (0..GOOD_FOR.as_secs()).contains(&age)
    }

    fn source<'a>(&'a self, keys: &'a Keys, account: &'a Account) -> Source<'a> {
        Source {
            key: &keys.current().join_tickets,
            ticket: self,
            account,
            blocks: AtomicU64::new(0),
        }
    }
}

/// In place of randomness, what follows from a ticket and an account. Nobody without the deployment's key can tell it
/// from randomness.
struct Source<'a> {
    key: &'a Subkey,
    ticket: &'a JoinTicket,
    account: &'a Account,
    blocks: AtomicU64,
}

impl Random for Source<'_> {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), PortError> {
        for piece in buffer.chunks_mut(32) {
            let number = self.blocks.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            let account = self.account.as_str().as_bytes();
            let block = self
                .key
                .authenticate(&[b"values", self.ticket.0.as_bytes(), &number, account]);
            for (to, from) in piece.iter_mut().zip(block) {
                *to = from;
            }
        }
        Ok(())
    }
}

impl<S> Relay<S> {
    /// A ticket for a new form.
    ///
    /// # Errors
    /// When there is no randomness to be had.
    pub fn join_ticket(&self) -> Result<JoinTicket, PortError> {
        JoinTicket::generate(self.keys(), self.now(), &*self.enroller().deployment.random)
    }
}

impl<S: AdmitMembers + FindEnrolments> Relay<S> {
    /// Enrols a stranger as [`Self::join`] does. With the same ticket and account it is done once: later calls answer
    /// the same.
    ///
    /// # Errors
    /// [`Refusal::TicketOver`], [`Refusal::TicketUsed`] where the enrolment has another token since or has gone, and
    /// those of [`Self::join`].
    pub async fn join_once(&self, ticket: &JoinTicket, stranger: Stranger<'_>) -> Result<Credentials, Refusal> {
        if self.registration == Registration::Closed {
            return Err(Refusal::Closed);
        }
        if !ticket.is_good(self.keys(), self.now()) {
            return Err(Refusal::TicketOver);
        }
        if let Some(made) = self.made_before(ticket, &stranger).await? {
            return Ok(made);
        }
        let source = ticket.source(self.keys(), stranger.account);
        match self.join_from(stranger.clone(), &source).await {
            // Another call with the ticket may have been quicker.
            Err(Refusal::Port(error)) => match self.made_before(ticket, &stranger).await {
                Ok(Some(made)) => Ok(made),
                _ => Err(error.into()),
            },
            done => done,
        }
    }

    /// What the ticket has made.
    async fn made_before(&self, ticket: &JoinTicket, stranger: &Stranger<'_>) -> Result<Option<Credentials>, Refusal> {
        let source = ticket.source(self.keys(), stranger.account);
        let id = EnrolmentId::generate(&source)?;
        let token = AccessToken::generate(self.keys(), id, &source)?;
        let Some(enrolment) = self.store().find_enrolment(&id).await? else {
            return Ok(None);
        };
        if !enrolment.has_token(&token.hash()) {
            return Err(Refusal::TicketUsed);
        }
        Ok(Some(Credentials {
            id,
            local_part: self.enroller().local_part(&enrolment),
            label: enrolment.label,
            account: stranger.account.clone(),
            token,
        }))
    }
}

#[cfg(test)]
mod tests;
