//! `login`, `devices` and `demo` against the simulated Arlo and a relay that runs.

// clippy.toml frees test functions of these; what they share is test code too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use arlo_sim::{Config, Factor, Fault, User};
use serde_json::Value;
use support::{Ran, Serving, command, run};

const ACCOUNT: &str = "casey@gmail.com";
const PASSWORD: &str = "correct horse";

struct House {
    dir: tempfile::TempDir,
    enrolled: Value,
    cloud: arlo_sim::Cloud,
    _serving: Serving,
}

impl House {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let serving = Serving::start(dir.path(), &[]);
        let enrolled = serving.enroll(dir.path(), ACCOUNT);
        let user = User::new(ACCOUNT, PASSWORD)
            .factors(vec![Factor::email(ACCOUNT)])
            .deliver_to(enrolled["relay_address"].as_str().unwrap());
        let cloud = arlo_sim::start(Config::new(serving.smtp.parse().unwrap(), vec![user]))
            .await
            .unwrap();
        Self {
            dir,
            enrolled,
            cloud,
            _serving: serving,
        }
    }

    /// Runs beside the simulated cloud, which needs this thread.
    async fn run(&self, subcommand: &'static str, password: &'static str, more: &[&str]) -> Ran {
        let url = self.cloud.url();
        let codes = format!("relay:{}", self.enrolled["prestage_url"].as_str().unwrap());
        let mut command = command();
        command
            .args([subcommand, "--account", ACCOUNT, "--auth-host", &url, "--host", &url])
            .args(more)
            // It holds the token, so that it is no argument.
            .env("ARLO_RELAY_CODES", codes)
            .env("ARLO_PASSWORD", password);
        tokio::task::spawn_blocking(move || Ran::of(command.output().unwrap()))
            .await
            .unwrap()
    }

    fn session_file(&self) -> String {
        self.dir.path().join("session.json").to_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_login_needs_nobody_and_the_next_one_not_even_a_mail() {
    let house = House::new().await;
    let file = house.session_file();
    let first = house.run("login", PASSWORD, &["--json", "--session-file", &file]).await;
    assert_eq!((first.exit, first.stderr.as_str()), (0, ""), "{first:?}");
    let first = first.json();
    assert_eq!((&first["mfa"], &first["reused"]), (&true.into(), &false.into()));
    assert!(first["expires_at"].as_str().unwrap().ends_with('Z') && first["user_id"].is_string());

    let second = house
        .run("login", PASSWORD, &["--json", "--session-file", &file])
        .await
        .json();
    assert_eq!(
        (&second["reused"], &second["user_id"]),
        (&true.into(), &first["user_id"])
    );
    support::until(|| house.cloud.sent().accepted == 1).await;

    let devices = house.run("devices", PASSWORD, &["--session-file", &file]).await;
    assert_eq!(devices.exit, 0);
    assert!(
        devices.stdout.contains("Front door") && !devices.stdout.contains('\u{1b}'),
        "{}",
        devices.stdout
    );
    let devices = house
        .run("devices", PASSWORD, &["--json", "--session-file", &file])
        .await
        .json();
    assert_eq!(devices["devices"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_refusal_says_what_to_do_and_shows_no_secret() {
    let house = House::new().await;
    let wrong = house.run("login", "wrong horse", &["--json"]).await;
    assert_eq!(wrong.exit, 1);
    assert!(
        wrong.json()["error"].as_str().unwrap().contains("password"),
        "{wrong:?}"
    );
    for fault in [
        Fault::Locked,
        Fault::StartAuth1110,
        Fault::Cloudflare403,
        Fault::WrongOtp,
    ] {
        house.cloud.faults().set(fault);
        let ran = house.run("login", PASSWORD, &[]).await;
        house.cloud.faults().clear_all();
        assert_eq!((ran.exit, ran.stdout.as_str()), (1, ""), "{fault}: {ran:?}");
        assert!(
            ran.stderr.starts_with("error: ") && ran.stderr.lines().count() == 1,
            "{fault}: {ran:?}"
        );
        for secret in [PASSWORD, "casey", house.enrolled["token"].as_str().unwrap()] {
            assert!(!ran.stderr.contains(secret), "{fault}: {}", ran.stderr);
        }
    }
}

#[tokio::test]
async fn a_login_that_failed_takes_no_mail_from_the_next_one() {
    let house = House::new().await;
    for fault in [Fault::StartAuth1110, Fault::WrongOtp] {
        house.cloud.faults().set(fault);
        assert_eq!(house.run("login", PASSWORD, &[]).await.exit, 1);
        house.cloud.faults().clear_all();
    }
    let next = house.run("login", PASSWORD, &["--json"]).await;
    assert_eq!((next.exit, &next.json()["mfa"]), (0, &true.into()), "{next:?}");
}

#[test]
fn the_demo_tells_its_story() {
    let ran = run(&["demo"]);
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{ran:?}");
    for told in [
        "is enrolled",
        "Arlo sends a mail",
        "the code is here",
        "nobody typed the code",
        "Garden",
        "no password, no mail, no code",
    ] {
        assert!(ran.stdout.contains(told), "{told}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains('\u{1b}'));
    let ran = run(&["demo", "--json"]);
    let story = ran.json();
    assert_eq!((ran.exit, &story["ok"]), (0, &true.into()));
    assert!(
        story["steps"]
            .as_array()
            .unwrap()
            .iter()
            .all(|step| step["ms"].is_u64() && step["step"].is_string())
    );
}
