use super::*;

#[test]
fn look_alikes_are_spelled_alike() {
    let visible = VisibleText::from_plain_text(
        "> 46\u{200b}7\u{a0}2\u{ad}66 \t x\n\n４６７２６６\r\n٤٦٧२६६\u{1d7d2}\n4\u{fe0f}\u{20e3}\n46–72\nコード｡。",
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
            (4, "46-72"),
            (5, "コード。。")
        ]
    );
}

#[test]
fn blanks_in_a_row_are_one() {
    let mut visible = VisibleText::default();
    for piece in ["  a ", " b", "\u{a0}\u{200b} ", " c  d", "\te"] {
        visible.push(piece);
    }
    visible.end_cell();
    visible.push(" f");
    visible.push("  g");
    visible.end_line();
    let texts: Vec<_> = visible.cells().map(|cell| cell.text).collect();
    assert_eq!(texts, ["a b c d e", "f g"]);
    assert_eq!(visible.text, "a b c d e\tf g");
}

#[test]
fn every_line_end_ends_one_line() {
    let visible = VisibleText::from_plain_text("a\r\nb\rc\u{c}d\u{2028}e’\r\r\nf\n\r\ng\r");
    let cells: Vec<_> = visible.cells().map(|cell| (cell.text, cell.after_gap)).collect();
    let expected = [
        ("a", false),
        ("b", false),
        ("c", false),
        ("d e’", false),
        ("f", true),
        ("g", true),
    ];
    assert_eq!(cells, expected);
}

#[test]
fn a_line_of_empty_cells_is_an_empty_line() {
    let mut visible = VisibleText::default();
    visible.push("a");
    visible.break_line();
    visible.end_cell();
    visible.break_line();
    visible.push("b");
    visible.end_line();
    let cells: Vec<_> = visible
        .cells()
        .map(|cell| (cell.text, cell.line, cell.after_gap))
        .collect();
    assert_eq!(cells, [("a", 0, false), ("b", 1, true)]);
}

#[test]
fn a_box_begins_a_cell_or_a_group() {
    for (left, right, expected) in [
        ("5", "7", &["5 7"] as &[_]),
        ("467", "266", &["467 266"]),
        ("22.11.2026", "467266", &["22.11.2026", "467266"]),
        ("10:05", "467266", &["10:05", "467266"]),
        ("10:05", "467", &["10:05 467"]),
        ("2026", "467", &["2026", "467"]),
        ("467266", "10", &["467266", "10"]),
        ("467 266", "10", &["467 266", "10"]),
        ("at", "467266", &["at 467266"]),
    ] {
        let mut visible = VisibleText::default();
        visible.push(left);
        visible.mark_box();
        visible.push(right);
        visible.end_line();
        let cells: Vec<_> = visible.cells().map(|cell| cell.text).collect();
        assert_eq!(cells, expected);
    }
}
