use super::*;

#[test]
fn what_is_written_reads_back_and_nothing_else_does() {
    let text = encode(&[1, 2, 3, 250, 255, 0, 7, 8, 9, 10]);
    assert_eq!(text.len(), 16);
    assert_eq!(*decode::<10>(&text).unwrap(), [1, 2, 3, 250, 255, 0, 7, 8, 9, 10]);
    let long = encode(&[0xff; 36]);
    assert_eq!(*decode::<36>(&long).unwrap(), [0xff; 36]);
    for other in [
        "",
        &text.to_uppercase(),
        &text[1..],
        &format!("{text}a"),
        "é",
        &"1".repeat(16),
        // The last character has bits that no byte has.
        &format!("{}7", &long[..57]).replace("77", "7b"),
    ] {
        assert_eq!(decode::<10>(other), None, "{other}");
    }
    assert_eq!(decode::<36>(&format!("{}b", &long[..57])), None);
}
