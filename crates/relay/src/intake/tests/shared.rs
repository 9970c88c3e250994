//! What else is true of the address that all enrolments share.

use super::*;

#[tokio::test]
async fn a_mail_that_names_two_accounts_goes_to_each_of_them() {
    let setup = Setup::new().await;
    let robin = enrol(&setup.relay, "robin@example.org", None).await;
    let waiting = setup.relay.prestage(&robin.account, shown(&robin.token)).await.unwrap();
    let both = TestMail {
        to: "casey@gmail.com, robin@example.org",
        more: ARLO_SIGNED,
        ..code_mail("467266")
    };
    let receipt = setup.to_shared_address(&both, &dkim("arlo.com")).await;
    assert_eq!(receipt.request, Some(waiting.request_id));
}

#[tokio::test]
async fn an_enrolment_may_stay_out_of_the_shared_address() {
    let (settings, _) = settings();
    let relay = Relay::new(settings, MemoryStore::default());
    let account = Account::parse("casey@gmail.com").unwrap();
    let new = NewEnrolment {
        own_address_only: true,
        ..NewEnrolment::for_account(&account)
    };
    let casey = relay.enroller().enrol(new).await.unwrap();
    let staged = relay.prestage(&casey.account, shown(&casey.token)).await.unwrap();
    let raw = Bytes::from(format!(
        "{ARLO_SIGNED}From: do_not_reply@arlo.com\r\nTo: casey@gmail.com\r\nDate: Fri, 15 Jan 2027 08:00:00 +0000\r\n\
         Subject: Your code\r\n\r\nYour code is:\r\n\r\n467266\r\n"
    ));
    for (address, expected) in [
        ("arlo@relay.example".to_owned(), None),
        (
            relay.enroller().relay_address(&casey.local_part),
            Some(staged.request_id),
        ),
    ] {
        let delivery = Delivery {
            reverse_path: None,
            client: None,
            raw: &raw,
        };
        let receipt = receive(&relay, &address, delivery, &dkim("arlo.com")).await;
        assert_eq!(receipt.request, expected);
    }
}

/// A mail of 256 KiB is taken by SMTP, and mail servers put their lines before that.
#[tokio::test]
async fn what_is_too_long_for_the_shared_address_proves_nothing() {
    let longest = (256 + 8) * 1024;
    let long = |bytes: usize| TestMail {
        more: ARLO_SIGNED,
        body: code_mail("467266").body + &format!("{}\r\n", "x".repeat(76)).repeat(bytes / 78),
        ..code_mail("")
    };
    let mut mail = long(longest - 2048);
    let rest = longest - Setup::new().await.raw(&mail).len();
    mail.body += &"x\n".repeat(rest / 2);
    mail.body += &"\n".repeat(rest % 2);
    assert!(ends_a_login(&mail, &dkim("arlo.com")).await);
    mail.body += "\n";
    assert!(!ends_a_login(&mail, &dkim("arlo.com")).await);
}

#[tokio::test]
async fn the_store_is_not_asked_before_something_is_proven() {
    let setup = Setup::new().await;
    for (to, more, path) in [
        ("casey@gmail.com", ARLO_SIGNED, None),
        ("nobody@gmail.com", ARLO_SIGNED, None),
        ("casey@gmail.com", "", Some("casey@gmail.com")),
        ("nobody@gmail.com", "", Some("nobody@gmail.com")),
    ] {
        let mail = TestMail {
            to,
            more,
            reverse_path: path,
            ..code_mail("467266")
        };
        let before = setup.relay.store().asked();
        let receipt = setup.to_shared_address(&mail, &nothing()).await;
        assert_eq!((receipt.event, receipt.enrolment), (None, None));
        assert_eq!(setup.relay.store().asked(), before, "{to} {more}");
    }
}

#[tokio::test]
async fn a_signed_mail_that_names_nobody_here_is_nobodys() {
    let setup = Setup::new().await;
    let staged = setup.prestage().await;
    let stranger = TestMail {
        to: "robin@example.org",
        more: ARLO_SIGNED,
        ..code_mail("467266")
    };
    let receipt = setup.to_shared_address(&stranger, &dkim("arlo.com")).await;
    assert_eq!((receipt.event, receipt.enrolment), (None, None));
    assert_eq!(setup.state(&staged).await, RequestState::Pending);
}
