//! The control port: HTTP on a loopback address, for tests in other languages and for `arlo-sim play`.
//!
//! - `POST /play` with a [`Script`] as the body, and `?user=1` for the second user: 204 once it has been played, 400
//!   with the reason as text.
//! - `GET /state`: JSON with the open event streams, how many CONNECT packets of MQTT came, the faults, the devices
//!   with their properties, and the mails.
//! - `GET /requests`: JSON with the requests until now, as [`Cloud::requests`](crate::Cloud::requests) gives them.
//!
//! It asks for no password: it is for the user of the machine.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::error::Error;
use crate::scene;
use crate::script::{MAX_SCRIPT, Script};
use crate::state::Shared;

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/play", post(play))
        .route(
            "/state",
            get(async |State(shared): State<Arc<Shared>>| axum::Json(state(&shared))),
        )
        .route(
            "/requests",
            get(async |State(shared): State<Arc<Shared>>| axum::Json(shared.requests())),
        )
        .with_state(shared)
}

async fn play(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let user = request.uri().query().and_then(|query| query.strip_prefix("user="));
    let user = user.map_or(Ok(0), str::parse);
    // One byte more than a script may have, so that the script says what is wrong with it.
    let Ok(body) = to_bytes(request.into_body(), MAX_SCRIPT + 1).await else {
        return refuse("a script has at most 64 KiB");
    };
    let (Ok(text), Ok(user)) = (std::str::from_utf8(&body), user) else {
        return refuse("the script must be UTF-8, and the user a number");
    };
    let played = match text.parse::<Script>() {
        Ok(script) => Box::pin(scene::play(&shared, user, &script)).await,
        Err(error) => Err(error),
    };
    match played {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => refuse(&error.to_string()),
    }
}

fn refuse(reason: &str) -> Response {
    (StatusCode::BAD_REQUEST, format!("{reason}\n")).into_response()
}

fn state(shared: &Shared) -> Value {
    let users = (0..shared.config.users.len()).filter_map(|user| {
        shared.with_account(user, |account, _| {
            let devices = account.devices.iter().map(|device| {
                json!({
                    "deviceId": device.id,
                    "deviceName": device.name,
                    "gateway": device.gateway,
                    "offline": device.offline,
                    "properties": device.properties(),
                })
            });
            json!({
                "userId": account.user_id,
                "devices": devices.collect::<Vec<_>>(),
                "activeModes": account.modes.active.iter().map(|(id, active)| (id.clone(), active.event()))
                    .collect::<serde_json::Map<_, _>>(),
                "locationMode": account.modes.location.read(),
            })
        })
    });
    let sent = shared.mailer.sent();
    json!({
        "streams": shared.streams.open(),
        "connects": shared.connects.load(Ordering::SeqCst),
        "faults": shared.faults.shown(),
        "mails": { "accepted": sent.accepted, "failed": sent.failed },
        "users": users.collect::<Vec<_>>(),
    })
}

/// Sends a script to a running cloud and waits until it has been played.
///
/// # Errors
/// [`ErrorKind::Control`] if nothing answers at `control`, an `http://` URL or `ADDRESS:PORT`; [`ErrorKind::Script`]
/// with the reason if the script cannot be played there.
///
/// [`ErrorKind::Control`]: crate::ErrorKind::Control
/// [`ErrorKind::Script`]: crate::ErrorKind::Script
pub async fn play_remotely(control: &str, script: &str) -> Result<(), Error> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let address = control.strip_prefix("http://").unwrap_or(control).trim_end_matches('/');
    let failed = |error| Error::control(address, error);
    // Before anything is played.
    script.parse::<Script>()?;
    let mut stream = tokio::net::TcpStream::connect(address).await.map_err(failed)?;
    let head = format!(
        "POST /play HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        script.len()
    );
    stream.write_all(head.as_bytes()).await.map_err(failed)?;
    stream.write_all(script.as_bytes()).await.map_err(failed)?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer).await.map_err(failed)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, reason) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    match head.split(' ').nth(1) {
        Some("204") => Ok(()),
        Some("400") => Err(Error::script(reason.trim_end().to_owned())),
        _ => Err(failed(std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            "it is no control port",
        ))),
    }
}

/// The most bytes of an answer.
const MAX_ANSWER: u64 = 64 * 1024;
