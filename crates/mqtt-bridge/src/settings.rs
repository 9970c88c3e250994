//! The settings of a bridge.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::SecretString;

use crate::{Broker, Error, Prefix};

/// What a bridge needs to know beside the account.
#[derive(Clone)]
pub struct Settings {
    pub(crate) broker: Broker,
    pub(crate) password: Option<SecretString>,
    /// The authorities that may have signed the broker's certificate; none for the public ones.
    pub(crate) authorities: Vec<CertificateDer<'static>>,
    pub(crate) discovery: Prefix,
    pub(crate) topics: Prefix,
    pub(crate) pictures: bool,
    pub(crate) birth_wait: Duration,
    pub(crate) first_wait: Duration,
    pub(crate) longest_wait: Duration,
}

impl Settings {
    /// A bridge to this broker, with Home Assistant's discovery below `discovery` and its own topics below `topics`.
    #[must_use]
    pub fn new(broker: Broker, discovery: Prefix, topics: Prefix) -> Self {
        Self {
            broker,
            password: None,
            authorities: Vec::new(),
            discovery,
            topics,
            pictures: true,
            birth_wait: Duration::from_secs(2),
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(60),
        }
    }

    /// The password of the broker's user.
    ///
    /// # Errors
    /// If the broker's URL names no user: MQTT allows no password without one.
    pub fn password(mut self, password: SecretString) -> Result<Self, Error> {
        if !self.broker.has_user() {
            return Err(Error::configuration(
                "there is a password for the broker and no user: write mqtt://USER@HOST",
            ));
        }
        self.password = Some(password);
        Ok(self)
    }

    /// Trusts the certificate authorities of a PEM file for the broker, and no others.
    ///
    /// # Errors
    /// If the file cannot be read or has no certificate, or the broker is not spoken to in TLS.
    pub fn authorities(mut self, file: &Path) -> Result<Self, Error> {
        let shown = file.display();
        if !self.broker.tls {
            return Err(Error::configuration(
                "there is a certificate authority for the broker, and its URL has no TLS: write mqtts://",
            ));
        }
        let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        self.authorities = read.map_err(|error| {
            Error::configuration(format!("{shown} cannot be read as PEM: {error}")).with_source(error)
        })?;
        if self.authorities.is_empty() {
            return Err(Error::configuration(format!("{shown} has no certificate in PEM")));
        }
        Ok(self)
    }

    /// Publishes no pictures.
    #[must_use]
    pub fn without_pictures(mut self) -> Self {
        self.pictures = false;
        self
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("broker", &self.broker)
            .field("discovery", &self.discovery)
            .field("topics", &self.topics)
            .field("pictures", &self.pictures)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(broker: &str) -> Settings {
        let prefix = |text: &str| text.parse().unwrap();
        Settings::new(broker.parse().unwrap(), prefix("homeassistant"), prefix("arlo-relay"))
    }

    #[test]
    fn what_contradicts_the_url_is_refused() {
        assert!(settings("mqtt://a").password("SECRET".to_owned().into()).is_err());
        let shown = settings("mqtt://casey@a").password("SECRET".to_owned().into()).unwrap();
        assert!(!format!("{shown:?}").contains("SECRET"));
        let nowhere = Path::new("/nowhere/ca.pem");
        assert!(
            settings("mqtt://a")
                .authorities(nowhere)
                .unwrap_err()
                .to_string()
                .contains("mqtts://")
        );
        assert!(
            settings("mqtts://a")
                .authorities(nowhere)
                .unwrap_err()
                .to_string()
                .contains("/nowhere/ca.pem")
        );
    }
}
