//! The shared address of a relay that serves: what the account has forwarded ends its login, by SMTP and with a real
//! resolver.

use std::time::Duration;

use jiff::Timestamp;
use lettre::address::Envelope;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use relay::ports::Clock;
use relay::{Credentials, RequestState, Shown, SystemClock};

use crate::dns::{Dns, Record};
use crate::serving::Serving;
use crate::signed::{Key, signed};

struct World {
    serving: Serving,
    casey: Credentials,
    arlo: Key,
    provider: Key,
    dns: Dns,
    _data: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let (arlo, provider) = (Key::generate(), Key::generate());
        let dns = Dns::start(vec![
            ("test._domainkey.arlo.com", arlo.published()),
            ("test._domainkey.gmail.com", provider.published()),
            ("gmail.com", Record::Txt("v=spf1 +all".to_owned())),
        ])
        .await;
        let data = tempfile::tempdir().unwrap();
        let serving = Serving::start(data.path(), dns.address()).await;
        let casey = serving.enrol("casey@gmail.com").await;
        Self {
            serving,
            casey,
            arlo,
            provider,
            dns,
            _data: data,
        }
    }

    /// Whether this mail to the shared address ends a login of casey's.
    async fn ends_a_login(&self, path: &str, mail: &str) -> bool {
        let staged = self
            .serving
            .relay
            .prestage(
                &self.casey.account,
                Shown {
                    token: &self.casey.token,
                    network: None,
                },
            )
            .await
            .unwrap();
        let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(self.serving.smtp.ip().to_string())
            .port(self.serving.smtp.port())
            .build();
        let envelope = Envelope::new(Some(path.parse().unwrap()), vec!["arlo@relay.example".parse().unwrap()]).unwrap();
        let sent = tokio::time::timeout(Duration::from_secs(60), transport.send_raw(&envelope, mail.as_bytes())).await;
        assert!(sent.unwrap().unwrap().is_positive());
        // The mail was taken in before it was acknowledged.
        let state = self.serving.relay.poll(&staged.poll_key).await.unwrap().state;
        self.serving.relay.cancel(&staged.poll_key).await.unwrap();
        matches!(state, RequestState::Complete(code) if code.expose() == "467266")
    }
}

fn mail(from: &str, to: &str, body: &str, second: i64) -> String {
    let date = Timestamp::from_second(SystemClock.now().as_second() - second).unwrap();
    format!(
        "From: {from}\r\nTo: {to}\r\nSubject: Your code\r\nDate: {}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n{body}\r\n",
        date.strftime("%a, %d %b %Y %H:%M:%S +0000")
    )
}

const ARLO: &str = "Arlo <do_not_reply@arlo.com>";
const BODY: &str = "Your one-time authentication code is:\r\n\r\n467266";
const FORWARDED: &str = "---------- Forwarded message ---------\r\nFrom: Arlo <do_not_reply@arlo.com>\r\n\
    Date: Fri, 15 Jan 2027 at 08:00\r\nSubject: Your code\r\nTo: <casey@gmail.com>\r\n\r\nYour code is:\r\n\r\n467266";
const FIELDS: [&str; 4] = ["From", "To", "Subject", "Date"];

#[tokio::test(flavor = "multi_thread")]
async fn what_the_account_has_forwarded_ends_its_login() {
    let world = World::start().await;
    let arlo = world.arlo.signer_of("arlo.com", &FIELDS);
    let gmail = world.provider.signer_of("gmail.com", &FIELDS);
    // Gmail's automatic forward keeps what Arlo signed, and adds above it.
    let automatic = "X-Forwarded-To: arlo@relay.example\r\nX-Forwarded-For: casey@gmail.com arlo@relay.example\r\n\
        Delivered-To: casey@gmail.com\r\n"
        .to_owned()
        + &signed(&arlo, &mail(ARLO, "casey@gmail.com", BODY, 0));
    assert!(
        world
            .ends_a_login("casey+caf_=arlo=relay.example@gmail.com", &automatic)
            .await
    );
    assert_eq!(world.dns.asked(), ["test._domainkey.arlo.com"]);
    let by_hand = signed(
        &gmail,
        &mail("Casey <casey@gmail.com>", "arlo@relay.example", FORWARDED, 1),
    );
    assert!(world.ends_a_login("casey@gmail.com", &by_hand).await);
    // The same again ends nothing.
    assert!(
        !world
            .ends_a_login("casey@gmail.com", &automatic.replace("X-Forwarded-To", "X-Other"))
            .await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_anybody_else_sends_ends_no_login() {
    let world = World::start().await;
    let arlo = world.arlo.signer_of("arlo.com", &FIELDS);
    let gmail = world.provider.signer_of("gmail.com", &FIELDS);
    let to_mallory = signed(&arlo, &mail(ARLO, "mallory@gmail.com", BODY, 0));
    for (path, mail) in [
        ("x@evil.example", to_mallory.clone()),
        ("casey+caf_=x=y@gmail.com", to_mallory.clone()),
        (
            "x@evil.example",
            format!("X-Forwarded-For: casey@gmail.com\r\n{to_mallory}"),
        ),
        (
            "x@evil.example",
            format!("Delivered-To: casey@gmail.com\r\n{to_mallory}"),
        ),
        ("x@evil.example", format!("To: casey@gmail.com\r\n{to_mallory}")),
        ("x@evil.example", to_mallory.replace("To: mallory", "To: casey")),
        // This machine's own mail server may send for casey; who sent it the mail, nobody knows.
        ("casey@gmail.com", mail(ARLO, "casey@gmail.com", BODY, 0)),
        (
            "x@evil.example",
            signed(&gmail, &mail(ARLO, "casey@gmail.com", BODY, 0)),
        ),
        (
            "mallory@gmail.com",
            signed(&gmail, &mail("mallory@gmail.com", "casey@gmail.com", FORWARDED, 0)),
        ),
    ] {
        assert!(!world.ends_a_login(path, &mail).await, "{path} {mail}");
    }
    // And the account's own mail ends its login all the same.
    let own = signed(&arlo, &mail(ARLO, "casey@gmail.com", BODY, 0));
    assert!(world.ends_a_login("bounces@arlo.com", &own).await);
}

/// As deep as the size that the address takes allows.
#[tokio::test(flavor = "multi_thread")]
async fn messages_in_messages_end_nothing_and_nobody() {
    let world = World::start().await;
    let nested = mail(
        ARLO,
        "casey@gmail.com",
        &"Content-Type: message/rfc822\r\n\r\n".repeat(7_000),
        0,
    )
    .replace("Content-Type: text/plain", "Content-Type: message/rfc822");
    let nested = signed(&world.arlo.signer_of("arlo.com", &FIELDS), &nested);
    assert!(!world.ends_a_login("x@evil.example", &nested).await);
    let own = signed(
        &world.arlo.signer_of("arlo.com", &FIELDS),
        &mail(ARLO, "casey@gmail.com", BODY, 0),
    );
    assert!(world.ends_a_login("bounces@arlo.com", &own).await);
}
