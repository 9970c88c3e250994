//! The calls about one camera beside notify: snapshots, streams, recordings, and the library.

use std::sync::Arc;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::account::Stream;
use crate::call::{Answer, Call, Refusal, api_data};
use crate::faults::Fault;
use crate::pictures;
use crate::random;
use crate::state::Shared;

/// The body of a call that has the form of a notify.
#[derive(Debug, Deserialize)]
struct Order {
    #[serde(default)]
    action: String,
    resource: String,
    to: String,
    #[serde(default, rename = "transId")]
    trans_id: Value,
}

/// The body of a call that names a camera and its parent.
#[derive(Debug, Deserialize)]
struct Named {
    #[serde(rename = "deviceId")]
    device: String,
    #[serde(rename = "parentId")]
    parent: String,
}

/// A snapshot of an idle camera. The picture comes as an event.
pub(crate) fn full_frame_snapshot(shared: &Arc<Shared>, call: &Call) -> Answer {
    let (_, found) = call.api_token(shared)?;
    let order: Order = call.json()?;
    let task = shared.try_with_account(found.user, |account, outbox| {
        let id = pictures::camera(account, &order.resource, &order.to)?.id.clone();
        Ok(pictures::activity(
            shared,
            account,
            outbox,
            &id,
            "fullFrameSnapshot",
            &order.trans_id,
        ))
    })?;
    if let Some(task) = task {
        pictures::start(shared, found.user, task);
    }
    Ok(api_data(&json!({})))
}

/// Starts a stream, or joins the one that runs. `get` asks for its URL and starts none.
pub(crate) fn start_stream(shared: &Arc<Shared>, call: &Call) -> Answer {
    let (_, found) = call.api_token(shared)?;
    let order: Order = call.json()?;
    let token = random::hex::<16>()?;
    let now = shared.clock.timestamp();
    let (url, task) = shared.try_with_account(found.user, |account, outbox| {
        let camera = pictures::camera(account, &order.resource, &order.to)?;
        let id = camera.id.clone();
        let running = camera.stream.clone();
        let fresh = running.is_none();
        let stream = running.unwrap_or(Stream {
            token,
            started: now,
            recording: None,
        });
        let url = stream_url(shared, call.user_agent(), &id, &stream);
        if !fresh || order.action == "get" {
            return Ok((url, None));
        }
        camera.stream = Some(stream);
        let task = pictures::activity(shared, account, outbox, &id, "startUserStream", &order.trans_id);
        let started = now.as_millisecond();
        outbox.set(
            account,
            &id,
            &json!({ "activityState": "userStreamActive", "dateStarted": started }),
        );
        Ok((url, task))
    })?;
    if let Some(task) = task {
        pictures::start(shared, found.user, task);
    }
    Ok(api_data(&json!({ "url": url })))
}

/// The kind of stream depends on who asks: Arlo's application gets RTSP, Apple's browsers HLS, other browsers DASH.
fn stream_url(shared: &Shared, user_agent: &str, id: &str, stream: &Stream) -> String {
    let has = |word: &str| user_agent.contains(word);
    let (token, at) = (&stream.token, stream.started.as_millisecond());
    if has("Firefox") || has("X11") || has("CrOS") || has("Windows NT") {
        let host = match shared.faults.occurs(Fault::DashPort80) {
            true => "https://127.0.0.1:80",
            false => shared.url.as_str(),
        };
        format!("{host}/stream/{id}_{at}/manifest.mpd?egressToken={token}")
    } else if has("iPad") || has("Macintosh") {
        format!("{}/stream/{id}_{at}/playlist.m3u8?egressToken={token}", shared.url)
    } else {
        // Nothing answers there: the simulated cloud has no RTSP server.
        format!("rtsp://127.0.0.1:443/vzmodulelive/{id}_{at}?egressToken={token}")
    }
}

/// A picture out of a running stream.
pub(crate) fn take_snapshot(shared: &Arc<Shared>, call: &Call) -> Answer {
    on_stream(shared, call, |shared, account, outbox, id| {
        pictures::stream_snapshot(shared, account, outbox, id);
    })
}

/// Records the running stream.
pub(crate) fn start_record(shared: &Arc<Shared>, call: &Call) -> Answer {
    on_stream(shared, call, |shared, account, outbox, id| {
        let now = shared.clock.timestamp();
        if let Some(stream) = account.device_mut(id).and_then(|camera| camera.stream.as_mut()) {
            stream.recording.get_or_insert(now);
        }
        outbox.set(account, id, &json!({ "activityState": "alertStreamActive" }));
    })
}

/// Ends the recording. The stream goes on.
pub(crate) fn stop_record(shared: &Arc<Shared>, call: &Call) -> Answer {
    on_stream(shared, call, |shared, account, outbox, id| {
        let stream = account.device_mut(id).and_then(|camera| camera.stream.as_mut());
        if let Some(since) = stream.and_then(|stream| stream.recording.take()) {
            let recording = pictures::Recording::by_hand(shared, id, since);
            pictures::recorded(shared, account, outbox, &recording);
            outbox.set(account, id, &json!({ "activityState": "userStreamActive" }));
        }
    })
}

fn on_stream(
    shared: &Arc<Shared>,
    call: &Call,
    act: fn(&Shared, &mut crate::account::Account, &mut crate::publish::Outbox, &str),
) -> Answer {
    let (_, found) = call.api_token(shared)?;
    let named: Named = call.json()?;
    shared.try_with_account(found.user, |account, outbox| {
        let camera = pictures::camera(account, &format!("cameras/{}", named.device), &named.parent)?;
        if camera.stream.is_none() {
            return Err(Refusal::unchangeable_activity());
        }
        act(shared, account, outbox, &named.device);
        Ok(())
    })?;
    Ok(api_data(&json!({})))
}

/// The recordings of some days, the newest first. Without dates: an empty list.
pub(crate) fn library(shared: &Arc<Shared>, call: &Call) -> Answer {
    #[derive(Default, Deserialize)]
    struct Days {
        #[serde(default, rename = "dateFrom")]
        from: String,
        #[serde(default, rename = "dateTo")]
        to: String,
    }
    let (_, found) = call.api_token(shared)?;
    let days: Days = call.json()?;
    let now = shared.clock.instant();
    let listed = shared.with_account(found.user, |account, _| {
        let items = account.library.between(&days.from, &days.to, now);
        items
            .map(|item| item.listed(&account.user_id, |path| shared.presigned(path)))
            .collect::<Vec<_>>()
    });
    Ok(api_data(&listed.unwrap_or_default().into()))
}

/// Captions of the recordings of a location. The simulated cloud has none.
pub(crate) fn feed(shared: &Arc<Shared>, call: &Call) -> Answer {
    call.api_token(shared)?;
    Ok(api_data(&json!({ "groupByEvents": {}, "nextPage": null })))
}

/// The answer to the manifest of a DASH or HLS stream, which needs the token of its URL.
pub(crate) fn manifest(shared: &Arc<Shared>, call: &Call) -> Answer {
    let dash = call.last_segment().ends_with(".mpd");
    // For DASH as a header, for HLS in the URL.
    let token = if dash {
        call.header_text("egress-token")
    } else {
        call.query("egressToken")
    };
    let known = token.is_some_and(|token| shared.has_stream(token));
    if !known {
        return Err(Refusal::api(StatusCode::FORBIDDEN, "Forbidden"));
    }
    let (kind, text) = if dash {
        let text = "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"dynamic\" \
                    profiles=\"urn:mpeg:dash:profile:isoff-live:2011\"><Period/></MPD>";
        ("application/dash+xml", text)
    } else {
        (
            "application/vnd.apple.mpegurl",
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n",
        )
    };
    Ok(axum::response::IntoResponse::into_response((
        [(axum::http::header::CONTENT_TYPE, kind)],
        text,
    )))
}
