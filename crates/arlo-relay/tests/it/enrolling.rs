//! `enroll` beside a relay that runs: what it prints, lists, rotates and revokes.

use crate::serve::setup;
use crate::support::{arlo_mail, run};
use serde_json::{Value, json};

#[test]
fn enrol_prints_no_url_with_the_token_for_a_person() {
    let dir = tempfile::tempdir().unwrap();
    let ran = run(&["enroll", "casey@gmail.com", "--data-dir", dir.path().to_str().unwrap()]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert_eq!(ran.stdout.matches("arelay_").count(), 1, "{}", ran.stdout);
    assert!(ran.stdout.contains("/prepare-arlo-mfa\n"), "{}", ran.stdout);
}

#[test]
fn enrolments_are_listed_rotated_and_revoked_while_the_relay_runs() {
    let (dir, serving, casey) = setup();
    let data_dir = dir.path().to_str().unwrap();
    let enroll = |args: &[&str]| run(&[&["enroll", "--json", "--data-dir", data_dir], args].concat());
    assert_eq!(
        casey["prestage_url"],
        format!(
            "http://{}/prepare-arlo-mfa/{}",
            serving.http,
            casey["token"].as_str().unwrap()
        )
    );
    assert_eq!(
        casey["pyaarlo"],
        json!({
            "tfa_source": "rest-api",
            "tfa_type": "EMAIL",
            "tfa_host": format!("http://{}", serving.http),
            "tfa_username": "casey@gmail.com",
            "tfa_password": casey["token"],
        })
    );

    serving.send(casey["relay_address"].as_str().unwrap(), &arlo_mail("482913", "1"));
    let list = enroll(&["--list"]).json();
    let listed = &list["enrolments"][0];
    assert_eq!(listed["relay_address"], casey["relay_address"]);
    assert_eq!(listed["mail"]["nothing-waiting"]["count"], 1);
    for secret in ["casey", casey["token"].as_str().unwrap(), "482913"] {
        assert!(!list.to_string().contains(secret), "{list}");
    }

    let url = serving.prestage(&casey);
    let rotated = enroll(&["casey@gmail.com", "--rotate"]).json();
    assert_eq!(rotated["relay_address"], casey["relay_address"]);
    assert_ne!(rotated["token"], casey["token"]);
    assert_eq!(serving.poll(&url, "").0, 403);
    assert_eq!(serving.poll(&serving.prestage(&rotated), "").0, 200);

    assert_eq!(
        enroll(&["casey@gmail.com", "--revoke"]).json(),
        json!({ "account": "casey@gmail.com", "revoked": true, "ids": [casey["id"]] })
    );
    assert_eq!(enroll(&["casey@gmail.com", "--revoke"]).exit, 1);
    assert_eq!(enroll(&["casey@gmail.com", "--rotate"]).exit, 1);
    assert!(
        serving
            .send(casey["relay_address"].as_str().unwrap(), "x")
            .starts_with("550 5.1.1")
    );
    assert_eq!(enroll(&["--list"]).json(), json!({ "enrolments": [] }));
}

#[test]
fn each_client_of_an_account_has_an_enrolment_of_its_own() {
    let (dir, serving, casey) = setup();
    let data_dir = dir.path().to_str().unwrap();
    let enroll = |args: &[&str]| run(&[&["enroll", "--json", "--data-dir", data_dir], args].concat());
    let address = |enrolled: &Value| enrolled["relay_address"].as_str().unwrap().to_owned();
    let id = |enrolled: &Value| enrolled["id"].as_str().unwrap().to_owned();

    let other = enroll(&["casey@gmail.com", "--label", "Home Assistant"]).json();
    assert_eq!(other["label"], "Home Assistant");
    assert_ne!(
        (&other["token"], &other["relay_address"]),
        (&casey["token"], &casey["relay_address"])
    );
    let (url, other_url) = (serving.prestage(&casey), serving.prestage(&other));
    serving.send(&address(&other), &arlo_mail("482913", "1"));
    assert_eq!(serving.poll(&url, "").1["status"], "pending");
    assert_eq!(serving.poll(&other_url, "").1["code"], "482913");

    // The account names both: what has to be one says so, what may be all is all.
    let unclear = enroll(&["casey@gmail.com", "--rotate"]);
    assert_eq!(unclear.exit, 1);
    let error = unclear.json()["error"].as_str().unwrap().to_owned();
    assert!(
        error.contains(&id(&casey)) && error.contains("(Home Assistant)"),
        "{error}"
    );
    let rotated = enroll(&[&id(&other), "--rotate"]).json();
    assert_eq!((&rotated["id"], &rotated["account"]), (&other["id"], &Value::Null));
    assert_eq!(serving.poll(&serving.prestage(&casey), "").0, 200);

    let replaced = enroll(&[&id(&other), "--rotate-address", "--overlap", "0"]).json();
    assert!(serving.send(&address(&other), "x").starts_with("550 5.1.1"));
    assert!(serving.send(&address(&replaced), "x").starts_with("250"));
    let replaced = enroll(&[&id(&other), "--rotate-address"]).json();
    assert!(serving.send(&address(&replaced), "x").starts_with("250"));
    assert!(replaced["former_address_until"].is_string());

    let suspended = enroll(&["casey@gmail.com", "--suspend"]).json();
    assert_eq!(suspended["ids"].as_array().unwrap().len(), 2);
    assert!(serving.send(&address(&casey), "x").starts_with("550 5.1.1"));
    let listed = enroll(&["--list"]).json();
    assert!(listed["enrolments"][0]["suspended_at"].is_string());
    enroll(&[&id(&casey), "--resume"]);
    assert!(serving.send(&address(&casey), "x").starts_with("250"));
    let events = &enroll(&["--list"]).json()["enrolments"][0]["events"];
    let kinds: Vec<&str> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "not-from-arlo",
            "resumed",
            "suspended",
            "prestaged",
            "prestaged",
            "enrolled"
        ]
    );

    assert_eq!(
        enroll(&["casey@gmail.com", "--revoke"]).json()["ids"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(enroll(&[&id(&casey), "--revoke"]).exit, 1);
    for wrong in [
        &["casey@gmail.com", "--overlap", "3"][..],
        &["casey@gmail.com", "--label", "a\nb"],
        &["casey@gmail.com", "--rotate", "--revoke"],
        &[&id(&casey)],
    ] {
        assert_eq!(enroll(wrong).exit, 2, "{wrong:?}");
    }
}
