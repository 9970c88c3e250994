//! What proves at the shared address that a mail came the account's way: a signature, or SPF.

use super::*;

#[tokio::test]
async fn arlos_signature_proves_for_whom_its_to_names() {
    let unsigned = |field: &'static str| ARLO_SIGNED.replace(field, "");
    for (to, more, verdicts, taken) in [
        // Gmail's automatic forward keeps Arlo's signature; so does any that changes nothing.
        ("casey@gmail.com", ARLO_SIGNED.to_owned(), dkim("arlo.com"), true),
        (
            "Ca.Sey+arlo@googlemail.com",
            ARLO_SIGNED.to_owned(),
            dkim("arlo.com"),
            true,
        ),
        (
            "Casey <casey@gmail.com>, robin@example.org",
            ARLO_SIGNED.to_owned(),
            dkim("arlo.com"),
            true,
        ),
        (
            "robin@example.org, Casey <casey@gmail.com>",
            ARLO_SIGNED.to_owned(),
            dkim("arlo.com"),
            true,
        ),
        // More people than a code is written to.
        (
            "casey@gmail.com, a@x.example, b@x.example, c@x.example, d@x.example",
            ARLO_SIGNED.to_owned(),
            dkim("arlo.com"),
            false,
        ),
        (
            "casey@gmail.com, nonsense@",
            ARLO_SIGNED.to_owned(),
            dkim("arlo.com"),
            false,
        ),
        // It does not verify, or is another's, or there is none.
        ("casey@gmail.com", ARLO_SIGNED.to_owned(), nothing(), false),
        (
            "casey@gmail.com",
            ARLO_SIGNED.replace("arlo.com", "arlo.com.evil.example"),
            dkim("arlo.com.evil.example"),
            false,
        ),
        (
            "casey@gmail.com",
            ARLO_SIGNED.replace("arlo.com", "mail.arlo.com"),
            dkim("mail.arlo.com"),
            false,
        ),
        (
            "casey@gmail.com",
            ARLO_SIGNED.replace("arlo.com", "evil.example"),
            dkim("evil.example"),
            false,
        ),
        ("casey@gmail.com", String::new(), dkim("arlo.com"), false),
        // It does not cover what it has to.
        ("casey@gmail.com", unsigned(":To"), dkim("arlo.com"), false),
        ("casey@gmail.com", unsigned(":Date"), dkim("arlo.com"), false),
        (
            "casey@gmail.com",
            ARLO_SIGNED.replace("s=x;", "s=x; l=10;"),
            dkim("arlo.com"),
            false,
        ),
        // A genuine mail for somebody else, sent on with a word for the account that nothing covers.
        (
            "mallory@gmail.com",
            ARLO_SIGNED.to_owned() + "X-Forwarded-For: casey@gmail.com\r\n",
            dkim("arlo.com"),
            false,
        ),
        (
            "mallory@gmail.com",
            ARLO_SIGNED.to_owned() + "Delivered-To: casey@gmail.com\r\n",
            dkim("arlo.com"),
            false,
        ),
        (
            "mallory@gmail.com",
            ARLO_SIGNED.to_owned() + "To: casey@gmail.com\r\n",
            dkim("arlo.com"),
            false,
        ),
        (
            "mallory@gmail.com",
            ARLO_SIGNED.to_owned() + "Cc: casey@gmail.com\r\n",
            dkim("arlo.com"),
            false,
        ),
        (
            "mallory@gmail.com",
            ARLO_SIGNED.to_owned() + "Resent-To: casey@gmail.com\r\n",
            dkim("arlo.com"),
            false,
        ),
        (
            "\"casey@gmail.com\" <mallory@gmail.com>",
            ARLO_SIGNED.to_owned(),
            dkim("arlo.com"),
            false,
        ),
        (
            "casey@gmail.com (mallory) <mallory@gmail.com>",
            ARLO_SIGNED.to_owned(),
            dkim("arlo.com"),
            false,
        ),
        (
            "casey@gmail.com@evil.example",
            ARLO_SIGNED.to_owned(),
            dkim("arlo.com"),
            false,
        ),
        // A second field of one kind: the signature covers one and a reader may read the other.
        (
            "casey@gmail.com",
            ARLO_SIGNED.to_owned() + "To: casey@gmail.com\r\n",
            dkim("arlo.com"),
            false,
        ),
        (
            "casey@gmail.com",
            ARLO_SIGNED.to_owned() + "Subject: Your code is 111111\r\n",
            dkim("arlo.com"),
            false,
        ),
        (
            "casey@gmail.com",
            ARLO_SIGNED.to_owned() + "Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n",
            dkim("arlo.com"),
            false,
        ),
        (
            "casey@gmail.com",
            ARLO_SIGNED.to_owned() + "Content-Type: text/html\r\nContent-Type: text/plain\r\n",
            dkim("arlo.com"),
            false,
        ),
        // A line that the reader passes over.
        (
            "casey@gmail.com",
            ARLO_SIGNED.to_owned() + "no field\r\n",
            dkim("arlo.com"),
            false,
        ),
    ] {
        let mail = TestMail {
            to,
            more: more.clone().leak(),
            ..code_mail("467266")
        };
        assert_eq!(ends_a_login(&mail, &verdicts).await, taken, "{to} {more}");
        // The envelope names nobody.
        let mail = TestMail {
            reverse_path: Some("casey+caf_=x=y@gmail.com"),
            ..mail
        };
        assert_eq!(ends_a_login(&mail, &verdicts).await, taken, "{to} {more}");
    }
}

#[tokio::test]
async fn spf_proves_for_the_mailbox_of_the_reverse_path() {
    let forwarded = "X-Forwarded-For: casey@gmail.com arlo@relay.example\r\n";
    let hidden = "hidden@privaterelay.appleid.example";
    for (to, more, reverse_path, verdicts, taken) in [
        (
            "casey@gmail.com",
            "",
            Some("casey+caf_=arlo=relay.example@gmail.com"),
            spf(),
            true,
        ),
        ("casey@gmail.com", "", Some("Ca.Sey@googlemail.com"), spf(), true),
        (
            hidden,
            forwarded,
            Some("casey+caf_=arlo=relay.example@gmail.com"),
            spf(),
            true,
        ),
        (
            hidden,
            "Delivered-To: casey@gmail.com\r\n",
            Some("casey@gmail.com"),
            spf(),
            true,
        ),
        (
            "casey@gmail.com",
            "",
            Some("casey+caf_=arlo=relay.example@gmail.com"),
            nothing(),
            false,
        ),
        // Another mailbox of the same provider, and names that are nobody's.
        ("casey@gmail.com", "", Some("mallory@gmail.com"), spf(), false),
        (
            "casey@gmail.com",
            "",
            Some("mallory+caf_=arlo=relay.example@gmail.com"),
            spf(),
            false,
        ),
        ("casey@gmail.com", "", Some("mallory+casey@gmail.com"), spf(), false),
        ("casey@gmail.com", "", Some("bounces+casey@gmail.com"), spf(), false),
        ("casey@gmail.com", "", Some("bounces+mallory@gmail.com"), spf(), false),
        (
            "casey@gmail.com",
            "",
            Some("SRS0=HHH=TT=gmail.com=casey@gmail.com"),
            spf(),
            false,
        ),
        (
            "casey@gmail.com",
            "",
            Some("srs1+HHH=x==HHH=TT=gmail.com=casey@gmail.com"),
            spf(),
            false,
        ),
        ("casey@gmail.com", "", Some("prvs=1234=casey@gmail.com"), spf(), false),
        // A domain above or below.
        ("casey@gmail.com", "", Some("casey@x.gmail.com"), spf(), false),
        ("casey@gmail.com", "", Some("casey@com"), spf(), false),
        (
            "casey@gmail.com",
            "",
            Some("casey@gmail.com.evil.example"),
            spf(),
            false,
        ),
        // Without a reverse-path SPF judges the server's own name: nobody's mailbox.
        ("casey@gmail.com", "", None, spf(), false),
        ("casey@gmail.com", "", Some(""), spf(), false),
    ] {
        let mail = TestMail {
            to,
            more,
            reverse_path,
            ..code_mail("467266")
        };
        assert_eq!(
            ends_a_login(&mail, &verdicts).await,
            taken,
            "{to} {more} {reverse_path:?}"
        );
    }
}
