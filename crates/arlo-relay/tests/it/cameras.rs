//! `devices`, `watch`, `mode`, `set`, `snapshot` and `stream` against the simulated Arlo.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use crate::support::{Ran, command};
use arlo_sim::{Cloud, Config, Fault, Generation, Mqtt, MqttTransport, Script, User};
use serde_json::{Value, json};

const ACCOUNT: &str = "casey@gmail.com";

struct Setup {
    directory: tempfile::TempDir,
    cloud: Cloud,
}

impl Setup {
    async fn new(generation: Generation) -> Self {
        Self::with(generation, Vec::new()).await
    }

    /// With more devices in the house.
    async fn with(generation: Generation, more: Vec<Value>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut user = User::new(ACCOUNT, "correct horse")
            .factors(Vec::new())
            .house(generation);
        user.devices.extend(more);
        let mut config = Config::new(([127, 0, 0, 1], 1).into(), vec![user]);
        let mut mqtt = Mqtt::new(MqttTransport::WebSocket);
        mqtt.ca_file = Some(directory.path().join("ca.pem"));
        config.mqtt = Some(mqtt);
        config.speed = 20;
        let cloud = arlo_sim::start(config).await.unwrap();
        Self { directory, cloud }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command();
        command
            .args(arguments)
            .env("ARLO_ACCOUNT", ACCOUNT)
            .env("ARLO_PASSWORD", "correct horse")
            .env("ARLO_AUTH_HOST", self.cloud.url())
            .env("ARLO_HOST", self.cloud.url())
            .env("ARLO_BROKER_CA_FILE", self.directory.path().join("ca.pem"))
            .env("ARLO_SESSION_FILE", self.directory.path().join("session.json"));
        command
    }

    /// Runs beside the simulated cloud, which needs this thread.
    async fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await;
        Ran::from_output(output.unwrap())
    }

    async fn play(&self, script: &str) {
        let script: Script = script.parse().unwrap();
        self.cloud.play(ACCOUNT, &script).await.unwrap();
    }
}

/// A command that goes on, killed at the end of the test.
struct Watching(Child, Option<BufReader<std::process::ChildStdout>>);

impl Watching {
    fn start(setup: &Setup, arguments: &[&str]) -> Self {
        let mut command = setup.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self(child, Some(stdout))
    }

    /// The first line for which `wanted` says so.
    async fn line(&mut self, wanted: impl Fn(&str) -> bool + Send + 'static) -> String {
        let mut reader = self.1.take().unwrap();
        let reading = tokio::task::spawn_blocking(move || {
            loop {
                let mut line = String::new();
                assert!(reader.read_line(&mut line).unwrap() > 0, "it ended");
                if wanted(&line) {
                    return (reader, line);
                }
            }
        });
        let (reader, line) = tokio::time::timeout(crate::support::PATIENCE, reading)
            .await
            .unwrap()
            .unwrap();
        self.1 = Some(reader);
        line
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn devices_shows_batteries_behind_a_hub_and_recordings() {
    let setup = Setup::new(Generation::V2).await;
    setup.play("battery Garden 42\nrecord Garden 1").await;
    let ran = setup.run(&["devices", "--json"]).await;
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let json = ran.json();
    let devices = json["devices"].as_array().unwrap();
    let garden = devices.iter().find(|device| device["name"] == "Garden").unwrap();
    assert_eq!((&garden["battery"], &garden["kind"]), (&42.into(), &"camera".into()));
    assert!(
        garden["last_recording"].is_string() && garden["attributes"]["brightness"].is_i64(),
        "{garden}"
    );
    assert!(!ran.stdout.contains("://"), "no URL");

    let table = setup.run(&["devices"]).await;
    let line = table.stdout.lines().find(|line| line.contains("Garden")).unwrap();
    assert!(line.contains("42 %") && !table.stdout.contains('\u{1b}'), "{table:?}");
}

#[tokio::test]
async fn watch_hears_events_and_signals_while_a_device_does_not_tell_its_modes() {
    let baby = json!({
        "deviceId": "59U1897QA0001", "deviceName": "Nursery", "deviceType": "basestation", "modelId": "ABC1000",
        "parentId": "59U1897QA0001", "xCloudId": "SIM0-0001-0003", "state": "provisioned", "properties": {},
    });
    let setup = Setup::with(Generation::V2, vec![baby]).await;
    setup.cloud.faults().set(Fault::HubSilent);
    let mut watching = Watching::start(&setup, &["watch", "--json"]);
    watching.line(|line| line.contains("\"connected\"")).await;
    setup.play("motion Drive 1").await;
    let motion = watching.line(|line| line.contains("\"motion\"")).await;
    assert!(motion.contains("Drive"), "{motion}");

    let terminated = Command::new("kill").arg(watching.0.id().to_string()).status().unwrap();
    assert!(terminated.success());
    let ended = tokio::task::spawn_blocking(move || watching.0.wait().unwrap());
    let ended = tokio::time::timeout(crate::support::PATIENCE, ended).await.unwrap();
    assert!(ended.unwrap().success());
}

#[tokio::test]
async fn a_redacted_dump_is_json_without_a_name() {
    let setup = Setup::new(Generation::V2).await;
    let ran = setup.run(&["devices", "--redacted"]).await;
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert!(ran.json().as_array().unwrap().len() > 5);
    assert!(
        !ran.stdout.contains("Garden") && ran.stdout.contains("VMC4030P"),
        "{}",
        ran.stdout
    );
}

#[tokio::test]
async fn watch_prints_a_json_object_an_event_and_no_url() {
    let setup = Setup::new(Generation::V2).await;
    let mut watching = Watching::start(&setup, &["watch", "--json"]);
    watching.line(|line| line.contains("\"connected\"")).await;
    setup.play("motion Garden 1").await;
    let motion = watching
        .line(|line| line.contains("\"motion\"") && line.contains("true"))
        .await;
    let motion: Value = serde_json::from_str(&motion).unwrap();
    assert_eq!((&motion["name"], &motion["active"]), (&"Garden".into(), &true.into()));
    assert!(motion["time"].as_str().unwrap().ends_with('Z'));
    setup.play("record Garden 1 Person").await;
    let found = watching
        .line(|line| {
            assert!(!line.contains("://"), "{line}");
            line.contains("\"detected\"")
        })
        .await;
    assert!(found.contains("Person"), "{found}");
}

#[tokio::test]
async fn watch_prints_lines_and_ends_when_nobody_reads() {
    let setup = Setup::new(Generation::V2).await;
    let mut watching = Watching::start(&setup, &["watch", "--device", "Garden"]);
    // It is connected once the hub has been asked for its cameras.
    let connected = async {
        while setup.cloud.open_streams() == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(crate::support::PATIENCE, connected).await.unwrap();
    setup.play("motion \"Front door\" 1\nmotion Garden 1").await;
    let line = watching.line(|_| true).await;
    assert!(line.contains("Garden: motion"), "{line}");
    drop(watching.1.take());
    setup.play("motion Garden 1\nmotion Garden 1").await;
    let ended = tokio::task::spawn_blocking(move || watching.0.wait().unwrap());
    let ended = tokio::time::timeout(crate::support::PATIENCE, ended)
        .await
        .unwrap()
        .unwrap();
    assert!(ended.success());
}

#[tokio::test]
async fn watch_hears_a_signal_while_its_output_is_full() {
    let setup = Setup::new(Generation::V2).await;
    for signal in ["-TERM", "-INT"] {
        let (_reader, mut writer) = std::io::pipe().unwrap();
        let flags = rustix::fs::fcntl_getfl(&writer).unwrap();
        rustix::fs::fcntl_setfl(&writer, flags | rustix::fs::OFlags::NONBLOCK).unwrap();
        while writer.write(&[b'\n'; 4096]).is_ok() {}
        while writer.write(b"\n").is_ok() {}
        rustix::fs::fcntl_setfl(&writer, flags).unwrap();
        let mut command = setup.command(&["watch", "--json"]);
        let mut child = command.stdout(writer).stderr(Stdio::null()).spawn().unwrap();
        drop(command);
        // The first line is that it is connected. The names of the modes are read then.
        let modes = |setup: &Setup| {
            let requests = setup.cloud.requests();
            requests
                .iter()
                .filter(|made| made.contains("automation/active"))
                .count()
        };
        let before = modes(&setup);
        let connected = async {
            while setup.cloud.open_streams() == 0 || modes(&setup) == before {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(crate::support::PATIENCE, connected).await.unwrap();
        setup.play("motion Garden 1").await;
        let signalled = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(signalled.success());
        let ended = async {
            loop {
                match child.try_wait().unwrap() {
                    Some(status) => return status,
                    None => tokio::time::sleep(std::time::Duration::from_millis(5)).await,
                }
            }
        };
        let ended = tokio::time::timeout(crate::support::PATIENCE, ended).await;
        let _ = child.kill();
        assert!(ended.expect("it does not hear the signal").success(), "{signal}");
    }
}

#[tokio::test]
async fn a_picture_that_cannot_be_kept_is_not_taken() {
    let setup = Setup::new(Generation::V2).await;
    let directory = setup.directory.path();
    for path in [
        directory.join("missing/garden.jpg"),
        directory.to_owned(),
        directory.join("garden/"),
    ] {
        let ran = setup.run(&["snapshot", "Garden", "--to", path.to_str().unwrap()]).await;
        let expected = format!("{} cannot be written", path.display());
        assert!(ran.exit == 1 && ran.stderr.contains(&expected), "{ran:?}");
    }
    assert_eq!(setup.cloud.requests(), Vec::<String>::new());
    // What was tried left nothing.
    let left: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["ca.pem"]);
}

#[tokio::test]
async fn a_picture_goes_through_a_pipe_and_leaves_it() {
    let setup = Setup::new(Generation::V2).await;
    let pipe = setup.directory.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read(pipe).unwrap()
    });
    let ran = setup.run(&["snapshot", "Garden", "--to", pipe.to_str().unwrap()]).await;
    assert_eq!(ran.exit, 0, "{ran:?}");
    // A pipe that was replaced would never end its reader.
    assert!(!std::fs::metadata(&pipe).unwrap().is_file());
    assert!(reader.join().unwrap().starts_with(&[0xff, 0xd8]));
}

#[tokio::test]
async fn a_mode_is_shown_and_chosen() {
    let setup = Setup::new(Generation::V3).await;
    let ran = setup.run(&["mode", "armAway", "--json"]).await;
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert_eq!(
        (&ran.json()["mode"], &ran.json()["outcome"]),
        (&"armAway".into(), &"confirmed".into())
    );
    let shown = setup.run(&["mode"]).await;
    assert!(shown.stdout.contains("Arm Away"), "{shown:?}");
    let unknown = setup.run(&["mode", "party"]).await;
    assert_eq!(unknown.exit, 1);
    assert!(
        unknown.stderr.contains("party") && unknown.stderr.contains("Arm Away"),
        "{unknown:?}"
    );
}

#[tokio::test]
async fn of_several_places_one_must_be_named() {
    let setup = Setup::new(Generation::V2).await;
    let ran = setup.run(&["mode", "armed"]).await;
    assert_eq!(ran.exit, 2, "{ran:?}");
    assert!(ran.stderr.contains("--at") && ran.stderr.contains("Home"), "{ran:?}");
    let ran = setup.run(&["mode", "armed", "--at", "home"]).await;
    assert_eq!((ran.exit, ran.stdout.trim()), (0, "Home: armed."), "{ran:?}");
}

#[tokio::test]
async fn a_setting_is_changed_and_a_wrong_one_is_named() {
    let setup = Setup::new(Generation::V2).await;
    let ran = setup.run(&["set", "garden", "brightness", "-1"]).await;
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert_eq!(setup.cloud.properties(ACCOUNT, "Garden").unwrap()["brightness"], -1);
    for (arguments, named) in [
        (["set", "Attic", "brightness", "1"], "\"Attic\""),
        (["set", "Garden", "colour", "1"], "\"colour\""),
        (["set", "Garden", "brightness", "9"], "from -2 to 2"),
    ] {
        let ran = setup.run(&arguments).await;
        assert_eq!(ran.exit, 1);
        assert!(ran.stderr.contains(named), "{ran:?}");
    }
}

#[tokio::test]
async fn a_picture_is_a_file_and_a_stream_a_url() {
    let setup = Setup::new(Generation::V2).await;
    let file = setup.directory.path().join("garden.jpg");
    let ran = setup.run(&["snapshot", "Garden", "--to", file.to_str().unwrap()]).await;
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert!(std::fs::read(&file).unwrap().starts_with(&[0xff, 0xd8]));
    let ran = setup.run(&["stream", "Garden"]).await;
    assert!(ran.stdout.starts_with("rtsps://"), "{ran:?}");
    for (arguments, kind) in [(["--kind", "hls"], "hls"), (["--user-agent", "linux"], "dash")] {
        let ran = setup
            .run(&["stream", "Garden", "--json", arguments[0], arguments[1]])
            .await;
        assert_eq!(ran.json()["kind"], kind, "{ran:?}");
    }
    let ran = setup.run(&["stream", "Garden", "--user-agent", "opera"]).await;
    assert_eq!(ran.exit, 2);
    assert!(
        ran.stderr.contains("firefox") && ran.stderr.contains("opera"),
        "{ran:?}"
    );
    let ran = setup.run(&["stream", "Path light"]).await;
    assert_eq!((ran.exit, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("Path light"), "{ran:?}");
}

#[tokio::test]
async fn a_session_that_arlo_voids_is_replaced_and_the_watch_goes_on() {
    let setup = Setup::new(Generation::V2).await;
    let mut watching = Watching::start(&setup, &["watch", "--json"]);
    watching.line(|line| line.contains("\"connected\"")).await;
    setup.cloud.faults().set(Fault::RefuseAsSuccess);
    setup.play("expire-tokens").await;
    watching.line(|line| line.contains("\"disconnected\"")).await;
    watching.line(|line| line.contains("\"connected\"")).await;
    setup.play("ring \"Front bell\"").await;
    let ring = watching.line(|line| line.contains("\"ring\"")).await;
    assert!(ring.contains("Front bell"), "{ring}");
    let logins = setup
        .cloud
        .requests()
        .iter()
        .filter(|made| *made == "POST /api/auth")
        .count();
    assert_eq!(logins, 2);
}
