use super::*;

const WHOLE: &str = " v=1; a=rsa-sha256; c=relaxed/relaxed; d=Arlo.com; s=x;\r\n\th=From:To\r\n\t : Date;\r\n bh=aG Fz\r\n aA==; b=c2ln\r\n";

#[test]
fn a_field_is_read_with_its_white_space() {
    let signature = Signature::read(WHOLE.as_bytes()).unwrap();
    assert_eq!((&*signature.domain, &*signature.identity), ("arlo.com", "arlo.com"));
    assert_eq!(signature.fields, ["from", "to", "date"]);
    assert_eq!(signature.body_hash, b"aGFzaA==");
    assert!(signature.covers("date") && !signature.covers("subject"));
    let below = WHOLE.replace("s=x;", "s=x; i=@mail.arlo.com;");
    assert_eq!(Signature::read(below.as_bytes()).unwrap().identity, "mail.arlo.com");
}

#[test]
fn what_may_not_count_is_none() {
    for (from, to) in [
        ("v=1;", "v=2;"),
        ("s=x;", "s=x; l=10;"),
        ("s=x;", "s=x; l=0;"),
        ("s=x;", "s=x; L=0;"),
        ("s=x;", "s=x; D=evil.example;"),
        ("s=x;", "s=x; d=evil.example;"),
        ("s=x;", "s=x; i=@evil.example;"),
        ("s=x;", "s=x; i=@xarlo.com;"),
        ("s=x;", "s=x; nonsense;"),
        ("s=x;", ""),
        ("sha256", "sha1"),
        ("From:", "Fromm:"),
        ("b=c2ln", "b="),
        ("d=Arlo.com;", "d=;"),
    ] {
        assert!(WHOLE.contains(from));
        assert_eq!(Signature::read(WHOLE.replacen(from, to, 1).as_bytes()), None, "{to}");
    }
    let many = WHOLE.replace("From:", &"From:".repeat(200));
    assert_eq!(Signature::read(many.as_bytes()), None);
    assert_eq!(Signature::read(&[b';'; MAX_FIELD + 1]), None);
}

#[test]
fn a_field_has_a_length() {
    let padded = |length: usize| format!("{WHOLE}{}", " ".repeat(length - WHOLE.len()));
    assert!(Signature::read(padded(MAX_FIELD).as_bytes()).is_some());
    assert!(Signature::read(padded(MAX_FIELD + 1).as_bytes()).is_none());
}
