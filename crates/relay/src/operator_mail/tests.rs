use super::*;

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
        ("In-Reply-To: <a@b>\r\n\r\n", false),
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
