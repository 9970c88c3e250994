//! Against the simulated cloud, which voids what the real one voids: how often a code is needed, and what locks an
//! account.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use arlo_client::{BoxFuture, Code, CodeSource, Error, ErrorKind, FactorKind, Login, PendingCode};
use arlo_sim::{Cloud, Config, User};
use jiff::Timestamp;

const ACCOUNT: &str = "casey@example.org";
const PASSWORD: &str = "correct horse";

/// The simulated cloud and the machine beside it, which keep the same time.
struct World {
    cloud: Arc<Cloud>,
    codes: Mailbox,
    now: Arc<Mutex<Timestamp>>,
    directory: tempfile::TempDir,
}

/// Reads the code as the person would, and counts.
#[derive(Clone)]
struct Mailbox {
    cloud: Arc<Cloud>,
    asked: Arc<Mutex<usize>>,
}

impl World {
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
    let world = World::new().await;
    // A token lives for two hours, so that each of these is a login with the password.
    for turn in 0..13 * 4 {
        let session = world.login(PASSWORD).run().await.unwrap();
        assert_eq!(session.mfa(), turn == 0, "login {turn}");
        assert!(!session.reused());
        assert_eq!(session.devices().await.unwrap().len(), 3);
        world.pass(HOURS(6));
    }
    assert_eq!((world.count("POST /api/auth"), world.codes()), (52, 1));

    // The trust ends after two weeks, whatever was rotated meanwhile, and one code begins it anew.
    world.pass(HOURS(24));
    for mfa in [true, false] {
        assert_eq!(world.login(PASSWORD).run().await.unwrap().mfa(), mfa);
        world.pass(HOURS(3));
    }
    assert_eq!(world.codes(), 2);
}

#[tokio::test]
async fn a_trust_cookie_that_was_replaced_is_worth_nothing() {
    let world = World::new().await;
    let file = world.directory.path().join("session.json");
    world.login(PASSWORD).run().await.unwrap();
    let old = std::fs::read(&file).unwrap();
    world.pass(HOURS(3));
    assert!(!world.login(PASSWORD).run().await.unwrap().mfa());
    world.pass(HOURS(3));
    std::fs::write(&file, old).unwrap();
    assert!(
        world.login(PASSWORD).run().await.unwrap().mfa(),
        "the cloud enforces it"
    );
}

#[tokio::test]
async fn a_wrong_password_in_a_loop_locks_no_account() {
    let world = World::new().await;
    // Every ten minutes for a month, as a supervisor starts a service again.
    for _ in 0..31 * 24 * 6 {
        let error = world.login("incorrect horse").run().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongPassword);
        world.pass(Duration::from_secs(600));
    }
    assert_eq!(world.count("POST /api/auth"), 7, "after 1, 2, 4 and then each 7 days");
    world.login(PASSWORD).run().await.unwrap();
}

#[tokio::test]
async fn a_text_message_serves_where_it_is_named() {
    let world = World::new().await;
    for (named, expected) in [
        ("sms", "SmsRequested"),
        ("My phone", "SmsRequested"),
        ("email", "MailRequested"),
    ] {
        let requested = Arc::new(Mutex::new(""));
        let told = Arc::clone(&requested);
        let login = world.login(PASSWORD).factor(named).on_step(move |step| match step {
            arlo_client::Step::CodeRequested(FactorKind::Sms) => *told.lock().unwrap() = "SmsRequested",
            arlo_client::Step::CodeRequested(FactorKind::Email) => *told.lock().unwrap() = "MailRequested",
            _ => {}
        });
        assert!(login.run().await.unwrap().mfa());
        assert_eq!(*requested.lock().unwrap(), expected, "{named}");
        std::fs::remove_file(world.directory.path().join("session.json")).unwrap();
    }
}
