//! The table of section "which mail may give a code": each way, each refusal, over the memory store.

use std::sync::Arc;

use super::*;
use crate::enrolment::Credentials;
use crate::ports::Clock;
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
    FixedVerdicts(Verdicts {
        dkim: vec![domain.to_owned()],
        spf: None,
    })
}

fn spf(domain: &str) -> FixedVerdicts {
    FixedVerdicts(Verdicts {
        dkim: vec![],
        spf: Some(domain.to_owned()),
    })
}

fn nothing() -> FixedVerdicts {
    FixedVerdicts::default()
}

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
            raw: &self.raw(letter),
        };
        self.relay.receive(delivery, verdicts).await.unwrap()
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

#[tokio::test]
async fn the_secret_address_needs_no_proof() {
    let house = House::new().await;
    let staged = house.prestage().await;
    let receipt = house.secretly(&letter("012345")).await;
    assert_eq!(receipt.event, Some(MailEvent::CodeDelivered));
    assert_eq!(receipt.request, Some(staged.request_id));
    assert_eq!(house.state(&staged).await, complete("012345"));
}

#[tokio::test]
async fn the_shared_address_needs_a_proof() {
    let caf = Some("casey+caf_=arlo=relay.example@gmail.com");
    let delivered = "Delivered-To: ca.sey+arlo@gmail.com\r\n";
    let forwarded = "X-Forwarded-For: casey@gmail.com arlo@relay.example\r\n";
    let hidden = "hidden@privaterelay.appleid.example";
    for (to, more, reverse_path, verdicts, taken) in [
        ("casey@gmail.com", "", None, dkim("arlo.com"), true),
        (hidden, delivered, None, dkim("arlo.com"), true),
        (hidden, forwarded, None, dkim("arlo.com"), true),
        (hidden, "", caf, dkim("arlo.com"), true),
        ("casey@gmail.com", "", caf, spf("gmail.com"), true),
        ("casey@gmail.com", "", None, dkim("gmail.com"), true),
        // Nothing proven, another's signature, another's provider, another customer of the same provider.
        ("casey@gmail.com", "", caf, nothing(), false),
        ("casey@gmail.com", "", None, dkim("arlo.com.evil.example"), false),
        (
            "casey@gmail.com",
            "",
            Some("casey@evil.example"),
            spf("evil.example"),
            false,
        ),
        (
            "casey@gmail.com",
            "",
            Some("mallory+caf_=arlo=relay.example@gmail.com"),
            spf("gmail.com"),
            false,
        ),
    ] {
        let house = House::new().await;
        let staged = house.prestage().await;
        let letter = Letter {
            to,
            more,
            reverse_path,
            ..letter("467266")
        };
        let receipt = house.shared(&letter, &verdicts).await;
        let expected = if taken {
            MailEvent::CodeDelivered
        } else {
            MailEvent::NotAuthenticated
        };
        assert_eq!(
            receipt.event,
            Some(expected),
            "{to} {more} {reverse_path:?} {verdicts:?}"
        );
        assert_eq!(house.state(&staged).await == complete("467266"), taken);
        let (_, status) = house
            .relay
            .status(&house.casey.account, &house.casey.token)
            .await
            .unwrap();
        assert_eq!(
            status.mail.iter().map(|t| (t.event, t.count)).collect::<Vec<_>>(),
            [(expected, 1)]
        );
    }
}

#[tokio::test]
async fn a_signed_mail_that_names_nobody_here_is_nobodys() {
    let house = House::new().await;
    let staged = house.prestage().await;
    let stranger = Letter {
        to: "robin@example.org",
        ..letter("467266")
    };
    let receipt = house.shared(&stranger, &dkim("arlo.com")).await;
    assert_eq!((receipt.event, receipt.account), (None, None));
    assert_eq!(house.state(&staged).await, State::Pending);
}

#[tokio::test]
async fn only_arlo_gives_codes() {
    let house = House::new().await;
    let staged = house.prestage().await;
    for (id, from) in [
        "alerts@arlo.com",
        "do_not_reply@arlo.com.evil.example",
        "\"do_not_reply@arlo.com\" <x@evil.example>",
        "do_not_reply@arlo.com, x@evil.example",
    ]
    .into_iter()
    .enumerate()
    {
        let receipt = house
            .secretly(&Letter {
                from,
                id: u32::try_from(id).unwrap(),
                ..letter("467266")
            })
            .await;
        assert_eq!(receipt.event, Some(MailEvent::NotFromArlo), "{from}");
    }
    assert_eq!(house.state(&staged).await, State::Pending);
}

#[tokio::test]
async fn a_sender_of_the_enrolment_counts_for_it_alone() {
    let (settings, _) = settings();
    let relay = Relay::new(settings, MemoryStore::default());
    let hidden = Account::parse("arlo_x1@icloud.example").unwrap();
    let casey = relay
        .enrol(&Account::parse("casey@gmail.com").unwrap(), Some(hidden))
        .await
        .unwrap();
    let robin = relay
        .enrol(&Account::parse("robin@example.org").unwrap(), None)
        .await
        .unwrap();
    let raw =
        b"From: arlo_x1@icloud.example\r\nTo: casey@gmail.com\r\nSubject: Your code\r\n\r\nYour code is:\r\n467266\r\n";
    for (member, expected) in [(&casey, MailEvent::NothingWaiting), (&robin, MailEvent::NotFromArlo)] {
        let recipient = Recipient::new(&relay.relay_address(&member.mailbox));
        let delivery = Delivery {
            recipient: &recipient,
            reverse_path: None,
            raw,
        };
        assert_eq!(relay.receive(delivery, &nothing()).await.unwrap().event, Some(expected));
    }
}

#[tokio::test]
async fn what_the_account_forwards_by_hand_counts_by_its_own_way() {
    let inline = |from| {
        Letter {
        from,
        to: "arlo@relay.example",
        body: "---------- Forwarded message ---------\r\nFrom: Arlo <do_not_reply@arlo.com>\r\nDate: Fri, 15 Jan 2027 at 08:00\r\n\
               Subject: Your one-time authentication code from Arlo\r\nTo: <casey@gmail.com>\r\n\r\n467266\r\n"
            .to_owned(),
        ..letter("")
    }
    };
    let own = inline("Casey <casey@gmail.com>");
    let anothers = inline("Mallory <mallory@gmail.com>");
    for (secret, letter, verdicts, expected) in [
        (true, &own, nothing(), Some(MailEvent::CodeDelivered)),
        (true, &anothers, nothing(), Some(MailEvent::ForwardedByAnother)),
        (false, &own, dkim("gmail.com"), Some(MailEvent::CodeDelivered)),
        (false, &own, nothing(), Some(MailEvent::NotAuthenticated)),
        // Arlo's signature on another's mail proves nothing about the forwarder.
        (false, &own, dkim("arlo.com"), Some(MailEvent::NotAuthenticated)),
        (false, &anothers, dkim("gmail.com"), None),
    ] {
        let house = House::new().await;
        let staged = house.prestage().await;
        let receipt = if secret {
            house.secretly(letter).await
        } else {
            house.shared(letter, &verdicts).await
        };
        assert_eq!(receipt.event, expected, "secret address {secret}, {verdicts:?}");
        let taken = expected == Some(MailEvent::CodeDelivered);
        assert_eq!(house.state(&staged).await == complete("467266"), taken);
    }
}

#[tokio::test]
async fn two_logins_at_once_each_get_their_own_code() {
    let house = House::new().await;
    let first = house.prestage().await;
    house.clock.advance(SignedDuration::from_secs(2));
    let second = house.prestage().await;
    house.secretly(&letter("111111")).await;
    house
        .secretly(&Letter {
            id: 2,
            ..letter("222222")
        })
        .await;
    assert_eq!(house.state(&first).await, complete("111111"));
    assert_eq!(house.state(&second).await, complete("222222"));
}

#[tokio::test]
async fn a_second_copy_ends_nothing() {
    let house = House::new().await;
    let first = house.prestage().await;
    let second = house.prestage().await;
    house.secretly(&letter("111111")).await;
    // The copy took another road: other headers, the other address.
    let copy = Letter {
        more: "Received: from elsewhere\r\nX-Forwarded-To: x@y.example\r\n",
        ..letter("111111")
    };
    assert_eq!(house.secretly(&copy).await.event, Some(MailEvent::Duplicate));
    assert_eq!(
        house.shared(&copy, &dkim("arlo.com")).await.event,
        Some(MailEvent::Duplicate)
    );
    let states = [house.state(&first).await, house.state(&second).await];
    assert_eq!(states.iter().filter(|s| **s == complete("111111")).count(), 1);
    assert_eq!(states.iter().filter(|s| **s == State::Pending).count(), 1);
}

#[tokio::test]
async fn a_mail_from_before_the_login_ends_nothing() {
    let house = House::new().await;
    house.clock.advance(SignedDuration::from_secs(600));
    let staged = house.prestage().await;
    let stale = Letter {
        age: 61,
        ..letter("111111")
    };
    assert_eq!(house.secretly(&stale).await.event, Some(MailEvent::NothingWaiting));
    assert_eq!(house.state(&staged).await, State::Pending);
    let skewed = Letter {
        age: 60,
        id: 2,
        ..letter("222222")
    };
    assert_eq!(house.secretly(&skewed).await.event, Some(MailEvent::CodeDelivered));
}

#[tokio::test]
async fn an_expired_login_gets_nothing_and_reads_nothing() {
    let house = House::new().await;
    let staged = house.prestage().await;
    house.clock.advance(SignedDuration::from_secs(300));
    assert_eq!(
        house.secretly(&letter("111111")).await.event,
        Some(MailEvent::NothingWaiting)
    );
    assert!(matches!(house.relay.poll(&staged.poll_key).await, Err(Refusal::Gone)));
}

#[tokio::test]
async fn two_codes_in_one_mail_end_the_login_without_a_guess() {
    let house = House::new().await;
    let staged = house.prestage().await;
    let double = Letter {
        body: "111111\r\n\r\n222222\r\n".to_owned(),
        ..letter("")
    };
    assert_eq!(house.secretly(&double).await.event, Some(MailEvent::ConflictingCodes));
    assert_eq!(house.state(&staged).await, State::Error(Fault::ConflictingCodes));
}

#[tokio::test]
async fn what_is_no_code_goes_to_the_operator_and_leaves_the_login_alone() {
    let house = House::new().await;
    let staged = house.prestage().await;
    let order = Letter {
        from: "shop@example.org",
        body: "Thank you for order 482913".to_owned(),
        ..letter("")
    };
    house.secretly(&order).await;
    let question = "From: Gmail Team <forwarding-noreply@google.com>\r\nTo: x@relay.example\r\n\
         Subject: (#123456789) Gmail Forwarding Confirmation - Receive Mail from casey@gmail.com\r\nMessage-ID: <9@google.com>\r\n\r\n\
         casey@gmail.com has requested to automatically forward mail to your email address x@relay.example.\r\n\
         Confirmation code: 123456789\r\n\r\nhttps://mail-settings.google.com/mail/vf-%5Babc%5D-def\r\n";
    let recipient = Recipient::new(&house.relay.relay_address(&house.casey.mailbox));
    let delivery = Delivery {
        recipient: &recipient,
        reverse_path: None,
        raw: question.as_bytes(),
    };
    let receipt = house.relay.receive(delivery, &nothing()).await.unwrap();
    assert_eq!(receipt.event, Some(MailEvent::ForwardingConfirmation));
    let about: Vec<_> = house
        .relay
        .store()
        .forwarded()
        .into_iter()
        .map(|(_, about)| about)
        .collect();
    assert_eq!(about, [ForwardReason::NoCode, ForwardReason::ForwardingConfirmation]);
    let (_, status) = house
        .relay
        .status(&house.casey.account, &house.casey.token)
        .await
        .unwrap();
    let kept = status.confirmation.unwrap();
    assert_eq!(kept.code.as_deref(), Some("123456789"));
    assert!(
        kept.link
            .unwrap()
            .starts_with("https://mail-settings.google.com/mail/vf-")
    );
    assert_eq!(house.state(&staged).await, State::Pending);
    // To the shared address the same question needs Google's signature to become anyone's status.
    let shared = Recipient::new("arlo@relay.example");
    let delivery = Delivery {
        recipient: &shared,
        ..delivery
    };
    assert_eq!(house.relay.receive(delivery, &nothing()).await.unwrap().account, None);
    let receipt = house.relay.receive(delivery, &dkim("google.com")).await.unwrap();
    assert_eq!(receipt.event, Some(MailEvent::ForwardingConfirmation));
}

#[tokio::test]
async fn a_code_without_a_mail_needs_the_token_and_a_waiting_login() {
    let house = House::new().await;
    let code = || Code::parse("482913").unwrap();
    let (account, token) = (&house.casey.account, &house.casey.token);
    assert!(matches!(
        house.relay.add_code(account, token, code()).await,
        Err(Refusal::Gone)
    ));
    let staged = house.relay.clear(account, token).await.unwrap();
    let stranger = AccessToken::generate(house.relay.random()).unwrap();
    assert!(matches!(
        house.relay.add_code(account, &stranger, code()).await,
        Err(Refusal::Denied)
    ));
    assert_eq!(
        house.relay.add_code(account, token, code()).await.unwrap(),
        staged.request_id
    );
    let state = house
        .relay
        .rest_api_state(account, token)
        .await
        .unwrap()
        .map(|r| r.state);
    assert_eq!(state, Some(complete("482913")));
}

#[tokio::test]
async fn only_addresses_of_this_relay_are_accepted() {
    let house = House::new().await;
    let secret = house.casey.mailbox.expose().to_owned();
    for (address, expected) in [
        (format!("{secret}@relay.example"), Acceptance::Accepted),
        (format!("{}@RELAY.example", secret.to_uppercase()), Acceptance::Accepted),
        ("arlo@relay.example".to_owned(), Acceptance::Accepted),
        ("postmaster@relay.example".to_owned(), Acceptance::Accepted),
        ("postmaster".to_owned(), Acceptance::Accepted),
        ("a".repeat(32) + "@relay.example", Acceptance::UnknownMailbox),
        ("casey@relay.example".to_owned(), Acceptance::UnknownMailbox),
        (
            format!("{secret}%other.example@relay.example"),
            Acceptance::UnknownMailbox,
        ),
        (format!("{secret}@other.example"), Acceptance::NotOurDomain),
        ("casey@gmail.com".to_owned(), Acceptance::NotOurDomain),
    ] {
        let recipient = Recipient::new(&address);
        assert_eq!(house.relay.accepts(&recipient).await.unwrap(), expected, "{address}");
    }
}

#[tokio::test]
async fn a_token_opens_its_own_account_alone() {
    let house = House::new().await;
    let robin = house
        .relay
        .enrol(&Account::parse("robin@example.org").unwrap(), None)
        .await
        .unwrap();
    assert!(matches!(
        house.relay.prestage(&house.casey.account, &robin.token).await,
        Err(Refusal::Denied)
    ));
    assert!(matches!(
        house.relay.status(&robin.account, &house.casey.token).await,
        Err(Refusal::Denied)
    ));
    let rotated = house.relay.rotate(&robin.account).await.unwrap();
    assert_eq!(rotated.mailbox, robin.mailbox);
    assert!(matches!(
        house.relay.prestage(&robin.account, &robin.token).await,
        Err(Refusal::Denied)
    ));
    house.relay.prestage(&robin.account, &rotated.token).await.unwrap();
    house.relay.revoke(&robin.account).await.unwrap();
    assert!(matches!(
        house.relay.prestage(&robin.account, &rotated.token).await,
        Err(Refusal::Denied)
    ));
    assert!(matches!(
        house.relay.rotate(&robin.account).await,
        Err(Refusal::NotEnrolled)
    ));
}
