use super::*;
use crate::settings::Domain;

#[test]
fn seven_bit_is_what_rfc_2045_says() {
    for (mail, expected) in [
        (b"".as_slice(), true),
        (b"a: b\r\n\r\nc", true),
        (b"a: b\r\n\r\nc\r\n", true),
        (b"a: b\n\nc\n", false),
        (b"a\rb\r\n", false),
        (b"a\r\r\n", false),
        (b"a\r", false),
        (b"a\0b\r\n", false),
        (b"\xc3\xa9\r\n", false),
    ] {
        assert_eq!(is_7bit(mail), expected, "{}", mail.escape_ascii());
    }
    assert!(is_7bit(&[b"x".repeat(998), b"\r\n".to_vec()].concat()));
    assert!(!is_7bit(&[b"x".repeat(999), b"\r\n".to_vec()].concat()));
}

#[test]
fn own_mail_is_known_again() {
    for (mail, expected) in [
        ("X-Arlo-Relay-Loop: forwarded\r\n\r\n", true),
        (
            "From: a@example.org\r\nx-ARLO-relay-LOOP:\r\n forwarded\r\n\r\nbody",
            true,
        ),
        ("X-Arlo-Relay-Loop: forwarded", true),
        ("Auto-Submitted: auto-replied\r\n\r\n", true),
        ("AUTO-submitted:\r\n\tAuto-Replied; owner-email=x\r\n\r\n", true),
        ("In-Reply-To: <0123.arlo-relay@relay.example>\r\n\r\n", true),
        (
            "Content-Type: multipart/report;\r\n report-type=delivery-status\r\n\r\n",
            true,
        ),
        ("Content-Type: multipart/related\r\n\r\n", false),
        ("References: <a@b>\r\n <0123.arlo-relay@relay.example>\r\n\r\n", true),
        ("Auto-Submitted: auto-generated\r\n\r\n", false),
        ("Auto-Submitted: no\r\n\r\n", false),
        ("In-Reply-To: <an-answer-to-another-mail@example.org>\r\n\r\n", false),
        ("Subject: X-Arlo-Relay-Loop: forwarded\r\n\r\n", false),
        ("Subject: a\r\n X-Arlo-Relay-Loop: forwarded\r\n\r\n", false),
        ("Subject: a\r\n\r\nX-Arlo-Relay-Loop: forwarded\r\n", false),
        ("X-Arlo-Relay-Loop-2: forwarded\r\n\r\n", false),
        ("", false),
        ("no header at all", false),
    ] {
        assert_eq!(is_loop(mail.as_bytes()), expected, "{mail:?}");
    }
}

const ORIGINAL: &[u8] = b"Subject: hello\r\n\r\nHello\r\n";

/// The mail about an original, with `DIGEST` in place of its digest, and the digest.
fn built(original: &[u8], reason: ForwardReason, second: i64) -> (String, String) {
    let address = |text: &str| Address::parse(text).unwrap();
    let domain = Domain::parse("relay.example").unwrap();
    let addresses = Addresses::new(address("relay@relay.example"), address("operator@example.org"), &domain).unwrap();
    let mail = build(&addresses, original, reason, Timestamp::from_second(second).unwrap());
    assert!(is_loop(&mail));
    let mail = String::from_utf8(mail).unwrap();
    let (_, digest) = mail.split_once("Message-ID: <").unwrap();
    let digest = digest.get(..32).unwrap().to_owned();
    assert!(digest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    (mail.replace(&digest, "DIGEST"), digest)
}

#[test]
fn it_has_the_original_in_it() {
    let head = |subject: &str, text: &str| {
        format!(
            "From: arlo-relay <relay@relay.example>\r\nTo: <operator@example.org>\r\nSubject: {subject}\r\n\
             Date: Fri, 15 Jan 2027 08:00:00 +0000\r\nMessage-ID: <DIGEST.arlo-relay@relay.example>\r\n\
             Auto-Submitted: auto-forwarded\r\nX-Auto-Response-Suppress: All\r\nX-Arlo-Relay-Loop: forwarded\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"DIGEST\"\r\n\r\n\
             --DIGEST\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\
             arlo-relay received the attached mail on 2027-01-15 at 08:00:00 UTC.\r\n{text}\r\n--DIGEST\r\n"
        )
    };
    let disposition = "Content-Disposition: attachment; filename=\"original.eml\"\r\n\r\n";
    let plain = format!(
        "Content-Type: message/rfc822\r\n{disposition}{}\r\n--DIGEST--\r\n",
        String::from_utf8_lossy(ORIGINAL)
    );
    let encoded = format!(
        "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n{disposition}\
         {}\r\n////\r\n\r\n--DIGEST--\r\n",
        "/".repeat(76)
    );
    let no_code = head(
        "[arlo-relay] A mail that is no Arlo code",
        "It is no code from Arlo, or did not come an account's way, so no login was answered with it.",
    );
    let asks = head(
        "[arlo-relay] Gmail asks to confirm forwarding",
        "In it Gmail asks whether an account's mail may be forwarded to the relay. If that was asked for,\r\n\
         follow the link in the attached mail or type its confirmation code into Gmail's forwarding settings.\r\n\
         If it was not, do nothing.",
    );
    for (original, reason, expected) in [
        (ORIGINAL, ForwardReason::NoCode, format!("{no_code}{plain}")),
        (
            ORIGINAL,
            ForwardReason::ForwardingConfirmation,
            format!("{asks}{plain}"),
        ),
        (&[0xff; 60], ForwardReason::NoCode, format!("{no_code}{encoded}")),
    ] {
        assert_eq!(built(original, reason, 1_800_000_000).0, expected);
    }
}

#[test]
fn its_id_is_of_the_original_and_the_time() {
    let id = |original, second| built(original, ForwardReason::NoCode, second).1;
    let first = id(ORIGINAL, 1_800_000_000);
    assert_eq!(id(ORIGINAL, 1_800_000_000), first);
    assert_ne!(id(ORIGINAL, 1_800_000_001), first);
    assert_ne!(id(b"Subject: other\r\n\r\n", 1_800_000_000), first);
}

#[test]
fn reasons_read_back() {
    for reason in [ForwardReason::NoCode, ForwardReason::ForwardingConfirmation] {
        assert_eq!(ForwardReason::from_name(reason.name()), Some(reason));
    }
    assert_eq!(ForwardReason::from_name("?"), None);
}
