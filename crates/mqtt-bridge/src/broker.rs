//! Where the broker is, and as whom the bridge connects to it.
//!
//! The URL is an argument of a command, which every user of the machine can read. So a password in it is refused, and
//! no error repeats any part of the URL.

use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::Error;

/// The ports that IANA registered for MQTT, without TLS and in it.
const PORT: u16 = 1883;
const TLS_PORT: u16 = 8883;
/// Longest user, in bytes.
const MAX_USER: usize = 256;
const FORM: &str = "write the broker as mqtt://HOST, mqtt://USER@HOST:PORT, or with mqtts:// for TLS";

/// A broker: `mqtt://[USER@]HOST[:1883]`, or `mqtts://…[:8883]` in TLS. `Debug` does not show the user.
#[derive(Clone, PartialEq, Eq)]
pub struct Broker {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: bool,
    pub(crate) user: Option<String>,
}

impl Broker {
    /// Whether the connection leaves this machine without TLS, so that others can read it, the password too.
    #[must_use]
    pub fn is_in_clear(&self) -> bool {
        let is_local = self.host == "localhost"
            || self
                .host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        !self.tls && !is_local
    }

    /// Whether the URL names a user.
    #[must_use]
    pub fn has_user(&self) -> bool {
        self.user.is_some()
    }
}

impl FromStr for Broker {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::configuration(FORM);
        let url = Url::parse(text.trim()).map_err(|_| wrong())?;
        let tls = match url.scheme() {
            "mqtt" => false,
            "mqtts" => true,
            _ => return Err(wrong()),
        };
        if url.password().is_some() {
            return Err(Error::configuration(
                "the broker's URL contains a password, which every user of this machine can read: leave it out, and \
                 set ARLO_RELAY_MQTT_PASSWORD or name its file with --broker-password-file",
            ));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong());
        }
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_host = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
        if host.is_empty() || host.len() > 255 || !host.chars().all(is_host) {
            return Err(wrong());
        }
        let user = percent_decode_str(url.username()).decode_utf8().map_err(|_| wrong())?;
        if user.len() > MAX_USER || user.chars().any(char::is_control) {
            return Err(wrong());
        }
        Ok(Self {
            host: host.to_ascii_lowercase(),
            port: url.port().unwrap_or(if tls { TLS_PORT } else { PORT }),
            tls,
            user: (!user.is_empty()).then(|| user.into_owned()),
        })
    }
}

/// The URL without the user.
impl fmt::Display for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "mqtts" } else { "mqtt" };
        if self.host.contains(':') {
            write!(f, "{scheme}://[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{scheme}://{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Broker({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_how_and_as_whom() {
        for (text, shown, user) in [
            ("mqtt://broker.lan", "mqtt://broker.lan:1883", None),
            ("mqtt://casey@Broker.lan:1884", "mqtt://broker.lan:1884", Some("casey")),
            (
                "mqtts://casey%40home@10.0.0.2/",
                "mqtts://10.0.0.2:8883",
                Some("casey@home"),
            ),
            ("mqtt://[::1]", "mqtt://[::1]:1883", None),
            ("mqtt://core-mosquitto", "mqtt://core-mosquitto:1883", None),
        ] {
            let broker: Broker = text.parse().unwrap();
            assert_eq!((broker.to_string().as_str(), broker.user.as_deref()), (shown, user));
            assert!(!format!("{broker:?}").contains("casey"));
        }
    }

    #[test]
    fn what_is_no_broker_is_refused_without_repeating_it() {
        for text in [
            "",
            "SECRET",
            "http://SECRET",
            "mqtt://",
            "mqtt://a/SECRET",
            "mqtt://a?SECRET",
            "mqtt://a#SECRET",
            "mqtt://casey:SECRET@a",
            "mqtt://:SECRET@a",
            "ssl://SECRET",
            "mqtt://a b",
            "mqtt://SECRET%00@a",
            "mqtt://a:SECRET",
        ] {
            let error = text.parse::<Broker>().unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Configuration);
            assert!(!format!("{error}{error:?}").contains("SECRET"), "{text}: {error}");
        }
        let error = "mqtt://casey:SECRET@a".parse::<Broker>().unwrap_err();
        assert!(error.to_string().contains("ARLO_RELAY_MQTT_PASSWORD"), "{error}");
    }

    #[test]
    fn a_connection_without_tls_to_another_machine_is_in_clear() {
        for (text, clear) in [
            ("mqtt://localhost", false),
            ("mqtt://127.0.0.1", false),
            ("mqtt://[::1]", false),
            ("mqtts://broker.lan", false),
            ("mqtt://broker.lan", true),
            ("mqtt://10.0.0.2", true),
        ] {
            assert_eq!(text.parse::<Broker>().unwrap().is_in_clear(), clear, "{text}");
        }
    }
}
