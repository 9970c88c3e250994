//! What the operator is sent: every mail that is no Arlo code, where there is an operator.

use std::net::IpAddr;

use arlo_mail::Content;

use super::receipt::Receipt;
use crate::operator_mail::{MAX_ORIGINAL, is_loop};
use crate::ports::{ForOperator, ForwardMail, ForwardReason, PortError, Writer};
use crate::relay::Relay;

pub(super) fn writer_of(client: Option<IpAddr>) -> Writer {
    client.map_or(Writer::Unknown, Writer::Client)
}

impl<S: ForwardMail> Relay<S> {
    /// Sends the operator a mail that is nobody else's, whatever it says.
    pub(super) async fn hand_on_unread(&self, raw: &[u8], client: Option<IpAddr>) -> Result<Receipt, PortError> {
        self.forward(raw, ForwardReason::NoCode, writer_of(client)).await?;
        Ok(Receipt::NOBODY)
    }

    /// Sends the operator what is no Arlo code.
    pub(super) async fn hand_on(&self, content: &Content, raw: &[u8], writer: Writer) -> Result<(), PortError> {
        let about = match content {
            Content::Code(_) | Content::ConflictingCodes => return Ok(()),
            Content::ForwardingConfirmation(_) => ForwardReason::ForwardingConfirmation,
            Content::NoCode | Content::NotFromArlo | Content::TooComplex => ForwardReason::NoCode,
        };
        self.forward(raw, about, writer).await
    }

    /// Sends the operator a mail, unless there is none, the relay's own mail caused it, or it is too long for common
    /// mail services. An adapter queues or sends what comes through here, and judges nothing.
    async fn forward(&self, raw: &[u8], about: ForwardReason, writer: Writer) -> Result<(), PortError> {
        if !self.forwards || is_loop(raw) {
            return Ok(());
        }
        if raw.len() > MAX_ORIGINAL {
            tracing::warn!(bytes = raw.len(), "a mail is too long for the operator and is dropped");
            return Ok(());
        }
        let received_at = self.now();
        let mail = ForOperator {
            raw,
            about,
            writer,
            received_at,
        };
        self.store().forward(mail).await
    }
}
