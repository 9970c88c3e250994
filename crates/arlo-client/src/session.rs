//! An open session.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;

use crate::arlo::Arlo;
use crate::device::{self, Device};
use crate::session_file::SavedSession;
use crate::transport::{Chunks, Transport};
use crate::{ApiCall, Error, refusal};

/// An open session at Arlo. `Debug` shows no secret.
#[derive(Clone)]
pub struct Session {
    pub(crate) arlo: Arc<Arlo>,
    pub(crate) token: SecretString,
    pub(crate) user_id: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) mfa: bool,
    pub(crate) reused: bool,
    /// Arlo's answer to `users/session/v3`.
    pub(crate) details: Arc<Value>,
}

impl Session {
    /// A saved session. Whether it is still valid is not known yet.
    pub(crate) fn resume(arlo: Arc<Arlo>, saved: &SavedSession) -> Self {
        Self {
            arlo,
            token: saved.token.as_str().into(),
            user_id: saved.user_id.clone(),
            expires_at: saved.expires_at,
            mfa: saved.mfa,
            reused: true,
            details: Arc::default(),
        }
    }

    /// Arlo's identifier of the account's owner.
    #[must_use]
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// When the token expires: two hours after the login, in 2026.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Whether the login that opened this session needed a code.
    #[must_use]
    pub fn mfa(&self) -> bool {
        self.mfa
    }

    /// Whether the session comes from the session file and not from a login just now.
    #[must_use]
    pub fn reused(&self) -> bool {
        self.reused
    }

    /// The token, for calls to Arlo's API that this crate does not make. It is the value of `Authorization`.
    #[must_use]
    pub fn token(&self) -> &SecretString {
        &self.token
    }

    /// What Arlo said of the session when it was opened: the data of `users/session/v3`, with the keys
    /// `supportsMultiLocation` and, on most accounts, `mqttUrl`. Contains secrets.
    #[must_use]
    pub fn details(&self) -> &Value {
        &self.details
    }

    /// The host of Arlo's API, as the login was told: `https://myapi.arlo.com`, unless set.
    #[must_use]
    pub fn api_host(&self) -> &str {
        &self.arlo.api_host
    }

    /// The current time of the login's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.arlo.now()
    }

    /// The HTTP stack of the login, for what is not on Arlo's hosts, as the files that Arlo keeps for the account.
    #[must_use]
    pub fn transport(&self) -> &Arc<dyn Transport> {
        &self.arlo.transport
    }

    /// Makes one call to Arlo's API, and gives the data in its answer. An answer without Arlo's envelope is given
    /// whole.
    ///
    /// # Errors
    /// [`ErrorKind::SessionRejected`](crate::ErrorKind::SessionRejected) if Arlo no longer accepts the token. Other
    /// kinds for failures of the call.
    pub async fn call(&self, call: ApiCall) -> Result<Value, Error> {
        self.arlo.call(call, &self.token).await
    }

    /// Makes one call to Arlo's API whose answer stays open, such as the event stream.
    ///
    /// # Errors
    /// As [`call`](Self::call), for an answer that is not `200`.
    pub async fn open(&self, call: ApiCall) -> Result<Box<dyn Chunks>, Error> {
        self.arlo.open(call, &self.token).await
    }

    /// The account's devices.
    ///
    /// # Errors
    /// [`ErrorKind::SessionRejected`](crate::ErrorKind::SessionRejected) if Arlo no longer accepts the token. Other
    /// kinds for failures of the call.
    pub async fn devices(&self) -> Result<Vec<Device>, Error> {
        let path = format!("v2/users/devices?t={}", self.arlo.now().as_millisecond());
        let data = self.arlo.api(&path, &self.token).await?;
        device::list(&data).ok_or_else(|| refusal::missing_field("v2/users/devices", "list of devices"))
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("expires_at", &self.expires_at)
            .field("mfa", &self.mfa)
            .field("reused", &self.reused)
            .finish_non_exhaustive()
    }
}
