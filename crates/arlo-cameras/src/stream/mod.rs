//! The event stream: which one, opened again whenever it ends, and never without a wait.
//!
//! Invariants: two connections are at least the first wait apart, and the waits double up to the longest, or are as
//! long as Arlo asks; only a stream that lasted begins the count again. A stream that ends never leads to a login of
//! its own accord: where a token is refused, the API host is asked whether it is void, and only its refusal is followed
//! by a login.

mod backoff;
mod mqtt;
mod pipe;
mod sse;
mod target;

use std::time::Duration;

use tokio::time::Instant;

pub use self::backoff::Backoff;
use self::target::Target;
use crate::hub::Hub;
use crate::{ErrorKind, Event, StreamChoice};

/// A stream that lasted so long begins the count of failures again.
const LASTED: Duration = Duration::from_secs(60);
/// How long a stream that the account has not is left alone.
const NOT_OFFERED_FOR: Duration = Duration::from_secs(60 * 60);

/// For the fuzz targets: the events in the pieces of a stream of server-sent events; `None` if one is too long.
#[cfg(feature = "testing")]
pub(crate) fn sse_events(pieces: &[&[u8]]) -> Option<Vec<String>> {
    sse::events(pieces)
}

/// Why a stream ended.
#[derive(Debug)]
enum End {
    /// The session was renewed: the new token needs a new connection.
    Renewed,
    /// The stream refused the token.
    TokenRefused,
    /// Another client logged out.
    LoggedOut,
    /// The account has no stream of this kind.
    NotOffered,
    /// Nothing came for too long, although it was asked for.
    Silent,
    /// The server asks to come back after so long, with what it says.
    Later(String, Duration),
    /// It broke, with what the connection says of it.
    Broken(String),
}

impl End {
    /// In words, without a secret.
    fn reason(&self) -> String {
        match self {
            Self::Renewed => "the session was renewed".to_owned(),
            Self::TokenRefused => "Arlo refused the session for the event stream".to_owned(),
            Self::LoggedOut => "Arlo ended the session, or another client logged out".to_owned(),
            Self::NotOffered => "the account has no event stream of this kind".to_owned(),
            Self::Silent => "nothing came for too long".to_owned(),
            Self::Later(why, _) | Self::Broken(why) => why.clone(),
        }
    }
}

/// Where the stream is.
enum Place {
    Mqtt(Target),
    Sse,
    /// Nowhere, and why.
    None(&'static str),
}

/// Keeps the stream open for as long as the account lives.
pub(crate) async fn run(hub: &Hub) {
    let tls = match target::tls(&hub.options.roots) {
        Ok(tls) => tls,
        Err(reason) => {
            hub.announce(Event::Disconnected { reason });
            return;
        }
    };
    let mut backoff = Backoff::new(hub.options.first_wait, hub.options.longest_wait);
    let mut no_sse_until = None;
    loop {
        if hub.keeper.lost().is_some() {
            return;
        }
        let begun = Instant::now();
        let no_sse = no_sse_until.is_some_and(|until| begun < until);
        let end = match place(hub, no_sse) {
            Place::Mqtt(target) => Box::pin(mqtt::run(hub, &target, tls.clone())).await,
            Place::Sse => Box::pin(sse::run(hub)).await,
            Place::None(why) => End::Broken(why.to_owned()),
        };
        let was_connected = hub.status.borrow().connected;
        hub.status.send_modify(|status| status.connected = false);
        let lasted = begun.elapsed();
        if was_connected && lasted >= LASTED {
            backoff.reset();
        }
        if matches!(end, End::Renewed) {
            continue;
        }
        let reason = end.reason();
        tracing::info!(reason, "the event stream ended");
        hub.announce(Event::Disconnected { reason });
        let mut wait = backoff.next();
        match end {
            End::NotOffered => {
                // The account has the other kind only, as long as its session names no change.
                no_sse_until = begun.checked_add(NOT_OFFERED_FOR);
                wait = wait.max(hub.options.first_wait);
            }
            End::TokenRefused | End::LoggedOut => {
                let token = hub.keeper.renewals();
                if let Err(error) = hub.keeper.check().await {
                    tracing::warn!(%error, "the session cannot be checked");
                    if error.kind() == ErrorKind::Session {
                        wait = hub.options.longest_wait;
                    }
                    wait = wait.max(error.retry_after().unwrap_or_default());
                }
                let is_same = !token.has_changed().unwrap_or(false);
                if matches!(end, End::TokenRefused) && is_same {
                    // The API host accepts the token that the broker refuses: there is nothing to renew.
                    wait = wait.max(hub.options.longest_wait);
                }
            }
            End::Later(_, asked_for) => wait = wait.max(asked_for),
            _ => {}
        }
        tokio::time::sleep(wait).await;
    }
}

/// Chooses the stream: MQTT if the session names a broker or a device names topics, otherwise server-sent events.
fn place(hub: &Hub, no_sse: bool) -> Place {
    let session = hub.keeper.session();
    let has_topics = hub.state().devices.values().any(|device| !device.topics.is_empty());
    let named = target::of_session(session.details());
    match hub.options.stream {
        StreamChoice::Sse => return Place::Sse,
        StreamChoice::Auto if named.is_none() && !has_topics && !no_sse => return Place::Sse,
        _ => {}
    }
    // The token goes to Arlo's own broker only if the session is one of Arlo's own host.
    match named.or_else(|| Some(Ok(Target::of_arlo())).filter(|_| session.api_host() == target::ARLO_HOST)) {
        Some(Ok(target)) => Place::Mqtt(target),
        Some(Err(why)) => Place::None(why),
        None if no_sse => Place::None("the account has no event stream: Arlo refuses the old one and names no broker"),
        None if hub.options.stream == StreamChoice::Mqtt => Place::None("Arlo names no MQTT broker for the account"),
        None => Place::Sse,
    }
}

/// Notes that the stream is open, and tells the readers.
fn connected(hub: &Hub, refused: usize, deaf: bool) {
    hub.status.send_modify(|status| {
        status.connected = true;
        status.deaf = deaf;
        status.connections += 1;
    });
    if deaf {
        tracing::warn!("Arlo refused every topic of the devices: nothing of them is heard");
    }
    hub.announce(Event::Connected { refused, deaf });
}
