//! What a function is told by its environment. Each variable is documented here and nowhere else.

use std::fmt;
use std::sync::Arc;

use arlo_mail::{Account, Links, Sender, Senders, canonical_domain};
use jiff::SignedDuration;
use relay::{
    DEFAULT_LIFETIME, HashKey, MAX_LIFETIME, MIN_LIFETIME, Settings as RelaySettings, SystemClock, SystemRandom,
};
use relay_http::PublicUrl;

use crate::connection::Connection;
use crate::environment::{Environment, SettingsError};
use crate::hash_key::{self, KeyError};
use crate::operator::Operator;
use crate::store::{AwsStore, Places};

/// Why a function cannot start.
#[derive(Debug)]
pub enum StartError {
    /// A variable is missing or makes no sense.
    Settings(SettingsError),
    /// There is no hash key.
    Key(KeyError),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(error) => error.fmt(f),
            Self::Key(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Settings(error) => error.source(),
            Self::Key(error) => error.source(),
        }
    }
}

impl From<SettingsError> for StartError {
    fn from(error: SettingsError) -> Self {
        Self::Settings(error)
    }
}

impl From<KeyError> for StartError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

/// The settings of `prestage`, `web` and `inbound`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `TABLE`, `BUCKET` and `POLL_PREFIX` (default `poll/`).
    pub places: Places,
    /// `MAIL_PREFIX` (default `mail/`): what the keys of the mails that SES stores begin with.
    pub mail_prefix: String,
    /// The hash key, from the parameter that `HASH_KEY_PARAMETER` names; `DOMAIN`, `SHARED_MAILBOX` (the local part of
    /// the stack-wide relay address), `LIFETIME_SECONDS` (default 300) and `SENDERS` (optional, separated by commas).
    pub relay: RelaySettings,
    /// `PUBLIC_URL`: where clients find the API; without it, where the first call found it.
    pub public_url: Option<PublicUrl>,
    forward: Option<Forward>,
}

/// `FORWARD_TO` and `FORWARD_FROM` (default `postmaster@DOMAIN`).
#[derive(Clone)]
struct Forward {
    from: String,
    to: String,
}

impl fmt::Debug for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Forward(…)")
    }
}

impl Settings {
    /// What a function begins with: the variables named above, the hash key, and meanwhile open connections to the
    /// table and the bucket, so that the key costs a cold start no more than the round trips that these take.
    ///
    /// # Errors
    /// A [`StartError`] for the first that is missing or makes no sense.
    pub async fn load(environment: &Environment, connection: &Connection) -> Result<Self, StartError> {
        let bucket = environment.optional("BUCKET").unwrap_or_default();
        let (key, ()) = tokio::join!(Self::key(environment, connection), connection.warm(&bucket));
        Ok(Self::read(environment, key?)?)
    }

    async fn key(environment: &Environment, connection: &Connection) -> Result<HashKey, StartError> {
        let parameter = environment.required("HASH_KEY_PARAMETER")?;
        Ok(hash_key::read(connection, &parameter).await?)
    }

    /// Reads the variables named above, but for the hash key, which is given.
    ///
    /// # Errors
    /// A [`SettingsError`] for the first that is missing or makes no sense.
    pub fn read(environment: &Environment, hash_key: HashKey) -> Result<Self, SettingsError> {
        let or = |name, default: &str| environment.optional(name).unwrap_or_else(|| default.to_owned());
        let domain = canonical_domain(&environment.required("DOMAIN")?);
        let domain = domain.ok_or_else(|| SettingsError::new("DOMAIN", "is no domain"))?;
        let public_url = environment.optional("PUBLIC_URL").map(|url| PublicUrl::parse(&url));
        Ok(Self {
            places: Places {
                table: environment.required("TABLE")?,
                bucket: environment.required("BUCKET")?,
                poll_prefix: or("POLL_PREFIX", "poll/"),
            },
            mail_prefix: or("MAIL_PREFIX", "mail/"),
            public_url: public_url
                .transpose()
                .map_err(|_| SettingsError::new("PUBLIC_URL", "is no base URL"))?,
            forward: forward(environment, &domain)?,
            relay: RelaySettings {
                hash_key,
                lifetime: lifetime(environment)?,
                domain,
                shared_mailbox: environment.required("SHARED_MAILBOX")?.to_lowercase(),
                senders: senders(environment)?,
                // Only the operator enrols here.
                links: Links::Any,
                clock: Arc::new(SystemClock),
                random: Arc::new(SystemRandom),
            },
        })
    }

    /// Whether mail that is no code goes on to an operator.
    #[must_use]
    pub fn forwards(&self) -> bool {
        self.forward.is_some()
    }

    /// The operator's address.
    #[must_use]
    pub fn operator(&self) -> Option<&str> {
        self.forward.as_ref().map(|forward| forward.to.as_str())
    }

    /// The store of this deployment.
    #[must_use]
    pub fn store(&self, connection: &Connection) -> AwsStore {
        let operator = self
            .forward
            .as_ref()
            .map(|forward| Operator::new(connection.sesv2(), forward.from.clone(), forward.to.clone()));
        AwsStore::new(connection.dynamodb(), connection.s3(), self.places.clone(), operator)
    }
}

fn lifetime(environment: &Environment) -> Result<SignedDuration, SettingsError> {
    const NAME: &str = "LIFETIME_SECONDS";
    let Some(text) = environment.optional(NAME) else {
        return Ok(DEFAULT_LIFETIME);
    };
    let lifetime = text.parse().ok().map(SignedDuration::from_secs);
    lifetime
        .filter(|lifetime| (MIN_LIFETIME..=MAX_LIFETIME).contains(lifetime))
        .ok_or_else(|| SettingsError::new(NAME, "needs a number of seconds from 10 to 900"))
}

fn senders(environment: &Environment) -> Result<Senders, SettingsError> {
    const NAME: &str = "SENDERS";
    let text = environment.optional(NAME).unwrap_or_default();
    let mut addresses = text.split(',').map(str::trim).filter(|address| !address.is_empty());
    addresses.try_fold(Senders::default(), |senders, address| {
        let sender = Sender::parse(address)
            .map_err(|_| SettingsError::new(NAME, "needs mail addresses, separated by commas"))?;
        Ok(senders.with(sender))
    })
}

fn forward(environment: &Environment, domain: &str) -> Result<Option<Forward>, SettingsError> {
    let Some(to) = environment.optional("FORWARD_TO") else {
        return Ok(None);
    };
    let from = environment.optional("FORWARD_FROM");
    let from = from.unwrap_or_else(|| format!("postmaster@{domain}"));
    if !is_plain_address(&to) {
        return Err(SettingsError::new("FORWARD_TO", "needs a mail address"));
    }
    if !is_plain_address(&from) {
        return Err(SettingsError::new("FORWARD_FROM", "needs a mail address"));
    }
    if to
        .rsplit_once('@')
        .is_some_and(|(_, own)| canonical_domain(own).as_deref() == Some(domain))
    {
        return Err(SettingsError::new(
            "FORWARD_TO",
            "is an address of the relay itself: its mail would go round in a circle",
        ));
    }
    Ok(Some(Forward { from, to }))
}

/// An address that can stand in a header as it is.
fn is_plain_address(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.contains(['<', '>', '"', ',', ';'])
        && Account::parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn read(changes: &[(&str, &str)]) -> Result<Settings, String> {
        let mut variables = HashMap::from([
            ("TABLE", "t"),
            ("BUCKET", "b"),
            ("DOMAIN", "Relay.Example"),
            ("SHARED_MAILBOX", "Arlo"),
        ]);
        variables.extend(changes.iter().copied());
        let environment = variables
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Settings::read(&environment.collect(), HashKey::new([7; 32])).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_said_has_a_default() {
        let settings = read(&[("FORWARD_TO", ""), ("PUBLIC_URL", "")]).unwrap();
        assert_eq!(
            (settings.mail_prefix.as_str(), settings.places.poll_prefix.as_str()),
            ("mail/", "poll/")
        );
        assert_eq!(
            (settings.relay.domain.as_str(), settings.relay.shared_mailbox.as_str()),
            ("relay.example", "arlo")
        );
        assert_eq!(settings.relay.lifetime, DEFAULT_LIFETIME);
        assert!(settings.forward.is_none() && settings.public_url.is_none());
        let forward = read(&[("FORWARD_TO", "op+relay@example.org")])
            .unwrap()
            .forward
            .unwrap();
        assert_eq!(
            (forward.from.as_str(), forward.to.as_str()),
            ("postmaster@relay.example", "op+relay@example.org")
        );
    }

    #[test]
    fn what_makes_no_sense_is_named_and_not_repeated() {
        for (name, value) in [
            ("TABLE", ""),
            ("BUCKET", ""),
            ("DOMAIN", "a b.example"),
            ("SHARED_MAILBOX", ""),
            ("LIFETIME_SECONDS", "9"),
            ("LIFETIME_SECONDS", "901"),
            ("LIFETIME_SECONDS", "soon"),
            ("SENDERS", "a@b.example,nobody"),
            ("PUBLIC_URL", "relay"),
            ("FORWARD_TO", "nobody"),
            ("FORWARD_TO", "op@RELAY.example"),
            ("FORWARD_TO", "a@b.example\r\nBcc: c@d.example"),
        ] {
            let message = read(&[(name, value)]).unwrap_err();
            assert!(message.starts_with(name), "{message}");
            assert!(value.len() < 4 || !message.contains(value), "{message}");
        }
        let message = read(&[("FORWARD_TO", "op@example.org"), ("FORWARD_FROM", "x")]).unwrap_err();
        assert!(message.starts_with("FORWARD_FROM"), "{message}");
    }
}
