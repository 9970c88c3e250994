use super::*;

fn found(words: &str) -> Vec<(char, Range<usize>)> {
    let table = Table::new([(" a ", 'a'), ("code", 'c'), (" cod ", 'd'), (" co", 'e'), ("de", 'f')]);
    let mut found = Vec::new();
    let none_is_enough = !table.any(words.as_bytes(), |meaning, place| {
        found.push((meaning, place));
        false
    });
    assert!(none_is_enough);
    found
}

#[test]
fn cues_are_found_where_they_begin() {
    assert_eq!(found(" a cod "), [('a', 0..3), ('d', 2..7), ('e', 2..5)]);
    assert_eq!(
        found(" code decode a"),
        [
            ('c', 1..5),
            ('e', 0..3),
            ('f', 3..5),
            ('f', 6..8),
            ('c', 8..12),
            ('f', 10..12)
        ]
    );
    assert_eq!(found(""), []);
    assert_eq!(found("c"), []);
}

#[test]
fn one_cue_may_be_enough() {
    let table = Table::new([("code", 'c'), ("word", 'w')]);
    let mut seen = 0;
    assert!(table.any(b"a code word", |meaning, _| {
        seen += 1;
        meaning == 'c'
    }));
    assert_eq!(seen, 1);
}
