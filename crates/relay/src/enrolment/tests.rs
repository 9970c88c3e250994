use super::*;

#[test]
fn a_replaced_address_takes_mail_for_a_while() {
    let at = |second| Timestamp::from_second(second).unwrap();
    let once = Addresses::FIRST.replaced(at(10));
    let takes = |addresses: Addresses, now| [0, 1, 2].map(|version| addresses.is_good(version, at(now)));
    assert_eq!(takes(Addresses::FIRST, 0), [true, false, false]);
    assert_eq!(takes(once, 9), [true, true, false]);
    assert_eq!(takes(once, 10), [false, true, false]);
    assert_eq!(takes(once.replaced(at(20)), 9), [false, true, true]);
    let last = Addresses {
        current: 255,
        former: None,
    };
    assert_eq!(last.replaced(at(10)).current, 0);
}

#[test]
fn labels_are_one_short_line() {
    assert_eq!(Label::parse(" Home Assistant ").unwrap().as_str(), "Home Assistant");
    for text in ["", "  ", "a\nb", "\u{7f}", &"x".repeat(65)] {
        assert_eq!(Label::parse(text), None, "{text}");
    }
    assert!(Label::parse(&"ü".repeat(64)).is_some());
}
