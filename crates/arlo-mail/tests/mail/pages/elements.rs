//! Which element a text belongs to, where tags are left out or out of order (HTML section 13.2.6).

use super::{hidden, seen, shown};

#[test]
fn some_tags_end_no_element() {
    hidden(&[
        // What comes after the end of the body belongs to it.
        "<body hidden>x</body>467266",
        "<body hidden>x</html>467266",
        // The end tag of a paragraph ends none outside a button, an object or a table.
        "<p hidden><button></p></button>467266",
        "<p hidden><object></p></object>467266",
        "<p hidden><applet></p></applet>467266",
        "<p hidden><template></p></template>467266",
        "<p hidden><marquee></p>467266</marquee>",
        // The end tag of an element in a line ends none outside a special element.
        "<span hidden><button></span></button>467266",
        "<span hidden><object></span></object>467266",
        "<span hidden><template></span></template>467266",
        "<span hidden><noscript></span></noscript>467266",
        "<span hidden><marquee></span></marquee>467266",
        "<span hidden><table><td></span>467266",
        // The end tag of a heading ends the heading, and nothing around it.
        "<div hidden><h1>x</h1>467266</div>",
        // A text in a table and in no cell belongs to what is around the table.
        "<div style='color:white'><table style='color:black'><tr>467266",
        // A block goes on when a formatting element around it ends.
        "<b>x<div hidden>y</b>467266</div>",
        // Tags in the content of such an element are text.
        "<div hidden><textarea></div></textarea>467266</div>",
        // Only Outlook's elements are ended by a slash.
        "<span hidden/>467266",
        "<o:p hidden>467266</o:p>",
    ]);
    // In quirks mode a table does not end a paragraph.
    assert_eq!(seen("<p hidden><table><td></p>467266"), "");
}

#[test]
fn some_elements_end_others() {
    shown(&[
        "<p hidden>x<h1>467266",
        "<p hidden><b>x</p>467266",
        "<p hidden>x<h3>y</h3>467266",
        "<div hidden><button></div></button>467266",
        "<h1 hidden>x</h1>467266",
        "<h1 hidden>x<i>y</h2>467266",
        "<ul><li hidden>x<div><li>467266",
        "<ul><li hidden>x<p><li>467266",
        "<table><tr hidden><caption>467266",
        "<table><tr hidden><colgroup></colgroup><td>467266",
        "<table hidden><tr><table><td>467266",
        "<table hidden><tr><table></table><td>467266",
        "<p><b hidden>x</p></b>467266",
        "<p><b hidden>x</p><div></b>467266</div>",
        "<o:p hidden/>467266",
        // Foreign elements are neither special nor a barrier.
        "<span hidden><svg></span>467266",
    ]);
    hidden(&[
        "<table hidden><td><table><td>467266",
        "<ul><li hidden>x<table><td><li>467266",
    ]);
}

#[test]
fn foreign_elements_close_themselves() {
    shown(&[
        "<svg width='1' height='1'/>467266",
        "<svg />467266",
        "<math/>467266",
        "<div><svg viewBox='0 0 1 1'/><p>467266</p></div>",
        "<svg><g><path d='M0 0'/><circle r=1 /></g></svg>467266",
        "<svg><g/></svg>467266",
        "<svg><title/></svg>467266",
        "<svg><style/><script/></svg>467266",
        "<math><mi/><mspace/></math>467266",
    ]);
    hidden(&[
        // A slash that belongs to the value of an attribute.
        "<svg width=1 height=1/>467266",
        "<svg><g/>467266",
        "<svg><title/>467266",
        "<svg><text>467266</text></svg>",
        "<div hidden/>467266",
    ]);
}

#[test]
fn some_elements_end_foreign_ones() {
    for name in [
        "p",
        "div",
        "table><td",
        "span",
        "h1",
        "b",
        "ul><li",
        "font color=red",
        "font face=Arial",
        "font size=2",
        "code",
    ] {
        shown(&[
            &format!("<svg><{name}>467266"),
            &format!("<svg><g><path><{name}>467266"),
            &format!("<math><mrow><{name}>467266"),
        ]);
    }
    shown(&[
        "<svg></p>467266",
        "<svg><g></br>467266",
        "<svg><img>467266",
        "<svg><br>467266",
        "<p hidden><svg><p>467266",
    ]);
    hidden(&[
        "<svg><a>467266</a>",
        "<svg><font>467266</font>",
        "<svg><foreignObject><p>467266",
        "<svg><desc><p>467266",
        "<svg><title><p>467266",
        "<div hidden><svg><p>467266",
        "<svg></div>467266",
    ]);
}

#[test]
fn formatting_goes_on_where_its_block_ended() {
    hidden(&[
        "<p><b style='display:none'>x</p>467266",
        "<p><b style='display:none'>x</p><i>467266</i>",
        "<p><i style='display:none'><b>x</p></b>467266",
        // In a block it begins anew inside of it, and around an element in a line.
        "<p><b style='color:white'>x</p><div style='color:black'>467266",
    ]);
    shown(&["<p><b style='color:white'>x</p><span style='color:black'>467266"]);
}

#[test]
fn elements_without_content_hold_none() {
    for element in [
        "img", "input", "area", "col", "embed", "frame", "param", "source", "track", "wbr", "meta", "link", "base",
        "basefont", "bgsound", "br", "hr",
    ] {
        shown(&[&format!("<{element} hidden>467266")]);
    }
    shown(&[
        "<td hidden>467266",
        "<tr hidden>467266",
        "<div><tbody hidden>467266",
        "<caption hidden>467266",
    ]);
}

#[test]
fn elements_whose_content_is_never_seen() {
    for element in [
        "template", "iframe", "noembed", "select", "textarea", "audio", "video", "canvas", "datalist", "rp", "style",
        "script", "title", "noframes",
    ] {
        hidden(&[&format!("x<{element}>467266</{element}>")]);
    }
    hidden(&[
        "<svg><desc>467266</desc></svg>",
        "<select><option>467266</option></select>",
    ]);
    shown(&["<noscript>467266</noscript>", "<button>467266</button>"]);
    // No script runs, so the content of this element is one of elements.
    hidden(&["x<noscript><b hidden>467266</b></noscript>"]);
}

#[test]
fn a_body_has_its_attributes_after_what_may_be_in_a_head() {
    for before in [
        "<meta charset=utf-8>",
        "<link rel=x>",
        "<base href=x>",
        "<style>p{color:red}</style>",
        "<script>x</script>",
        "<title>x</title>",
        "<template>x</template>",
        "<noscript></noscript>",
        "<head></head>\n",
        "<html> <head> </head> ",
    ] {
        hidden(&[&format!("{before}<body style='display:none'>467266")]);
    }
    hidden(&[
        "<meta charset=utf-8><html style='display:none'>467266",
        "<style>html{display:none}</style>467266",
        "<style>:root{display:none}</style>467266",
    ]);
}

#[test]
fn the_body_has_the_attributes_of_all_its_tags() {
    hidden(&[
        "<body><body hidden>467266",
        "x<body hidden>467266",
        "<body class=a><div>x<body style='color:white'>467266",
        "<style>.b{display:none}</style>x<body class=b>467266",
        "<body bgcolor=black><body bgcolor=white><p style='color:black'>467266",
    ]);
    shown(&[
        "<body><p>x<body bgcolor=black text=white>467266",
        "<html><body class=a><html><body bgcolor=#000 class=b><p style='color:white'>467266",
        "<style>.b{display:none}</style><body class=a><body class=b>467266",
        "<body style='color:red'><body style='display:none'>467266",
        "<body style='color:red;'><body class=a style='display:none'>467266",
    ]);
}

#[test]
fn links_are_anchors_that_lead_somewhere() {
    hidden(&[
        "<style>a:link{display:none}</style><a href=x>467266</a>",
        "<style>:any-link{display:none}</style><a href>467266</a>",
        "<style>p :link b{display:none}</style><p><a href=x><b>467266</b></a>",
    ]);
    shown(&[
        "<style>a:link{display:none}</style><a>467266</a>",
        "<style>a:any-link{display:none}</style><a name=x>467266</a>",
        "<style>:link{display:none}</style><p href=x>467266</p>",
        "<style>a:visited{display:none}</style><a href=x>467266</a>",
    ]);
}

#[test]
fn elements_that_a_browser_hides_by_itself() {
    hidden(&[
        "<dialog>467266</dialog>",
        "<dialog><p>467266</p></dialog>",
        "<div popover>467266</div>",
        "<span popover=manual>467266</span>",
        "<p popover open>467266</p>",
        "<progress>467266</progress>",
        "<progress value=1 max=2 style='display:block'><b>467266</b></progress>",
        "<meter>467266</meter>",
        "<meter value=1><span style='display:block'>467266</span></meter>",
        "<dialog open style='color:white'>467266</dialog>",
        "<dialog open style='left:-9999px'>467266</dialog>",
    ]);
    shown(&[
        "<dialog open>467266</dialog>",
        "<dialog style='display:block'>467266</dialog>",
        "<style>dialog{display:flex}</style><dialog>467266</dialog>",
        "<dialog popover open>467266</dialog>",
        "<div popover style='display:block'>467266</div>",
        "<dialog>x</dialog>467266",
        "<p popover>x</p>467266",
        "<progress value=1>x</progress>467266",
        "<div><meter>x</div>467266",
        "<div style='color:white'><dialog open>467266</dialog></div>",
        "<div style='color:white'><dialog style='display:block'>467266</dialog></div>",
        "<div style='color:white'><p popover style='display:block'>467266</p></div>",
        "<dialog open style='left:-9999px;position:static'>467266</dialog>",
    ]);
}

#[test]
fn tags_divide_lines() {
    for (page, expected) in [
        ("467<html>266", "467266"),
        ("467<body>266", "467266"),
        ("467</div>266", "467266"),
        ("467</p>266", "467|266"),
        ("467</br>266", "467|266"),
        ("467<marquee>266", "467|266"),
        ("467<legend>266", "467|266"),
        ("<table><caption>467</caption><td>266", "467|266"),
        ("<table><td>467<td>266", "467|266"),
        ("467<i>266</i>", "467266"),
        ("467<button>266</button>", "467266"),
        ("code<b>467266</b>now", "code 467266 now"),
        ("code<b>x</b>", "codex"),
        ("-<b>467266</b>", "-467266"),
        ("467<p hidden>x</p>266", "467266"),
        ("code<i hidden>x</i>467266", "code 467266"),
        ("467<div style='display:none'><p>x<br></p>y</div>266", "467266"),
        ("467<div style='visibility:hidden'>x</div>266", "467|266"),
        ("467<details><summary>x</summary></details>266", "467|x|266"),
        ("467<svg><desc>x<p>y</p></desc></svg>266", "467266"),
    ] {
        assert_eq!(seen(page), expected, "{page}");
    }
}

#[test]
fn style_sheets_are_found_where_a_browser_finds_them() {
    hidden(&[
        // A block that is cut off ends with its element.
        "<style>p{display:none</style><p>467266",
        "<!--a---><style>p{display:none}</style><p>467266",
        "<!--a--!><style>p{display:none}</style><p>467266",
        "<!--><style>p{display:none}</style><p>467266",
        "<title></t></title><style>p{display:none}</style><p>467266",
    ]);
    shown(&[
        "<span>p{display:none}</span><p>467266",
        "<styles>p{display:none}</styles><p>467266",
        "<!--a- -><style>p{display:none}</style>--><p>467266",
    ]);
}
