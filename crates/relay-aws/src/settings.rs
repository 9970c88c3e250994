//! The settings of the functions, from their environment. Each variable is documented here and nowhere else.

use std::fmt;
use std::sync::Arc;

use arlo_mail::{Sender, Senders};
use relay::operator_mail::{Address, Addresses};
use relay::{
    Deployment, Domain, InvalidSetting, JoinLimits, Keys, Lifetime, LocalPart, Registration, Settings as RelaySettings,
    SystemClock, SystemRandom,
};
use relay_http::PublicUrl;

use crate::connection::Connection;
use crate::deployment_key::{self, KeyError, KeyParameters};
use crate::environment::{Environment, SettingsError};
use crate::metrics::Metrics;
use crate::operator::Operator;
use crate::store::{AwsStore, Places};

/// Why a function cannot start.
#[derive(Debug)]
pub enum StartError {
    /// A variable is missing or invalid.
    Settings(SettingsError),
    /// A key cannot be read.
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
    /// The keys, from the parameters that `KEY_PARAMETER` and `FORMER_KEY_PARAMETER` (optional) name; `DOMAIN`,
    /// `SHARED_MAILBOX` (the local part of the stack-wide relay address), `LIFETIME_SECONDS` (default 300), `SENDERS`
    /// (optional, separated by commas), `REGISTRATION` (`closed`, which is the default, `invite` or `open`), and
    /// `MAX_ENROLMENTS`, `MAX_JOINS_A_DAY` and `MAX_JOINS_OF_NETWORK` (each optional).
    pub relay: RelaySettings,
    /// `PUBLIC_URL`: where clients find the API. Without it, the host name of the first call is used.
    pub public_url: Option<PublicUrl>,
    /// `METRICS_STACK`, of `prestage` and `inbound` alone: the stack whose metrics are written. Without it, none are.
    pub metrics: Metrics,
    /// `FORWARD_TO` and `FORWARD_FROM` (default `postmaster@DOMAIN`).
    operator: Option<Addresses>,
}

impl Settings {
    /// Reads the variables named above and the keys. At the same time it opens the connections to the table and the
    /// bucket, so a cold start waits no longer for the keys than for these.
    ///
    /// # Errors
    /// A [`StartError`] for the first that is missing or invalid.
    pub async fn load(environment: &Environment, connection: &Connection) -> Result<Self, StartError> {
        let bucket = environment.optional("BUCKET").unwrap_or_default();
        let (keys, ()) = tokio::join!(Self::keys(environment, connection), connection.warm(&bucket));
        Ok(Self::read(environment, keys?)?)
    }

    async fn keys(environment: &Environment, connection: &Connection) -> Result<Keys, StartError> {
        let parameters = Self::key_parameters(environment)?;
        Ok(deployment_key::read(connection, &parameters).await?)
    }

    /// The names of the parameters with the keys.
    pub(crate) fn key_parameters(environment: &Environment) -> Result<KeyParameters, SettingsError> {
        Ok(KeyParameters {
            current: environment.required("KEY_PARAMETER")?,
            former: environment.optional("FORMER_KEY_PARAMETER"),
        })
    }

    /// Reads the variables named above. The keys are given.
    ///
    /// # Errors
    /// A [`SettingsError`] for the first that is missing or invalid.
    pub fn read(environment: &Environment, keys: Keys) -> Result<Self, SettingsError> {
        let or = |name, default: &str| environment.optional(name).unwrap_or_else(|| default.to_owned());
        let domain = parsed("DOMAIN", &environment.required("DOMAIN")?, Domain::parse)?;
        let operator = operator(environment, &domain)?;
        let lifetime = environment.optional("LIFETIME_SECONDS");
        let lifetime = lifetime.map(|text| parsed("LIFETIME_SECONDS", &text, Lifetime::parse));
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
            metrics: Metrics::read(environment)?,
            relay: RelaySettings {
                deployment: Deployment {
                    keys,
                    domain,
                    clock: Arc::new(SystemClock),
                    random: Arc::new(SystemRandom),
                },
                lifetime: lifetime.transpose()?.unwrap_or_default(),
                shared: parsed(
                    "SHARED_MAILBOX",
                    &environment.required("SHARED_MAILBOX")?,
                    LocalPart::parse,
                )?,
                senders: senders(environment)?,
                registration: registration(environment)?,
                join_limits: join_limits(environment)?,
                forwards: operator.is_some(),
            },
            operator,
        })
    }

    /// Whether mail without a code is forwarded to an operator.
    #[must_use]
    pub fn forwards(&self) -> bool {
        self.relay.forwards
    }

    /// The operator's address.
    #[must_use]
    pub fn operator(&self) -> Option<&str> {
        self.operator.as_ref().map(|addresses| addresses.to().as_str())
    }

    /// The store of this deployment.
    #[must_use]
    pub fn store(&self, connection: &Connection) -> AwsStore {
        let operator = self.operator.clone();
        let operator = operator.map(|addresses| Operator::new(connection.sesv2(), addresses));
        let bucket = connection.bucket(&self.places.bucket);
        AwsStore::new(connection.dynamodb(), bucket, self.places.clone(), operator)
    }
}

/// A variable's value, as the rules have it.
fn parsed<T>(
    variable: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, InvalidSetting>,
) -> Result<T, SettingsError> {
    parse(text).map_err(|error| SettingsError::new(variable, error))
}

fn registration(environment: &Environment) -> Result<Registration, SettingsError> {
    const NAME: &str = "REGISTRATION";
    let Some(name) = environment.optional(NAME) else {
        return Ok(Registration::Closed);
    };
    Registration::from_name(&name).ok_or_else(|| SettingsError::new(NAME, "needs closed, invite or open"))
}

fn join_limits(environment: &Environment) -> Result<JoinLimits, SettingsError> {
    let number = |name, default| match environment.optional(name) {
        Some(text) => text.parse().map_err(|_| SettingsError::new(name, "needs a number")),
        None => Ok(default),
    };
    let JoinLimits {
        in_all,
        a_day,
        of_network,
    } = JoinLimits::default();
    Ok(JoinLimits {
        in_all: number("MAX_ENROLMENTS", in_all)?,
        a_day: number("MAX_JOINS_A_DAY", a_day)?,
        of_network: number("MAX_JOINS_OF_NETWORK", of_network)?,
    })
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

fn operator(environment: &Environment, domain: &Domain) -> Result<Option<Addresses>, SettingsError> {
    let Some(to) = environment.optional("FORWARD_TO") else {
        return Ok(None);
    };
    let from = match environment.optional("FORWARD_FROM") {
        Some(from) => parsed("FORWARD_FROM", &from, Address::parse)?,
        None => Address::postmaster(domain),
    };
    parsed("FORWARD_TO", &to, |to| {
        Addresses::new(from, Address::parse(to)?, domain)
    })
    .map(Some)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use relay::DeploymentKey;

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
        Settings::read(&environment.collect(), Keys::new(&DeploymentKey::new([7; 32])))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_said_has_a_default() {
        let settings = read(&[("FORWARD_TO", ""), ("PUBLIC_URL", "")]).unwrap();
        assert_eq!(
            (settings.mail_prefix.as_str(), settings.places.poll_prefix.as_str()),
            ("mail/", "poll/")
        );
        assert_eq!(
            (
                settings.relay.deployment.domain.as_str(),
                settings.relay.shared.as_str()
            ),
            ("relay.example", "arlo")
        );
        assert_eq!(settings.relay.lifetime, Lifetime::default());
        assert!(settings.operator.is_none() && settings.public_url.is_none() && !settings.metrics.are_on());
        assert!(read(&[("METRICS_STACK", "arlo-relay")]).unwrap().metrics.are_on());
        let forward = read(&[("FORWARD_TO", "op+relay@example.org")])
            .unwrap()
            .operator
            .unwrap();
        assert_eq!(
            (forward.from().as_str(), forward.to().as_str()),
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
            ("METRICS_STACK", "two words"),
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
