//! Mail to the operator, sent by SES.

use relay::operator_mail::{self, Addresses};
use relay::ports::{ForOperator, PortError};

use crate::aws::{Ses, away};

/// Sends mail without a code to the operator, with the original attached.
#[derive(Clone)]
pub struct Operator {
    client: Ses,
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
    pub fn new(client: Ses, addresses: Addresses) -> Self {
        Self { client, addresses }
    }

    /// Sends one mail. What SES refuses for good, or because its rate or quota is used up, is dropped and logged: the
    /// mail is not processed again only for the operator's copy. Or else strangers, who may write as many as they like,
    /// would have each of theirs processed three times.
    pub(crate) async fn forward(&self, mail: ForOperator<'_>) -> Result<(), PortError> {
        let ForOperator {
            raw,
            about,
            received_at,
            ..
        } = mail;
        let mail = operator_mail::build(&self.addresses, raw, about, received_at);
        let (from, to) = (self.addresses.from().as_str(), self.addresses.to().as_str());
        let Err(fault) = self.client.send_email(from, to, &mail).await else {
            return Ok(());
        };
        let for_good = matches!(
            fault.code(),
            Some(
                "MessageRejected"
                    | "MailFromDomainNotVerifiedException"
                    | "BadRequestException"
                    | "AccountSuspendedException"
                    | "SendingPausedException"
            )
        );
        if !for_good && !fault.is_throttled() {
            return Err(away("SES does not accept the operator's mail")(fault));
        }
        tracing::error!(cause = %fault, "SES refuses the operator's mail, which is dropped");
        Ok(())
    }
}
