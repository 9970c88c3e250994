//! Reading a mail that came in.

use arlo_mail::{Content, Head, Mail, NotAMail, Senders};
use bytes::Bytes;

use crate::enrolment::Enrolment;
use crate::ports::{PortError, RunWork};
use crate::relay::Relay;

/// A mail as it was read, and the body hash that Arlo is said to have signed.
pub(super) type Read = (Mail, Option<Vec<u8>>);

/// What it says; `None` for what is no mail.
pub(super) fn content(read: &Option<Read>) -> Option<&Content> {
    read.as_ref().map(|(mail, _)| &mail.content)
}

/// One of the readers of `arlo_mail`.
pub(super) type Reader = fn(&[u8], &Senders) -> Result<Mail, NotAMail>;

impl<S> Relay<S> {
    /// Reads a mail with an enrolment's own sender; `None` for what is no mail.
    pub(super) async fn read_for(
        &self,
        enrolment: &Enrolment,
        raw: &Bytes,
        reader: Reader,
        work: &impl RunWork,
    ) -> Result<Option<Read>, PortError> {
        let senders = self.senders.clone();
        let senders = match &enrolment.sender {
            None => senders,
            Some(sender) => senders.with(sender.clone()),
        };
        read(raw, senders, reader, work).await
    }

    /// Reads a mail with the deployment's senders. A second call returns the first result.
    pub(super) async fn read_once<'read>(
        &self,
        read_before: &'read mut Option<Option<Read>>,
        raw: &Bytes,
        work: &impl RunWork,
    ) -> Result<Option<&'read Mail>, PortError> {
        let read = match read_before {
            Some(read) => read,
            None => read_before.insert(read(raw, self.senders.clone(), arlo_mail::read, work).await?),
        };
        Ok(read.as_ref().map(|(mail, _)| mail))
    }
}

/// Reads a mail where the work may take its time; `None` for what is no mail.
async fn read(raw: &Bytes, senders: Senders, reader: Reader, work: &impl RunWork) -> Result<Option<Read>, PortError> {
    let raw = raw.clone();
    work.run(move || {
        let mail = reader(&raw, &senders).ok()?;
        Some((mail, Head::read(&raw).and_then(|head| head.arlo_body_hash)))
    })
    .await
}
