//! The API host, `myapi.arlo.com`: session, devices, library, automation and notifications.

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::MethodFilter;
use serde_json::{Map, Value, json};

use crate::call::{Answer, Call, Refusal, api_data, route};
use crate::event::Event;
use crate::event_stream;
use crate::state::{Shared, user_id};

pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/hmsweb/users/session/v2", route(MethodFilter::GET, session))
        .route("/hmsweb/users/session/v3", route(MethodFilter::GET, session))
        .route("/hmsweb/users/devices", route(MethodFilter::GET, devices))
        .route("/hmsweb/v2/users/devices", route(MethodFilter::GET, devices))
        .route(
            "/hmsweb/client/subscribe",
            route(MethodFilter::GET, event_stream::subscribe),
        )
        .route("/hmsweb/users/library", route(MethodFilter::POST, library))
        .route(
            "/hmsweb/users/devices/notify/{device}",
            route(MethodFilter::POST, notify),
        )
        .route(
            "/hmsweb/users/automation/definitions",
            route(MethodFilter::GET, definitions),
        )
        .route(
            "/hmsweb/users/devices/automation/active",
            route(MethodFilter::GET, active_modes),
        )
        .route("/hmsweb/logout", route(MethodFilter::PUT, logout))
}

/// The answer for any other path.
pub(crate) fn not_found(uri: &Uri) -> Response {
    tracing::debug!(path = uri.path(), "no such path");
    axum::response::IntoResponse::into_response(Refusal::api(StatusCode::NOT_FOUND, "Not found"))
}

fn session(shared: &Shared, call: &Call) -> Answer {
    let (token, found) = call.api_token(shared)?;
    let email = shared.user(found.user).map(|user| user.email.as_str());
    // No `mqttUrl`: it would send a client to the real MQTT cluster.
    Ok(api_data(&json!({
        "userId": user_id(found.user),
        "email": email,
        "token": token,
        "paymentId": "SIM-PAYMENT",
        "accountStatus": "registered",
        "serialNumber": "48B4597VD0001",
        "countryCode": "US",
        "tocUpdate": false,
        "policyUpdate": false,
        "validEmail": true,
        "arlo": true,
        "arloApp": true,
        "canUserMigrate": false,
        "dateCreated": 1_546_300_800_000_u64,
        "supportsMultiLocation": false,
        "mailProgramChecked": true,
    })))
}

fn devices(shared: &Shared, call: &Call) -> Answer {
    let (_, found) = call.api_token(shared)?;
    Ok(api_data(
        &shared
            .user(found.user)
            .map(|user| user.devices.clone())
            .unwrap_or_default()
            .into(),
    ))
}

fn library(shared: &Shared, call: &Call) -> Answer {
    call.api_token(shared)?;
    Ok(api_data(&json!([])))
}

/// Accepts a message for a device and answers it on the event stream, as the device would.
fn notify(shared: &Shared, call: &Call) -> Answer {
    let (_, found) = call.api_token(shared)?;
    let message: Value = call.json()?;
    let answer = json!({
        "action": "is",
        "from": message.get("to"),
        "to": message.get("from"),
        "resource": message.get("resource"),
        "transId": message.get("transId"),
        "properties": {},
    });
    // Without an open stream there is no receiver.
    let _ = shared.events.send(Event::Message(found.user, Arc::new(answer)));
    Ok(api_data(&json!({})))
}

/// The automation modes of every device. There are none.
fn definitions(shared: &Shared, call: &Call) -> Answer {
    let (_, found) = call.api_token(shared)?;
    let devices = shared
        .user(found.user)
        .map(|user| user.devices.as_slice())
        .unwrap_or_default();
    let ids = devices.iter().filter_map(|device| device.get("uniqueId")?.as_str());
    let modes: Map<String, Value> = ids.map(|id| (id.to_owned(), json!({ "modes": [] }))).collect();
    Ok(api_data(&modes.into()))
}

fn active_modes(shared: &Shared, call: &Call) -> Answer {
    call.api_token(shared)?;
    Ok(api_data(&json!([])))
}

fn logout(shared: &Shared, call: &Call) -> Answer {
    let (token, _) = call.api_token(shared)?;
    shared.revoke_token(&token);
    let _ = shared.events.send(Event::LoggedOut(token.into()));
    Ok(api_data(&json!({})))
}
