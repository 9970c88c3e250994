//! `record` against the simulated Arlo.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{Ran, command};
use arlo_sim::{Cloud, Config, Generation, Mqtt, MqttTransport, Script, User};

const ACCOUNT: &str = "casey@gmail.com";

struct Setup {
    directory: tempfile::TempDir,
    cloud: Cloud,
}

impl Setup {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let user = User::new(ACCOUNT, "correct horse")
            .factors(Vec::new())
            .house(Generation::V2);
        let mut config = Config::new(([127, 0, 0, 1], 1).into(), vec![user]);
        let mut mqtt = Mqtt::new(MqttTransport::WebSocket);
        mqtt.ca_file = Some(directory.path().join("ca.pem"));
        config.mqtt = Some(mqtt);
        config.speed = 20;
        let cloud = arlo_sim::start(config).await.unwrap();
        Self { directory, cloud }
    }

    fn media(&self) -> PathBuf {
        self.directory.path().join("media")
    }

    fn record(&self, arguments: &[&str]) -> Command {
        let mut command = command();
        command
            .args(["record", "--to", &format!("{}/${{NN}}/${{s}}", self.media().display())])
            .args(arguments)
            .env("ARLO_ACCOUNT", ACCOUNT)
            .env("ARLO_PASSWORD", "correct horse")
            .env("ARLO_AUTH_HOST", self.cloud.url())
            .env("ARLO_HOST", self.cloud.url())
            .env("ARLO_BROKER_CA_FILE", self.directory.path().join("ca.pem"))
            .env("ARLO_SESSION_FILE", self.directory.path().join("session.json"));
        command
    }

    async fn once(&self) -> Ran {
        let mut command = self.record(&["--once", "--json"]);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await;
        Ran::from_output(output.unwrap())
    }

    async fn play(&self, script: &str) {
        let script: Script = script.parse().unwrap();
        self.cloud.play(ACCOUNT, &script).await.unwrap();
    }
}

fn files(directory: &Path) -> usize {
    let cameras = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let cameras = cameras.filter(|entry| entry.file_name() != ".arlo-archive");
    let files = cameras.flat_map(|camera| std::fs::read_dir(camera.path()).unwrap());
    files
        .filter(|file| !file.as_ref().unwrap().file_name().to_string_lossy().ends_with(".part"))
        .count()
}

#[tokio::test]
async fn what_the_library_has_is_kept_once() {
    let setup = Setup::new().await;
    setup.play("record Garden 10 Person\nrecord Garden 5").await;
    let ran = setup.once().await;
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("\"kept\":2"), "{}", ran.stdout);
    assert!(ran.stdout.contains("\"waiting\":0"), "{}", ran.stdout);
    assert_eq!(files(&setup.media()), 2);
    let ran = setup.once().await;
    assert_eq!((ran.exit, files(&setup.media())), (0, 2));
}

#[tokio::test]
async fn a_new_recording_is_kept_soon_and_a_second_process_is_refused() {
    let setup = Setup::new().await;
    let mut child = setup
        .record(&[])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = std::time::Instant::now();
    while !setup.media().join(".arlo-archive/lock").exists() {
        assert!(started.elapsed() < crate::support::PATIENCE);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let ran = setup.once().await;
    assert_eq!(ran.exit, 1);
    assert!(
        ran.stderr.contains("another process uses the archive"),
        "{}",
        ran.stderr
    );
    let listed = std::time::Instant::now();
    while files(&setup.media()) == 0 {
        assert!(listed.elapsed() < crate::support::PATIENCE);
        setup.play("record Garden 1").await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn a_run_that_was_to_end_and_is_interrupted_did_not_succeed() {
    let setup = Setup::new().await;
    setup.play("record Garden 1\nfault on media-503").await;
    let mut command = setup.record(&["--once"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let started = std::time::Instant::now();
    // It is tried again for minutes.
    while !setup.cloud.requests().iter().any(|request| request.contains(".mp4")) {
        assert!(started.elapsed() < crate::support::PATIENCE);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let terminated = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(terminated.success());
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await;
    let ran = Ran::from_output(output.unwrap());
    assert_eq!(ran.exit, 1, "{ran:?}");
    assert!(ran.stderr.contains("interrupted"), "{ran:?}");
}
