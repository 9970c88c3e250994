//! Modes of a base with a schedule, at an Arlo without a network whose clock is tokio's.

use std::sync::{Arc, Mutex};

use arlo_cameras::arlo_client::{BoxFuture, Chunks, Error, Login, Method, OpenResponse, Request, Response, Transport};
use arlo_cameras::{Account, Options, Updates};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::*;
use crate::Settings;
use crate::bridge::at;
use crate::outbox::Outbox;

/// A Monday. The schedule has `mode1` from eight to nine, and then `mode2` until ten.
const START: &str = "2026-11-23T08:50:00Z";

/// An Arlo with one base.
struct Script {
    began: Instant,
    /// The active modes and schedules.
    active: Mutex<Value>,
    /// How often the modes were read.
    readings: Mutex<usize>,
    /// The pieces of the event stream, until it is opened.
    stream: Mutex<Option<mpsc::UnboundedReceiver<Vec<u8>>>>,
}

impl Script {
    fn now(&self) -> Timestamp {
        let start: Timestamp = START.parse().unwrap();
        start + SignedDuration::try_from(self.began.elapsed()).unwrap()
    }

    fn answer(&self, request: &Request) -> Value {
        let path = request.url.split('?').next().unwrap().rsplit('/').next().unwrap();
        let data = match path {
            "auth" => {
                let data = json!({ "token": "2_t", "userId": "U1", "expiresIn": 4_000_000_000_i64, "mfa": false });
                return json!({ "meta": { "code": 200 }, "data": data });
            }
            "devices" => json!([{
                "deviceId": "B1", "deviceType": "basestation", "modelId": "VMB4540", "deviceName": "Home",
                "xCloudId": "X1", "uniqueId": "U1_B1", "state": "provisioned",
            }]),
            "active" => {
                let mut active = self.active.lock().unwrap().clone();
                active["gatewayId"] = "B1".into();
                json!([active])
            }
            "definitions" => {
                *self.readings.lock().unwrap() += 1;
                let entry = |start, mode| {
                    json!({ "days": ["Mo"], "startTime": start, "duration": 60,
                        "startActions": { "enableModes": [mode] } })
                };
                json!({ "U1_B1": {
                    "modes": [{ "id": "mode0", "name": "Off" }, { "id": "mode1", "name": "On" },
                        { "id": "mode2", "name": "Night" }],
                    "schedules": [{ "id": "s1", "schedule": [entry(480, "mode1"), entry(540, "mode2")] }],
                }})
            }
            _ => json!({}),
        };
        json!({ "success": true, "data": data })
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        let body = match request.method {
            Method::Options => String::new(),
            _ => self.answer(&request).to_string(),
        };
        Box::pin(async move { Ok(Response::new(200, Vec::new(), body.into_bytes())) })
    }

    fn open(&self, _: Request) -> BoxFuture<'_, Result<OpenResponse, Error>> {
        let pieces = self.stream.lock().unwrap().take().unwrap();
        Box::pin(async move { Ok(OpenResponse::new(200, Vec::new(), Box::new(Pieces(pieces)))) })
    }
}

struct Pieces(mpsc::UnboundedReceiver<Vec<u8>>);

impl Chunks for Pieces {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Vec<u8>>, Error>> {
        Box::pin(async { Ok(self.0.recv().await) })
    }
}

/// A bridge without a broker.
struct House {
    script: Arc<Script>,
    stream: mpsc::UnboundedSender<Vec<u8>>,
    bridge: Bridge,
    updates: Updates,
}

impl House {
    /// Whose modes were read once, and are not due again.
    async fn new(modes: &[&str], schedules: &[&str]) -> Self {
        let (stream, pieces) = mpsc::unbounded_channel();
        let script = Arc::new(Script {
            began: Instant::now(),
            active: Mutex::default(),
            readings: Mutex::default(),
            stream: Mutex::new(Some(pieces)),
        });
        let clock = Arc::clone(&script);
        let login = Login::new("casey@example.org", "correct horse".to_owned().into())
            .transport(Arc::clone(&script) as _)
            .clock(move || clock.now());
        // The base is not asked whether it is there, because it answers nothing.
        let options = Options::default().register_every(Duration::from_secs(24 * 3600));
        let account = Arc::new(Account::open(login, options).await.unwrap());
        let prefix = |text: &str| text.parse().unwrap();
        let settings = Settings::new(
            "mqtt://127.0.0.1".parse().unwrap(),
            prefix("homeassistant"),
            prefix("arlo-relay"),
        );
        let updates = account.updates();
        let outbox = Arc::new(Outbox::default());
        let mut house = Self {
            script,
            stream,
            bridge: Bridge::new(account, Arc::new(settings), outbox),
            updates,
        };
        house.activate(modes, schedules);
        house.bridge.look_at_devices();
        // The stream's opening asks for the modes, and so does the start.
        house.bridge.due.modes.after(Duration::ZERO);
        house.lasts(Duration::from_secs(60)).await;
        house
    }

    /// Sets what Arlo answers.
    fn activate(&self, modes: &[&str], schedules: &[&str]) -> Value {
        let active = json!({ "activeModes": modes, "activeSchedules": schedules });
        *self.script.active.lock().unwrap() = active.clone();
        active
    }

    /// Sets it, and tells it.
    fn tell(&self, modes: &[&str], schedules: &[&str]) {
        let active = self.activate(modes, schedules);
        let event = json!({ "resource": "activeAutomations", "B1": active });
        self.stream.send(format!("data: {event}\n\n").into_bytes()).unwrap();
    }

    /// Lets the bridge work for this time.
    async fn lasts(&mut self, time: Duration) {
        let end = Instant::now() + time;
        let bridge = &mut self.bridge;
        loop {
            tokio::select! {
                update = self.updates.next() => bridge.updated(&update.unwrap()).unwrap(),
                Some(done) = bridge.tasks.join_next() => bridge.ended(done),
                () = at(bridge.due.next()) => bridge.begin_what_is_due(),
                () = sleep_until(end) => return,
            }
        }
    }

    fn shown(&self) -> [&str; 2] {
        ["mode", "alarm"].map(|key| self.bridge.sent[&self.bridge.topics.state("B1", key)].as_str())
    }

    fn readings(&self) -> usize {
        *self.script.readings.lock().unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn the_mode_of_a_schedule_is_read_and_until_then_the_one_before_is_shown() {
    let mut house = House::new(&["mode0"], &[]).await;
    assert_eq!(house.shown(), ["Off", "disarmed"]);
    house.tell(&[], &["s1"]);
    house.lasts(Duration::from_secs(1)).await;
    assert_eq!(house.shown(), ["Off", "disarmed"]);
    house.lasts(Duration::from_secs(60)).await;
    assert_eq!(house.shown(), ["On", "armed_away"]);
    // At nine the schedule goes on to its next entry, without an event.
    let readings = house.readings();
    house.lasts(Duration::from_secs(9 * 60)).await;
    assert_eq!(house.shown(), ["Night", "armed_custom_bypass"]);
    assert_eq!(house.readings(), readings + 1);

    house.tell(&["mode0"], &[]);
    house.lasts(Duration::from_secs(1)).await;
    assert_eq!(house.shown(), ["Off", "disarmed"]);
}

#[tokio::test(start_paused = true)]
async fn a_reading_of_the_modes_that_ends_after_an_event_does_not_undo_it() {
    let mut house = House::new(&["mode0"], &[]).await;
    let read = Vec::from_iter(house.bridge.modes.values().cloned());
    house.tell(&["mode1"], &[]);
    house.lasts(Duration::from_secs(1)).await;
    house.bridge.learned(read);
    assert_eq!(house.shown(), ["On", "armed_away"]);
}

#[tokio::test(start_paused = true)]
async fn a_schedule_whose_changes_are_not_known_is_read_once_an_hour() {
    for (modes, schedules, readings) in [(&["mode0"][..], &[][..], 0), (&[], &["s9"], 4)] {
        let mut house = House::new(modes, schedules).await;
        let before = house.readings();
        for _ in 0..4 * 60 {
            // So that the stream does not fall silent and is opened again, which asks for the modes too.
            house.stream.send(b": comment\n".to_vec()).unwrap();
            house.lasts(Duration::from_secs(60)).await;
        }
        assert_eq!(house.readings() - before, readings, "{schedules:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_place_whose_modes_cannot_be_read_keeps_them_and_is_read_again() {
    let mut house = House::new(&["mode1"], &[]).await;
    let readings = house.readings();
    house.bridge.learned(Vec::new());
    assert_eq!(house.shown(), ["On", "armed_away"]);
    assert!(house.bridge.modes.contains_key("B1"));
    house.activate(&["mode2"], &[]);
    house.lasts(AGAIN_AFTER + Duration::from_secs(60)).await;
    assert!(house.readings() > readings);
    assert_eq!(house.shown(), ["Night", "armed_custom_bypass"]);

    // A place that is gone is forgotten.
    house.bridge.things.clear();
    house.bridge.learned(Vec::new());
    assert!(house.bridge.modes.is_empty());
}
