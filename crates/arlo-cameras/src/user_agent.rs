//! The program that Arlo is told when a stream is started: Arlo chooses the kind of the stream by it.
//!
//! The names are those of pyaarlo's option `user_agent`, so that a setting of pyaarlo can be taken over. Which kind
//! each gives is known from its users, not from Arlo.

use std::fmt;
use std::str::FromStr;

use crate::{Error, ErrorKind, LiveKind};

/// Longest text that is sent, in bytes.
const MAX_TEXT: usize = 512;

/// A program by the name that this crate has for it, what Arlo gets as the header `User-Agent`, and the kind of stream
/// that Arlo gives it.
type Known = (&'static str, &'static str, LiveKind);

const ARLO: Known = ("arlo", "(iPhone15,2 18_1_1) iOS Arlo 5.4.3", LiveKind::Rtsp);
const IPAD: Known = (
    "ipad",
    "Mozilla/5.0 (iPad; CPU OS 17_7_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 \
     Mobile/15E148 Safari/604.1",
    LiveKind::Hls,
);
const LINUX: Known = (
    "linux",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36",
    LiveKind::Dash,
);
const ALL: [Known; 8] = [
    ARLO,
    (
        "arlo001",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 11_1_2 like Mac OS X) AppleWebKit/604.3.5 (KHTML, like Gecko) \
         Mobile/15B202 NETGEAR/v1 (iOS Vuezone)",
        LiveKind::Rtsp,
    ),
    (
        "iphone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_7_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
         Version/18.3 Mobile/15E148 Safari/604.1",
        LiveKind::Rtsp,
    ),
    IPAD,
    (
        "mac",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_7_3) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 \
         Safari/605.1.15",
        LiveKind::Hls,
    ),
    (
        "firefox",
        "Mozilla/5.0 (X11; Linux i686; rv:135.0) Gecko/20100101 Firefox/135.0",
        LiveKind::Dash,
    ),
    LINUX,
    (
        "android",
        "Mozilla/5.0 (Linux; U; Android 8.1.0; zh-cn; PACM00 Build/O11019) AppleWebKit/537.36 (KHTML, like Gecko) \
         Version/4.0 Chrome/57.0.2987.132 MQQBrowser/8.8 Mobile Safari/537.36",
        LiveKind::Rtsp,
    ),
];

/// The program that Arlo is told.
///
/// It is parsed from one of the names in [`UserAgent::names`], in any case; from `random`, which chooses one of them;
/// or from `!` and the text itself.
///
/// ```
/// use arlo_cameras::{LiveKind, UserAgent};
///
/// let agent: UserAgent = "linux".parse().unwrap();
/// assert_eq!(agent.kind(), Some(LiveKind::Dash));
/// let other: UserAgent = "!My Browser/1.0".parse().unwrap();
/// assert_eq!((other.as_str(), other.kind()), ("My Browser/1.0", None));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAgent {
    text: String,
    kind: Option<LiveKind>,
}

impl UserAgent {
    /// The names, each with the kind of stream that Arlo gives the program.
    pub fn names() -> impl Iterator<Item = (&'static str, LiveKind)> {
        ALL.into_iter().map(|(name, _, kind)| (name, kind))
    }

    /// What is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The kind of stream that Arlo gives it; `None` for a text of the caller.
    #[must_use]
    pub fn kind(&self) -> Option<LiveKind> {
        self.kind
    }

    fn known((_, text, kind): Known) -> Self {
        Self {
            text: text.to_owned(),
            kind: Some(kind),
        }
    }
}

/// A program that gets this kind.
impl From<LiveKind> for UserAgent {
    fn from(kind: LiveKind) -> Self {
        Self::known(match kind {
            LiveKind::Rtsp => ARLO,
            LiveKind::Hls => IPAD,
            LiveKind::Dash => LINUX,
        })
    }
}

impl FromStr for UserAgent {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::InvalidValue`] for another name, with those that there are, and for a text that no HTTP header can
    /// have.
    fn from_str(text: &str) -> Result<Self, Error> {
        if let Some(text) = text.strip_prefix('!') {
            let is_sendable = (1..=MAX_TEXT).contains(&text.len())
                && text.trim() == text
                && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
            return if is_sendable {
                Ok(Self {
                    text: text.to_owned(),
                    kind: None,
                })
            } else {
                let message = format!("what follows the ! must be 1 to {MAX_TEXT} printable ASCII characters");
                Err(Error::new(ErrorKind::InvalidValue, message))
            };
        }
        if text.eq_ignore_ascii_case("random") {
            let no_number = |error| {
                Error::new(ErrorKind::Configuration, "the operating system gives no random bytes").with_source(error)
            };
            let number = usize::try_from(getrandom::u32().map_err(no_number)?).unwrap_or_default();
            return Ok(Self::known(*ALL.get(number % ALL.len()).unwrap_or(&ARLO)));
        }
        let known = ALL.into_iter().find(|(name, ..)| name.eq_ignore_ascii_case(text));
        known.map(Self::known).ok_or_else(|| {
            let names: Vec<&str> = ALL.iter().map(|(name, ..)| *name).collect();
            let message = format!(
                "there is no program {text:?}: use {}, random, or ! and the text that Arlo gets",
                names.join(", ")
            );
            Error::new(ErrorKind::InvalidValue, message)
        })
    }
}

/// What is sent.
impl fmt::Display for UserAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_program_and_an_unknown_one_is_told_the_names() {
        for (name, kind) in UserAgent::names() {
            let agent: UserAgent = name.to_uppercase().parse().unwrap();
            assert_eq!(agent.kind(), Some(kind), "{name}");
            assert!(!agent.as_str().contains("  "), "{agent}");
        }
        let error = "opera".parse::<UserAgent>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidValue);
        for (name, _) in UserAgent::names() {
            assert!(error.to_string().contains(name), "{error}");
        }
        for kind in [LiveKind::Rtsp, LiveKind::Hls, LiveKind::Dash] {
            assert_eq!(UserAgent::from(kind).kind(), Some(kind));
        }
        assert!("random".parse::<UserAgent>().unwrap().kind().is_some());
    }

    #[test]
    fn a_text_of_the_caller_is_one_header() {
        assert_eq!("!a b/1".parse::<UserAgent>().unwrap().as_str(), "a b/1");
        for text in [
            "!",
            "! a",
            "!a ",
            "!a\r\nx: y",
            "!ä",
            &format!("!{}", "a".repeat(513)),
            "",
        ] {
            assert_eq!(
                text.parse::<UserAgent>().unwrap_err().kind(),
                ErrorKind::InvalidValue,
                "{text:?}"
            );
        }
    }
}
