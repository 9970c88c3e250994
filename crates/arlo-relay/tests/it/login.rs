//! `login`, `devices` and `demo` against the simulated Arlo and a relay that runs.

use crate::support::{Ran, Serving, command, run};
use arlo_sim::{Config, Factor, Fault, User};
use serde_json::Value;

const ACCOUNT: &str = "casey@gmail.com";
const PASSWORD: &str = "correct horse";

struct Setup {
    dir: tempfile::TempDir,
    enrolled: Value,
    cloud: arlo_sim::Cloud,
    _serving: Serving,
}

impl Setup {
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
        tokio::task::spawn_blocking(move || Ran::from_output(command.output().unwrap()))
            .await
            .unwrap()
    }

    /// The same without --codes.
    async fn run_without_codes(&self, subcommand: &'static str, more: &[&str]) -> Ran {
        let url = self.cloud.url();
        let mut command = command();
        command
            .args([subcommand, "--account", ACCOUNT, "--auth-host", &url, "--host", &url])
            .args(more)
            .env("ARLO_PASSWORD", PASSWORD);
        tokio::task::spawn_blocking(move || Ran::from_output(command.output().unwrap()))
            .await
            .unwrap()
    }

    fn session_file(&self) -> String {
        self.dir.path().join("session.json").to_str().unwrap().to_owned()
    }
}

#[test]
fn a_setting_that_cannot_be_used_is_wrong_usage_and_asks_nobody() {
    for (arguments, expected) in [
        (
            ["--account", "casey", "--host", "https://arlo.example"],
            "no mail address",
        ),
        (
            ["--account", ACCOUNT, "--host", "ocapi-app.arlo.com"],
            "the API host is no URL",
        ),
        (["--account", ACCOUNT, "--auth-host", "http://192.0.2.1"], "clear text"),
    ] {
        for subcommand in ["login", "devices", "watch"] {
            let mut command = command();
            command.arg(subcommand).args(arguments).env("ARLO_PASSWORD", PASSWORD);
            let ran = Ran::from_output(command.output().unwrap());
            assert_eq!(
                (ran.exit, ran.stdout.as_str()),
                (2, ""),
                "{subcommand} {arguments:?}: {ran:?}"
            );
            assert!(ran.stderr.contains(expected), "{ran:?}");
        }
    }
}

#[tokio::test]
async fn a_login_needs_nobody_and_the_next_one_not_even_a_mail() {
    let setup = Setup::new().await;
    let file = setup.session_file();
    let first = setup.run("login", PASSWORD, &["--json", "--session-file", &file]).await;
    assert_eq!((first.exit, first.stderr.as_str()), (0, ""), "{first:?}");
    let first = first.json();
    assert_eq!((&first["mfa"], &first["reused"]), (&true.into(), &false.into()));
    assert!(first["expires_at"].as_str().unwrap().ends_with('Z') && first["user_id"].is_string());

    let second = setup
        .run("login", PASSWORD, &["--json", "--session-file", &file])
        .await
        .json();
    assert_eq!(
        (&second["reused"], &second["user_id"]),
        (&true.into(), &first["user_id"])
    );
    crate::support::until(|| setup.cloud.sent().accepted == 1).await;

    let devices = setup.run("devices", PASSWORD, &["--session-file", &file]).await;
    assert_eq!(devices.exit, 0);
    assert!(
        devices.stdout.contains("Front door") && !devices.stdout.contains('\u{1b}'),
        "{}",
        devices.stdout
    );
    let devices = setup
        .run("devices", PASSWORD, &["--json", "--session-file", &file])
        .await
        .json();
    assert_eq!(devices["devices"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_refusal_says_what_to_do_and_shows_no_secret() {
    let setup = Setup::new().await;
    let wrong = setup.run("login", "wrong horse", &["--json"]).await;
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
        setup.cloud.faults().set(fault);
        let ran = setup.run("login", PASSWORD, &[]).await;
        setup.cloud.faults().clear_all();
        assert_eq!((ran.exit, ran.stdout.as_str()), (1, ""), "{fault}: {ran:?}");
        assert!(
            ran.stderr.starts_with("error: ") && ran.stderr.lines().count() == 1,
            "{fault}: {ran:?}"
        );
        for secret in [PASSWORD, "casey", setup.enrolled["token"].as_str().unwrap()] {
            assert!(!ran.stderr.contains(secret), "{fault}: {}", ran.stderr);
        }
    }
}

#[tokio::test]
async fn codes_need_not_be_named_while_arlo_asks_for_none() {
    let setup = Setup::new().await;
    for fault in [
        Fault::MfaDisabled,
        Fault::MfaDisabledNoNumber,
        Fault::MfaDisabledUnsaid,
        Fault::MfaFalse,
    ] {
        setup.cloud.faults().set(fault);
        for ran in [
            setup.run_without_codes("login", &["--json"]).await,
            setup.run("login", PASSWORD, &["--json"]).await,
        ] {
            assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{fault}: {ran:?}");
            let result = ran.json();
            assert_eq!((&result["mfa"], &result["reused"]), (&false.into(), &false.into()));
        }
        let devices = setup.run_without_codes("devices", &[]).await;
        assert!(devices.stdout.contains("Garden"), "{devices:?}");
        setup.cloud.faults().clear(fault);
    }
    assert_eq!(setup.cloud.sent().accepted, 0);

    // Arlo asks for codes again.
    let file = setup.session_file();
    let more = ["--session-file", file.as_str()];
    for _ in 0..2 {
        let ran = setup.run_without_codes("login", &more).await;
        assert_eq!((ran.exit, ran.stdout.as_str()), (1, ""), "{ran:?}");
        let said = "error: Arlo asks for a code: name where it comes from with --codes";
        assert!(
            ran.stderr.starts_with(said) && ran.stderr.lines().count() == 1,
            "{}",
            ran.stderr
        );
    }
    let ran = setup.run("login", PASSWORD, &["--json", "--session-file", &file]).await;
    assert_eq!(
        (ran.exit, &ran.json()["mfa"]),
        (0, &true.into()),
        "there is no pause before it: {ran:?}"
    );
}

#[tokio::test]
async fn the_doctor_asks_arlo_without_a_password() {
    let setup = Setup::new().await;
    for (fault, exit, logins, sessions) in [
        (None, 0, "ok", "ok"),
        (Some(Fault::Cloudflare403), 1, "wrong", "ok"),
        (Some(Fault::Cloudflare403Api), 1, "ok", "wrong"),
    ] {
        if let Some(fault) = fault {
            setup.cloud.faults().set(fault);
        }
        let url = setup.cloud.url();
        let mut command = command();
        command.args(["doctor", "--arlo", "--json", "--auth-host", &url, "--host", &url]);
        let ran = tokio::task::spawn_blocking(move || Ran::from_output(command.output().unwrap()));
        let ran = ran.await.unwrap();
        setup.cloud.faults().clear_all();
        let result = ran.json();
        let verdict = |check: &str| {
            let checks = result["checks"].as_array().unwrap();
            let found = checks.iter().find(|one| one["check"] == check).unwrap();
            found["verdict"].as_str().unwrap().to_owned()
        };
        assert_eq!(ran.exit, exit, "{ran:?}");
        assert_eq!(
            (verdict("Arlo's logins").as_str(), verdict("Arlo's sessions").as_str()),
            (logins, sessions)
        );
        assert!(ran.stdout.contains("nobody for a code since 2026-10-06"), "{ran:?}");
    }
    let asked = setup.cloud.requests();
    assert_eq!(asked[..2], ["OPTIONS /api/auth", "GET /hmsweb/users/session/v3"]);
    assert!(!asked.iter().any(|call| call.contains("POST")), "{asked:?}");
}

#[tokio::test]
async fn a_login_that_failed_takes_no_mail_from_the_next_one() {
    let setup = Setup::new().await;
    for fault in [Fault::StartAuth1110, Fault::WrongOtp] {
        setup.cloud.faults().set(fault);
        assert_eq!(setup.run("login", PASSWORD, &[]).await.exit, 1);
        setup.cloud.faults().clear_all();
    }
    let next = setup.run("login", PASSWORD, &["--json"]).await;
    assert_eq!((next.exit, &next.json()["mfa"]), (0, &true.into()), "{next:?}");
}

#[test]
fn the_demo_tells_its_story() {
    let ran = run(&["demo"]);
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{ran:?}");
    for text in [
        "is enrolled",
        "Arlo sends a mail",
        "the code is here",
        "nobody typed the code",
        "Garden",
        "no password, no mail, no code",
    ] {
        assert!(ran.stdout.contains(text), "{text}: {}", ran.stdout);
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
