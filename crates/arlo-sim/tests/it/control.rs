//! The control port, and `arlo-sim play`.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use arlo_sim::{Cloud, Generation};
use serde_json::{Value, json};

use crate::common::{Client, EMAIL};
use crate::house::{config, play};

async fn start() -> (Cloud, String) {
    let mut config = config(Generation::V2);
    config.control = Some(([127, 0, 0, 1], 0).into());
    let cloud = arlo_sim::start(config).await.unwrap();
    let url = cloud.control_url().unwrap();
    (cloud, url)
}

#[tokio::test]
async fn a_script_is_played_and_the_state_shown() {
    let (cloud, url) = start().await;
    let http = Client::new(&cloud).http;
    let send = async |query: &str, script: &str| {
        let answer = http
            .post(format!("{url}/play{query}"))
            .body(script.to_owned())
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(
        send("", "battery Garden 5\nfault on slow-mail=3").await,
        (204, String::new())
    );
    assert_eq!(cloud.properties(EMAIL, "Garden").unwrap()["batteryLevel"], 5);
    let state: Value = http
        .get(format!("{url}/state"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&state["streams"], &state["faults"]),
        (&json!(0), &json!(["slow-mail=3"]))
    );
    assert_eq!(state["users"][0]["devices"][3]["properties"]["batteryLevel"], 5);
    let requests: Value = http
        .get(format!("{url}/requests"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(requests, json!([]));
    for (query, script, reason) in [
        (
            "",
            "wait 0\nbattery Garden full",
            "line 2: the level of a battery is 0 to 100\n",
        ),
        ("", "battery Attic 5", "line 1: there is no device \"Attic\"\n"),
        ("?user=7", "battery Garden 5", "line 1: there is no such user\n"),
        ("?user=x", "", "the script must be UTF-8, and the user a number\n"),
        ("", &"#".repeat(64 * 1024 + 1), "a script has at most 64 KiB\n"),
        ("", &"#".repeat(200 * 1024), "a script has at most 64 KiB\n"),
    ] {
        assert_eq!(send(query, script).await, (400, reason.to_owned()));
    }
    play(&cloud, "fault off all").await;
}

#[tokio::test]
async fn the_control_port_is_for_this_machine_alone() {
    let mut config = config(Generation::V2);
    config.control = Some(([0, 0, 0, 0], 0).into());
    assert_eq!(
        arlo_sim::start(config).await.unwrap_err().kind(),
        arlo_sim::ErrorKind::Config
    );
}

/// Runs it beside the cloud of this process.
async fn run(arguments: &[&str], script: &str) -> Output {
    let (arguments, script): (Vec<String>, _) = (
        arguments.iter().map(|&text| text.to_owned()).collect(),
        script.to_owned(),
    );
    tokio::task::spawn_blocking(move || run_now(&arguments, &script))
        .await
        .unwrap()
}

fn run_now(arguments: &[String], script: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arlo-sim"));
    command.args(["play"]).args(arguments).env_remove("ARLO_SIM_CONTROL");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A process that fails at once reads nothing.
    let _ = child.stdin.take().unwrap().write_all(script.as_bytes());
    child.wait_with_output().unwrap()
}

#[tokio::test]
async fn the_command_plays_a_script_in_a_running_cloud() {
    let (cloud, url) = start().await;
    let address = url.strip_prefix("http://").unwrap().to_owned();
    let played = run(&["-", "--control", &address], "battery Garden 7\n").await;
    assert!(played.status.success(), "{played:?}");
    assert_eq!(cloud.properties(EMAIL, "Garden").unwrap()["batteryLevel"], 7);

    for (arguments, script, code, reason) in [
        (
            &["-", "--control", &url][..],
            "wait 0\ndance",
            1,
            "line 2: there is no \"dance\"",
        ),
        (
            &["-", "--control", &url],
            "motion Attic",
            1,
            "line 1: there is no device \"Attic\"",
        ),
        (&["-", "--control", &cloud.url()], "wait 0", 1, "it is no control port"),
        (
            &["/missing/script", "--control", &url],
            "",
            1,
            "the script /missing/script cannot be read",
        ),
        (&["-"], "", 2, "--control"),
    ] {
        let failed = run(arguments, script).await;
        let error = String::from_utf8(failed.stderr).unwrap();
        assert_eq!(failed.status.code(), Some(code), "{error}");
        assert!(error.contains(reason), "{error}");
    }
    cloud.shutdown().await;
    let failed = run(&["-", "--control", &url], "wait 0").await;
    assert!(
        String::from_utf8(failed.stderr)
            .unwrap()
            .contains("no control port answers at")
    );
}
