//! The failures of the real cloud. A test switches them on and off while the cloud runs.

use std::fmt;
use std::mem::discriminant;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::Error;

/// One failure. `FromStr` and `Display` use the names below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// `wrong-otp`: finishAuth refuses every code with 9236.
    WrongOtp,
    /// `expired-otp`: every code has expired before its use, and finishAuth refuses it with 9237.
    ExpiredOtp,
    /// `not-trusted-9204`: getFactorId trusts no browser and answers as until 2025.
    NotTrusted9204,
    /// `not-trusted-9261`: getFactorId trusts no browser and answers as since August 2025.
    NotTrusted9261,
    /// `mfa-disabled`: Arlo has switched its second factor off, as it did for all accounts on 2026-10-06. `MFA_State`
    /// of /api/auth says so, getFactorId and getFactors refuse with 9306, and the token of /api/auth is valid
    /// everywhere.
    MfaDisabled,
    /// `mfa-disabled-no-number`: as `mfa-disabled`, and the refusals have no `error`.
    MfaDisabledNoNumber,
    /// `mfa-disabled-unsaid`: as `mfa-disabled`, but /api/auth does not say it.
    MfaDisabledUnsaid,
    /// `mfa-false`: as `mfa-disabled`, but /api/auth says it with `"mfa":false` instead of `MFA_State`.
    MfaFalse,
    /// `start-auth-1110`: startAuth fails with an unknown error and sends no mail.
    StartAuth1110,
    /// `start-auth-empty`: startAuth answers 200 without data and sends no mail.
    StartAuthEmpty,
    /// `too-many-requests` or `too-many-requests=SECONDS` (default 60): /api/auth answers 429 with that `Retry-After`.
    TooManyRequests(Duration),
    /// `cloudflare-403`: Cloudflare answers every call of the auth host with an HTML page.
    Cloudflare403,
    /// `cloudflare-403-api`: Cloudflare answers every call of the API host with it.
    Cloudflare403Api,
    /// `void-tokens`: the API host voids each token that it receives. The auth host continues to accept it.
    VoidTokens,
    /// `refuse-as-success`: no failure, but another form of Arlo's answers: the API host refuses a void token with HTTP
    /// 200.
    RefuseAsSuccess,
    /// `refuse-by-number`: likewise: the error for a void token is the number 2015, not a text.
    RefuseByNumber,
    /// `locked`: /api/auth answers 9017 to any password.
    Locked,
    /// `nested-access-token`: no failure, but another form: finishAuth puts the token under `accessToken`.
    NestedAccessToken,
    /// `slow-mail` or `slow-mail=SECONDS` (default 10): the mail is sent so many seconds later.
    SlowMail(Duration),
    /// `two-mails`: the same mail is sent twice.
    TwoMails,
    /// `two-codes`: a mail with another code is sent first, then the mail with the valid code.
    TwoCodes,
    /// `stale-mail-first`: a mail with an old code and a Date of an hour ago is sent first.
    StaleMailFirst,
    /// `no-mail`: no mail is sent.
    NoMail,
    /// `subscribe-403`: the event stream by server-sent events is refused with 403, as on accounts that have MQTT only.
    Subscribe403,
    /// `drop-streams`: the streams break instead of sending an event, which is lost.
    DropStreams,
    /// `mqtt-refuse-topics`: the broker refuses (0x80) every filter of devices, and grants those of the user.
    MqttRefuseTopics,
    /// `mqtt-refuse-wide-topics`: the broker refuses `d/<xCloudId>/out/#`, as for guests, and grants the
    /// topics that the device list names.
    MqttRefuseWideTopics,
    /// `mqtt-connack-5`: the broker refuses every token with return code 5.
    MqttConnack5,
    /// `split-frames`: the broker sends a few bytes at a time, in websocket messages that end within packets.
    SplitFrames,
    /// `publish-before-suback`: the broker sends a heart-beat of a gateway before it answers a subscription to it.
    PublishBeforeSuback,
    /// `duplicate-events`: each event is sent twice.
    DuplicateEvents,
    /// `other-subscriber`: another client is subscribed too: each event that answers nobody comes once more, with a
    /// `transId` of its own.
    OtherSubscriber,
    /// `out-of-order-media`: of the two messages about a recording, the last comes first.
    OutOfOrderMedia,
    /// `media-503`: the media server answers 503.
    Media503,
    /// `media-cut`: the media server breaks the connection after half of the bytes that it announced.
    MediaCut,
    /// `library-late` or `library-late=SECONDS` (default 10): the library lists a recording so many seconds after its
    /// event.
    LibraryLate(Duration),
    /// `string-booleans`: booleans in events are the texts `True` and `False`.
    StringBooleans,
    /// `dash-port-80`: no failure, but another form, as Arlo's: the URL of a DASH stream is `https` and names port 80.
    /// Nothing answers there.
    DashPort80,
    /// `stale-revision`: a change of the mode of a location is refused, because somebody else has just changed it.
    StaleRevision,
    /// `mode-for-guests`: a change of the mode of a location comes only as the states of its devices, as to a user to
    /// whom a location is shared.
    ModeForGuests,
    /// `children-untold`: hubs do not answer the question for the devices behind them, as a VMB5000.
    ChildrenUntold,
    /// `hub-silent`: hubs publish nothing, registered or not.
    HubSilent,
}

/// Longest time of a fault, so that no timer overflows.
const MAX_SECONDS: u64 = 24 * 60 * 60;

impl Fault {
    /// Every fault, with the time that it has unless another is given.
    const ALL: [Self; 42] = [
        Self::WrongOtp,
        Self::ExpiredOtp,
        Self::NotTrusted9204,
        Self::NotTrusted9261,
        Self::MfaDisabled,
        Self::MfaDisabledNoNumber,
        Self::MfaDisabledUnsaid,
        Self::MfaFalse,
        Self::StartAuth1110,
        Self::StartAuthEmpty,
        Self::TooManyRequests(Duration::from_secs(60)),
        Self::Cloudflare403,
        Self::Cloudflare403Api,
        Self::VoidTokens,
        Self::RefuseAsSuccess,
        Self::RefuseByNumber,
        Self::Locked,
        Self::NestedAccessToken,
        Self::SlowMail(Duration::from_secs(10)),
        Self::TwoMails,
        Self::TwoCodes,
        Self::StaleMailFirst,
        Self::NoMail,
        Self::Subscribe403,
        Self::DropStreams,
        Self::MqttRefuseTopics,
        Self::MqttRefuseWideTopics,
        Self::MqttConnack5,
        Self::SplitFrames,
        Self::PublishBeforeSuback,
        Self::DuplicateEvents,
        Self::OtherSubscriber,
        Self::OutOfOrderMedia,
        Self::Media503,
        Self::MediaCut,
        Self::LibraryLate(Duration::from_secs(10)),
        Self::StringBooleans,
        Self::DashPort80,
        Self::StaleRevision,
        Self::ModeForGuests,
        Self::ChildrenUntold,
        Self::HubSilent,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::WrongOtp => "wrong-otp",
            Self::ExpiredOtp => "expired-otp",
            Self::NotTrusted9204 => "not-trusted-9204",
            Self::NotTrusted9261 => "not-trusted-9261",
            Self::MfaDisabled => "mfa-disabled",
            Self::MfaDisabledNoNumber => "mfa-disabled-no-number",
            Self::MfaDisabledUnsaid => "mfa-disabled-unsaid",
            Self::MfaFalse => "mfa-false",
            Self::StartAuth1110 => "start-auth-1110",
            Self::StartAuthEmpty => "start-auth-empty",
            Self::TooManyRequests(_) => "too-many-requests",
            Self::Cloudflare403 => "cloudflare-403",
            Self::Cloudflare403Api => "cloudflare-403-api",
            Self::VoidTokens => "void-tokens",
            Self::RefuseAsSuccess => "refuse-as-success",
            Self::RefuseByNumber => "refuse-by-number",
            Self::Locked => "locked",
            Self::NestedAccessToken => "nested-access-token",
            Self::SlowMail(_) => "slow-mail",
            Self::TwoMails => "two-mails",
            Self::TwoCodes => "two-codes",
            Self::StaleMailFirst => "stale-mail-first",
            Self::NoMail => "no-mail",
            Self::Subscribe403 => "subscribe-403",
            Self::DropStreams => "drop-streams",
            Self::MqttRefuseTopics => "mqtt-refuse-topics",
            Self::MqttRefuseWideTopics => "mqtt-refuse-wide-topics",
            Self::MqttConnack5 => "mqtt-connack-5",
            Self::SplitFrames => "split-frames",
            Self::PublishBeforeSuback => "publish-before-suback",
            Self::DuplicateEvents => "duplicate-events",
            Self::OtherSubscriber => "other-subscriber",
            Self::OutOfOrderMedia => "out-of-order-media",
            Self::Media503 => "media-503",
            Self::MediaCut => "media-cut",
            Self::LibraryLate(_) => "library-late",
            Self::StringBooleans => "string-booleans",
            Self::DashPort80 => "dash-port-80",
            Self::StaleRevision => "stale-revision",
            Self::ModeForGuests => "mode-for-guests",
            Self::ChildrenUntold => "children-untold",
            Self::HubSilent => "hub-silent",
        }
    }

    /// The time of a fault that has one.
    fn time(self) -> Option<Duration> {
        match self {
            Self::TooManyRequests(time) | Self::SlowMail(time) | Self::LibraryLate(time) => Some(time),
            _ => None,
        }
    }

    /// The fault with this time; `None` for one that has no time.
    fn with_time(self, time: Duration) -> Option<Self> {
        match self {
            Self::TooManyRequests(_) => Some(Self::TooManyRequests(time)),
            Self::SlowMail(_) => Some(Self::SlowMail(time)),
            Self::LibraryLate(_) => Some(Self::LibraryLate(time)),
            _ => None,
        }
    }

    /// Every name in the form in which it can be given.
    fn names() -> [String; Self::ALL.len()] {
        Self::ALL.map(|fault| match fault.time() {
            Some(_) => format!("{}[=SECONDS]", fault.name()),
            None => fault.name().to_owned(),
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let (name, seconds) = match text.split_once('=') {
            Some((name, seconds)) => (name, Some(seconds.parse::<u64>().ok()?)),
            None => (text, None),
        };
        let fault = Self::ALL.into_iter().find(|fault| fault.name() == name)?;
        match seconds {
            Some(seconds) => fault.with_time(Duration::from_secs(seconds.min(MAX_SECONDS))),
            None => Some(fault),
        }
    }
}

impl FromStr for Fault {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::UnknownFault`](crate::ErrorKind::UnknownFault) for another name, or where the seconds are no
    /// number.
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text).ok_or_else(|| Error::unknown_fault(&Self::names()))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self.time() {
            Some(time) => write!(f, "={}", time.as_secs()),
            None => Ok(()),
        }
    }
}

/// The faults of a running cloud. Clones share one state.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Vec<Active>>>);

#[derive(Debug)]
struct Active {
    fault: Fault,
    /// `None`: without an end.
    times: Option<u32>,
}

impl Faults {
    /// Switches a fault on until it is cleared. Replaces the same fault with another time.
    pub fn set(&self, fault: Fault) {
        self.insert(fault, None);
    }

    /// Switches a fault on for the next `times` occasions.
    pub fn set_times(&self, fault: Fault, times: u32) {
        self.insert(fault, Some(times));
    }

    /// Switches a fault off, whatever its time is.
    pub fn clear(&self, fault: Fault) {
        self.lock()
            .retain(|active| discriminant(&active.fault) != discriminant(&fault));
    }

    /// Switches every fault off.
    pub fn clear_all(&self) {
        self.lock().clear();
    }

    /// The names of those that are on.
    pub(crate) fn shown(&self) -> Vec<String> {
        let all = self.lock();
        let on = all.iter().filter(|active| active.times != Some(0));
        on.map(|active| active.fault.to_string()).collect()
    }

    fn insert(&self, fault: Fault, times: Option<u32>) {
        self.clear(fault);
        self.lock().push(Active { fault, times });
    }

    /// The fault that `wanted` selects, if it is on. Uses up one of its times.
    pub(crate) fn take<T>(&self, wanted: impl Fn(Fault) -> Option<T>) -> Option<T> {
        let mut all = self.lock();
        let (index, found) = all
            .iter()
            .enumerate()
            .filter(|(_, active)| active.times != Some(0))
            .find_map(|(index, active)| wanted(active.fault).map(|found| (index, found)))?;
        if let Some(Active { times: Some(times), .. }) = all.get_mut(index) {
            *times -= 1;
        }
        Some(found)
    }

    /// Whether exactly this fault is on. Uses up one of its times.
    pub(crate) fn occurs(&self, fault: Fault) -> bool {
        self.take(|active| (active == fault).then_some(())).is_some()
    }

    /// Whether this fault is on. Uses up none of its times.
    pub(crate) fn is_on(&self, fault: Fault) -> bool {
        let all = self.lock();
        all.iter()
            .any(|active| active.fault == fault && active.times != Some(0))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Active>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn every_name_parses_to_the_fault_that_shows_it() {
        for name in Fault::names() {
            let name = name.replace("[=SECONDS]", "=7");
            assert_eq!(name.parse::<Fault>().unwrap().to_string(), name);
        }
        let slow: Fault = "slow-mail".parse().unwrap();
        assert_eq!(slow, Fault::SlowMail(Duration::from_secs(10)));
        for name in [
            "",
            "wrong",
            "WRONG-OTP",
            "wrong-otp=1",
            "slow-mail=",
            "slow-mail=-1",
            "slow-mail=1s",
        ] {
            let error = name.parse::<Fault>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnknownFault, "{name:?}");
        }
    }

    #[test]
    fn a_fault_lasts_its_times() {
        let faults = Faults::default();
        let handle = faults.clone();
        handle.set_times(Fault::Locked, 2);
        assert_eq!([0; 3].map(|_| faults.occurs(Fault::Locked)), [true, true, false]);
        handle.set(Fault::Locked);
        assert_eq!([0; 3].map(|_| faults.occurs(Fault::Locked)), [true; 3]);
        handle.clear(Fault::Locked);
        assert!(!faults.occurs(Fault::Locked));
    }

    #[test]
    fn setting_again_replaces_the_time() {
        let faults = Faults::default();
        faults.set(Fault::SlowMail(Duration::from_secs(1)));
        faults.set(Fault::SlowMail(Duration::from_secs(2)));
        let delay = faults.take(|fault| match fault {
            Fault::SlowMail(delay) => Some(delay.as_secs()),
            _ => None,
        });
        assert_eq!(delay, Some(2));
        faults.clear(Fault::SlowMail(Duration::ZERO));
        assert!(faults.lock().is_empty());
    }
}
