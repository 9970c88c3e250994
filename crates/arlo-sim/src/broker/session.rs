//! One client's session: CONNECT, SUBSCRIBE, and then what the cloud publishes.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use mqtt_packets::{
    ConnAck, Connect, ConnectCode, Decoder, Error, ErrorKind, Packet, Publish, QoS, SubAck, Subscribe, TopicFilter,
};
use serde_json::json;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until, timeout};

use super::wire::Wire;
use crate::config::UserIndex;
use crate::event::{Draft, Event, Message};
use crate::faults::Fault;
use crate::state::{Shared, user_id};

/// The largest packet of a client.
pub(super) const MAX_PACKET: usize = 64 * 1024;
/// The most filters of one client.
const MAX_FILTERS: usize = 1000;
/// How long a client without a keep-alive may be silent.
const LONGEST_SILENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// Serves a client until it or the cloud ends the connection. `patience`: how long it may take for its CONNECT.
pub(super) async fn run(mut wire: Wire, shared: &Arc<Shared>, patience: Duration) -> io::Result<()> {
    // From here on no event is lost: a client that is granted a topic gets what comes after its CONNECT.
    let events = shared.events.subscribe();
    let mut buffer = BytesMut::new();
    let connect = timeout(patience, first_packet(&mut wire, &mut buffer))
        .await
        .map_err(io::Error::from)??;
    let code = match connect {
        Ok(connect) => match admit(shared, &connect) {
            Ok((user, token)) => {
                send(&mut wire, shared, &Packet::ConnAck(ConnAck::new(ConnectCode::Accepted))).await?;
                let session = Session {
                    wire,
                    buffer,
                    shared,
                    user,
                    token,
                    silence: silence(&connect),
                    filters: Vec::new(),
                };
                return session.serve(events).await;
            }
            Err(code) => code,
        },
        Err(code) => code,
    };
    send(&mut wire, shared, &Packet::ConnAck(ConnAck::new(code))).await?;
    wire.close().await;
    Ok(())
}

/// The client's CONNECT, or the code that refuses its version.
async fn first_packet(wire: &mut Wire, buffer: &mut BytesMut) -> io::Result<Result<Connect, ConnectCode>> {
    loop {
        match Decoder::new(MAX_PACKET).decode(buffer) {
            Ok(Some(Packet::Connect(connect))) => return Ok(Ok(connect)),
            Ok(Some(_)) => return Err(invalid("the first packet is no CONNECT")),
            Ok(None) => {}
            Err(error) if error.kind() == ErrorKind::UnsupportedVersion => {
                return Ok(Err(ConnectCode::UnacceptableProtocol));
            }
            Err(error) => return Err(broken(error)),
        }
        if !wire.read(buffer).await? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// The user whose token is the password. Arlo takes the user's id as its name.
fn admit(shared: &Shared, connect: &Connect) -> Result<(UserIndex, String), ConnectCode> {
    shared.connects.fetch_add(1, Ordering::SeqCst);
    if connect.client_id.is_empty() {
        return Err(ConnectCode::IdentifierRejected);
    }
    if shared.faults.occurs(Fault::MqttConnack5) {
        return Err(ConnectCode::NotAuthorized);
    }
    let password = connect.password.as_ref().ok_or(ConnectCode::NotAuthorized)?;
    let token = std::str::from_utf8(password.expose()).map_err(|_| ConnectCode::BadUserNameOrPassword)?;
    let found = shared.token(token).filter(|found| found.complete && !found.void);
    let found = found.ok_or(ConnectCode::NotAuthorized)?;
    if connect.user_name.as_deref() == Some(&user_id(found.user)) {
        Ok((found.user, token.to_owned()))
    } else {
        Err(ConnectCode::NotAuthorized)
    }
}

/// How long the client may be silent: one and a half times what it says.
fn silence(connect: &Connect) -> Duration {
    match connect.keep_alive {
        0 => LONGEST_SILENCE,
        seconds => Duration::from_secs(seconds.into()) * 3 / 2,
    }
}

struct Session<'a> {
    wire: Wire,
    buffer: BytesMut,
    shared: &'a Arc<Shared>,
    user: UserIndex,
    token: String,
    silence: Duration,
    filters: Vec<TopicFilter>,
}

impl Session<'_> {
    async fn serve(mut self, mut events: broadcast::Receiver<Event>) -> io::Result<()> {
        let mut end = Instant::now() + self.silence;
        let mut open = None;
        loop {
            // Also what came together with the CONNECT.
            while let Some(packet) = Decoder::new(MAX_PACKET).decode(&mut self.buffer).map_err(broken)? {
                if !self.answer(packet).await? {
                    return Ok(());
                }
                if open.is_none() && !self.filters.is_empty() {
                    open = Some(self.shared.streams.opened());
                }
            }
            tokio::select! {
                read = self.wire.read(&mut self.buffer) => {
                    if !read? {
                        return Ok(());
                    }
                    end = Instant::now() + self.silence;
                }
                event = events.recv() => {
                    if !self.pass_on(event).await? {
                        self.wire.close().await;
                        return Ok(());
                    }
                }
                () = sleep_until(end) => return Ok(()),
            }
        }
    }

    /// Answers a packet. Gives whether the session goes on.
    async fn answer(&mut self, packet: Packet) -> io::Result<bool> {
        let answer = match packet {
            Packet::PingReq => Packet::PingResp,
            Packet::Subscribe(subscribe) => {
                let answer = self.subscribe(subscribe)?;
                if self.shared.faults.occurs(Fault::PublishBeforeSuback) {
                    self.heart_beat().await?;
                }
                answer
            }
            Packet::Unsubscribe(unsubscribe) => {
                self.filters.retain(|filter| !unsubscribe.filters.contains(filter));
                Packet::UnsubAck(unsubscribe.packet_id)
            }
            // Nobody hears what a client publishes. It learns that it came.
            Packet::Publish(publish) => match publish.packet_id {
                Some(id) => Packet::PubAck(id),
                None => return Ok(true),
            },
            Packet::Disconnect => return Ok(false),
            _ => return Err(invalid("a packet that no client sends now")),
        };
        send(&mut self.wire, self.shared, &answer).await?;
        Ok(true)
    }

    fn subscribe(&mut self, subscribe: Subscribe) -> io::Result<Packet> {
        let allowed = self.allowed();
        let mut granted = Vec::with_capacity(subscribe.filters.len());
        for wanted in subscribe.filters {
            let is_granted = allowed.iter().any(|allowed| allowed.covers(&wanted.filter));
            granted.push(is_granted.then_some(QoS::AtMostOnce));
            if is_granted && !self.filters.contains(&wanted.filter) {
                self.filters.push(wanted.filter);
            }
            if self.filters.len() > MAX_FILTERS {
                return Err(invalid("too many filters"));
            }
        }
        Ok(Packet::SubAck(SubAck {
            packet_id: subscribe.packet_id,
            granted,
        }))
    }

    /// Sends what a gateway says from time to time, if the client hears it.
    async fn heart_beat(&mut self) -> io::Result<()> {
        let messages = self.shared.with_account(self.user, |account, _| {
            let beat = |gateway: &crate::account::Device| {
                let value = json!({ "action": "is", "from": gateway.id, "resource": "basestation", "properties": {} });
                Draft::of_gateway(account, &gateway.id, "basestation/is", value).into_message()
            };
            account.gateways().map(beat).collect::<Vec<_>>()
        });
        for message in messages.unwrap_or_default() {
            if self.hears(&message) {
                self.publish(&message).await?;
            }
        }
        Ok(())
    }

    /// The filters that the account may have: its own, those of its device list, and all of each gateway.
    fn allowed(&self) -> Vec<TopicFilter> {
        let faults = &self.shared.faults;
        let (no_devices, no_gateways) = (
            faults.occurs(Fault::MqttRefuseTopics),
            faults.occurs(Fault::MqttRefuseWideTopics),
        );
        let mut texts = vec![format!("u/{}/in/#", user_id(self.user))];
        self.shared.with_account(self.user, |account, _| {
            if no_devices {
                return;
            }
            texts.extend(account.devices.iter().flat_map(crate::account::Device::topics));
            if !no_gateways {
                texts.extend(account.gateways().map(|gateway| format!("d/{}/out/#", gateway.xcloud)));
            }
        });
        texts
            .into_iter()
            .filter_map(|text| TopicFilter::new(text).ok())
            .collect()
    }

    /// Sends what a client of this user hears of. Gives whether the session goes on.
    async fn pass_on(&mut self, event: Result<Event, RecvError>) -> io::Result<bool> {
        match event {
            Ok(Event::Message(user, message)) if user == self.user => {
                if self.hears(&message) {
                    self.publish(&message).await?;
                }
            }
            Ok(Event::LoggedOutElsewhere(user, message)) if user == self.user && self.hears(&message) => {
                self.publish(&message).await?;
            }
            Ok(Event::LoggedOut(token)) => return Ok(*token != *self.token),
            Ok(Event::Dropped(user)) => return Ok(user != self.user),
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return Ok(false),
        }
        Ok(true)
    }

    fn hears(&self, message: &Message) -> bool {
        let topic = message.topic.as_ref();
        topic.is_some_and(|topic| self.filters.iter().any(|filter| filter.matches(topic)))
    }

    async fn publish(&mut self, message: &Message) -> io::Result<()> {
        let Some(topic) = message.topic.clone() else {
            return Ok(());
        };
        let payload = Bytes::copy_from_slice(message.json.as_bytes());
        send(&mut self.wire, self.shared, &Publish::new(topic, payload).into()).await
    }
}

async fn send(wire: &mut Wire, shared: &Shared, packet: &Packet) -> io::Result<()> {
    let mut bytes = BytesMut::new();
    packet.encode(&mut bytes).map_err(broken)?;
    wire.write(bytes.freeze(), shared.faults.occurs(Fault::SplitFrames))
        .await
}

fn broken(error: Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
