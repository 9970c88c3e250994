//! The event stream: server-sent events in a chunked answer that stays open.
//!
//! It sends no keep-alive comments: an existing client takes an event without data for the end of the stream.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::channel::{Channel, Sender};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use crate::call::{Answer, Call};
use crate::config::UserIndex;
use crate::event::Event;
use crate::state::Shared;

/// Answers the subscription and keeps the stream open until the logout, the shutdown, or the client's disconnection.
pub(crate) fn subscribe(shared: &Shared, call: &Call) -> Answer {
    let (token, found) = call.api_token(shared)?;
    let (sender, body) = Channel::<Bytes>::new(1);
    let stream = Stream {
        sender,
        user: found.user,
        token,
    };
    tokio::spawn(stream.run(shared.events.subscribe(), shared.stopping.clone()));
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
    async fn run(mut self, mut events: broadcast::Receiver<Event>, mut stopping: watch::Receiver<bool>) {
        if !self.send(r#"{"status":"connected"}"#).await {
            return;
        }
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                _ = stopping.wait_for(|stopping| *stopping) => return,
            };
            let continues = match event {
                Ok(Event::Message(user, message)) if user == self.user => self.send(&message.to_string()).await,
                Ok(Event::LoggedOut(token)) if *token == *self.token => {
                    self.send(r#"{"action":"logout"}"#).await;
                    false
                }
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
