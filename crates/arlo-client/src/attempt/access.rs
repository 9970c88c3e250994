//! A token of a login, with the fields that Arlo sends beside it.

use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;

use crate::Error;
use crate::refusal::{missing_field, number};

/// The values of `MFA_State` for an account that needs no second factor.
const NO_FACTOR_STATES: [&str; 2] = ["DISABLED", "NONE"];

/// The answer of `auth`, of `finishAuth`, and of `startAuth` for a trusted browser.
pub(super) struct Access {
    pub(super) token: SecretString,
    pub(super) user_id: String,
    pub(super) expires_at: Timestamp,
    pub(super) completed: Option<bool>,
    /// Whether Arlo says that it asks for no second factor.
    pub(super) no_factor: bool,
    pub(super) browser_auth_code: Option<SecretString>,
}

impl Access {
    /// Reads the data. The token is at the top or under `accessToken`.
    pub(super) fn read(call: &str, data: &Value, now: Timestamp) -> Result<Self, Error> {
        let inner = data
            .get("accessToken")
            .filter(|inner| inner.is_object())
            .unwrap_or(data);
        let find = |key: &str| inner.get(key).or_else(|| data.get(key));
        let text = |key: &str| find(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let flag = |key: &str| find(key).and_then(Value::as_bool);
        Ok(Self {
            token: text("token").ok_or_else(|| missing_field(call, "token"))?.into(),
            user_id: text("userId").ok_or_else(|| missing_field(call, "userId"))?.to_owned(),
            // Without a known end the session is not resumed.
            expires_at: number(find("expiresIn"))
                .and_then(|seconds| Timestamp::from_second(seconds).ok())
                .unwrap_or(now),
            completed: flag("authCompleted"),
            no_factor: flag("mfa") == Some(false)
                || text("MFA_State").is_some_and(|state| {
                    NO_FACTOR_STATES
                        .iter()
                        .any(|none| none.eq_ignore_ascii_case(state.trim()))
                }),
            browser_auth_code: text("browserAuthCode").map(SecretString::from),
        })
    }
}
