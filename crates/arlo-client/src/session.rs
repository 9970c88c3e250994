//! An open session.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::arlo::Arlo;
use crate::device::{self, Device};
use crate::session_file::SavedSession;
use crate::{Error, refusal};

/// An open session at Arlo. `Debug` shows no secret.
#[derive(Clone)]
pub struct Session {
    pub(crate) arlo: Arc<Arlo>,
    pub(crate) token: SecretString,
    pub(crate) user_id: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) mfa: bool,
    pub(crate) reused: bool,
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
