//! Modes of both generations.

use arlo_sim::{Fault, Generation};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::common::Client;
use crate::house::{DRIVE, Events, HUB, USER, data, notify, play, start};

const ACTIVE: &str = "/hmsweb/users/devices/automation/active";

#[tokio::test]
async fn a_base_station_has_modes_and_a_schedule() {
    let (cloud, client) = start(Generation::V2).await;
    let mut events = Events::open(&client).await;
    let unique = format!("{USER}_{HUB}");
    let path = format!("/hmsweb/users/automation/definitions?uniqueIds={unique}&eventId=x");
    let definitions = data(client.api(Method::GET, &path, None).await).await;
    assert_eq!(definitions.as_object().unwrap().len(), 1);
    let ids = |list: &Value| {
        list.as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&definitions[&unique]["modes"]), ["mode0", "mode1", "mode2"]);
    assert_eq!(ids(&definitions[&unique]["schedules"]), ["schedule.1"]);

    for (body, modes, schedules) in [
        (
            json!({ "activeModes": ["mode1"], "activeSchedules": [] }),
            json!(["mode1"]),
            json!([]),
        ),
        (
            json!({ "activeModes": [], "activeSchedules": ["schedule.1"] }),
            json!([]),
            json!(["schedule.1"]),
        ),
    ] {
        let mut automation = body.clone();
        automation["deviceId"] = HUB.into();
        automation["timestamp"] = 1.into();
        let change = json!({ "activeAutomations": [automation] });
        data(client.api(Method::POST, ACTIVE, Some(&change)).await).await;
        let event = events.of("activeAutomations").await;
        assert_eq!(
            (&event[HUB]["activeModes"], &event[HUB]["activeSchedules"]),
            (&modes, &schedules)
        );
        assert!(event.get("action").is_none());
        let active = data(client.api(Method::GET, ACTIVE, None).await).await;
        let of_hub = active
            .as_array()
            .unwrap()
            .iter()
            .find(|active| active["gatewayId"] == HUB)
            .unwrap();
        assert_eq!((&of_hub["activeModes"], &of_hub["uniqueId"]), (&modes, &json!(unique)));
    }
    let unknown = json!({ "activeAutomations": [{ "deviceId": HUB, "activeModes": ["mode9"] }] });
    assert_eq!(
        client.api(Method::POST, ACTIVE, Some(&unknown)).await.status(),
        StatusCode::BAD_REQUEST
    );

    // Somebody else changes every gateway.
    play(&cloud, "mode Night").await;
    let seen = [
        events.of("activeAutomations").await,
        events.of("activeAutomations").await,
    ];
    assert!(seen.iter().any(|event| event[DRIVE]["activeModes"] == json!(["mode2"])));

    // The first generation, by a message.
    data(notify(&client, HUB, "set", "modes", json!({ "active": "mode1" })).await).await;
    let event = events.of("modes").await;
    assert_eq!(
        (&event["properties"]["active"], &event["transId"]),
        (&json!("mode1"), &json!("web!1"))
    );
    assert_eq!(ids(&event["properties"]["modes"]), ["mode0", "mode1", "mode2"]);
}

/// A call with the headers that the calls about modes need.
async fn call(client: &Client, url: &str, method: Method, path: &str, body: Option<&Value>) -> reqwest::Response {
    let call = client
        .http
        .request(method, format!("{url}{path}"))
        .header("Authorization", &client.token);
    let call = call.header("x-forwarded-user", USER).header("x-user-device-id", USER);
    match body {
        Some(body) => call.json(body).send().await.unwrap(),
        None => call.send().await.unwrap(),
    }
}

#[tokio::test]
async fn a_location_has_a_mode_with_a_revision() {
    let (cloud, client) = start(Generation::V3).await;
    let url = cloud.url();
    let session = data(client.api(Method::GET, "/hmsweb/users/session/v3", None).await).await;
    assert_eq!(session["supportsMultiLocation"], true);
    let mut events = Events::open(&client).await;
    assert_eq!(
        data(client.api(Method::GET, "/hmsweb/users/emergency/locations", None).await).await,
        json!([])
    );
    let path = format!("/hmsdevicemanagement/users/{USER}/locations");
    let locations = data(client.api(Method::GET, &path, None).await).await;
    let location = &locations["userLocations"][0];
    assert_eq!(
        location["gatewayDeviceIds"],
        json!([format!("{USER}_{HUB}"), format!("{USER}_{DRIVE}")])
    );
    let id = location["locationId"].as_str().unwrap();

    let modes = format!("/hmsweb/automation/v3?locationId={id}&revisions=false");
    assert_eq!(
        client.api(Method::GET, &modes, None).await.status(),
        StatusCode::FORBIDDEN
    );
    let modes = data(call(&client, &url, Method::GET, &modes, None).await).await;
    assert_eq!(modes["modes"]["properties"]["armAway"]["name"], "Arm Away");
    assert_eq!(
        modes["customModes"]["properties"][format!("{USER}_{HUB}")]["mode2"]["name"],
        "Night"
    );

    let active = format!("/hmsweb/automation/v3/activeMode?locationId={id}");
    let read = data(call(&client, &url, Method::GET, &active, None).await).await;
    assert_eq!(
        (&read["properties"]["mode"], &read["revision"]),
        (&json!("standby"), &json!(1))
    );
    let all = call(
        &client,
        &url,
        Method::GET,
        "/hmsweb/automation/v3/activeMode?locationId=all",
        None,
    )
    .await;
    assert_eq!(data(all).await[id], read);

    let change = json!({ "mode": "armAway" });
    let changed = call(
        &client,
        &url,
        Method::PUT,
        &format!("{active}&revision=1"),
        Some(&change),
    )
    .await;
    assert_eq!(data(changed).await["revision"], 2);
    let event = events.of("automation/activeMode").await;
    assert_eq!((&event["locationId"], &event["action"]), (&json!(id), &json!("is")));
    assert_eq!(
        event["properties"],
        json!({ "properties": { "mode": "armAway" }, "revision": 2 })
    );

    let custom = json!({ "mode": "custom", "custom": { HUB: "mode2" } });
    let changed = call(
        &client,
        &url,
        Method::PUT,
        &format!("{active}&revision=2"),
        Some(&custom),
    )
    .await;
    assert_eq!(data(changed).await["properties"], custom);
    // A stale revision, an unknown mode, another location.
    for (path, body, status) in [
        (format!("{active}&revision=2"), json!({ "mode": "standby" }), 409),
        (active.clone(), json!({ "mode": "standby" }), 409),
        (format!("{active}&revision=3"), json!({ "mode": "party" }), 400),
        (
            format!("{active}&revision=3"),
            json!({ "mode": "custom", "custom": { HUB: "mode9" } }),
            400,
        ),
        (
            "/hmsweb/automation/v3/activeMode?locationId=L&revision=3".to_owned(),
            json!({ "mode": "standby" }),
            404,
        ),
    ] {
        assert_eq!(
            call(&client, &url, Method::PUT, &path, Some(&body)).await.status(),
            status,
            "{path} {body}"
        );
    }
    cloud.faults().set_times(Fault::StaleRevision, 1);
    let change = json!({ "mode": "armHome" });
    let refused = call(
        &client,
        &url,
        Method::PUT,
        &format!("{active}&revision=3"),
        Some(&change),
    )
    .await;
    assert_eq!(refused.status(), 409);
    let changed = call(
        &client,
        &url,
        Method::PUT,
        &format!("{active}&revision=4"),
        Some(&change),
    )
    .await;
    assert_eq!(data(changed).await["revision"], 5);
    play(&cloud, "mode standby").await;
    while events.of("automation/activeMode").await["properties"]["properties"]["mode"] != "standby" {}
    play(&cloud, "mode Night").await;
    let mode = events.of("automation/activeMode").await["properties"]["properties"].clone();
    assert_eq!(
        mode,
        json!({ "mode": "custom", "custom": { HUB: "mode2", DRIVE: "mode2" } })
    );
    let out = format!("/hmsweb/user/{USER}/client/smart/devices/logout?clientId=x");
    assert_eq!(client.api(Method::DELETE, &out, None).await.status(), 200);
    assert_eq!(
        client.api(Method::GET, "/hmsweb/users/session/v3", None).await.status(),
        401
    );
}
