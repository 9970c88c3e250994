//! Arlo's own signature, for the enrolments that ask for it whatever way a mail came.
//!
//! A secret address may become known, and anybody can write into a mailbox. Such an enrolment takes a code only from a
//! mail that Arlo's domain signed with its From, its Date and its one To, which names the account or the enrolment's
//! own relay address. So neither a made mail nor one that Arlo wrote to somebody else ends its logins, and what the
//! account forwards by hand does not either.

use arlo_mail::{Account, Mail, strip_envelope};
use bytes::Bytes;

use super::outcome::claims_code;
use super::reading::Read;
use crate::claims::{Claims, Proof, Verdicts};
use crate::enrolment::Enrolment;
use crate::identity::EnrolmentId;
use crate::origin::Recipient;
use crate::ports::{AuthenticateMail, PortError, Record, RunWork};
use crate::relay::Relay;

/// Whether the enrolment takes this mail only if Arlo signed it.
pub(super) fn needs_signature(record: &Record, mail: &Mail) -> bool {
    record.enrolment.require_dkim && claims_code(&mail.content)
}

fn asks((record, read): &(Record, Option<Read>)) -> bool {
    read.as_ref().is_some_and(|(mail, _)| needs_signature(record, mail))
}

impl<S> Relay<S> {
    /// Drops the enrolments that take this mail only if Arlo signed it to them, where it did not, and names the first
    /// of them. Nothing is looked up unless one asks for it.
    ///
    /// # Errors
    /// When the signature cannot be checked now: then none is dropped.
    pub(super) async fn drop_unsigned(
        &self,
        reads: &mut Vec<(Record, Option<Read>)>,
        raw: &Bytes,
        authenticate: &impl AuthenticateMail,
        work: &impl RunWork,
    ) -> Result<Option<EnrolmentId>, PortError> {
        if !reads.iter().any(asks) {
            return Ok(None);
        }
        let (claims, verdicts) = self.check_arlos_signature(raw, authenticate, work).await?;
        let body_hash = claims.arlo_body_hash(&verdicts);
        for (_, read) in reads.iter_mut() {
            if let Some((_, signed)) = read {
                *signed = body_hash.map(<[u8]>::to_vec);
            }
        }
        let proven = claims.proven(&verdicts);
        let signed_to: Vec<&Account> = proven
            .iter()
            .filter_map(|proof| match proof {
                Proof::ArloWroteTo(account) => Some(account),
                Proof::SentOnBy(_) | Proof::WrittenBy(_) | Proof::GoogleAsks => None,
            })
            .collect();
        let is_refused = |one: &(Record, Option<Read>)| {
            let enrolment = &one.0.enrolment;
            asks(one) && !signed_to.iter().any(|account| self.is_name_of(account, enrolment))
        };
        let mut refused = reads.iter().filter(|one| is_refused(one));
        let first = refused.next().map(|(record, _)| record.enrolment.id);
        reads.retain(|one| !is_refused(one));
        Ok(first)
    }

    async fn check_arlos_signature(
        &self,
        raw: &Bytes,
        authenticate: &impl AuthenticateMail,
        work: &impl RunWork,
    ) -> Result<(Claims, Verdicts), PortError> {
        // A mail server that delivers to a program writes a line above the header.
        let raw = raw.slice_ref(strip_envelope(raw));
        let (bytes, senders) = (raw.clone(), self.senders.clone());
        let claims = work.run(move || Claims::read(&bytes, None, &senders)).await?;
        let claims = claims.unwrap_or_default().of_arlo_alone();
        let verdicts = authenticate.verdicts(&claims, None, &raw, work).await?;
        Ok((claims, verdicts))
    }

    /// Whether Arlo reaches the enrolment by this address: it is its account's, or its own relay address, which may be
    /// a second factor by mail.
    fn is_name_of(&self, address: &Account, enrolment: &Enrolment) -> bool {
        let recipient = Recipient::new(address.as_str());
        let is_ours = recipient.domain() == Some(self.domain().as_str());
        let own = self.genuine(&recipient).filter(|_| is_ours);
        self.keys().hashes(address).contains(&enrolment.account)
            || own.is_some_and(|own| {
                own.enrolment() == enrolment.id && enrolment.takes_mail_at(own.version(), self.now())
            })
    }
}
