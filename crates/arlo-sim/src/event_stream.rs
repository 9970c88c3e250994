//! The event stream: server-sent events in a chunked answer that stays open.
//!
//! It sends no keep-alive comments: an existing client takes an event without data for the end of the stream.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::channel::{Channel, Sender};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::call::{Answer, Call, Refusal};
use crate::config::{Generation, UserIndex};
use crate::event::Event;
use crate::faults::Fault;
use crate::state::Shared;

/// Answers the subscription and keeps the stream open until the logout, the shutdown, or the client's disconnection.
pub(crate) fn subscribe(shared: &Arc<Shared>, call: &Call) -> Answer {
    let (token, found) = call.api_token(shared)?;
    // Where Arlo has MQTT, its newer accounts have nothing else.
    let newer = shared
        .user(found.user)
        .is_some_and(|user| user.generation == Generation::V3);
    if (newer && shared.mqtt_url.is_some()) || shared.faults.occurs(Fault::Subscribe403) {
        return Err(Refusal::api(StatusCode::FORBIDDEN, "Forbidden"));
    }
    let (sender, body) = Channel::<Bytes>::new(1);
    let stream = Stream {
        sender,
        user: found.user,
        token,
    };
    tokio::spawn(stream.run(Arc::clone(shared), shared.events.subscribe()));
    let kind = HeaderValue::from_static("text/event-stream;charset=utf-8");
    let response: Response = ([(header::CONTENT_TYPE, kind)], Body::new(body)).into_response();
    Ok(response)
}

struct Stream {
    sender: Sender<Bytes>,
    user: UserIndex,
    token: String,
}

impl Stream {
    async fn run(mut self, shared: Arc<Shared>, mut events: broadcast::Receiver<Event>) {
        let mut stopping = shared.stopping.clone();
        if !self.send(r#"{"status":"connected"}"#).await {
            return;
        }
        let _open = shared.streams.opened();
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                _ = stopping.wait_for(|stopping| *stopping) => return,
            };
            let continues = match event {
                Ok(Event::Message(user, message)) if user == self.user => self.send(&message.json).await,
                Ok(Event::LoggedOutElsewhere(user, message)) if user == self.user => {
                    self.send(&message.json).await;
                    false
                }
                Ok(Event::LoggedOut(token)) if *token == *self.token => {
                    self.send(r#"{"action":"logout"}"#).await;
                    false
                }
                Ok(Event::Dropped(user)) => user != self.user,
                Ok(_) | Err(RecvError::Lagged(_)) => true,
                Err(RecvError::Closed) => false,
            };
            if !continues {
                return;
            }
        }
    }

    /// Sends one event. Gives whether the client is still connected.
    async fn send(&mut self, data: &str) -> bool {
        self.sender
            .send_data(Bytes::from(format!("event: message\ndata: {data}\n\n")))
            .await
            .is_ok()
    }
}
