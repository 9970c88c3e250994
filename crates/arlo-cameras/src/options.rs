//! How an account is watched.

use std::time::Duration;

use rustls::pki_types::CertificateDer;

/// Settings of an [`Account`](crate::Account). Every value has a default that suits Arlo.
#[derive(Debug, Clone)]
pub struct Options {
    pub(crate) stream: StreamChoice,
    pub(crate) roots: Vec<CertificateDer<'static>>,
    pub(crate) answer_within: Duration,
    pub(crate) picture_within: Duration,
    pub(crate) connect_within: Duration,
    pub(crate) first_wait: Duration,
    pub(crate) longest_wait: Duration,
    pub(crate) registration: Duration,
    pub(crate) ping: Duration,
    pub(crate) silence: Duration,
}

/// Which event stream is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum StreamChoice {
    /// MQTT if Arlo names a broker or a device names topics, otherwise server-sent events.
    #[default]
    Auto,
    /// MQTT.
    Mqtt,
    /// Server-sent events. Arlo has them for older accounts only.
    Sse,
    /// None: for a program that makes a few calls and ends.
    Off,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            stream: StreamChoice::Auto,
            roots: Vec::new(),
            answer_within: Duration::from_secs(60),
            picture_within: Duration::from_secs(30),
            connect_within: Duration::from_secs(30),
            first_wait: Duration::from_secs(2),
            longest_wait: Duration::from_secs(5 * 60),
            registration: Duration::from_secs(100),
            ping: Duration::from_secs(50),
            silence: Duration::from_secs(90),
        }
    }
}

impl Options {
    /// Chooses the event stream.
    #[must_use]
    pub fn stream(mut self, choice: StreamChoice) -> Self {
        self.stream = choice;
        self
    }

    /// Trusts one more certificate authority for the MQTT broker, for a broker of your own.
    #[must_use]
    pub fn trust(mut self, root: CertificateDer<'static>) -> Self {
        self.roots.push(root);
        self
    }

    /// Sets how long a call that changes something waits for the event that confirms it; a minute unless set.
    #[must_use]
    pub fn answer_within(mut self, limit: Duration) -> Self {
        self.answer_within = limit;
        self
    }

    /// Sets how long a picture may take; half a minute unless set.
    #[must_use]
    pub fn picture_within(mut self, limit: Duration) -> Self {
        self.picture_within = limit;
        self
    }

    /// Sets the waits before the stream is opened again: the first, which doubles with each failure, and the longest.
    /// Two seconds and five minutes unless set. After a token that only the broker refuses, the longest is used.
    #[must_use]
    pub fn reconnect(mut self, first: Duration, longest: Duration) -> Self {
        self.first_wait = first.max(Duration::from_millis(1));
        self.longest_wait = longest.max(self.first_wait);
        self
    }

    /// Sets how often bases are asked whether they are there; every 100 seconds unless set. A base says nothing two
    /// minutes after it was last asked. Devices that this would wake are not asked.
    #[must_use]
    pub fn register_every(mut self, interval: Duration) -> Self {
        self.registration = interval.max(Duration::from_millis(10));
        self
    }

    /// Sets how often the broker is asked whether it is there, and after how much silence the connection counts as
    /// broken; 50 and 90 seconds unless set.
    #[must_use]
    pub fn silence(mut self, ping: Duration, limit: Duration) -> Self {
        self.ping = ping.max(Duration::from_millis(1));
        self.silence = limit.max(self.ping);
        self
    }
}
