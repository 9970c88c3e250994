//! One connection, of SMTP or LMTP: bytes in, commands and messages to the session and the relay, replies out.
//!
//! Replies to pipelined commands go out together, when no whole command is left in what was read (RFC 2920 section
//! 3.2). Every wait has a time limit of its own, and the connection has one. While it waits for its client, a
//! connection can be displaced by another.

use std::future::Future;
use std::net::IpAddr;
use std::time::Duration;

use client_limits::Client;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsAcceptor;
use tracing::field::display;

use super::answer::answers;
use super::body::{Allowance, Body, Memory};
use super::data::{DataReceiver, Progress};
use super::input::{Input, Line};
use super::reply::{self, Reply};
use super::session::{Envelope, Hello, Profile, Session, Step};
use super::trace::Trace;
use super::{Acceptance, Deliver, Message, Protocol, Unavailable};
use crate::connections::{Activity, Place};
use crate::linger::linger;

#[cfg(test)]
mod tests;

/// Bytes that a client may still send when we close.
const LINGER_BYTES: usize = 256 << 10;

/// What all connections share.
pub(super) struct Shared<D> {
    pub(super) delivery: D,
    pub(super) profile: Profile,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) memory: Memory,
}

/// Why the dialogue over a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The client asked for TLS, and got the reply that lets it begin.
    StartTls,
    /// We closed, after a reply with this code.
    Closed(u16),
    /// The client closed, or the network did.
    Gone,
    /// The client did not take our replies in time, or did not finish its handshake.
    Stuck,
    /// Another connection displaced it.
    Displaced,
}

/// Serves one connection to its end. `client` is `None` where it has no address; `closing` turns true when the server
/// shuts down.
pub(super) async fn serve<D: Deliver, S>(
    mut stream: S,
    client: Option<IpAddr>,
    shared: &Shared<D>,
    place: &Place,
    closing: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut dialogue = Dialogue::new(client, shared, place, closing);
    dialogue.say(&dialogue.session.greeting());
    let mut end = dialogue.run(&mut stream).await;
    if let (End::StartTls, Some(acceptor)) = (end, &shared.tls) {
        let deadline = Instant::now() + dialogue.idle_time().min(shared.profile.limits.idle);
        let handshake = Box::pin(timeout_at(deadline, acceptor.accept(stream)));
        let shaken = tokio::select! {
            biased;
            () = place.displaced() => Err(End::Displaced),
            shaken = handshake => match shaken {
                Ok(Ok(stream)) => Ok(stream),
                Ok(Err(_)) => Err(End::Gone),
                Err(_) => Err(End::Stuck),
            },
        };
        end = match shaken {
            Ok(mut stream) => {
                dialogue.tls_started();
                let end = dialogue.run(&mut stream).await;
                close(&mut stream, end).await;
                end
            }
            Err(end) => end,
        };
    } else {
        close(&mut stream, end).await;
    }
    let session = &dialogue.session;
    tracing::info!(
        client = client.map(display),
        tls = session.is_tls(),
        messages = session.messages(),
        errors = session.errors(),
        ?end,
        "smtp session ended"
    );
}

async fn close(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), end: End) {
    if !matches!(end, End::Closed(_)) {
        return;
    }
    linger(stream, LINGER_BYTES).await;
}

/// A connection without its stream, which another one replaces at STARTTLS.
struct Dialogue<'a, D> {
    client: Option<IpAddr>,
    shared: &'a Shared<D>,
    place: &'a Place,
    activity: Activity,
    /// Turns true when connections become scarce, and false again.
    pressed: watch::Receiver<bool>,
    closing: watch::Receiver<bool>,
    session: Session<'a>,
    input: Input,
    output: Vec<u8>,
    /// When the connection ends, whatever happens.
    end_of_session: Instant,
    /// When the client last made progress towards a message.
    progress: Instant,
    /// Whether it has named a secret address since the start or the last message. To name one again is no progress.
    has_named: bool,
}

impl<'a, D: Deliver> Dialogue<'a, D> {
    fn new(client: Option<IpAddr>, shared: &'a Shared<D>, place: &'a Place, closing: watch::Receiver<bool>) -> Self {
        let limits = &shared.profile.limits;
        let now = Instant::now();
        Self {
            client,
            shared,
            place,
            activity: Activity::Idle,
            pressed: place.pressed(),
            closing,
            session: Session::new(&shared.profile),
            input: Input::new(limits.command_line),
            output: Vec::new(),
            end_of_session: now + limits.session,
            progress: now,
            has_named: false,
        }
    }

    fn tls_started(&mut self) {
        self.session.tls_started();
        self.progress = Instant::now();
        self.show(Activity::Idle);
    }

    /// Runs the dialogue until it ends on this stream, or the connection is displaced.
    async fn run(&mut self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> End {
        let place = self.place;
        let end = tokio::select! {
            biased;
            () = place.displaced() => End::Displaced,
            end = self.turns(stream) => end,
        };
        if end == End::Displaced {
            self.output.clear();
            self.say(&reply::TOO_MANY_CONNECTIONS);
            // Nothing waits for this to be sent: another connection has the place already.
            let _ = timeout(Duration::ZERO, stream.write_all(&self.output)).await;
        }
        end
    }

    async fn turns(&mut self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> End {
        loop {
            if let Err(end) = self.turn(stream).await {
                return end;
            }
        }
    }

    /// Records what the connection does, for the choice which one is displaced.
    fn show(&mut self, activity: Activity) {
        if self.activity != activity {
            self.activity = activity;
            self.place.set(activity);
        }
    }

    /// One command with its reply.
    async fn turn(&mut self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Result<(), End> {
        let mut step = self.next(stream).await?;
        loop {
            step = match step {
                Step::Reply(reply) => {
                    self.say(&reply);
                    return Ok(());
                }
                Step::Close(reply) => {
                    self.say(&reply);
                    self.flush(stream).await?;
                    return Err(End::Closed(reply.code()));
                }
                Step::StartTls => {
                    self.say(&reply::START_TLS);
                    self.flush(stream).await?;
                    // Data that came without TLS after STARTTLS may be from anyone on the way: it is no command.
                    self.input.clear();
                    return Err(End::StartTls);
                }
                Step::CheckRecipient(recipient) => {
                    let delivery = &self.shared.delivery;
                    let answer = self.in_time(delivery.accepts(&recipient)).await;
                    let open = delivery.is_open(&recipient);
                    if answer == Ok(Acceptance::Accepted) && !open && !self.has_named {
                        self.has_named = true;
                        self.progress = Instant::now();
                    }
                    self.session.recipient_answered(recipient, answer, open)
                }
                Step::ReadMessage => self.message(stream).await?,
            };
        }
    }

    /// Waits for a command and passes it to the session.
    async fn next(&mut self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Result<Step, End> {
        let asked = Instant::now();
        self.show(self.session.activity());
        loop {
            if *self.closing.borrow() {
                return Ok(Step::Close(reply::SHUTTING_DOWN));
            }
            match self.input.line() {
                Line::Command(line) => {
                    let memory = self.shared.memory.left(Client::new(self.client));
                    return Ok(self.session.command(&line, memory));
                }
                Line::TooLong => return Ok(self.session.refuse(reply::LINE_TOO_LONG)),
                Line::Endless => return Ok(Step::Close(reply::ENDLESS_LINE)),
                Line::BareLf => return Ok(Step::Close(reply::BARE_LF)),
                Line::Incomplete => {}
            }
            self.flush(stream).await?;
            let deadline = self.deadline(asked);
            tokio::select! {
                biased;
                _ = self.closing.wait_for(|closing| *closing) => {}
                _ = self.pressed.changed() => {}
                read = timeout_at(deadline, self.input.fill(stream)) => match read {
                    Ok(Ok(1..)) => {}
                    Ok(_) => return Err(End::Gone),
                    Err(_) => return Ok(Step::Close(reply::TIMEOUT)),
                },
            }
        }
    }

    /// Reads a message and delivers it.
    async fn message(&mut self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Result<Step, End> {
        let shared = self.shared;
        let envelope = self.session.take_envelope();
        let Some(hello) = self.session.hello().cloned() else {
            return Ok(self.session.refuse(reply::BAD_SEQUENCE));
        };
        let tls = self.session.is_tls();
        let trace = self.trace(envelope.reverse_path.as_deref(), &hello, envelope.smtputf8);
        let allowance = self.allowance(&envelope);
        let mut body = match Body::new(&trace, allowance, &shared.memory, Client::new(self.client)) {
            Ok(body) => body,
            Err(reply) => return Ok(self.session.refuse(reply)),
        };
        self.say(&reply::START_DATA);
        self.flush(stream).await?;
        if let Some(close) = self.read_body(stream, &mut body).await? {
            return Ok(close);
        }

        let bytes = body.received();
        let recipients = envelope.recipients.len();
        let outcomes = match body.finish() {
            Err(refusal) => vec![refusal; recipients],
            Ok((raw, shares)) => {
                self.show(Activity::Busy);
                let message = Message {
                    reverse_path: envelope.reverse_path,
                    recipients: envelope.recipients,
                    client: self.client,
                    helo: hello.name,
                    tls,
                    smtputf8: envelope.smtputf8,
                    raw: raw.into(),
                };
                let too_large = |open: &bool| *open && bytes > shared.profile.limits.message_open;
                let too_large: Vec<bool> = envelope.open.iter().map(too_large).collect();
                let outcomes = self.receive(&message, &too_large).await;
                drop(shares);
                outcomes
            }
        };
        let (first, last) = answers(shared.profile.protocol, &envelope.accepted, &outcomes);
        let codes = first.iter().chain([&last]).map(Reply::code).collect::<Vec<_>>();
        let client = self.client.map(display);
        tracing::info!(client, tls, recipients, bytes, ?codes, "message ended");
        for reply in &first {
            self.say(reply);
        }
        if envelope.open.contains(&false) && last == reply::MESSAGE_TAKEN {
            self.place.was_useful();
        }
        self.progress = Instant::now();
        self.has_named = false;
        Ok(self.session.message_done(last))
    }

    /// A message to a public address may be less large.
    fn allowance(&self, envelope: &Envelope) -> Allowance {
        let limits = &self.shared.profile.limits;
        let is_secret = envelope.is_secret();
        let limit = if is_secret {
            limits.message
        } else {
            limits.message.min(limits.message_open)
        };
        Allowance {
            limit,
            kept: limit.min(limits.message_kept),
            is_secret,
        }
    }

    /// The outcome for each recipient. The time limit is for all of them: a recipient without an answer by then is put
    /// off. The message is `too_large` for some.
    async fn receive(&self, message: &Message, too_large: &[bool]) -> Vec<Reply> {
        let Profile { protocol, limits, .. } = &self.shared.profile;
        let deadline = Instant::now() + limits.delivery;
        let mut replies = Vec::with_capacity(message.recipients.len());
        for (recipient, too_large) in message.recipients.iter().zip(too_large) {
            if *too_large {
                replies.push(reply::MESSAGE_TOO_LARGE);
                continue;
            }
            let outcome = timeout_at(deadline, self.shared.delivery.receive(message, recipient)).await;
            replies.push(match outcome.unwrap_or(Err(Unavailable)) {
                Ok(()) => reply::MESSAGE_TAKEN,
                Err(Unavailable) => reply::UNAVAILABLE,
            });
            // An SMTP client sends the message again for all of them, whatever the outcome for the others.
            if *protocol == Protocol::Smtp && replies.last() == Some(&reply::UNAVAILABLE) {
                break;
            }
        }
        replies
    }

    /// Reads to the end of the message. Returns the reply to close with if the end takes too long.
    async fn read_body(
        &mut self,
        stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
        body: &mut Body<'_>,
    ) -> Result<Option<Step>, End> {
        let limits = &self.shared.profile.limits;
        let start = Instant::now();
        let mut receiver = DataReceiver::new();
        loop {
            let input = self.input.available();
            match receiver.push(input, |content| body.push(content)) {
                Progress::End(length) => {
                    self.input.consume(length);
                    return Ok(None);
                }
                Progress::More => self.input.clear(),
            }
            if body.received() > limits.discard {
                return Ok(Some(Step::Close(reply::MESSAGE_TOO_LARGE)));
            }
            let rate = u64::try_from(limits.data_rate.max(1)).unwrap_or(u64::MAX);
            let earned = Duration::from_secs(u64::try_from(body.received()).unwrap_or(u64::MAX) / rate);
            let deadline = (Instant::now() + limits.idle)
                .min(start + limits.data.min(limits.data_grace + earned))
                .min(self.end_of_session);
            match timeout_at(deadline, self.input.fill(stream)).await {
                Ok(Ok(1..)) => {}
                // A part of a message is not delivered: the client still has the whole.
                Ok(_) => return Err(End::Gone),
                Err(_) => return Ok(Some(Step::Close(reply::TIMEOUT))),
            }
        }
    }

    fn trace(&self, reverse_path: Option<&str>, hello: &Hello, smtputf8: bool) -> String {
        let trace = Trace {
            reverse_path,
            protocol: self.shared.profile.protocol,
            hello,
            client: self.client,
            hostname: &self.shared.profile.hostname,
            tls: self.session.is_tls(),
            smtputf8,
            time: self.shared.delivery.now(),
        };
        trace.lines()
    }

    /// The relay's answer, or [`Unavailable`] if it does not come in time.
    async fn in_time<T>(&self, answer: impl Future<Output = Result<T, Unavailable>>) -> Result<T, Unavailable> {
        timeout(self.shared.profile.limits.delivery, answer)
            .await
            .unwrap_or(Err(Unavailable))
    }

    /// How long the next step towards a message may take.
    fn idle_time(&self) -> Duration {
        let limits = &self.shared.profile.limits;
        if *self.pressed.borrow() && self.activity < Activity::Secret {
            limits.pressed
        } else {
            limits.transaction
        }
    }

    /// When a command has to be there for which the connection has waited since `asked`.
    fn deadline(&self, asked: Instant) -> Instant {
        let time = self.idle_time();
        self.end_of_session
            .min(asked + self.shared.profile.limits.idle.min(time))
            .min(self.progress + time)
    }

    fn say(&mut self, reply: &Reply) {
        reply.write_to(&mut self.output);
    }

    async fn flush(&mut self, stream: &mut (impl AsyncWrite + Unpin)) -> Result<(), End> {
        if self.output.is_empty() {
            return Ok(());
        }
        // The end of the session is no limit here: the last reply still has to be sent.
        let write = async {
            stream.write_all(&self.output).await?;
            stream.flush().await
        };
        let written = timeout(self.shared.profile.limits.idle, write).await;
        self.output.clear();
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Stuck),
        }
    }
}
