//! Mail to the address that all enrolments share: whose it is has to be proven.

use arlo_mail::{Account, Content, Mail};

use super::delivery::Delivery;
use super::operator::writer_of;
use super::receipt::Receipt;
use crate::claims::Claims;
use crate::enrolment::Enrolment;
use crate::hash_key::AccountHash;
use crate::ports::{AuthenticateMail, IntakeStore, PortError, RunWork};
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
            let Some(enrolment) = self.by_proven(account).await? else {
                continue;
            };
            if taken_for.contains(&enrolment.account) {
                continue;
            }
            // Nothing is kept of it: that is for mail to the enrolment's own address.
            let read_for;
            let mail = match &enrolment.sender {
                None => self.read_once(&mut read_before, raw, work).await?,
                Some(_) => {
                    read_for = self.read_for(&enrolment, raw, arlo_mail::read, work).await?;
                    read_for.as_ref().map(|(mail, _)| mail)
                }
            };
            if let Some(mail) = mail.filter(|mail| proof.covers(mail)) {
                taken_for.push(enrolment.account);
                let receipt = self.admit(&enrolment, mail, body_hash, raw).await?;
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

    /// The enrolment of an account that a proof is about, where its mail is taken at the shared address.
    async fn by_proven(&self, account: Option<&Account>) -> Result<Option<Enrolment>, PortError> {
        let Some(account) = account else { return Ok(None) };
        let enrolment = self.store().by_account(&self.account_hash(account)).await?;
        Ok(enrolment.filter(|enrolment| !enrolment.own_address_only))
    }
}

/// The account for which a provider asks whether it may forward.
fn asking(mail: Option<&Mail>) -> Option<&Account> {
    match &mail?.content {
        Content::ForwardingConfirmation(question) => question.account.as_ref(),
        _ => None,
    }
}
