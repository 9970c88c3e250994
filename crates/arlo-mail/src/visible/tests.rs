use super::*;

#[test]
fn look_alikes_are_spelled_alike() {
    let visible = VisibleText::from_plain_text(
        "> 46\u{200b}7\u{a0}2\u{ad}66 \t x\n\n４６７２６６\r\n٤٦٧२६६\u{1d7d2}\n4\u{fe0f}\u{20e3}\n46–72",
    );
    let texts: Vec<_> = visible.cells().map(|u| (u.line, u.text)).collect();
    assert_eq!(
        texts,
        [
            (0, "467 266"),
            (0, "x"),
            (1, "467266"),
            (2, "4672664"),
            (3, "4"),
            (4, "46-72")
        ]
    );
}
