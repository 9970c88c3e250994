//! For the fuzz targets of this repository. It is not a part of the API.

use std::net::IpAddr;
use std::sync::Mutex;

use client_limits::Client;
use jiff::Timestamp;
use tokio::io::{AsyncReadExt, join};
use tokio::sync::watch;

use super::body::Memory;
use super::connection::{Shared, serve};
use super::session::Profile;
use super::{Acceptance, Deliver, Limits, Message, Protocol, Recipient, Unavailable};
use crate::connections::{Connections, Counts};

/// What one session came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// All that the client was sent.
    pub replies: Vec<u8>,
    /// The messages that were delivered.
    pub messages: Vec<Message>,
}

/// Serves one client, which sends these pieces and then closes. Every address of `relay.example` takes mail.
pub async fn session(first: &[u8], second: &[u8]) -> Session {
    let limits = Limits::default();
    let address = Some(IpAddr::from([192, 0, 2, 1]));
    let places = Connections::new(limits.connections, limits.connections_reserved, Counts::default());
    let Some(place) = places.take(Client::new(address)) else {
        return Session::default();
    };
    let shared = Shared {
        delivery: Recorder::default(),
        memory: Memory::new(&limits),
        profile: Profile {
            protocol: Protocol::Smtp,
            hostname: "relay.example".to_owned(),
            identity: None,
            limits,
        },
        tls: None,
    };
    let (_closing, closes) = watch::channel(false);
    let mut replies = Vec::new();
    serve(
        join(first.chain(second), &mut replies),
        address,
        &shared,
        &place,
        closes,
    )
    .await;
    let messages = shared.delivery.0.into_inner().unwrap_or_default();
    Session { replies, messages }
}

#[derive(Debug, Default)]
struct Recorder(Mutex<Vec<Message>>);

impl Deliver for Recorder {
    async fn accepts(&self, recipient: &Recipient) -> Result<Acceptance, Unavailable> {
        Ok(match recipient.domain() {
            None | Some("relay.example") => Acceptance::Accepted,
            Some(_) => Acceptance::NotOurDomain,
        })
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn is_open(&self, recipient: &Recipient) -> bool {
        recipient.local_part() == "postmaster"
    }

    async fn receive(&self, message: &Message, _: &Recipient) -> Result<(), Unavailable> {
        if let Ok(mut messages) = self.0.lock() {
            messages.push(message.clone());
        }
        Ok(())
    }
}
