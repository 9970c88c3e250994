//! Mails to a relay over the memory store.

mod logins;
mod notices;
mod ways;

use std::sync::Arc;

use arlo_mail::Sender;

use super::*;
use crate::enrolment::Credentials;
use crate::ports::{Clock, Inline};
use crate::relay::Staged;
use crate::request::State;
use crate::testing::{FixedClock, FixedVerdicts, MemoryStore, settings};

struct House {
    relay: Relay<MemoryStore>,
    clock: Arc<FixedClock>,
    casey: Credentials,
}

/// One mail in the making.
#[derive(Clone)]
struct Letter {
    from: &'static str,
    to: &'static str,
    reverse_path: Option<&'static str>,
    more: &'static str,
    id: u32,
    age: i64,
    body: String,
}

fn letter(code: &str) -> Letter {
    Letter {
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

impl House {
    async fn new() -> Self {
        let (settings, clock) = settings();
        let relay = Relay::new(settings, MemoryStore::default());
        let casey = relay
            .enrol(&Account::parse("casey@gmail.com").unwrap(), None)
            .await
            .unwrap();
        Self { relay, clock, casey }
    }

    async fn prestage(&self) -> Staged {
        self.relay
            .prestage(&self.casey.account, &self.casey.token)
            .await
            .unwrap()
    }

    async fn state(&self, staged: &Staged) -> State {
        self.relay.poll(&staged.poll_key).await.unwrap().state
    }

    fn raw(&self, letter: &Letter) -> Vec<u8> {
        let date = self
            .clock
            .now()
            .saturating_sub(SignedDuration::from_secs(letter.age))
            .unwrap();
        let date = date.strftime("%a, %d %b %Y %H:%M:%S +0000");
        format!(
            "From: {}\r\nTo: {}\r\nSubject: Your one-time authentication code from Arlo\r\nDate: {date}\r\n\
             Message-ID: <{}@arlo.com>\r\n{}\r\n{}",
            letter.from, letter.to, letter.id, letter.more, letter.body
        )
        .into_bytes()
    }

    async fn deliver_to(&self, address: &str, letter: &Letter, verdicts: &FixedVerdicts) -> Receipt {
        let delivery = Delivery {
            recipient: &Recipient::new(address),
            reverse_path: letter.reverse_path,
            client: None,
            raw: &self.raw(letter).into(),
        };
        self.relay.receive(delivery, verdicts, &Inline).await.unwrap()
    }

    async fn secretly(&self, letter: &Letter) -> Receipt {
        self.deliver_to(&self.relay.relay_address(&self.casey.mailbox), letter, &nothing())
            .await
    }

    async fn shared(&self, letter: &Letter, verdicts: &FixedVerdicts) -> Receipt {
        self.deliver_to("arlo@relay.example", letter, verdicts).await
    }
}

fn complete(code: &str) -> State {
    State::Complete(Code::parse(code).unwrap())
}
