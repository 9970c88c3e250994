use super::*;

#[test]
fn an_address_can_be_in_a_header_as_it_is() {
    for text in ["op@example.org", " op+relay@example.org ", "op@EXAMPLE.org"] {
        assert_eq!(Address::parse(text).unwrap().as_str(), text.trim());
    }
    for text in [
        "",
        "nobody",
        "relay.example",
        "operator@example.org\r\nBcc: x@example.org",
        "opérator@example.org",
        "a@b.example\r\nBcc: c@d.example",
        "<op@example.org>",
        "\"op\"@example.org",
        "a@b.example,c@d.example",
        "a@b.example;c@d.example",
        "øp@example.org",
        "op@bücher.example",
    ] {
        assert_eq!(Address::parse(text), Err(InvalidSetting::Address), "{text}");
    }
    assert!(!format!("{:?}", Address::parse("op@example.org")).contains("op@"));
}

#[test]
fn the_operators_mail_does_not_come_back() {
    let domain = Domain::parse("relay.example").unwrap();
    let to = |text| Addresses::new(Address::postmaster(&domain), Address::parse(text).unwrap(), &domain);
    let addresses = to("op@example.org").unwrap();
    assert_eq!(addresses.from().as_str(), "postmaster@relay.example");
    assert_eq!(addresses.to().as_str(), "op@example.org");
    assert!(to("op@mail.relay.example").is_ok());
    for text in ["op@relay.example", "op@RELAY.example", "op@relay.example."] {
        assert_eq!(to(text), Err(InvalidSetting::OwnDomain), "{text}");
    }
}
