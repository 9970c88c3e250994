//! Mails to a relay over the memory store.

mod addresses;
mod copies;
mod forwarded;
mod logins;
mod mailbox;
mod notices;
mod operator;
mod proofs;
mod shared;
mod signed;

use std::sync::Arc;

use arlo_mail::{Account, Code, Sender};
use bytes::Bytes;
use jiff::SignedDuration;

use super::*;
use crate::enroller::NewEnrolment;
use crate::enrolment::Credentials;
use crate::error::Refusal;
use crate::identity::AccessToken;
use crate::mail_event::MailEvent;
use crate::origin::Recipient;
use crate::ports::{Clock, ForwardReason, Inline};
use crate::relay::{Relay, Shown, Staged};
use crate::request::{Fault, RequestState};
use crate::testing::{FixedClock, FixedVerdicts, MemoryStore, settings};

fn shown(token: &AccessToken) -> Shown<'_> {
    Shown { token, network: None }
}

/// An enrolment that the operator makes.
async fn enrol(relay: &Relay<MemoryStore>, account: &str, sender: Option<Sender>) -> Credentials {
    let account = Account::parse(account).unwrap();
    let new = NewEnrolment {
        sender,
        ..NewEnrolment::for_account(&account)
    };
    relay.enroller().enrol(new).await.unwrap()
}

async fn receive(
    relay: &Relay<MemoryStore>,
    address: &str,
    delivery: Delivery<'_>,
    verdicts: &FixedVerdicts,
) -> Receipt {
    match relay.look_up(&Recipient::new(address)).await.unwrap() {
        Some(addressee) => relay.receive(addressee, delivery, verdicts, &Inline).await.unwrap(),
        None => Receipt::NOBODY,
    }
}

struct Setup {
    relay: Relay<MemoryStore>,
    clock: Arc<FixedClock>,
    casey: Credentials,
}

/// One mail in the making.
#[derive(Clone)]
struct TestMail {
    from: &'static str,
    to: &'static str,
    reverse_path: Option<&'static str>,
    more: &'static str,
    id: u32,
    age: i64,
    body: String,
}

fn code_mail(code: &str) -> TestMail {
    TestMail {
        from: "Arlo <do_not_reply@arlo.com>",
        to: "casey@gmail.com",
        reverse_path: None,
        more: "",
        id: 1,
        age: 0,
        body: format!("Your one-time authentication code is:\r\n\r\n{code}\r\n"),
    }
}

fn dkim(domain: &str) -> FixedVerdicts {
    FixedVerdicts {
        dkim: vec![domain.to_owned()],
        spf: false,
    }
}

fn spf() -> FixedVerdicts {
    FixedVerdicts {
        dkim: vec![],
        spf: true,
    }
}

fn nothing() -> FixedVerdicts {
    FixedVerdicts::default()
}

/// A signature of Arlo's that covers what it has to.
const ARLO_SIGNED: &str =
    "DKIM-Signature: v=1; a=rsa-sha256; d=arlo.com; s=x; h=From:To:Subject:Date; bh=aGFzaA==; b=c2ln\r\n";

impl Setup {
    async fn new() -> Self {
        let (settings, clock) = settings();
        let relay = Relay::new(settings, MemoryStore::default());
        let casey = enrol(&relay, "casey@gmail.com", None).await;
        Self { relay, clock, casey }
    }

    async fn prestage(&self) -> Staged {
        self.relay
            .prestage(&self.casey.account, shown(&self.casey.token))
            .await
            .unwrap()
    }

    async fn state(&self, staged: &Staged) -> RequestState {
        self.relay.poll(&staged.poll_key).await.unwrap().state
    }

    fn raw(&self, mail: &TestMail) -> Vec<u8> {
        let date = self
            .clock
            .now()
            .saturating_sub(SignedDuration::from_secs(mail.age))
            .unwrap();
        let date = date.strftime("%a, %d %b %Y %H:%M:%S +0000");
        format!(
            "From: {}\r\nTo: {}\r\nSubject: Your one-time authentication code from Arlo\r\nDate: {date}\r\n\
             Message-ID: <{}@arlo.com>\r\n{}\r\n{}",
            mail.from, mail.to, mail.id, mail.more, mail.body
        )
        .into_bytes()
    }

    async fn deliver_to(&self, address: &str, mail: &TestMail, verdicts: &FixedVerdicts) -> Receipt {
        let delivery = Delivery {
            reverse_path: mail.reverse_path,
            client: None,
            raw: &self.raw(mail).into(),
        };
        receive(&self.relay, address, delivery, verdicts).await
    }

    async fn to_own_address(&self, mail: &TestMail) -> Receipt {
        self.deliver_to(
            &self.relay.enroller().relay_address(&self.casey.local_part),
            mail,
            &nothing(),
        )
        .await
    }

    async fn to_shared_address(&self, mail: &TestMail, verdicts: &FixedVerdicts) -> Receipt {
        self.deliver_to("arlo@relay.example", mail, verdicts).await
    }
}

fn complete(code: &str) -> RequestState {
    RequestState::Complete(Code::parse(code).unwrap())
}

/// Tries a mail at the shared address; whether it ended the login. One that does not leaves no trace.
async fn ends_a_login(mail: &TestMail, verdicts: &FixedVerdicts) -> bool {
    let setup = Setup::new().await;
    let staged = setup.prestage().await;
    let receipt = setup.to_shared_address(mail, verdicts).await;
    let (_, status) = setup.relay.status(None, shown(&setup.casey.token)).await.unwrap();
    let counted: Vec<_> = status.mail.iter().map(|t| (t.event, t.count)).collect();
    let ended = setup.state(&staged).await == complete("467266");
    if ended {
        assert_eq!(receipt.request, Some(staged.request_id));
        assert_eq!(counted, [(MailEvent::CodeDelivered, 1)]);
    } else {
        assert_eq!(setup.state(&staged).await, RequestState::Pending);
        assert_eq!((receipt.event, receipt.enrolment), (None, None));
        assert_eq!(counted, []);
    }
    ended
}
