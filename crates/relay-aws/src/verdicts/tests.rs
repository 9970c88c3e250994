use arlo_mail::{Account, Senders};
use jiff::SignedDuration;
use relay::ports::Inline;
use relay::testing::{MemoryStore, settings};
use relay::{Delivery, MailEvent, NewEnrolment, Recipient, Relay, Shown};

use super::*;

const ALL: EventVerdicts = EventVerdicts { spf: true, dkim: true };
const TOP: &str = "Return-Path: <casey+caf_=s=relay.example@gmail.com>\r\n\
    Received: from mail-pf1-f172.google.com (mail-pf1-f172.google.com [209.85.210.172])\r\n \
    by inbound-smtp.eu-west-1.amazonaws.com with SMTP id abc123\r\n \
    for s@relay.example;\r\n Sat, 21 Nov 2026 10:00:00 +0000 (UTC)\r\n\
    X-SES-Spam-Verdict: PASS\r\n\
    X-SES-Virus-Verdict: PASS\r\n\
    Received-SPF: pass (spfCheck: domain of gmail.com designates 209.85.210.172 as permitted sender) \
    client-ip=209.85.210.172; envelope-from=casey+caf_=s=relay.example@gmail.com; helo=mail-pf1-f172.google.com;\r\n";
const SPF: &str = " spf=pass (spfCheck: domain of gmail.com designates 209.85.210.172 as permitted sender) \
    client-ip=209.85.210.172; envelope-from=casey+caf_=s=relay.example@gmail.com; helo=mail-pf1-f172.google.com;\r\n";
const REST: &str = "X-SES-RECEIPT: AEFBQ\r\nX-SES-DKIM-SIGNATURE: a=rsa-sha256; d=amazonses.com\r\n\
    From: do_not_reply@arlo.com\r\nSubject: x\r\n\r\nbody\r\n";

fn mail(results: &str) -> String {
    format!("{TOP}Authentication-Results: amazonses.com;\r\n{results}{REST}")
}

/// What SES's own field says: whether SPF passed, and the domains of the signatures that did.
fn read_results(mail: &str) -> (Option<String>, Vec<String>) {
    let results = authentication_results(mail.as_bytes()).unwrap_or_default();
    (results.spf.then(|| "gmail.com".to_owned()), results.dkim)
}

#[test]
fn ses_own_results_are_read() {
    let gmail = || Some("gmail.com".to_owned());
    for (results, spf, dkim) in [
        (
            format!("{SPF} dkim=pass header.i=@arlo.com;\r\n dmarc=pass header.from=arlo.com;\r\n"),
            gmail(),
            vec!["arlo.com"],
        ),
        // One for each signature, each domain once.
        (
            format!(
                "{SPF} dkim=pass header.i=@Arlo.COM;\r\n dkim=fail header.i=@x.example;\r\n dkim=pass header.i=@gmail.com;\r\n dkim=pass header.i=@arlo.com;\r\n"
            ),
            gmail(),
            vec!["arlo.com", "gmail.com"],
        ),
        (
            format!("{SPF} dkim=none header.i=unknown;\r\n dmarc=none;\r\n"),
            gmail(),
            vec![],
        ),
        (
            " spf=none (spfCheck: x) client-ip=192.0.2.1;\r\n dkim=pass header.i=@arlo.com;\r\n".to_owned(),
            None,
            vec!["arlo.com"],
        ),
        (" spf=softfail;\r\n dkim=temperror;\r\n".to_owned(), None, vec![]),
        // Other forms of the same: RFC 8601 allows comments, versions, an identity, d= and a tab.
        (
            "\tdkim/1=pass (2048-bit \\) key) header.d=arlo.com\r\n".to_owned(),
            None,
            vec!["arlo.com"],
        ),
        (
            " dkim=pass header.i=mailer@arlo.com\r\n".to_owned(),
            None,
            vec!["arlo.com"],
        ),
        (
            " dkim=pass header.i=@b\u{fc}cher.example\r\n".to_owned(),
            None,
            vec!["xn--bcher-kva.example"],
        ),
        ("".to_owned(), None, vec![]),
    ] {
        assert_eq!(
            read_results(&mail(&results)),
            (spf, dkim.into_iter().map(str::to_owned).collect()),
            "{results}"
        );
    }
}

#[test]
fn the_name_of_the_server_may_carry_a_version_and_be_written_in_any_case() {
    for (first, known) in [
        ("amazonses.com; dkim=pass header.i=@arlo.com\r\n", true),
        ("AmazonSES.com 1;\r\n dkim=pass header.i=@arlo.com\r\n", true),
        ("(really) amazonses.com;\r\n dkim=pass header.i=@arlo.com\r\n", true),
        ("amazonses.com 2;\r\n dkim=pass header.i=@arlo.com\r\n", false),
        ("amazonses.com 1 1;\r\n dkim=pass header.i=@arlo.com\r\n", false),
        (
            "amazonses.com.evil.example;\r\n dkim=pass header.i=@arlo.com\r\n",
            false,
        ),
        ("mx.google.com;\r\n dkim=pass header.i=@arlo.com\r\n", false),
        (";\r\n dkim=pass header.i=@arlo.com\r\n", false),
    ] {
        let mail = format!("{TOP}authentication-results: {first}{REST}");
        assert_eq!(!read_results(&mail).1.is_empty(), known, "{first}");
    }
    // A mail that was stored with bare line feeds.
    assert_eq!(
        read_results(&mail(" dkim=pass header.i=@arlo.com;\r\n").replace("\r\n", "\n")).1,
        ["arlo.com"]
    );
}

#[test]
fn what_a_sender_writes_is_not_believed() {
    const FORGED: &str = "Authentication-Results: amazonses.com;\r\n spf=pass;\r\n dkim=pass header.i=@arlo.com;\r\n";
    let nothing = (None, Vec::new());
    let honest = " spf=fail;\r\n dkim=none header.i=unknown;\r\n";
    let received = "Received: from x by inbound-smtp.eu-west-1.amazonaws.com with SMTP id 1\r\n";
    for (what, mail) in [
        (
            "further down",
            format!("{TOP}Authentication-Results: amazonses.com;\r\n{honest}{FORGED}{REST}"),
        ),
        (
            "with a block of its own",
            format!(
                "{TOP}Authentication-Results: amazonses.com;\r\n{honest}X-SES-RECEIPT: x\r\nReturn-Path: <x>\r\n{received}{FORGED}{REST}"
            ),
        ),
        (
            "where SES wrote none",
            format!("{TOP}From: x@y.example\r\n{FORGED}{REST}"),
        ),
        (
            "below the field of another server",
            format!("{TOP}Authentication-Results: mx.example;\r\n dkim=none\r\n{FORGED}{REST}"),
        ),
        (
            "below a line that is no field",
            format!("{TOP}no field\r\n{FORGED}{REST}"),
        ),
        ("in a mail that SES did not take in", format!("{FORGED}{REST}")),
        ("above the received field", format!("{FORGED}{received}{REST}")),
        (
            "in a mail that another server took in",
            format!("Received: from x by mx.example with SMTP id 1\r\n{FORGED}{REST}"),
        ),
        (
            "from a client named like SES",
            format!(
                "Received: from inbound-smtp.eu-west-1.amazonaws.com (by inbound-smtp.eu-west-1.amazonaws.com) by mx.example\r\n{FORGED}{REST}"
            ),
        ),
        (
            "by a server named like SES",
            format!(
                "Received: from x by inbound-smtp.eu-west-1.amazonaws.com.evil.example with SMTP\r\n{FORGED}{REST}"
            ),
        ),
        (
            "by another server of Amazon",
            format!("Received: from x by inbound-smtp.evil.example.amazonaws.com with SMTP\r\n{FORGED}{REST}"),
        ),
        (
            "by a reverse-path",
            mail(
                " spf=fail client-ip=192.0.2.1; envelope-from=x; dkim=pass header.i=@arlo.com; y@evil.example; helo=h;\r\n",
            ),
        ),
        (
            "by a quoted reverse-path",
            mail(
                " spf=fail client-ip=192.0.2.1; envelope-from=\"x; dkim=pass header.i=@arlo.com; \"@evil.example;\r\n",
            ),
        ),
        (
            "by a HELO",
            mail(" spf=fail client-ip=192.0.2.1; helo=x;dkim=pass()header.i=@arlo.com;\r\n"),
        ),
        (
            "by a comment",
            mail(" spf=fail (spfCheck: x\r\n dkim=pass) header.i=@arlo.com;\r\n"),
        ),
        (
            "by an identity",
            mail(" dkim=pass header.i=\"@arlo.com; x\"@evil,example;\r\n"),
        ),
        (
            "by a second property",
            mail(" dkim=pass header.s=x header.i=@arlo.com;\r\n"),
        ),
        (
            "by a domain above it",
            mail(" dkim=pass header.i=@;\r\n dkim=pass header.i=arlo.com;\r\n"),
        ),
        (
            "in upper case, which SES does not write",
            mail(" DKIM=PASS header.i=@arlo.com;\r\n"),
        ),
    ] {
        assert_eq!(read_results(&mail), nothing, "{what}");
    }
    assert_eq!(
        read_results(&mail(" dkim=pass header.i=@arlo.com@evil.example;\r\n")).1,
        ["evil.example"]
    );
    assert_eq!(
        read_results(&mail(" dkim=pass header.i=@arlo.com.evil.example;\r\n")).1,
        ["arlo.com.evil.example"]
    );
}

const PATH: Option<&str> = Some("casey+caf_=s=relay.example@gmail.com");

fn signature(domain: &str, fields: &str, more: &str) -> String {
    format!("DKIM-Signature: v=1; a=rsa-sha256; d={domain}; s=x; h={fields};{more}\r\n bh=aGFzaA==; b=c2ln\r\n")
}

/// A mail of Arlo's to casey, with SES's results and these fields above its own.
fn arlo(results: &str, fields: &str) -> String {
    let head =
        "From: do_not_reply@arlo.com\r\nTo: casey@gmail.com\r\nDate: Fri, 15 Jan 2027 08:00:00 +0000\r\n\r\nbody\r\n";
    format!("{TOP}Authentication-Results: amazonses.com;\r\n{results}X-SES-RECEIPT: AEFBQ\r\n{fields}{head}")
}

/// How many signatures prove something, and whether SPF does.
fn proven(event: EventVerdicts, path: Option<&str>, mail: &str) -> (usize, bool) {
    let claims = Claims::read(mail.as_bytes(), path, &Senders::default()).unwrap();
    let verdicts = verdicts(event, &claims, path, mail.as_bytes());
    (verdicts.verified.len(), verdicts.spf)
}

#[test]
fn the_event_has_to_agree() {
    let results = format!("{SPF} dkim=pass header.i=@arlo.com;\r\n");
    let mail = arlo(&results, &signature("arlo.com", "From:To:Date", ""));
    for (event, dkim, spf) in [
        (ALL, 1, true),
        (EventVerdicts { spf: false, dkim: true }, 1, false),
        (EventVerdicts { spf: true, dkim: false }, 0, true),
        (EventVerdicts::default(), 0, false),
    ] {
        assert_eq!(proven(event, PATH, &mail), (dkim, spf), "{event:?}");
    }
}

#[test]
fn a_pass_counts_for_a_signature_that_covers_what_names_the_account() {
    let pass = " dkim=pass header.i=@arlo.com;\r\n";
    let whole = signature("arlo.com", "From:To:Date", "");
    for (results, fields, expected) in [
        (pass, whole.clone(), 1),
        // A second one of the same kind: whichever passed, it covers enough.
        (pass, whole.clone() + &whole, 2),
        (pass, signature("gmail.com", "From", "") + &whole, 1),
        (" dkim=fail header.i=@arlo.com;\r\n", whole.clone(), 0),
        (" dkim=pass header.i=@mail.arlo.com;\r\n", whole.clone(), 0),
        (" dkim=pass header.i=@gmail.com;\r\n", whole.clone(), 0),
        (pass, signature("arlo.com", "From:Date", ""), 0),
        (pass, signature("arlo.com", "From:To", ""), 0),
        (pass, signature("arlo.com", "From:To:Date", " l=4;"), 0),
        // It may be the other one that passed.
        (pass, whole.clone() + &signature("arlo.com", "From:Date", ""), 0),
        (pass, signature("Arlo.com", "From:To:Date", " l=4;") + &whole, 0),
        (
            pass,
            signature("mail.arlo.com", "From:To:Date", " i=@arlo.com;") + &whole,
            0,
        ),
        (pass, format!("To: casey@gmail.com\r\n{whole}"), 0),
        (pass, format!("Date: Fri, 15 Jan 2027 09:00:00 +0000\r\n{whole}"), 0),
        (pass, format!("no field\r\n{whole}"), 0),
        (pass, String::new(), 0),
    ] {
        assert_eq!(
            proven(ALL, None, &arlo(results, &fields)).0,
            expected,
            "{results}{fields}"
        );
    }
}

#[test]
fn spf_speaks_of_a_reverse_path_that_the_mail_names() {
    let mail = arlo(SPF, "");
    for (path, expected) in [
        (PATH, true),
        (Some("Ca.sey@GMAIL.com"), true),
        (Some("mallory@gmail.com"), false),
        (Some("nobody"), false),
        (Some(""), false),
        (None, false),
    ] {
        assert_eq!(proven(ALL, path, &mail).1, expected, "{path:?}");
    }
}

#[test]
fn any_bytes_are_read_without_a_fault() {
    let whole = mail(&format!("{SPF} dkim=pass header.i=@arlo.com;\r\n"));
    for end in 0..whole.len() {
        let _ = read_results(&whole[..end]);
    }
    for raw in [
        &b""[..],
        b"\r\n\r\n",
        b"\0\xff: \xfe\n \n",
        b"Received",
        b":::",
        b"((((((",
    ] {
        assert!(authentication_results(raw).is_none());
    }
    let endless = format!(
        "{TOP}Authentication-Results: amazonses.com;\r\n{}",
        " dkim=pass header.i=@x.example;\r\n".repeat(10_000)
    );
    assert!(read_results(&endless).1.len() <= 1);
}

/// What a mail to the shared address comes to for casey@gmail.com, whose login waits.
async fn comes_to(path: &str, raw: String) -> Option<MailEvent> {
    let (settings, clock) = settings();
    let relay = Relay::new(settings, MemoryStore::default());
    let account = Account::parse("casey@gmail.com").unwrap();
    let new = NewEnrolment::for_account(&account);
    let casey = relay.enroller().enrol(new).await.unwrap();
    let shown = Shown {
        token: &casey.token,
        network: None,
    };
    relay.prestage(&account, shown).await.unwrap();
    clock.advance(SignedDuration::from_secs(1));
    let delivery = Delivery {
        reverse_path: Some(path),
        client: None,
        raw: &raw.into(),
    };
    let addressee = relay.look_up(&Recipient::new("arlo@relay.example")).await.unwrap();
    let receipt = relay.receive(addressee.unwrap(), delivery, &ALL, &Inline).await;
    receipt.unwrap().event
}

/// A mail as SES stores it, with its results, fields of a signature, and what the sender wrote.
fn stored(results: &str, signature: &str, from: &str, to: &str, body: &str) -> String {
    format!(
        "{TOP}Authentication-Results: amazonses.com;\r\n{results}X-SES-RECEIPT: AEFBQ\r\n{signature}From: {from}\r\nTo: {to}\r\n\
         Date: Fri, 15 Jan 2027 08:00:00 +0000\r\nSubject: Your code\r\n\r\n{body}\r\n"
    )
}

const ARLO: &str = "Arlo <do_not_reply@arlo.com>";
const BODY: &str = "Your one-time authentication code is:\r\n\r\n467266";
const FORWARDED: &str = "---------- Forwarded message ---------\r\nFrom: Arlo <do_not_reply@arlo.com>\r\n\
    Date: Fri, 15 Jan 2027 at 08:00\r\nSubject: Your code\r\nTo: <casey@gmail.com>\r\n\r\nYour code is:\r\n\r\n467266";

#[tokio::test]
async fn what_the_account_has_forwarded_ends_its_login() {
    let caf = "casey+caf_=arlo=relay.example@gmail.com";
    let arlos = signature("arlo.com", "From:To:Subject:Date", "");
    let gmails = signature("gmail.com", "From:To:Subject:Date", "");
    for (path, results, signature, from, to, body) in [
        // Gmail's automatic forward, with Arlo's signature, and with it broken.
        (
            caf,
            " dkim=pass header.i=@arlo.com;\r\n",
            &arlos,
            ARLO,
            "casey@gmail.com",
            BODY,
        ),
        (caf, SPF, &arlos, ARLO, "casey@gmail.com", BODY),
        // By hand.
        (
            "casey@gmail.com",
            " dkim=pass header.i=@gmail.com;\r\n",
            &gmails,
            "casey@gmail.com",
            "arlo@relay.example",
            FORWARDED,
        ),
        (
            "casey@gmail.com",
            SPF,
            &gmails,
            "casey@gmail.com",
            "arlo@relay.example",
            FORWARDED,
        ),
    ] {
        let mail = stored(results, signature, from, to, body);
        assert_eq!(
            comes_to(path, mail).await,
            Some(MailEvent::CodeDelivered),
            "{path} {results}"
        );
    }
}

#[tokio::test]
async fn what_anybody_else_sends_ends_no_login() {
    let arlos = signature("arlo.com", "From:To:Subject:Date", "");
    let gmails = signature("gmail.com", "From:To:Subject:Date", "");
    let pass = " dkim=pass header.i=@arlo.com;\r\n";
    let named = |field: &str| format!("{field}: casey@gmail.com\r\n{arlos}");
    for (path, results, signature, from, to, body) in [
        ("x@evil.example", pass, arlos.clone(), ARLO, "mallory@gmail.com", BODY),
        (
            "x@evil.example",
            pass,
            named("X-Forwarded-For"),
            ARLO,
            "mallory@gmail.com",
            BODY,
        ),
        (
            "x@evil.example",
            pass,
            named("Delivered-To"),
            ARLO,
            "mallory@gmail.com",
            BODY,
        ),
        ("x@evil.example", pass, named("To"), ARLO, "mallory@gmail.com", BODY),
        (
            "casey+caf_=x=y@gmail.com",
            pass,
            arlos.clone(),
            ARLO,
            "mallory@gmail.com",
            BODY,
        ),
        ("x@evil.example", SPF, arlos.clone(), ARLO, "casey@gmail.com", BODY),
        ("mallory@gmail.com", SPF, gmails.clone(), ARLO, "casey@gmail.com", BODY),
        (
            "bounces+casey@gmail.com",
            SPF,
            gmails.clone(),
            ARLO,
            "casey@gmail.com",
            BODY,
        ),
        (
            "SRS0=a=b=arlo.com=x@gmail.com",
            SPF,
            gmails.clone(),
            ARLO,
            "casey@gmail.com",
            BODY,
        ),
        (
            "x@evil.example",
            " dkim=pass header.i=@gmail.com;\r\n",
            gmails.clone(),
            ARLO,
            "casey@gmail.com",
            BODY,
        ),
        (
            "mallory@gmail.com",
            SPF,
            gmails.clone(),
            "mallory@gmail.com",
            "casey@gmail.com",
            FORWARDED,
        ),
    ] {
        let mail = stored(results, &signature, from, to, body);
        assert_eq!(comes_to(path, mail).await, None, "{path} {results} {signature}");
    }
}
