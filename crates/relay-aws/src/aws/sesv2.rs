//! The second version of the API of SES.

use bytes::Bytes;
use data_encoding::BASE64;
use hyper::Method;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use serde_json::json;

use super::error::Form;
use super::service::{Answered, Call, Place, Service};
use super::{Fault, Most};

const MOST: usize = 1 << 20;

/// Sends mail.
#[derive(Debug, Clone)]
pub struct Ses(Service);

impl Ses {
    pub(crate) fn new(place: Place) -> Self {
        Self(Service::new("ses", Form::Json, place))
    }

    async fn send(&self, method: Method, uri: &str, body: Vec<u8>) -> Result<Answered, Fault> {
        let call = Call {
            method,
            uri,
            headers: &[(CONTENT_TYPE, HeaderValue::from_static("application/json"))],
            body: Bytes::from(body),
            most: Most::Refuse(MOST),
        };
        self.0.send(call).await
    }

    /// Sends one mail as it is.
    ///
    /// # Errors
    /// A [`Fault`], where SES does not take it. It has no message: SES's names the addresses, which are not for a log.
    pub async fn send_email(&self, from: &str, to: &str, raw: &[u8]) -> Result<(), Fault> {
        let input = json!({
            "FromEmailAddress": from,
            "Destination": { "ToAddresses": [to] },
            "Content": { "Raw": { "Data": BASE64.encode(raw) } },
        });
        let sent = self
            .send(
                Method::POST,
                "/v2/email/outbound-emails",
                input.to_string().into_bytes(),
            )
            .await;
        sent.and_then(Answered::accepted)
            .map(drop)
            .map_err(Fault::without_message)
    }
}

/// What an operator asks of SES.
#[cfg(feature = "stack")]
mod questions {
    use hyper::Method;
    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    use super::super::sign::encoded;
    use super::{Fault, Ses};

    /// An identity.
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Identity {
        #[serde(default)]
        verified_for_sending_status: bool,
    }

    /// What the account may do.
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    pub(crate) struct Account {
        #[serde(default)]
        pub(crate) sending_enabled: bool,
        #[serde(default)]
        pub(crate) production_access_enabled: bool,
    }

    impl Ses {
        async fn ask<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fault> {
            let answer = self.send(Method::GET, path, Vec::new()).await?.accepted()?;
            serde_json::from_slice(&answer.body).map_err(|_| Fault::Unreadable)
        }

        /// Whether mail of a domain or an address may be sent; `None` where there is no such identity.
        pub(crate) async fn is_verified(&self, identity: &str) -> Result<Option<bool>, Fault> {
            let found = self.ask(&format!("/v2/email/identities/{}", encoded(identity))).await;
            match found {
                Ok(Identity {
                    verified_for_sending_status,
                }) => Ok(Some(verified_for_sending_status)),
                Err(fault) if fault.code() == Some("NotFoundException") => Ok(None),
                Err(fault) => Err(fault),
            }
        }

        /// The account's own state.
        pub(crate) async fn account(&self) -> Result<Account, Fault> {
            self.ask("/v2/email/account").await
        }
    }
}
