use super::*;

#[test]
fn six_ascii_digits_and_nothing_else() {
    assert_eq!(Code::parse("012345").unwrap().expose(), "012345");
    for text in ["", "12345", "1234567", "12345a", " 12345", "１２３４５６", "12 456"] {
        assert_eq!(Code::parse(text), None, "{text:?}");
    }
}

#[test]
fn debug_shows_no_digit() {
    assert_eq!(format!("{:?}", Code::parse("467266").unwrap()), "Code(…)");
}
