//! `login` with each way in which a code can arrive, and what holds it back, against the simulated Arlo.

use std::process::Command;

use crate::support::{Ran, Serving, command, run};
use arlo_sim::{Cloud, Config, Factor, FactorKind, Fault, User};
use serde_json::Value;

const ACCOUNT: &str = "casey+arlo@gmail.com";
const PASSWORD: &str = "correct horse";

struct Setup {
    dir: tempfile::TempDir,
    cloud: Cloud,
    serving: Serving,
    enrolled: Value,
}

impl Setup {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let serving = Serving::start(dir.path(), &[]);
        let enrolled = serving.enroll(dir.path(), ACCOUNT);
        let user = User::new(ACCOUNT, PASSWORD)
            .factors(vec![
                Factor::email(ACCOUNT),
                Factor::new(FactorKind::Push, "Phone", "Phone"),
            ])
            .deliver_to(enrolled["relay_address"].as_str().unwrap());
        let config = Config::new(serving.smtp.parse().unwrap(), vec![user]);
        Self {
            dir,
            cloud: arlo_sim::start(config).await.unwrap(),
            serving,
            enrolled,
        }
    }

    async fn login(&self, codes: &str, token: &str, password: &'static str, more: &[&str]) -> Ran {
        ended(self.command(codes, token, password, more)).await
    }

    fn command(&self, codes: &str, token: &str, password: &'static str, more: &[&str]) -> Command {
        let url = self.cloud.url();
        let mut command = command();
        command
            .args(["login", "--json", "--account", ACCOUNT, "--codes", codes])
            .args(["--auth-host", &url, "--host", &url])
            .args(more)
            .env("ARLO_PASSWORD", password)
            .env("ARLO_RELAY_TOKEN", token);
        command
    }

    fn token(&self) -> &str {
        self.enrolled["token"].as_str().unwrap()
    }

    fn rest_api(&self) -> String {
        format!("rest-api:{}", self.serving.http)
    }
}

/// Runs beside the simulated cloud, which needs this thread.
async fn ended(mut command: Command) -> Ran {
    tokio::task::spawn_blocking(move || Ran::from_output(command.output().unwrap()))
        .await
        .unwrap()
}

#[tokio::test]
async fn the_rest_api_of_the_relay_gives_the_code() {
    let setup = Setup::new().await;
    let ran = setup.login(&setup.rest_api(), setup.token(), PASSWORD, &[]).await;
    assert_eq!((ran.exit, &ran.json()["mfa"]), (0, &true.into()), "{ran:?}");
    crate::support::until(|| setup.cloud.sent().accepted == 1).await;

    // Another token: no mail is caused, and nothing shows it.
    let other = "arelay_0000000000000000000000000000000000000000000";
    let ran = setup.login(&setup.rest_api(), other, PASSWORD, &[]).await;
    assert_eq!(ran.exit, 1, "{ran:?}");
    assert!(!ran.stdout.contains(other) && !ran.stderr.contains(other), "{ran:?}");
    assert_eq!(setup.cloud.sent().accepted, 1);
    let ran = setup.login(&setup.rest_api(), "", PASSWORD, &[]).await;
    assert_eq!(ran.exit, 2, "{ran:?}");
    assert!(
        ran.json()["error"].as_str().unwrap().contains("ARLO_RELAY_TOKEN"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn an_approval_in_the_app_needs_no_code() {
    let setup = Setup::new().await;
    let login = setup.login("push", "", PASSWORD, &[]);
    tokio::pin!(login);
    let ran = loop {
        tokio::select! {
            ran = &mut login => break ran,
            () = tokio::task::yield_now() => setup.cloud.approve_pushes(ACCOUNT),
        }
    };
    assert_eq!((ran.exit, &ran.json()["mfa"]), (0, &true.into()), "{ran:?}");
    assert_eq!(setup.cloud.sent().accepted, 0);
}

#[tokio::test]
async fn a_refused_login_is_held_back_until_it_is_forced_or_right() {
    let setup = Setup::new().await;
    let file = setup.dir.path().join("session.json").to_str().unwrap().to_owned();
    let file = ["--session-file", &file];
    let asked = || {
        setup
            .cloud
            .requests()
            .iter()
            .filter(|call| *call == "POST /api/auth")
            .count()
    };
    for expected in [1, 1] {
        let ran = setup.login("console", "", "wrong horse", &file).await;
        assert_eq!((ran.exit, asked()), (1, expected), "{ran:?}");
    }
    let ran = setup
        .login("console", "", "wrong horse", &[&file[..], &["--force"]].concat())
        .await;
    assert_eq!((ran.exit, asked()), (1, 2), "{ran:?}");
    let ran = setup.login(&setup.rest_api(), setup.token(), PASSWORD, &file).await;
    assert_eq!((ran.exit, asked()), (0, 3), "{ran:?}");

    std::fs::remove_file(file[1]).unwrap();
    setup.cloud.faults().set(Fault::StartAuth1110);
    assert_eq!(setup.login("console", "", PASSWORD, &file).await.exit, 1);
    let ran = setup.login("console", "", PASSWORD, &file).await;
    assert!(
        ran.json()["error"].as_str().unwrap().contains("nothing was sent"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn a_token_in_an_argument_works_and_is_warned_of() {
    let setup = Setup::new().await;
    let codes = format!("relay:{}", setup.enrolled["prestage_url"].as_str().unwrap());
    let ran = setup.login(&codes, "", PASSWORD, &[]).await;
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("WARN") && ran.stderr.contains("ARLO_RELAY_TOKEN"),
        "{ran:?}"
    );
    assert!(!ran.stderr.contains(setup.token()), "{ran:?}");
}

#[tokio::test]
async fn a_token_comes_from_a_file_or_from_standard_input() {
    let setup = Setup::new().await;
    let path = setup.dir.path().join("token");
    std::fs::write(&path, format!("{}\n", setup.token())).unwrap();
    let prestage = format!("relay:http://{}/prepare-arlo-mfa", setup.serving.http);
    for codes in [prestage, setup.rest_api()] {
        let more = ["--token-file", path.to_str().unwrap()];
        let ran = setup.login(&codes, "", PASSWORD, &more).await;
        assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{ran:?}");
        let stdin = std::fs::File::open(&path).unwrap();
        let mut command = setup.command(&codes, "", PASSWORD, &["--token-file", "-"]);
        command.stdin(stdin);
        let ran = ended(command).await;
        assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{ran:?}");
    }
    let ran = setup
        .login(&setup.rest_api(), "", PASSWORD, &["--token-file", "/nowhere/token"])
        .await;
    assert_eq!(ran.exit, 1, "{ran:?}");
    assert!(ran.stderr.contains("/nowhere/token"), "{ran:?}");
}

#[tokio::test]
async fn a_token_that_goes_to_another_machine_without_tls_is_warned_of() {
    let setup = Setup::new().await;
    // A proxy leads what is meant for another machine to the relay of this one.
    for codes in [
        "relay:http://relay.example.org/prepare-arlo-mfa",
        "rest-api:http://relay.example.org",
    ] {
        let mut command = setup.command(codes, setup.token(), PASSWORD, &[]);
        command.env("http_proxy", format!("http://{}", setup.serving.http));
        let ran = ended(command).await;
        assert_eq!(ran.exit, 0, "{ran:?}");
        assert!(
            ran.stderr.contains("without TLS") && ran.stderr.contains("relay.example.org"),
            "{ran:?}"
        );
        assert!(!ran.stderr.contains(setup.token()), "{ran:?}");
    }
}

#[test]
fn a_source_that_is_none_is_a_usage_error() {
    for codes in ["", "rest-api:", "rest-api", "push:x", "relay:", "console:"] {
        let ran = run(&["login", "--account", ACCOUNT, "--codes", codes]);
        assert_eq!(ran.exit, 2, "{codes}: {ran:?}");
    }
    let ran = command()
        .args(["login", "--account", ACCOUNT, "--codes", "rest-api:ftp://x"])
        .env("ARLO_PASSWORD", "x")
        .env("ARLO_RELAY_TOKEN", "x")
        .output()
        .unwrap();
    assert_eq!(Ran::from_output(ran).exit, 2);
}
