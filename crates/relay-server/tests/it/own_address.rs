//! An enrolment's own relay address, by SMTP.

use arlo_mail::Account;
use jiff::SignedDuration;
use relay::ports::Clock as _;
use relay::{Credentials, MailEvent, NewEnrolment, RelayLocalPart, RequestState, Shown, Staged, SystemClock};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::dns::{Dns, Record};
use crate::serving::Serving;
use crate::signed::{Key, signed};
use crate::smtp_support::Client;

/// One character of it is another.
fn forged(address: &RelayLocalPart, place: usize) -> String {
    let other = |c| if c == 'a' { 'b' } else { 'a' };
    let chars = address.expose().chars().enumerate();
    chars.map(|(at, c)| if at == place { other(c) } else { c }).collect()
}

/// Who sends there learns nothing about an enrolment.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_taken_is_refused_in_the_same_words() {
    let data = tempfile::tempdir().unwrap();
    let serving = Serving::start(data.path(), "127.0.0.1:9".parse().unwrap()).await;
    let enroller = serving.relay.enroller();
    let [good, revoked, suspended, replaced] = [
        serving.enrol("casey@example.org").await,
        serving.enrol("casey@example.org").await,
        serving.enrol("robin@example.org").await,
        serving.enrol("alex@example.org").await,
    ];
    let (new, _) = enroller
        .replace_address(&replaced.id, SignedDuration::ZERO)
        .await
        .unwrap();
    enroller.revoke(&revoked.id).await.unwrap();
    enroller.suspend(&suspended.id).await.unwrap();

    let mut client = Client::new(TcpStream::connect(serving.smtp).await.unwrap());
    client.expect("220").await;
    client.ask("EHLO mail.example.net", "250").await;
    client.ask("MAIL FROM:<casey@example.org>", "250").await;
    let mut refusals = Vec::new();
    for local_part in [
        forged(&good.local_part, 0),
        forged(&good.local_part, 17),
        forged(&good.local_part, 31),
        revoked.local_part.expose().to_owned(),
        suspended.local_part.expose().to_owned(),
        replaced.local_part.expose().to_owned(),
        "nobody".to_owned(),
    ] {
        refusals.push(
            client
                .ask(&format!("RCPT TO:<{local_part}@relay.example>"), "550 5.1.1")
                .await,
        );
    }
    assert!(refusals.windows(2).all(|two| two[0] == two[1]), "{refusals:?}");
    for taken in [good.local_part.expose().to_uppercase(), new.expose().to_owned()] {
        client
            .ask(&format!("RCPT TO:<{taken}@relay.example>"), "250 2.1.5")
            .await;
    }
}

/// Casey's enrolment, which asks for Arlo's signature.
struct Strict {
    serving: Serving,
    casey: Credentials,
    arlo: Key,
    dns: Dns,
    _data: tempfile::TempDir,
}

impl Strict {
    async fn start(key: impl FnOnce(&Key) -> Record) -> Self {
        let arlo = Key::generate();
        let dns = Dns::start(vec![("test._domainkey.arlo.com", key(&arlo))]).await;
        let data = tempfile::tempdir().unwrap();
        let serving = Serving::start(data.path(), dns.address()).await;
        let account = Account::parse("casey@example.org").unwrap();
        let new = NewEnrolment {
            require_dkim: true,
            ..NewEnrolment::for_account(&account)
        };
        let casey = serving.relay.enroller().enrol(new).await.unwrap();
        Self {
            serving,
            casey,
            arlo,
            dns,
            _data: data,
        }
    }

    fn mail(&self, code: &str) -> String {
        let date = SystemClock.now().strftime("%a, %d %b %Y %H:%M:%S +0000");
        format!(
            "From: Arlo <do_not_reply@arlo.com>\r\nTo: casey@example.org\r\nSubject: Your code\r\nDate: {date}\r\n\r\n\
             Your code is:\r\n\r\n{code}\r\n"
        )
    }

    fn signed(&self, code: &str) -> String {
        let signer = self.arlo.signer_of("arlo.com", &["From", "To", "Subject", "Date"]);
        signed(&signer, &self.mail(code))
    }

    async fn staged(&self) -> Staged {
        let shown = Shown {
            token: &self.casey.token,
            network: None,
        };
        self.serving.relay.prestage(&self.casey.account, shown).await.unwrap()
    }

    async fn state(&self, staged: &Staged) -> RequestState {
        self.serving.relay.poll(&staged.poll_key).await.unwrap().state
    }

    /// Delivers a mail, which is answered so.
    async fn deliver(&self, mail: &str, answer: &str) {
        let mut client = Client::new(TcpStream::connect(self.serving.smtp).await.unwrap());
        client.expect("220").await;
        client.ask("EHLO mail.example.net", "250").await;
        client.ask("MAIL FROM:<somebody@example.net>", "250").await;
        let to = format!("RCPT TO:<{}@relay.example>", self.casey.local_part.expose());
        client.ask(&to, "250").await;
        client.ask("DATA", "354").await;
        client.send(mail).await;
        client.ask(".", answer).await;
    }

    /// Hands a mail in with the token, and returns the answer.
    async fn hand_in(&self, mail: &str) -> String {
        let mut stream = TcpStream::connect(self.serving.http).await.unwrap();
        let head = format!(
            "POST /mail HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: message/rfc822\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            self.serving.http,
            self.casey.token.expose(),
            mail.len()
        );
        stream.write_all((head + mail).as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn counted(&self) -> Vec<(MailEvent, u64)> {
        let status = self.serving.relay.enroller().status_of(&self.casey.id).await.unwrap();
        status.mail.iter().map(|tally| (tally.event, tally.count)).collect()
    }
}

fn is(state: RequestState, expected: &str) -> bool {
    matches!(state, RequestState::Complete(code) if code.expose() == expected)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolment_that_asks_for_arlos_signature_takes_only_what_has_it() {
    let strict = Strict::start(Key::published).await;
    let first = strict.staged().await;
    strict.deliver(&strict.mail("111111"), "250").await;
    let answer = strict.hand_in(&strict.mail("111111")).await;
    assert!(answer.contains("not-signed"), "{answer}");
    assert_eq!(strict.counted().await, [(MailEvent::NotSigned, 2)]);
    // A mail without a signature costs no look-up.
    assert!(strict.dns.asked().is_empty());
    assert!(matches!(strict.state(&first).await, RequestState::Pending));

    strict.deliver(&strict.signed("222222"), "250").await;
    assert!(is(strict.state(&first).await, "222222"));
    let second = strict.staged().await;
    let answer = strict.hand_in(&strict.signed("333333")).await;
    assert!(answer.contains("code-delivered"), "{answer}");
    assert!(is(strict.state(&second).await, "333333"));
    // As Postfix gives it to a program.
    let third = strict.staged().await;
    let piped = format!(
        "From casey@example.org  Fri Nov 27 08:00:00 2026\n{}",
        strict.signed("444444").replace('\r', "")
    );
    let answer = strict.hand_in(&piped).await;
    assert!(answer.contains("code-delivered"), "{answer}");
    assert!(is(strict.state(&third).await, "444444"));
    let asked = strict.dns.asked();
    assert!(asked.iter().all(|name| name == "test._domainkey.arlo.com"), "{asked:?}");
}

/// A name server that fails is no reason to lose a code.
#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_cannot_be_checked_now_puts_the_mail_off() {
    let strict = Strict::start(|_| Record::Fails).await;
    let waiting = strict.staged().await;
    strict.deliver(&strict.signed("222222"), "451").await;
    let answer = strict.hand_in(&strict.signed("222222")).await;
    assert!(!answer.contains("not-signed"), "{answer}");
    assert!(matches!(strict.state(&waiting).await, RequestState::Pending));
    assert_eq!(strict.counted().await, []);
}
