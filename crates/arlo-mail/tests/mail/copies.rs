//! What tells two copies of one mail from two mails, and whose mails are Arlo's.

use arlo_mail::{Account, Content, Mail, MailId, Sender, Senders, read};

fn mail(raw: &str) -> Mail {
    read(raw.as_bytes(), &Senders::default()).unwrap()
}

const WITH_ID: &str =
    "From: do_not_reply@arlo.com\r\nMessage-ID: <1@arlo.com>\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\n\r\n";
const WITHOUT: &str = "From: do_not_reply@arlo.com\r\nSubject: Code\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\n";

#[test]
fn copies_that_came_different_ways_are_one_mail() {
    let first = mail(&format!(
        "Received: from a\r\nDelivered-To: casey@gmail.com\r\n{WITH_ID}467266\r\n"
    ))
    .id;
    let second = mail(&format!(
        "Received: from b\r\nX-Received: c\r\n{}\r\n467266 \r\n",
        WITH_ID.replace("<1@", "\r\n <1@")
    ))
    .id;
    assert_eq!(first, second);

    let utf8 = mail(&format!(
        "{WITHOUT}Content-Type: text/html; charset=utf-8\r\n\r\n<p>Code</p><b>467266</b> © Arlo\r\n"
    ))
    .id;
    let other_road = mail(&format!(
        "Received: from b\r\n{}Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>Code</p>\r\n<b>467=\r\n266</b> =C2=A9 Arlo\r\n",
        WITHOUT.replace("Subject: Code", "Subject: =?utf-8?q?Code?=")
    ))
    .id;
    assert_eq!(utf8, other_road);
    assert_eq!(MailId::from_bytes(*utf8.as_bytes()), utf8);
}

#[test]
fn two_mails_are_two() {
    let ids = [
        mail(&format!("{WITH_ID}467266")).id,
        mail(&format!("{}467266", WITH_ID.replace("<1@", "<2@"))).id,
        mail(&format!("{WITHOUT}\r\n467266")).id,
        mail(&format!("{WITHOUT}\r\n467267")).id,
        mail(&format!("{}\r\n467266", WITHOUT.replace("10:00:00", "10:00:01"))).id,
        mail(&format!("{}\r\n467266", WITHOUT.replace("Code", "Kode"))).id,
        mail("From: do_not_reply@arlo.com\r\n\r\n").id,
    ];
    for (at, id) in ids.iter().enumerate() {
        assert!(!ids[..at].contains(id), "{at}");
    }
}

#[test]
fn an_attached_mail_is_the_mail_itself() {
    let direct = mail(&format!("{WITH_ID}Your code\r\n467266\r\n"));
    let attached = mail(&format!(
        "From: casey@gmail.com\r\nMessage-ID: <2@gmail.com>\r\nDate: Sat, 21 Nov 2026 11:00:00 +0000\r\n\
         Content-Type: message/rfc822\r\n\r\n{WITH_ID}Your code\r\n467266\r\n"
    ));
    assert_eq!((attached.id, attached.date), (direct.id, direct.date));
    assert_eq!(attached.content, direct.content);
    assert_eq!(attached.forwarded_by, Some(Account::parse("casey@gmail.com").unwrap()));
}

#[test]
fn a_sender_can_be_added() {
    let hidden = "From: Arlo <do_not_reply_at_arlo_com_x1@icloud.com>\r\n\r\nYour code\r\n467266\r\n";
    assert_eq!(mail(hidden).content, Content::NotFromArlo);
    let sender = Sender::parse("do_not_reply_at_arlo_com_x1@iCloud.com").unwrap();
    let senders = Senders::default().with(sender.clone()).with(sender.clone());
    assert!(senders.contains(&sender) && senders.contains(&Sender::parse("do_not_reply@arlo.com").unwrap()));
    assert!(matches!(
        read(hidden.as_bytes(), &senders).unwrap().content,
        Content::Code(_)
    ));
}

#[test]
fn at_most_the_limit_of_accounts_is_named() {
    let many: Vec<_> = (0..100).map(|n| format!("user{n}@example.org")).collect();
    let mail = mail(&format!("From: a@example.org\r\nTo: {}\r\n\r\n", many.join(", ")));
    assert_eq!(mail.named.len(), arlo_mail::limits::MAX_NAMED);
    assert_eq!(mail.named[31].as_str(), "user31@example.org");
}

#[test]
fn debug_shows_nothing_of_a_mail() {
    let confirmation = "From: forwarding-noreply@google.com\r\nSubject: (#123456789) Receive Mail from casey@gmail.com\r\n\r\n\
        https://mail.google.com/mail/vf-secret\r\n";
    for raw in [format!("{WITH_ID}Your code\r\n467266\r\n"), confirmation.to_owned()] {
        let shown = format!("{:?}", mail(&raw));
        for secret in ["467266", "casey", "123456789", "vf-secret"] {
            assert!(!shown.contains(secret), "{secret}");
        }
    }
}
