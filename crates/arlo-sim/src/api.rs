//! The API host: session, devices, event stream, notify, modes, cameras, library, logout. Any other path is 404.

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::MethodFilter;
use serde_json::json;

use crate::call::{Answer, Call, Refusal, api_data, route};
use crate::config::Generation;
use crate::event::Event;
use crate::state::{Shared, user_id};
use crate::{camera_calls, event_stream, media, notify, v2, v3};

type Handler = fn(&Arc<Shared>, &Call) -> Answer;

pub(crate) fn router() -> Router<Arc<Shared>> {
    let routes: [(MethodFilter, &str, Handler); 29] = [
        (MethodFilter::GET, "/hmsweb/users/session/v2", session),
        (MethodFilter::GET, "/hmsweb/users/session/v3", session),
        (MethodFilter::GET, "/hmsweb/users/devices", devices),
        (MethodFilter::GET, "/hmsweb/v2/users/devices", devices),
        (MethodFilter::GET, "/hmsweb/devicesupport/v3", nothing),
        (
            MethodFilter::GET,
            "/hmsweb/users/subscription/smart/features",
            no_features,
        ),
        (MethodFilter::GET, "/hmsweb/client/subscribe", event_stream::subscribe),
        (MethodFilter::GET, "/hmsweb/client/unsubscribe", unsubscribe),
        (
            MethodFilter::POST,
            "/hmsweb/users/devices/notify/{device}",
            notify::notify,
        ),
        (MethodFilter::POST, "/hmsweb/users/devices/restart", notify::restart),
        (
            MethodFilter::GET,
            "/hmsweb/users/automation/definitions",
            v2::definitions,
        ),
        (MethodFilter::GET, "/hmsweb/users/devices/automation/active", v2::active),
        (
            MethodFilter::POST,
            "/hmsweb/users/devices/automation/active",
            v2::change,
        ),
        (
            MethodFilter::GET,
            "/hmsdevicemanagement/users/{user}/locations",
            v3::locations,
        ),
        (
            MethodFilter::GET,
            "/hmsweb/users/emergency/locations",
            v3::emergency_locations,
        ),
        (MethodFilter::GET, "/hmsweb/automation/v3", v3::modes),
        (MethodFilter::GET, "/hmsweb/automation/v3/activeMode", v3::active),
        (MethodFilter::PUT, "/hmsweb/automation/v3/activeMode", v3::change),
        (MethodFilter::POST, "/hmsweb/users/library", camera_calls::library),
        (
            MethodFilter::POST,
            "/hmsfeeds/users/{user}/{location}/metadata",
            camera_calls::feed,
        ),
        (
            MethodFilter::POST,
            "/hmsweb/users/devices/fullFrameSnapshot",
            camera_calls::full_frame_snapshot,
        ),
        (
            MethodFilter::POST,
            "/hmsweb/users/devices/takeSnapshot",
            camera_calls::take_snapshot,
        ),
        (
            MethodFilter::POST,
            "/hmsweb/users/devices/startStream",
            camera_calls::start_stream,
        ),
        (
            MethodFilter::POST,
            "/hmsweb/users/devices/startRecord",
            camera_calls::start_record,
        ),
        (
            MethodFilter::POST,
            "/hmsweb/users/devices/stopRecord",
            camera_calls::stop_record,
        ),
        (MethodFilter::GET, "/stream/{stream}/{manifest}", camera_calls::manifest),
        (MethodFilter::GET, "/media/{device}/{kind}/{file}", media::serve),
        (MethodFilter::PUT, "/hmsweb/logout", logout),
        (
            MethodFilter::DELETE,
            "/hmsweb/user/{user}/client/smart/devices/logout",
            logout,
        ),
    ];
    routes
        .into_iter()
        .fold(Router::new(), |router, (method, path, handler)| {
            router.route(path, route(method, handler))
        })
}

/// The answer for any other path.
pub(crate) fn not_found(uri: &Uri) -> Response {
    tracing::debug!(path = uri.path(), "no such path");
    axum::response::IntoResponse::into_response(Refusal::api(StatusCode::NOT_FOUND, "Not found"))
}

fn session(shared: &Arc<Shared>, call: &Call) -> Answer {
    let (token, found) = call.api_token(shared)?;
    let user = shared.user(found.user);
    let mut session = json!({
        "userId": user_id(found.user),
        "email": user.map(|user| user.email.as_str()),
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
        "supportsMultiLocation": user.is_some_and(|user| user.generation == Generation::V3),
        "mailProgramChecked": true,
    });
    // Without a broker of its own it names none: that would send a client to the real one.
    if let (Some(url), Some(session)) = (&shared.mqtt_url, session.as_object_mut()) {
        session.insert("mqttUrl".to_owned(), url.as_str().into());
    }
    Ok(api_data(&session))
}

fn devices(shared: &Arc<Shared>, call: &Call) -> Answer {
    let (_, found) = call.api_token(shared)?;
    let topics = shared.mqtt_url.is_some();
    let listed = shared.with_account(found.user, |account, _| {
        account.listed(topics, |path| shared.presigned(path))
    });
    Ok(api_data(&listed.unwrap_or_default().into()))
}

fn nothing(shared: &Arc<Shared>, call: &Call) -> Answer {
    call.api_token(shared)?;
    Ok(api_data(&json!([])))
}

fn no_features(shared: &Arc<Shared>, call: &Call) -> Answer {
    call.api_token(shared)?;
    Ok(api_data(&json!({ "features": {} })))
}

/// The stream itself ends when its client closes it.
fn unsubscribe(shared: &Arc<Shared>, call: &Call) -> Answer {
    call.api_token(shared)?;
    Ok(api_data(&json!({})))
}

fn logout(shared: &Arc<Shared>, call: &Call) -> Answer {
    let (token, _) = call.api_token(shared)?;
    shared.revoke_token(&token);
    let _ = shared.events.send(Event::LoggedOut(token.into()));
    Ok(api_data(&json!({})))
}
