//! Enrolments that ask for Arlo's signature.

use super::*;
use crate::claims::{Claims, Verdicts};
use crate::ports::{AuthenticateMail, ManageEnrolments, PortError, RunWork};

/// A relay with an enrolment of Casey's that asks for it.
async fn strict() -> Setup {
    let mut setup = Setup::new().await;
    setup.relay.enroller().revoke(&setup.casey.id).await.unwrap();
    let account = setup.casey.account.clone();
    let new = NewEnrolment {
        require_dkim: true,
        ..NewEnrolment::for_account(&account)
    };
    setup.casey = setup.relay.enroller().enrol(new).await.unwrap();
    setup
}

fn signed_mail(code: &str) -> TestMail {
    TestMail {
        more: ARLO_SIGNED,
        ..code_mail(code)
    }
}

impl Setup {
    /// By SMTP, with the token, and out of the mailbox.
    async fn by_each_way(&self, mail: &TestMail, verdicts: &FixedVerdicts) -> [Receipt; 3] {
        let raw = self.raw(mail).into();
        let own = self.relay.enroller().relay_address(&self.casey.local_part);
        let by_smtp = self.deliver_to(&own, mail, verdicts).await;
        let record = self.relay.authorize_token(shown(&self.casey.token)).await.unwrap();
        let handed_in = self
            .relay
            .receive_for(record, &raw, None, verdicts, &Inline)
            .await
            .unwrap();
        let wanted = self
            .relay
            .wants(&self.casey.account, Some("do_not_reply@arlo.com"), None)
            .await;
        let wanted = wanted.unwrap().unwrap();
        let found = self
            .relay
            .receive_from_mailbox(wanted, &raw, verdicts, &Inline)
            .await
            .unwrap();
        [by_smtp, handed_in, found.receipt.unwrap()]
    }
}

#[tokio::test]
async fn a_mail_that_arlo_did_not_sign_ends_nothing_whatever_way_it_came() {
    let anothers = TestMail {
        to: "robin@example.org",
        ..signed_mail("467266")
    };
    let without_to = TestMail {
        more: "DKIM-Signature: v=1; a=rsa-sha256; d=arlo.com; s=x; h=From:Subject:Date; bh=aGFzaA==; b=c2ln\r\n",
        ..code_mail("467266")
    };
    for (why, mail, verdicts) in [
        ("no signature", code_mail("467266"), dkim("arlo.com")),
        ("a signature that does not verify", signed_mail("467266"), nothing()),
        (
            "a signature of another domain",
            signed_mail("467266"),
            dkim("example.org"),
        ),
        ("a mail to another account", anothers, dkim("arlo.com")),
        ("a signature that leaves To out", without_to, dkim("arlo.com")),
    ] {
        let setup = strict().await;
        let staged = setup.prestage().await;
        for receipt in setup.by_each_way(&mail, &verdicts).await {
            assert_eq!(receipt.event, Some(MailEvent::NotSigned), "{why}");
            assert_eq!(
                (receipt.enrolment, receipt.request),
                (Some(setup.casey.id), None),
                "{why}"
            );
        }
        assert_eq!(setup.state(&staged).await, RequestState::Pending, "{why}");
        let status = setup.relay.enroller().status_of(&setup.casey.id).await.unwrap();
        let counted: Vec<_> = status.mail.iter().map(|tally| (tally.event, tally.count)).collect();
        assert_eq!(counted, [(MailEvent::NotSigned, 3)], "{why}");
    }
}

#[tokio::test]
async fn a_mail_that_arlo_signed_to_the_account_ends_a_login_by_each_way() {
    let setup = strict().await;
    let staged = setup.prestage().await;
    let [by_smtp, handed_in, found] = setup.by_each_way(&signed_mail("467266"), &dkim("arlo.com")).await;
    assert_eq!(by_smtp.request, Some(staged.request_id));
    assert_eq!(setup.state(&staged).await, complete("467266"));
    for copy in [handed_in, found] {
        assert_eq!(copy.event, Some(MailEvent::Duplicate));
    }
}

/// The way of the account proves nothing of who wrote the mail.
#[tokio::test]
async fn at_the_shared_address_a_proof_of_the_way_is_not_enough() {
    let mail = TestMail {
        reverse_path: Some("casey@gmail.com"),
        ..signed_mail("467266")
    };
    let setup = strict().await;
    let staged = setup.prestage().await;
    assert_eq!(setup.to_shared_address(&mail, &spf()).await, Receipt::NOBODY);
    assert_eq!(setup.state(&staged).await, RequestState::Pending);
    let signed = setup.to_shared_address(&mail, &dkim("arlo.com")).await;
    assert_eq!(signed.request, Some(staged.request_id));
}

#[tokio::test]
async fn what_the_account_forwards_by_hand_is_not_arlos_signed_mail() {
    let forwarded = TestMail {
        from: "Casey <casey@gmail.com>",
        body: format!(
            "---------- Forwarded message ---------\r\nFrom: Arlo <do_not_reply@arlo.com>\r\n\
             Subject: Your one-time authentication code from Arlo\r\nTo: casey@gmail.com\r\n\r\n{}",
            code_mail("467266").body
        ),
        ..code_mail("")
    };
    let setup = strict().await;
    setup.prestage().await;
    let receipt = setup.to_own_address(&forwarded).await;
    assert_eq!(receipt.event, Some(MailEvent::NotSigned));
}

#[tokio::test]
async fn what_is_no_code_needs_no_signature() {
    let setup = strict().await;
    let no_code = TestMail {
        body: "See you tomorrow.\r\n".to_owned(),
        ..code_mail("")
    };
    let receipt = setup.to_own_address(&no_code).await;
    assert_eq!(receipt.event, Some(MailEvent::NoCode));
}

/// One of two enrolments of a mailbox asks for it.
#[tokio::test]
async fn an_unsigned_mail_of_a_mailbox_is_for_the_enrolment_that_does_not_ask() {
    let setup = strict().await;
    setup.prestage().await;
    let other = enrol(&setup.relay, "casey@gmail.com", None).await;
    let staged = setup.relay.prestage(&other.account, shown(&other.token)).await.unwrap();
    let raw = setup.raw(&code_mail("467266")).into();
    let find = || {
        setup
            .relay
            .wants(&setup.casey.account, Some("do_not_reply@arlo.com"), None)
    };
    let wanted = find().await.unwrap().unwrap();
    let found = setup
        .relay
        .receive_from_mailbox(wanted, &raw, &nothing(), &Inline)
        .await
        .unwrap();
    assert_eq!(found.receipt.unwrap().request, Some(staged.request_id));
    assert!(found.dispose);

    // Where nobody takes it, it stays in the mailbox.
    setup.relay.store().remove(&other.id).await.unwrap();
    let wanted = find().await.unwrap().unwrap();
    let found = setup
        .relay
        .receive_from_mailbox(wanted, &raw, &nothing(), &Inline)
        .await
        .unwrap();
    assert_eq!(found.receipt.unwrap().event, Some(MailEvent::NotSigned));
    assert!(!found.dispose);
}

/// The relay address is a second factor by mail at Arlo, which then writes to it.
#[tokio::test]
async fn a_mail_that_arlo_signed_to_the_relay_address_itself_ends_a_login() {
    let setup = strict().await;
    let enroller = setup.relay.enroller();
    let other = enrol(&setup.relay, "robin@example.org", None).await;
    let at = |local_part: &str, domain: &str| -> &'static str { format!("<{local_part}@{domain}>").leak() };
    let own = setup.casey.local_part.expose();
    for (to, expected) in [
        (at(own, "relay.example"), true),
        (at(&own.to_uppercase(), "RELAY.example"), true),
        (at(own, "other.example"), false),
        (at(other.local_part.expose(), "relay.example"), false),
        ("arlo@relay.example", false),
    ] {
        let staged = setup.prestage().await;
        let mail = TestMail {
            to,
            ..signed_mail("467266")
        };
        setup
            .deliver_to(
                &enroller.relay_address(&setup.casey.local_part),
                &mail,
                &dkim("arlo.com"),
            )
            .await;
        assert_eq!(setup.state(&staged).await == complete("467266"), expected, "{to}");
        setup.relay.cancel(&staged.poll_key).await.unwrap();
        setup.clock.advance(SignedDuration::from_mins(30));
    }
}

/// As Postfix writes it for a program, and with the line ends of Unix.
#[tokio::test]
async fn what_a_mail_server_writes_above_the_header_breaks_no_signature() {
    let setup = strict().await;
    let staged = setup.prestage().await;
    let mail = String::from_utf8(setup.raw(&signed_mail("467266"))).unwrap();
    let piped = format!(
        "From casey@gmail.com  Fri Jan 15 08:00:00 2027\n{}",
        mail.replace('\r', "")
    );
    let record = setup.relay.authorize_token(shown(&setup.casey.token)).await.unwrap();
    let taken = setup
        .relay
        .receive_for(record, &piped.into(), None, &dkim("arlo.com"), &Inline)
        .await;
    assert_eq!(taken.unwrap().request, Some(staged.request_id));
}

#[tokio::test]
async fn a_forged_signature_beside_arlos_makes_no_other_mail() {
    let setup = strict().await;
    let first = setup.prestage().await;
    let receipt = setup.by_each_way(&signed_mail("467266"), &dkim("arlo.com")).await[0];
    assert_eq!(receipt.request, Some(first.request_id));
    let second = setup.prestage().await;
    let forged = TestMail {
        more: concat!(
            "DKIM-Signature: v=1; a=rsa-sha256; d=arlo.com; s=x; h=From:To:Subject:Date; bh=aGFzaA==; b=c2ln\r\n",
            "DKIM-Signature: v=1; a=rsa-sha256; d=arlo.com; s=y; h=From:To; bh=b3RoZXI=; b=c2ln\r\n"
        ),
        ..code_mail("467266")
    };
    for receipt in setup.by_each_way(&forged, &dkim("arlo.com")).await {
        assert_eq!(receipt.event, Some(MailEvent::Duplicate));
    }
    assert_eq!(setup.state(&second).await, RequestState::Pending);
}

/// Cannot check any signature now.
struct Away;

impl AuthenticateMail for Away {
    async fn verdicts(&self, _: &Claims, _: Option<&str>, _: &Bytes, _: &impl RunWork) -> Result<Verdicts, PortError> {
        Err(PortError::contended("the name servers do not answer"))
    }
}

#[tokio::test]
async fn an_enrolment_that_does_not_ask_does_not_wait_for_the_name_servers() {
    let setup = strict().await;
    setup.prestage().await;
    let other = enrol(&setup.relay, "casey@gmail.com", None).await;
    let raw = setup.raw(&signed_mail("467266")).into();
    let found = async || {
        let wanted = setup
            .relay
            .wants(&setup.casey.account, Some("do_not_reply@arlo.com"), None)
            .await;
        setup
            .relay
            .receive_from_mailbox(wanted.unwrap().unwrap(), &raw, &Away, &Inline)
            .await
    };
    assert!(found().await.is_err());
    let staged = setup.relay.prestage(&other.account, shown(&other.token)).await.unwrap();
    let taken = found().await.unwrap();
    assert_eq!(taken.receipt.unwrap().request, Some(staged.request_id));
    assert!(taken.dispose);
    let counted = async |id| setup.relay.enroller().status_of(id).await.unwrap().mail;
    assert_eq!(counted(&setup.casey.id).await, []);
    assert_eq!(counted(&other.id).await.len(), 1);
}
