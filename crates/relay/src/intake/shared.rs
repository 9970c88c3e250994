//! Mail to the address that all enrolments share: whose it is has to be proven.

use arlo_mail::{Account, Content, Mail};

use super::delivery::Delivery;
use super::operator::writer_of;
use super::outcome::Candidate;
use super::receipt::Receipt;
use super::signed::needs_signature;
use crate::claims::{Claims, Proof};
use crate::keys::AccountHash;
use crate::ports::{AuthenticateMail, IntakeStore, PortError, Record, RunWork};
use crate::relay::Relay;

/// Longest mail to the shared address that is looked at, in bytes, with the lines that a mail server puts before it. A
/// login code is some 50 KiB.
pub const MAX_SHARED: usize = 256 * 1024 + 8 * 1024;

impl<S: IntakeStore> Relay<S> {
    /// Takes in a mail to the address that all enrolments share. Before it is proven whose mail it is, nothing is
    /// looked up in the store: neither the answer nor its time shows who is enrolled.
    pub(super) async fn receive_shared(
        &self,
        delivery: Delivery<'_>,
        authenticate: &impl AuthenticateMail,
        work: &impl RunWork,
    ) -> Result<Receipt, PortError> {
        let Delivery { reverse_path, raw, .. } = delivery;
        if raw.len() > MAX_SHARED {
            return self.hand_on_unread(raw, delivery.client).await;
        }
        let (bytes, path, senders) = (raw.clone(), reverse_path.map(str::to_owned), self.senders.clone());
        let claims = work
            .run(move || Claims::read(&bytes, path.as_deref(), &senders))
            .await?
            .unwrap_or_default();
        let verdicts = authenticate.verdicts(&claims, reverse_path, raw, work).await?;
        let body_hash = claims.arlo_body_hash(&verdicts);
        let mut taken: Option<Receipt> = None;
        let mut read_before = None;
        // Two proofs for one account are one mail: a second time it would count as a copy.
        let mut taken_for: Vec<AccountHash> = Vec::new();
        for proof in claims.proven(&verdicts) {
            let account = match proof.account() {
                Some(account) => Some(account),
                None => asking(self.read_once(&mut read_before, raw, work).await?),
            };
            let records = self.by_proven(account).await?;
            let Some(account) = records.first().map(|record| record.enrolment.account) else {
                continue;
            };
            if taken_for.contains(&account) {
                continue;
            }
            // Only of what comes to the enrolment's own address something is kept.
            self.read_once(&mut read_before, raw, work).await?;
            let mut own_reads = Vec::with_capacity(records.len());
            for record in &records {
                own_reads.push(match &record.enrolment.sender {
                    None => None,
                    Some(_) => Some(self.read_for(&record.enrolment, raw, arlo_mail::read, work).await?),
                });
            }
            let candidates: Vec<Candidate<'_>> = records
                .into_iter()
                .zip(&own_reads)
                .filter_map(|(record, own)| {
                    let read = own.as_ref().or(read_before.as_ref())?;
                    let mail = read.as_ref().map(|(mail, _)| mail).filter(|mail| proof.covers(mail))?;
                    let is_signed = matches!(proof, Proof::ArloWroteTo(_));
                    (is_signed || !needs_signature(&record, mail)).then_some(Candidate { record, mail })
                })
                .collect();
            if !candidates.is_empty() {
                taken_for.push(account);
                let receipt = self.admit(candidates, body_hash, raw, delivery.network()).await?;
                taken = taken.filter(|taken| taken.request.is_some()).or(Some(receipt));
            }
        }
        if let Some(receipt) = taken {
            return Ok(receipt);
        }
        // Nobody's question is still the operator's: the shared address itself has to be confirmed once.
        if self.forwards {
            let mail = self.read_once(&mut read_before, raw, work).await?;
            let content = mail.map_or(&Content::NotFromArlo, |mail| &mail.content);
            self.hand_on(content, raw, writer_of(delivery.client)).await?;
        }
        Ok(Receipt::NOBODY)
    }

    /// The enrolments of an account that a proof is about, whose mail is taken at the shared address.
    async fn by_proven(&self, account: Option<&Account>) -> Result<Vec<Record>, PortError> {
        match account {
            Some(account) => self.for_operator(account).await,
            None => Ok(Vec::new()),
        }
    }
}

/// The account for which a provider asks whether it may forward.
fn asking(mail: Option<&Mail>) -> Option<&Account> {
    match &mail?.content {
        Content::ForwardingConfirmation(question) => question.account.as_ref(),
        _ => None,
    }
}
