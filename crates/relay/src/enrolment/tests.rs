use super::*;

#[test]
fn a_replaced_address_takes_mail_for_a_while() {
    let at = |second| Timestamp::from_second(second).unwrap();
    let once = Addresses::FIRST.replaced(at(10)).unwrap();
    let takes = |addresses: Addresses, now| [0, 1, 2].map(|version| addresses.is_good(version, at(now)));
    assert_eq!(takes(Addresses::FIRST, 0), [true, false, false]);
    assert_eq!(takes(once, 9), [true, true, false]);
    assert_eq!(takes(once, 10), [false, true, false]);
    assert_eq!(takes(once.replaced(at(20)).unwrap(), 9), [false, true, true]);
}

#[test]
fn no_address_comes_again() {
    let mut addresses = Addresses::FIRST;
    let mut seen = vec![addresses.current];
    while let Some(next) = addresses.replaced(Timestamp::UNIX_EPOCH) {
        assert!(!seen.contains(&next.current), "{}", next.current);
        seen.push(next.current);
        addresses = next;
    }
    assert_eq!(seen.len(), 256);
}

#[test]
fn labels_are_one_short_line() {
    assert_eq!(Label::parse(" Home Assistant ").unwrap().as_str(), "Home Assistant");
    for text in ["", "  ", "a\nb", "\u{7f}", &"x".repeat(65)] {
        assert_eq!(Label::parse(text), None, "{text}");
    }
    for text in [
        "\u{202e}gnp.x",
        "a\u{2066}b",
        "a\u{200b}b",
        "a\u{2028}b",
        "a\u{2029}b",
        "\u{feff}a",
        "a\u{1b}b",
    ] {
        assert_eq!(Label::parse(text), None, "{text:?}");
    }
    for text in [&"ü".repeat(64), "台所 १२३ – Café"] {
        assert_eq!(Label::parse(text).unwrap().as_str(), text);
    }
}

#[test]
fn a_label_that_was_stored_before_is_shown_without_what_none_may_have() {
    let label = |text| Label::stored(text).map(|label| label.as_str().to_owned());
    assert_eq!(
        label("\u{202e}gnp.x\u{2066} \u{200b}\u{2028}zz").as_deref(),
        Some("gnp.x zz")
    );
    assert_eq!(label("Home Assistant").as_deref(), Some("Home Assistant"));
    assert_eq!(label("\u{200b}"), None);
}
