use super::*;

fn css(text: &str) -> Option<[u8; 4]> {
    match parse(&mut Parser::new(text), false)? {
        ColourValue::Colour(colour) => Some(bytes(colour)),
        ColourValue::Current => None,
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 255"
)]
fn bytes(colour: Colour) -> [u8; 4] {
    let [r, g, b] = colour.parts;
    [r, g, b, colour.alpha].map(|part| (part * 255.0).round() as u8)
}

#[test]
fn colours_however_they_are_spelled() {
    for (text, expected) in [
        ("#FFF", Some([255, 255, 255, 255])),
        ("#1b5a8f", Some([0x1b, 0x5a, 0x8f, 255])),
        ("WHITE", Some([255, 255, 255, 255])),
        ("rgb(255, 255, 255)", Some([255, 255, 255, 255])),
        ("rgb(100% 100% 100%)", Some([255, 255, 255, 255])),
        ("rgba(0,0,0,0)", Some([0, 0, 0, 0])),
        ("hsl(0, 0%, 100%)", Some([255, 255, 255, 255])),
        ("transparent", Some([0, 0, 0, 0])),
        ("fff", None),
        ("ffff", None),
        ("#ffff", Some([255, 255, 255, 255])),
        ("#ggg", None),
        ("url(x)", None),
        ("currentcolor", None),
    ] {
        assert_eq!(css(text), expected, "{text}");
    }
}

#[test]
fn colours_of_attributes() {
    for (text, expected) in [
        ("#ffffff", Some([255, 255, 255, 255])),
        ("ffffff", Some([255, 255, 255, 255])),
        ("#fff", Some([255, 255, 255, 255])),
        ("white", Some([255, 255, 255, 255])),
        ("", None),
        ("transparent", None),
        ("#f5f5f5", Some([0xf5, 0xf5, 0xf5, 255])),
        // A character that is no digit counts as zero.
        ("chucknorris", Some([0xc0, 0, 0, 255])),
        ("#123", Some([0x11, 0x22, 0x33, 255])),
        ("123", Some([1, 2, 3, 255])),
        ("f", Some([15, 0, 0, 255])),
        ("#0a0b0c0d0e0f", Some([0xa0, 0xc0, 0xe0, 255])),
        ("000102030000405060000708090", Some([0x10, 0x40, 0x70, 255])),
        ("#000000000", Some([0, 0, 0, 255])),
    ] {
        assert_eq!(legacy(text.as_bytes()).map(bytes), expected, "{text}");
    }
}

#[test]
fn text_is_distinguished_from_its_background() {
    let grey = legacy(b"#fdfdfd").unwrap();
    assert!(!grey.differs(Colour::WHITE) && Colour::BLACK.differs(Colour::WHITE));
    assert!(!Colour::TRANSPARENT.over(grey).differs(grey));
}
