//! A token of a login, with the fields that Arlo sends beside it.

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::Value;

use crate::Error;
use crate::refusal::{missing_field, number};

/// The values of `MFA_State` for an account that needs no second factor.
const NO_FACTOR_STATES: [&str; 2] = ["DISABLED", "NONE"];
/// Longest lifetime of a token that is believed. Arlo's had 15 days until 2025, and two hours since.
const LONGEST_LIFETIME: i64 = 60 * 24 * 60 * 60;

/// The answer of `auth`, of `finishAuth`, and of `startAuth` for a trusted browser.
pub(super) struct Access {
    pub(super) token: SecretString,
    pub(super) user_id: String,
    /// When the token expires, by the clock of this machine.
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
            expires_at: end(number(find("issued")), number(find("expiresIn")), now).unwrap_or(now),
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

/// When a token expires that has just come. Both times are Unix times of Arlo's clock. Their difference is the token's
/// lifetime, whatever the clock of this machine shows. Without `issued`, the end is taken as it is.
fn end(issued: Option<i64>, expires: Option<i64>, now: Timestamp) -> Option<Timestamp> {
    let expires = expires?;
    let lifetime = issued
        .and_then(|issued| expires.checked_sub(issued))
        .filter(|lifetime| (1..=LONGEST_LIFETIME).contains(lifetime));
    match lifetime {
        Some(lifetime) => now.checked_add(SignedDuration::from_secs(lifetime)).ok(),
        None => Timestamp::from_second(expires).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_the_lifetime_from_now_and_without_it_the_time_that_arlo_names() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let later = |seconds: i64| Timestamp::from_second(1_000_000 + seconds).ok();
        for (issued, expires, expected) in [
            // Arlo's clock and this machine's are the same, or two hours apart, or years.
            (Some(1_000_000), Some(1_007_200), later(7200)),
            (Some(992_800), Some(1_000_000), later(7200)),
            (Some(1_007_200), Some(1_014_400), later(7200)),
            (Some(1_644_240_464), Some(1_645_536_464), later(1_296_000)),
            (None, Some(1_007_200), later(7200)),
            // No lifetime of a token: no time, none left, in milliseconds, in seconds from now.
            (Some(0), Some(1_700_000_000), Timestamp::from_second(1_700_000_000).ok()),
            (Some(1_007_200), Some(1_007_200), later(7200)),
            (Some(1_000_000_000), Some(1_007_200), later(7200)),
            (Some(1_000_000), Some(7200), Timestamp::from_second(7200).ok()),
            (Some(i64::MIN), Some(i64::MAX), None),
            (Some(1_000_000), None, None),
        ] {
            assert_eq!(end(issued, expires, now), expected, "{issued:?} {expires:?}");
        }
    }
}
