use super::*;

#[test]
fn fields_are_found_in_any_form() {
    let (header, body) = Header::split(b"FROM : a\nno field\nTo: b,\r\n\t c\r\n \nTo:d\n\nbody\n\nmore");
    assert_eq!(header.line("from").as_deref(), Some("a"));
    let to: Vec<_> = header.all("To").map(unfold).collect();
    assert_eq!(to, ["b,\t c", "d"]);
    assert_eq!(body, b"body\n\nmore");
    assert_eq!(header.first("Cc"), None);
}

#[test]
fn fields_stand_where_they_say() {
    let entity = b"From : a\r\nX:\r\n b\r\n\tc\r\nno field\r\n folded to it\r\nto:d\n\nbody";
    let (header, body) = Header::split(entity);
    let fields: Vec<(&[u8], &[u8])> = header.fields().iter().map(|f| (f.name(), f.value())).collect();
    let expected: [(&[u8], &[u8]); 3] = [(b"From", b" a\r\n"), (b"X", b"\r\n b\r\n\tc\r\n"), (b"to", b"d\n")];
    assert_eq!(fields, expected);
    for field in header.fields() {
        assert_eq!(&entity[field.range()], field.raw());
    }
    assert!(!header.has_fields_only() && body == b"body");
}

#[test]
fn a_section_without_a_body_ends_where_it_ends() {
    let (header, body) = Header::split(b"Subject: =?utf-8?q?caf=C3=A9?=");
    assert_eq!(header.decoded("Subject").as_deref(), Some("café"));
    assert!(body.is_empty() && header.is_complete());
}

#[test]
fn a_plain_value_is_what_mail_parser_makes_of_it() {
    for value in [
        "",
        " ",
        "a",
        " a  b\t",
        "a\rb",
        "\u{c}a\u{c}b",
        "a =? b",
        "a = ?",
        "café",
        "a\n b",
    ] {
        let raw = format!("Subject:{value}\n\n");
        let (header, _) = Header::split(raw.as_bytes());
        let line = [value.trim_ascii(), "\n"].concat();
        let expected = match MessageStream::new(line.as_bytes()).parse_unstructured() {
            HeaderValue::Text(text) => Some(text.into_owned()),
            _ => None,
        };
        assert_eq!(header.decoded("Subject"), expected, "{value:?}");
    }
}
