//! Against the simulated cloud, which voids tokens and cookies as the real one does: how often a code is needed, and
//! what locks an account.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use arlo_client::{BoxFuture, Code, CodeSource, Error, ErrorKind, FactorKind, Login, PendingCode};
use arlo_sim::{Cloud, Config, User};
use jiff::Timestamp;

const ACCOUNT: &str = "casey@example.org";
const PASSWORD: &str = "correct horse";

/// The simulated cloud and a machine with the same time.
struct Setup {
    cloud: Arc<Cloud>,
    codes: Mailbox,
    now: Arc<Mutex<Timestamp>>,
    directory: tempfile::TempDir,
}

/// Gives the code that a person would read, and counts.
#[derive(Clone)]
struct Mailbox {
    cloud: Arc<Cloud>,
    asked: Arc<Mutex<usize>>,
}

impl Setup {
    async fn new() -> Self {
        // The mailbox forwards nothing, so that no mail is sent.
        let config = Config::new(([127, 0, 0, 1], 1).into(), vec![User::new(ACCOUNT, PASSWORD)]);
        let cloud = Arc::new(arlo_sim::start(config).await.unwrap());
        Self {
            codes: Mailbox {
                cloud: Arc::clone(&cloud),
                asked: Arc::default(),
            },
            cloud,
            now: Arc::new(Mutex::new(Timestamp::now())),
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn login(&self, password: &str) -> Login {
        let now = Arc::clone(&self.now);
        Login::new(ACCOUNT, password.into())
            .auth_host(self.cloud.url())
            .api_host(self.cloud.url())
            .codes(self.codes.clone())
            .session_file(self.directory.path().join("session.json"))
            .clock(move || *now.lock().unwrap())
    }

    fn pass(&self, time: Duration) {
        self.cloud.advance(time);
        *self.now.lock().unwrap() += time;
    }

    fn codes(&self) -> usize {
        *self.codes.asked.lock().unwrap()
    }

    fn count(&self, call: &str) -> usize {
        self.cloud.requests().iter().filter(|request| *request == call).count()
    }
}

impl CodeSource for Mailbox {
    fn serves(&self) -> &[FactorKind] {
        &[FactorKind::Email, FactorKind::Sms]
    }

    fn prepare<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Box<dyn PendingCode>, Error>> {
        let pending: Box<dyn PendingCode> = Box::new(self.clone());
        Box::pin(async { Ok(pending) })
    }
}

impl PendingCode for Mailbox {
    fn code(&mut self, _: Duration) -> BoxFuture<'_, Result<Code, Error>> {
        *self.asked.lock().unwrap() += 1;
        let code = self.cloud.pending_code(ACCOUNT).unwrap();
        Box::pin(async move { Ok(Code::parse(&code).unwrap()) })
    }
}

const HOURS: fn(u64) -> Duration = |hours| Duration::from_secs(hours * 60 * 60);

#[tokio::test]
async fn thirteen_days_of_logins_need_one_code() {
    let setup = Setup::new().await;
    // A token is valid for two hours, so each of these is a login with the password.
    for turn in 0..13 * 4 {
        let session = setup.login(PASSWORD).run().await.unwrap();
        assert_eq!(session.mfa(), turn == 0, "login {turn}");
        assert!(!session.reused());
        assert_eq!(session.devices().await.unwrap().len(), 3);
        setup.pass(HOURS(6));
    }
    assert_eq!((setup.count("POST /api/auth"), setup.codes()), (52, 1));

    // The trust ends after two weeks, although the cookie was replaced meanwhile. One code begins it anew.
    setup.pass(HOURS(24));
    for mfa in [true, false] {
        assert_eq!(setup.login(PASSWORD).run().await.unwrap().mfa(), mfa);
        setup.pass(HOURS(3));
    }
    assert_eq!(setup.codes(), 2);
}

#[tokio::test]
async fn a_replaced_trust_cookie_is_void() {
    let setup = Setup::new().await;
    let file = setup.directory.path().join("session.json");
    setup.login(PASSWORD).run().await.unwrap();
    let old = std::fs::read(&file).unwrap();
    setup.pass(HOURS(3));
    assert!(!setup.login(PASSWORD).run().await.unwrap().mfa());
    setup.pass(HOURS(3));
    std::fs::write(&file, old).unwrap();
    assert!(
        setup.login(PASSWORD).run().await.unwrap().mfa(),
        "the cloud enforces it"
    );
}

#[tokio::test]
async fn a_wrong_password_in_a_loop_locks_no_account() {
    let setup = Setup::new().await;
    // Every ten minutes for a month, as a supervisor restarts a service.
    for _ in 0..31 * 24 * 6 {
        let error = setup.login("incorrect horse").run().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongPassword);
        setup.pass(Duration::from_secs(600));
    }
    assert_eq!(setup.count("POST /api/auth"), 7, "after 1, 2, 4 and then each 7 days");
    setup.login(PASSWORD).run().await.unwrap();
}

#[tokio::test]
async fn a_text_message_is_used_if_it_is_named() {
    let setup = Setup::new().await;
    for (named, expected) in [
        ("sms", "SmsRequested"),
        ("My phone", "SmsRequested"),
        ("email", "MailRequested"),
    ] {
        let requested = Arc::new(Mutex::new(""));
        let seen = Arc::clone(&requested);
        let login = setup.login(PASSWORD).factor(named).on_step(move |step| match step {
            arlo_client::Step::CodeRequested(FactorKind::Sms) => *seen.lock().unwrap() = "SmsRequested",
            arlo_client::Step::CodeRequested(FactorKind::Email) => *seen.lock().unwrap() = "MailRequested",
            _ => {}
        });
        assert!(login.run().await.unwrap().mfa());
        assert_eq!(*requested.lock().unwrap(), expected, "{named}");
        std::fs::remove_file(setup.directory.path().join("session.json")).unwrap();
    }
}
