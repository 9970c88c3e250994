use super::*;

#[test]
fn a_domain_is_canonical() {
    for (text, expected) in [
        ("Relay.Example.", Ok("relay.example")),
        ("bücher.example", Ok("xn--bcher-kva.example")),
        ("relay.localhost", Ok("relay.localhost")),
        ("", Err(InvalidSetting::Domain)),
        ("a b.example", Err(InvalidSetting::Domain)),
        ("name@relay.example", Err(InvalidSetting::Domain)),
    ] {
        let domain = Domain::parse(text);
        assert_eq!(
            domain.as_ref().map(Domain::as_str),
            expected.as_ref().copied(),
            "{text}"
        );
    }
}

#[test]
fn a_shared_local_part_is_plain() {
    for (text, expected) in [
        ("Arlo", Ok("arlo")),
        ("a-b_c.1", Ok("a-b_c.1")),
        (&"a".repeat(64), Ok("a".repeat(64).as_str())),
        (&"a".repeat(65), Err(InvalidSetting::LocalPart)),
        ("", Err(InvalidSetting::LocalPart)),
        ("arlo+x", Err(InvalidSetting::LocalPart)),
        ("árlo", Err(InvalidSetting::LocalPart)),
        ("arlo@relay.example", Err(InvalidSetting::LocalPart)),
        ("a..b", Err(InvalidSetting::LocalPart)),
        (".a", Err(InvalidSetting::LocalPart)),
        ("a.", Err(InvalidSetting::LocalPart)),
        ("Postmaster", Err(InvalidSetting::Postmaster)),
    ] {
        let local_part = LocalPart::parse(text);
        assert_eq!(
            local_part.as_ref().map(LocalPart::as_str),
            expected.as_ref().copied(),
            "{text}"
        );
    }
    assert_eq!(
        LocalPart::parse(LocalPart::default().as_str()),
        Ok(LocalPart::default())
    );
}

#[test]
fn a_lifetime_is_within_its_range() {
    for (text, expected) in [("10", true), ("300", true), ("900", true)].into_iter().chain([
        ("9", false),
        ("901", false),
        ("-300", false),
        ("soon", false),
        ("", false),
        ("99999999999999999999", false),
    ]) {
        assert_eq!(Lifetime::parse(text).is_ok(), expected, "{text}");
    }
    assert_eq!(Lifetime::from_secs(300), Ok(Lifetime::default()));
    let message = Lifetime::from_secs(0).unwrap_err().to_string();
    assert_eq!(message, "needs a number of seconds from 10 to 900");
}
