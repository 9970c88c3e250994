//! Mail to the operator, sent by SES.

use aws_sdk_sesv2::primitives::Blob;
use aws_sdk_sesv2::types::{Destination, EmailContent, RawMessage};
use relay::operator_mail::{self, Addresses};
use relay::ports::{ForOperator, PortError};

use crate::fault::{Fault, away};

/// Sends mail without a code to the operator, with the original attached.
#[derive(Clone)]
pub struct Operator {
    client: aws_sdk_sesv2::Client,
    addresses: Addresses,
}

impl std::fmt::Debug for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operator").finish_non_exhaustive()
    }
}

impl Operator {
    /// Sends from and to these addresses. SES must have verified the identity of the sender.
    #[must_use]
    pub fn new(client: aws_sdk_sesv2::Client, addresses: Addresses) -> Self {
        Self { client, addresses }
    }

    /// Sends one mail. What SES refuses for good is dropped and logged: the mail is not processed again only for the
    /// operator's copy.
    pub(crate) async fn forward(&self, mail: ForOperator<'_>) -> Result<(), PortError> {
        let ForOperator {
            raw,
            about,
            received_at,
            ..
        } = mail;
        let mail = operator_mail::build(&self.addresses, raw, about, received_at);
        let raw = RawMessage::builder().data(Blob::new(mail)).build();
        let raw = raw.map_err(|error| PortError::away("the operator's mail cannot be put together", error))?;
        let sent = self
            .client
            .send_email()
            .from_email_address(self.addresses.from().as_str())
            .destination(
                Destination::builder()
                    .to_addresses(self.addresses.to().as_str())
                    .build(),
            )
            .content(EmailContent::builder().raw(raw).build())
            .send()
            .await;
        let Err(error) = sent else { return Ok(()) };
        let for_good = error.as_service_error().is_some_and(|error| {
            error.is_message_rejected()
                || error.is_mail_from_domain_not_verified_exception()
                || error.is_bad_request_exception()
                || error.is_account_suspended_exception()
                || error.is_sending_paused_exception()
        });
        if !for_good {
            return Err(away("SES does not accept the operator's mail", &error));
        }
        tracing::error!(cause = %Fault::from(&error), "SES refuses the operator's mail, which is dropped");
        Ok(())
    }
}
