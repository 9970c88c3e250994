//! The credentials that sign.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::Fault;
use crate::environment::{Environment, SettingsError};

/// An access key of AWS. It does not print.
pub struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expires_at: Option<Timestamp>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

impl Credentials {
    /// A key with its secret, the token of a temporary one, and when it expires, as far as that is known.
    #[must_use]
    pub fn new(
        access_key_id: String,
        secret_access_key: String,
        session_token: Option<String>,
        expires_at: Option<Timestamp>,
    ) -> Self {
        Self {
            access_key_id,
            secret_access_key,
            session_token,
            expires_at,
        }
    }

    /// The role's credentials in the environment that Lambda gives a function. They do not change while the process
    /// lives: Lambda replaces it before they expire.
    ///
    /// # Errors
    /// A [`SettingsError`] that names the variable.
    pub fn for_lambda(environment: &Environment) -> Result<Self, SettingsError> {
        Ok(Self::new(
            environment.required("AWS_ACCESS_KEY_ID")?,
            environment.required("AWS_SECRET_ACCESS_KEY")?,
            environment.optional("AWS_SESSION_TOKEN"),
            None,
        ))
    }

    pub(super) fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    pub(super) fn secret_access_key(&self) -> &str {
        &self.secret_access_key
    }

    pub(super) fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// The key's id, its secret, and its token.
    #[cfg(any(feature = "lambda", feature = "stack"))]
    pub(super) fn parts(&self) -> (&str, &str, Option<&str>) {
        (&self.access_key_id, &self.secret_access_key, self.session_token())
    }

    /// When they expire, where that is known.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }
}

/// Where credentials come from.
#[derive(Debug, Clone)]
pub struct CredentialsSource(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Constant(Arc<Credentials>),
    #[cfg(feature = "stack")]
    Refreshed(Arc<refreshed::Refreshed>),
}

impl From<Credentials> for CredentialsSource {
    fn from(credentials: Credentials) -> Self {
        Self(Kind::Constant(Arc::new(credentials)))
    }
}

impl CredentialsSource {
    /// The credentials as they are now.
    ///
    /// # Errors
    /// [`Fault::NoCredentials`].
    #[cfg_attr(
        not(feature = "stack"),
        allow(clippy::unused_async, reason = "constant ones are at hand")
    )]
    pub async fn get(&self) -> Result<Arc<Credentials>, Fault> {
        match &self.0 {
            Kind::Constant(credentials) => Ok(Arc::clone(credentials)),
            #[cfg(feature = "stack")]
            Kind::Refreshed(refreshed) => refreshed.get().await,
        }
    }
}

/// Credentials of a provider of the SDK, such as a profile's, of which new ones are fetched before the old expire.
#[cfg(feature = "stack")]
pub(crate) mod refreshed {
    use std::fmt;
    use std::sync::Arc;
    use std::time::Duration;

    use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
    use jiff::{SignedDuration, Timestamp};
    use relay::ports::Clock;
    use tokio::sync::Mutex;

    use super::{Credentials, CredentialsSource, Fault, Kind};
    use crate::aws::with_causes;

    /// New ones are fetched so long before the old expire.
    const BEFORE: SignedDuration = SignedDuration::from_secs(60);
    /// The longest that a provider may take.
    const WITHIN: Duration = Duration::from_secs(15);

    pub(super) struct Refreshed {
        provider: SharedCredentialsProvider,
        clock: Arc<dyn Clock>,
        latest: Mutex<Option<Arc<Credentials>>>,
    }

    impl fmt::Debug for Refreshed {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Refreshed").finish_non_exhaustive()
        }
    }

    impl CredentialsSource {
        /// The credentials of a provider.
        pub(crate) fn refreshed(provider: SharedCredentialsProvider, clock: Arc<dyn Clock>) -> Self {
            let latest = Mutex::default();
            Self(Kind::Refreshed(Arc::new(Refreshed {
                provider,
                clock,
                latest,
            })))
        }
    }

    impl Refreshed {
        pub(super) async fn get(&self) -> Result<Arc<Credentials>, Fault> {
            let mut latest = self.latest.lock().await;
            let now = self.clock.now();
            let lives = |credentials: &Arc<Credentials>, left: SignedDuration| {
                let end = credentials.expires_at();
                end.is_none_or(|end| end.duration_since(now) > left)
            };
            if let Some(credentials) = latest.as_ref().filter(|credentials| lives(credentials, BEFORE)) {
                return Ok(Arc::clone(credentials));
            }
            match self.fetch().await {
                Ok(fetched) => Ok(Arc::clone(latest.insert(Arc::new(fetched)))),
                // The old ones are good for a moment more.
                Err(fault) => {
                    let old = latest.as_ref().filter(|old| lives(old, SignedDuration::ZERO));
                    old.map(Arc::clone).ok_or(fault)
                }
            }
        }

        async fn fetch(&self) -> Result<Credentials, Fault> {
            let asked = tokio::time::timeout(WITHIN, self.provider.provide_credentials()).await;
            let asked = asked.map_err(|_| Fault::NoCredentials("they were not given in time".to_owned()))?;
            let given = asked.map_err(|error| Fault::NoCredentials(with_causes(&error)))?;
            Ok(Credentials::new(
                given.access_key_id().to_owned(),
                given.secret_access_key().to_owned(),
                given.session_token().map(str::to_owned),
                given.expiry().and_then(|expiry| Timestamp::try_from(expiry).ok()),
            ))
        }
    }

    #[cfg(test)]
    mod tests {
        use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

        use aws_credential_types::provider::error::CredentialsError;
        use aws_credential_types::provider::future;

        use super::*;

        #[derive(Debug, Default)]
        struct Hourly {
            asked: AtomicUsize,
            is_away: std::sync::atomic::AtomicBool,
        }

        impl ProvideCredentials for Hourly {
            fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
            where
                Self: 'a,
            {
                let number = self.asked.fetch_add(1, Ordering::SeqCst);
                let expiry = Timestamp::from_second(3600 * (i64::try_from(number).unwrap() + 1)).unwrap();
                future::ProvideCredentials::ready(match self.is_away.load(Ordering::SeqCst) {
                    true => Err(CredentialsError::not_loaded("log in again")),
                    false => Ok(aws_credential_types::Credentials::new(
                        format!("key{number}"),
                        "secret",
                        None,
                        Some(expiry.into()),
                        "test",
                    )),
                })
            }
        }

        #[derive(Default)]
        struct Second(AtomicI64);

        impl Clock for Second {
            fn now(&self) -> Timestamp {
                Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
            }
        }

        #[tokio::test]
        async fn new_credentials_are_fetched_before_the_old_expire() {
            let (provider, clock) = (Arc::new(Hourly::default()), Arc::new(Second::default()));
            let shared = SharedCredentialsProvider::from(Arc::clone(&provider) as Arc<dyn ProvideCredentials>);
            let source = CredentialsSource::refreshed(shared, Arc::clone(&clock) as Arc<dyn Clock>);
            for (second, key) in [(0, "key0"), (3539, "key0"), (3541, "key1"), (3600, "key1")] {
                clock.0.store(second, Ordering::SeqCst);
                assert_eq!(source.get().await.unwrap().access_key_id(), key, "{second}");
            }
            assert_eq!(provider.asked.load(Ordering::SeqCst), 2);
            // Where none are given, the old ones are used to their end.
            provider.is_away.store(true, Ordering::SeqCst);
            clock.0.store(7199, Ordering::SeqCst);
            assert_eq!(source.get().await.unwrap().access_key_id(), "key1");
            clock.0.store(7200, Ordering::SeqCst);
            let fault = source.get().await.unwrap_err();
            assert!(
                matches!(&fault, Fault::NoCredentials(why) if why.contains("log in again")),
                "{fault}"
            );
        }
    }
}
