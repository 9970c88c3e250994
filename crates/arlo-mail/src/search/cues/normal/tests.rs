use super::*;

/// The words, with a bar in the place of each blank that stands for a mark.
fn shown(text: &str) -> String {
    let marked = Marked::new(text);
    let mut words = marked.words.clone();
    for (at, byte) in words.iter_mut().enumerate() {
        if marked.is_divided(at..=at) {
            assert_eq!(*byte, b' ');
            *byte = b'|';
        }
    }
    String::from_utf8(words).unwrap_or_default()
}

#[test]
fn marks_are_kept_where_they_are() {
    for (text, expected) in [
        ("", " $"),
        ("Arlo Support: Code", " arlo support|code $"),
        ("Support - code, and more:", " support|code|and more|$"),
        ("Wi-Fi code (new)", " wi fi code new $"),
        (": a , : b", "|a|b $"),
        ("5 %, a", " 5 %|a $"),
        ("a, in order to b: c", " a|to b|c $"),
        ("a, in order, in case b: c in order", " a|b|c $"),
        ("in order in order: a", " in order|a $"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}
