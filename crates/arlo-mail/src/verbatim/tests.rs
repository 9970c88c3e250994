use super::*;

#[test]
fn a_plain_mail_is_taken_at_its_bytes() {
    let raw = b"From: a@b.example\r\nX: 1\r\n 2\r\n\r\nbody\r\n";
    let mail = Verbatim::from_raw(raw).unwrap();
    assert_eq!(&raw[mail.body_at..], mail.body);
    assert_eq!(mail.body, b"body\r\n");
    for field in mail.header.fields() {
        assert_eq!(&raw[field.range()], field.raw());
    }
    assert!(Verbatim::from_raw(b"From: a@b.example\nX: 1\n\nbare LF\n").is_ok());
    assert!(Verbatim::from_raw(b"From: a@b.example").unwrap().body.is_empty());
}

#[test]
fn what_the_reader_forgives_is_not_verbatim() {
    let long = format!("A: b\n\n{}", "x".repeat(MAX_READ));
    let many = format!("{}\nbody", "A: b\n".repeat(2000));
    for (raw, expected) in [
        ("", NotVerbatim::NotAMail),
        ("no mail\n", NotVerbatim::NotAMail),
        ("\u{feff}A: b\n\nbody", NotVerbatim::Envelope),
        ("\r\nA: b\r\n\r\nbody", NotVerbatim::Envelope),
        ("From x Mon Nov 23 2026\nA: b\n\nbody", NotVerbatim::Envelope),
        (">From x Mon Nov 23 2026\nA: b\n\nbody", NotVerbatim::Envelope),
        ("A: b\r\rbody", NotVerbatim::BareCr),
        ("A: b\r\n\r\nbo\rdy", NotVerbatim::BareCr),
        ("A: b\r\n\r\nbody\r", NotVerbatim::BareCr),
        (&long, NotVerbatim::TooLong),
        (&many, NotVerbatim::HeaderTooLong),
        ("A: b\nno field\nC: d\n\nbody", NotVerbatim::StrayLine),
        ("A: b\n>From me\n\nbody", NotVerbatim::StrayLine),
    ] {
        assert_eq!(Verbatim::from_raw(raw.as_bytes()).err(), Some(expected), "{raw:.40}");
    }
}
