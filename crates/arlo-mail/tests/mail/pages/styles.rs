//! What declarations hide, and which of them count (CSS 2.2 and the modules after it).

use super::{STANDARD, hidden, seen, shown};

/// Which of these `style` attributes hide the text of a paragraph.
fn of_paragraph(cases: &[(&str, bool)]) {
    for (style, is_hidden) in cases {
        let page = format!("{STANDARD}<p style=\"{style}\">467266");
        assert_eq!(seen(&page).is_empty(), *is_hidden, "{style}");
    }
}

#[test]
fn sizes_of_elements() {
    // A text of two pixels or less cannot be read.
    for (page, size, is_hidden) in [
        ("<h1>", 1.1, false),
        ("<h1>", 0.9, true),
        ("<h2>", 1.4, false),
        ("<h3>", 1.8, false),
        ("<h3>", 1.7, true),
        ("<h4>", 2.1, false),
        ("<h5>", 2.3, true),
        ("<h5>", 2.5, false),
        ("<h6>", 2.9, true),
        ("<h6>", 3.1, false),
        ("<small>", 2.3, true),
        ("<sub>", 2.3, true),
        ("<sup>", 2.3, true),
        ("<small>", 2.5, false),
        ("<big>", 1.8, false),
        ("<big>", 1.6, true),
    ] {
        let page = format!("{STANDARD}<div style='font-size:{size}px'>{page}467266");
        assert_eq!(seen(&page).is_empty(), is_hidden, "{page}");
    }
    shown(&["<div style='font-size:0'><font size=3>467266"]);
    // In quirks mode a table begins anew, and nothing else does.
    assert_eq!(seen("<div style='font-size:0'><table><td>467266"), "467266");
    assert_eq!(seen("<div style='font-size:0'><div>467266"), "");
    hidden(&["<div style='font-size:0'><table><td>467266"]);
}

#[test]
fn lengths_in_all_units() {
    of_paragraph(&[
        ("font-size:.1pc", true),
        ("font-size:.2pc", false),
        ("font-size:.02in", true),
        ("font-size:.03in", false),
        ("font-size:.05cm", true),
        ("font-size:.06cm", false),
        ("font-size:.5mm", true),
        ("font-size:.6mm", false),
        ("font-size:2q", true),
        ("font-size:2.5q", false),
        ("font-size:1.4pt", true),
        ("font-size:1.6pt", false),
        ("font-size:.1rem", true),
        ("font-size:.2rem", false),
        ("font-size:.1em", true),
        ("font-size:.2ex", true),
        ("font-size:.3ex", false),
        ("font-size:.1vw", true),
        ("font-size:.1vh", true),
        ("font-size:.1vmin", true),
        ("font-size:.1vmax", true),
        ("font-size:10%", true),
        ("font-size:-1px", false),
        ("font-size:0", true),
        ("font-size:1", false),
        ("text-indent:-9999px", true),
        ("text-indent:-9999", false),
    ]);
    assert_eq!(seen("<p style='text-indent:-9999'>467266"), "");
    assert_eq!(seen("<p style='font-size:1'>467266"), "");
    hidden(&["<body style='text-indent:-9999px'>467266"]);
}

#[test]
fn declarations_of_every_form() {
    of_paragraph(&[
        ("display:none", true),
        ("display:none x", false),
        ("visibility:hidden", true),
        ("visibility:hidden x", false),
        ("visibility:hidden!important", true),
        ("font-family:'a;display:none;b'", false),
        ("color:red;;display:none", true),
        ("opacity:.04", true),
        ("opacity:.05", false),
        ("opacity:4%", true),
        ("margin:-9999px", true),
        ("margin:0 0 0 -9999px", true),
        ("margin:0 -9999px", true),
        ("margin:0 -9999px 0 0", false),
        ("margin:0 0 -9999px", false),
        ("margin:0 auto", false),
        ("margin:0 0 0 0 -9999px", false),
        ("margin:-9999px 0 0 0 0", false),
        ("margin:-9999px!important", true),
        ("font:0 Arial", true),
        ("font:0/1 Arial", true),
        ("font:bold 0 Arial", true),
        ("font:italic 700 0 Arial,sans-serif", true),
        ("font:0", false),
        ("height:0;overflow:hidden", true),
        ("height:0;overflow:visible", false),
        ("display:initial;height:0;overflow:hidden", false),
        ("height:0;overflow:auto", true),
        ("height:0;overflow:scroll", true),
        ("height:0;overflow:clip", true),
        ("height:0;overflow:overlay", true),
        ("max-height:0;overflow:auto", true),
        ("width:0;overflow:auto", true),
        ("width:0;overflow:visible", false),
        ("height:0;overflow:auto visible", true),
        ("height:0;overflow-x:hidden", true),
        ("height:0;overflow-x:clip", false),
        ("height:0;overflow-x:clip;overflow-y:auto", true),
        ("height:20px;overflow:auto", false),
        ("overflow:auto", false),
        ("filter:opacity(0)", true),
        ("filter:opacity(0%)", true),
        ("-webkit-filter:opacity(0)", true),
        ("filter:blur(0) opacity(.2) opacity(.2)", true),
        ("filter:url(#x) opacity(0)", true),
        ("filter:opacity(.1);opacity:.1", true),
        ("filter:opacity(0)!important", true),
        ("filter:opacity(1)", false),
        ("filter:opacity()", false),
        ("filter:opacity(50%)", false),
        ("filter:grayscale(0)", false),
        ("filter:none", false),
        ("filter:opacity(0) x", false),
        ("filter:alpha(opacity=0)", false),
        ("filter:opacity(0);filter:none", false),
        ("content-visibility:hidden", true),
        ("content-visibility:auto", false),
        ("content-visibility:visible", false),
        ("display:inline;content-visibility:hidden", false),
        ("display:inline-block;content-visibility:hidden", true),
        ("position:absolute;inset:0 auto auto -9999px", true),
        ("position:fixed;inset:-9999px auto auto", true),
        ("position:absolute;inset:0 9999px", true),
        ("position:relative;inset:0 0 0 0", false),
        ("position:absolute;inset:auto", false),
        ("inset:0 auto auto -9999px", false),
        ("position:absolute;inset:0 0 0 0 -9999px", false),
        ("position:absolute;inset:0 0 0 -9999px;left:0", false),
        ("position:absolute;inset-inline-start:-9999px", true),
        ("position:absolute;inset-block-start:-9999px", true),
        ("margin-inline-start:-9999px", true),
        ("max-block-size:0;overflow:hidden", true),
        ("inline-size:0;overflow:hidden", true),
        ("max-height:calc(0px);overflow:hidden", true),
        ("height:calc( 0em );overflow:hidden", true),
        ("max-height:calc(20px);overflow:hidden", false),
        ("max-height:calc(0);overflow:hidden", false),
        ("max-height:0;max-height:calc(100vh - 20px);overflow:hidden", false),
        ("max-height:0;max-height:max(20px,1em);overflow:hidden", false),
        ("font-size:calc(0px)", true),
        ("font-size:CALC(1px)", true),
        ("font-size:calc(0%)", true),
        ("font-size:calc(14px)", false),
        ("margin-left:calc(-9999px)", true),
        ("display:none;float:left", true),
        ("display:none;position:absolute", true),
        ("position:absolute;clip:rect(0,99px,0,0)", true),
        ("position:absolute;clip:rect(0,0,99px,0)", true),
        ("position:absolute;clip:rect(0,99px,99px,0)", false),
        ("position:absolute;clip:rect(0 0 0 0)", true),
        ("position:absolute;clip:auto", false),
        ("clip-path:circle(0)", true),
        ("clip-path:circle(0%)", true),
        ("clip-path:circle(50%)", false),
        ("clip-path:ellipse(0 0)", true),
        ("clip-path:inset(50%)", true),
        ("clip-path:inset(10%)", false),
        ("transform:scale(0)", true),
        ("transform:scale(0%)", true),
        ("transform:scale(1,0)", true),
        ("transform:scale(1)", false),
        ("transform:rotate(0)", false),
        ("transform:translate(0,0)", false),
        ("transform:translateX(-9999px)", true),
        ("transform:translate(0,9999px)", true),
        ("transform:perspective(9999px)", false),
        ("transform:translate(1px) scale(0)", true),
    ]);
    hidden(&[
        "<span style='float:left;height:0;overflow:hidden'>467266",
        "<span style='position:absolute;height:0;overflow:hidden'>467266",
        "<div style='opacity:.2'><p style='opacity:inherit'>467266",
        "<div style='filter:opacity(.2)'><p style='opacity:.2'>467266",
        "<table><td style='content-visibility:hidden'><p>467266",
        "<div style='content-visibility:hidden'><p style='content-visibility:visible'>467266",
        "<div style='filter:opacity(0)'><p style='filter:none'>467266",
    ]);
    shown(&[
        "<div style='opacity:.2'><div><p style='opacity:inherit'>467266",
        "<div style='opacity:.2'><p style='opacity:unset'>467266",
        "<span style='content-visibility:hidden'>467266</span>",
        "<table style='content-visibility:hidden'><td>467266",
        "<div style='filter:opacity(.5)'><p>467266",
        "<span style='height:0;overflow:hidden'>467266",
        "<div style='opacity:.2'><p style='opacity:initial'>467266",
    ]);
}

#[test]
fn lines_follow_the_box_of_an_element() {
    for (page, expected) in [
        ("a<span style='display:block'>b</span>c", "a|b|c"),
        ("<style>b{display:block}</style>a<b>b</b>c", "a|b|c"),
        ("a<span style='display:flex'>b</span>c", "a|b|c"),
        ("a<span style='display:list-item'>b</span>c", "a|b|c"),
        ("a<span style='display:table'>b</span>c", "a|b|c"),
        ("a<span style='display:table-row'>b</span>c", "a|b|c"),
        ("a<span style='display:table-cell'>b</span>c", "a|b|c"),
        (
            "<p>a</p><span style='display:block'>467266</span><span style='display:block'>10 minutes",
            "a|467266|10 minutes",
        ),
        ("a <div style='display:inline'>b</div> c", "a b c"),
        ("<style>p{display:inline}</style><p>a</p> <p>b</p>", "a b"),
        (
            "<ul><li style='display:inline'>a </li><li style='display:inline'>b",
            "a b",
        ),
        ("a<div style='display:contents'>b</div>c", "abc"),
        (
            "<table><td style='display:block'>467</td><td style='display:inline'>266</td></table>",
            "467|266",
        ),
        (
            "<table><td style='display:inline'>467</td><td style='display:inline'>266</td></table>",
            "467266",
        ),
        (
            "<div style='display:inherit'><span style='display:inherit'>a</span></div>b",
            "a|b",
        ),
        ("<div>a<span style='display:inherit'>b</span>c</div>", "a|b|c"),
        ("a<span style='display:initial'>b</span>c", "abc"),
        ("a<div style='display:initial'>b</div>c", "abc"),
        ("a<div style='display:bogus'>b</div>c", "a|b|c"),
        ("a<b style='display:block'>b<p>c</p></b>d", "a|b|c|d"),
        ("<b style='display:block'>a<p>b</b>c", "a|b|c"),
        ("a<span style='position:absolute'>b</span>c", "a|b|c"),
        ("467<span style='position:absolute;left:-9999px'>x</span>266", "467266"),
        (
            "467<div style='position:absolute;clip:rect(0,0,0,0)'>x<p>y</p></div>266",
            "467266",
        ),
        (
            "<div style='float:left'>467</div><div style='float:left'>266</div>",
            "467|266",
        ),
        ("<div style='display:none;float:left'>x</div>467", "467"),
    ] {
        assert_eq!(seen(&format!("{STANDARD}{page}")), expected, "{page}");
    }
}

#[test]
fn boxes_in_a_line() {
    for (page, expected) in [
        ("<i>467</i><i>266</i>", "467 266"),
        ("<i>467</i> <i>266</i>", "467 266"),
        ("<p>467</p><p>266</p>", "467 266"),
        ("<p>Your code is</p><p>467266</p>", "Your code is 467266"),
        ("code<i>467266</i>now", "code 467266 now"),
        ("a<i>b</i>c", "abc"),
        ("<i>4</i><i>6</i><i>7</i><i>2</i><i>6</i><i>6</i>", "4 6 7 2 6 6"),
        // After a whole code another number begins.
        ("<p>467266</p><p>10 minutes left</p>", "467266|10 minutes left"),
        ("<p>467 266</p> <p>10 minutes left</p>", "467 266|10 minutes left"),
        ("<p>467</p><p>266</p><p>10 minutes left</p>", "467 266|10 minutes left"),
        (
            "<p>4 6 7 2 6 6</p><p>10 minutes left</p>",
            "4 6 7 2 6 6|10 minutes left",
        ),
        ("<p>467266</p><p>Expires soon</p>", "467266 Expires soon"),
        ("<div>467</div>266", "467|266"),
    ] {
        for display in ["inline-block", "inline-flex", "inline flow-root"] {
            let page = format!("{STANDARD}<style>i,p{{display:{display}}}</style>{page}");
            assert_eq!(seen(&page), expected, "{page}");
        }
    }
}

#[test]
fn items_of_a_container() {
    for (style, page, expected) in [
        ("display:flex", "<p>467</p><p>266</p>", "467 266"),
        ("display:inline-flex", "<p>467</p><p>266</p>", "467 266"),
        ("display:block flex", "<p>467</p><p>266</p>", "467 266"),
        ("display:flex", "<b>467</b><b>266</b>", "467 266"),
        (
            "display:flex",
            "<p>467266</p><p>10 minutes left</p>",
            "467266|10 minutes left",
        ),
        ("display:flex", "<p style='float:left'>467</p><p>266</p>", "467 266"),
        ("display:flex", "<p>467</p><p hidden>x</p><p>266</p>", "467 266"),
        ("display:flex", "<div><p>467</p><p>266</p></div>", "467|266"),
        ("display:flex", "<p>467</p><rp>x</rp><p>266</p>", "467 266"),
        ("display:grid", "<p>467</p><rp>x</rp><p>266</p>", "467|266"),
        (
            "display:flex;flex-direction:row-reverse",
            "<p>467</p><p>266</p>",
            "467 266",
        ),
        ("display:flex;flex-direction:column", "<b>467</b><b>266</b>", "467|266"),
        (
            "display:flex;flex-direction:column-reverse",
            "<p>467</p><p>266</p>",
            "467|266",
        ),
        ("display:flex;flex-flow:column wrap", "<b>467</b><b>266</b>", "467|266"),
        ("display:flex;flex-flow:wrap", "<p>467</p><p>266</p>", "467 266"),
        ("display:flex;flex-direction:bogus", "<p>467</p><p>266</p>", "467 266"),
        ("display:grid", "<b>467</b><b>266</b>", "467|266"),
        ("flex-direction:column", "<b>467</b><b>266</b>", "467266"),
        ("display:flex;display:block", "<p>467</p><p>266</p>", "467|266"),
    ] {
        let page = format!("{STANDARD}<div style='{style}'>{page}</div>");
        assert_eq!(seen(&page), expected, "{page}");
    }
}

#[test]
fn line_ends_of_the_source() {
    for (page, expected) in [
        ("a\nb", "a b"),
        ("<pre>a\nb</pre>", "a|b"),
        ("<pre>a\r\nb</pre>", "a|b"),
        ("<pre>a&#10;b</pre>", "a|b"),
        ("<pre>\na\n\nb\n</pre>c", "a|b|c"),
        ("<pre>a\n<b>b\nc</b>\nd</pre>e\nf", "a|b|c|d|e f"),
        ("<pre><b>a</b>\n<b>b</b></pre>", "a|b"),
        ("<listing>a\nb</listing>", "a|b"),
        ("<xmp>a\n<b>b</xmp>", "a|<b>b"),
        ("<plaintext>a\nb", "a|b"),
        ("<div style='white-space:pre'>a\nb</div>", "a|b"),
        ("<div style='white-space:pre-wrap'>a\nb</div>", "a|b"),
        ("<div style='white-space:pre-line'>a\nb</div>", "a|b"),
        ("<div style='white-space:break-spaces'>a\nb</div>", "a|b"),
        ("<div style='white-space:PRE-WRAP !important'>a\nb</div>", "a|b"),
        ("<div style='white-space-collapse:preserve'>a\nb</div>", "a|b"),
        ("<div style='white-space:nowrap'>a\nb</div>", "a b"),
        ("<div style='white-space:pre bogus'>a\nb</div>", "a b"),
        ("<div style='white-space:pre'><p>a\nb</p></div>", "a|b"),
        ("<pre><span style='white-space:normal'>a\nb</span>\nc</pre>", "a b|c"),
        ("<pre><span style='white-space:initial'>a\nb</span></pre>", "a b"),
        ("<pre style='white-space:normal'>a\nb</pre>", "a b"),
        ("<style>.m{white-space:pre-wrap}</style><p class=m>a\nb</p>", "a|b"),
        ("<pre hidden>a\nb</pre>c", "c"),
        (
            "<pre><table>\n<tr>\n<td>a\nb</td>\n<td>c</td></tr></table></pre>",
            "a|b|c",
        ),
    ] {
        assert_eq!(seen(&format!("{STANDARD}{page}")), expected, "{page:?}");
    }
    // In quirks mode a table begins anew.
    assert_eq!(seen("<pre><table><td>a\nb"), "a b");
    assert_eq!(seen(&format!("{STANDARD}<pre><table><td>a\nb")), "a|b");
}

#[test]
fn declarations_that_undo_others() {
    shown(&[
        "<div style='font-size:0'><p style='font-size:initial'>467266",
        "<div style='font-size:0'><p style='font-size:medium'>467266",
        "<div style='font-size:0'><p style='font:medium Arial'>467266",
        "<div style='font-size:0'><p style='font:700 16px Arial'>467266",
        "<div style='font-size:0'><p style='font:italic bold 16px/20px Arial'>467266",
        "<div style='visibility:hidden'><p style='visibility:initial'>467266",
        "<div style='color:white'><p style='color:initial'>467266",
        "<style>p{transform:none!important}</style><p style='transform:scale(0)'>467266",
        "<div style='text-indent:-9999px'><p style='text-indent:initial'>467266",
        "<style>p{transform:scale(0)}</style><p style='transform:none'>467266",
        "<style>p{transform:scale(0)}</style><p style='transform:none!important'>467266",
        "<style>p{clip-path:inset(50%)}</style><p style='clip-path:none'>467266",
        "<style>p{clip-path:inset(50%)}</style><p style='clip-path:none!important'>467266",
    ]);
}

#[test]
fn rules_by_their_weight() {
    hidden(&[
        "<style>div p{display:none}p{display:block}</style><div><p>467266",
        "<style>.a.b{display:none}.b{display:block}</style><p class='a b'>467266",
        "<style>#a{display:none}p.b{display:block}</style><p id=a class=b>467266",
        "<style>a:link{display:none}a{display:inline}</style><a href=x>467266</a>",
        "<style>a:any-link{display:none}</style><a href=x>467266</a>",
        "<style>div *{display:none}</style><div><p>467266",
        "<style>*{display:none}</style>467266",
        "<style>div>p{display:none}</style><div><p>467266",
        "<style>div > p{display:none}</style><div><p>467266",
        "<style>p ,b{display:none}</style><p>467266",
        // The block of a rule may have rules in it, which count for other elements (CSS Nesting 1).
        "<style>p{b:hover{color:red}display:none}</style><p>467266",
        "<style>p{&:hover{color:red}display:none}</style><p>467266",
    ]);
    shown(&[
        "<style>p{display:none}div p{display:block}</style><div><p>467266",
        "<style>p:hover{display:none}</style><p>467266",
        "<style>div>p{display:none}</style><div><b><p>467266",
        // Not in an attribute.
        "<p style='b:hover{color:red}display:none'>467266",
        // Outside a rule nothing ends at a semicolon.
        "<style>@media screen{x;p{display:none}}</style><p>467266",
        "<style>@media screen{display:none;p{display:none}}</style><p>467266",
    ]);
}

#[test]
fn an_invalid_selector_drops_its_list() {
    let shows = |selectors: &str| {
        let page = format!("{STANDARD}<style>{selectors}{{display:none}}</style><body><p class=a>467266");
        seen(&page).contains("467266")
    };
    for invalid in [
        "_:-ms-fullscreen, :root .a",
        ".a, x:-moz-broken",
        ".a, p::-moz-selection",
        ".a, p:foo",
        ".a, p::foo(x)",
        ".a, :foo(p)",
        ".a,",
        ",.a",
        ".a,,p",
        ".a, p >",
        ".a, > p",
        ".a, p > > p",
        ".a, p + ",
        ".a, p..a",
        ".a, p!",
        ".a, 50%",
        ".a, #1",
        ".a, p:",
        ".a, p::",
        ".a, p: hover",
    ] {
        assert!(shows(invalid), "{invalid}");
    }
    for valid in [
        ".a, p::-webkit-x",
        ".a, p::-WebKit-scrollbar",
        ".a, p:hover",
        ".a, p::before",
        ".a, p:before",
        ".a, p::selection",
        ".a, p:not(.a)",
        ".a, p:nth-child(99)",
        ".a, p + p",
        ".a, p ~ b > i",
        ".a, [href]",
        ".a, p[x='y'] b",
        ".a, *|b",
        ".a, p:is(:-moz-x)",
        ".a, p::part(x)",
        " .a , p:root ",
    ] {
        assert!(!shows(valid), "{valid}");
    }
}
