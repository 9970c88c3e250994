//! Arlo's own signature, for the enrolments that ask for it whatever way a mail came.
//!
//! A secret address may become known, and anybody can write into a mailbox. Such an enrolment takes a code only from a
//! mail that Arlo's domain signed with its From, its Date and the To that names the account. So neither a made mail nor
//! one that Arlo wrote to somebody else ends its logins, and what the account forwards by hand does not either.

use arlo_mail::Mail;
use bytes::Bytes;

use super::outcome::claims_code;
use super::reading::Read;
use crate::claims::{Claims, Proof};
use crate::identity::EnrolmentId;
use crate::keys::AccountHashes;
use crate::ports::{AuthenticateMail, PortError, Record, RunWork};
use crate::relay::Relay;

/// Whether the enrolment takes this mail only if Arlo signed it.
pub(super) fn needs_signature(record: &Record, mail: &Mail) -> bool {
    record.enrolment.require_dkim && claims_code(&mail.content)
}

impl<S> Relay<S> {
    /// Drops the enrolments that take this mail only if Arlo signed it to their account, where it did not, and names
    /// the first of them. Nothing is looked up unless one asks for it.
    pub(super) async fn drop_unsigned(
        &self,
        reads: &mut Vec<(Record, Option<Read>)>,
        raw: &Bytes,
        authenticate: &impl AuthenticateMail,
        work: &impl RunWork,
    ) -> Result<Option<EnrolmentId>, PortError> {
        let asks = |(record, read): &(Record, Option<Read>)| {
            read.as_ref().is_some_and(|(mail, _)| needs_signature(record, mail))
        };
        if !reads.iter().any(asks) {
            return Ok(None);
        }
        let signed_to = self.accounts_that_arlo_wrote_to(raw, authenticate, work).await?;
        let is_refused = |one: &(Record, Option<Read>)| {
            let is_its = |account: &AccountHashes| account.contains(&one.0.enrolment.account);
            asks(one) && !signed_to.iter().any(is_its)
        };
        let refused = reads
            .iter()
            .find(|one| is_refused(one))
            .map(|(record, _)| record.enrolment.id);
        reads.retain(|one| !is_refused(one));
        Ok(refused)
    }

    /// The accounts that Arlo's signature names.
    async fn accounts_that_arlo_wrote_to(
        &self,
        raw: &Bytes,
        authenticate: &impl AuthenticateMail,
        work: &impl RunWork,
    ) -> Result<Vec<AccountHashes>, PortError> {
        let (bytes, senders) = (raw.clone(), self.senders.clone());
        let claims = work.run(move || Claims::read(&bytes, None, &senders)).await?;
        let claims = claims.unwrap_or_default().of_arlo_alone();
        let verdicts = authenticate.verdicts(&claims, None, raw, work).await?;
        let accounts = claims.proven(&verdicts).into_iter().filter_map(|proof| match proof {
            Proof::ArloWroteTo(account) => Some(self.keys().hashes(&account)),
            _ => None,
        });
        Ok(accounts.collect())
    }
}
