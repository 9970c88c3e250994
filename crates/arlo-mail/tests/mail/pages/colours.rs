//! Text that has the colour of what is behind it is not seen.

use super::{hidden, seen, shown};

#[test]
fn colours_of_attributes() {
    hidden(&[
        "<body text=white>467266",
        "<body bgcolor=black>467266",
        "<body text=white><a>467266</a>",
        "<table bgcolor=black><td>467266",
        "<font color=white>467266</font>",
        "<mark style='color:yellow'>467266</mark>",
        // These attributes have a meaning for some elements only.
        "<div bgcolor=black style='color:white'>467266",
        "<div background=x.png style='color:white'>467266",
        "<table><td style='color:white'>467266",
        // A number whose parts have one digit each.
        "<body bgcolor=f text=#0f0000>467266",
        // Leading zeroes of all parts are dropped.
        "<body bgcolor=#001002003 text=#010203>467266",
        "<body bgcolor=#000000001000000002000000003 text=#000000>467266",
        "<body bgcolor=#123 text=#112233>467266",
        "<body bgcolor=#0a0b0c0d0e0f text=#a0c0e0>467266",
    ]);
    shown(&[
        "<p text=white>467266",
        "<body text=white><a href=x>467266</a>",
        "<body text=white><mark>467266</mark>",
        "<table background=x.png><td style='color:white'>467266",
        "<body background=x.png text=white>467266",
        "<table bgcolor=black><td style='color:white'>467266",
    ]);
}

#[test]
fn colours_of_declarations() {
    hidden(&[
        "<p style='color:red'><span style='background-color:currentcolor'>467266",
        "<p style='color:red;background:currentcolor'>467266",
        "<p style='background:url(x.png) #fff;color:#fff'>467266",
        "<p style='-webkit-text-fill-color:white'>467266",
        "<p style='-webkit-text-fill-color:transparent'>467266",
        "<table background=x.png><td style='color:transparent'>467266",
        "<p style='background-image:none;color:white'>467266",
        "<p style='background:none;color:white'>467266",
        "<p style='background:#000;color:#080808'>467266",
        // No value of `background` has such a block, so the declaration counts for nothing.
        "<p style='background:(x) black;color:white'>467266",
        "<p style='background:[x] black;color:white'>467266",
    ]);
    shown(&[
        "<p style='background:#000;color:#090909'>467266",
        "<div style='-webkit-text-fill-color:white'><p style='-webkit-text-fill-color:initial'>467266",
        "<div style='-webkit-text-fill-color:white'><p style='-webkit-text-fill-color:currentcolor'>467266",
        "<p style='color:white;-webkit-text-fill-color:black'>467266",
        "<table background=x.png><td style='color:rgba(0,0,0,.05)'>467266",
        "<p style='color:white;background:black !important'>467266",
        "<p style='color:white;background:url(\"x.png\") black'>467266",
        "<p style='color:white;background:url(\"x.png\")'>467266",
        "<p style='color:white;background:url(x.png)'>467266",
        "<p style='color:white;background:linear-gradient(black,black)'>467266",
        "<p style='color:white;background:image-set(\"x.png\" 1x)'>467266",
        "<p style='color:white;background:black no-repeat 0 0/10px 50%'>467266",
        "<p style='color:white;background-image:url(\"x.png\")'>467266",
        "<p style='color:white;background-image:none,url(x.png)'>467266",
        "<p style='color:white;background-image:url(x.png),none'>467266",
        "<p style='color:white;background-image:url(x.png) !important'>467266",
        // Only with `#`.
        "<p style='color:ffffff'>467266",
        "<p style='color:fff'>467266",
        "<p style='color:#gggggg'>467266",
    ]);
}

#[test]
fn colours_without_a_mark_in_quirks_mode() {
    for (page, expected) in [
        ("<p style='color:ffffff'>467266", ""),
        ("<p style='color:fff'>467266", ""),
        ("<p style='background:fff;color:white'>467266", ""),
        ("<body text=white><p style='background:000'>467266", ""),
        ("<body text=white><p style='background-color:000'>467266", "467266"),
        // Only three or six digits are a colour.
        ("<p style='color:ffff'>467266", "467266"),
        ("<body text=white><p style='color:red'>467266", "467266"),
        ("<body text=white><p style='color:indigo'>467266", "467266"),
    ] {
        assert_eq!(seen(page), expected, "{page}");
    }
}

#[test]
fn letters_that_something_else_than_their_colour_shows() {
    shown(&[
        "<p style='background:linear-gradient(90deg,#036,#00a);-webkit-background-clip:text;color:transparent'>467266",
        "<p style='background:linear-gradient(#036,#00a);background-clip:text;-webkit-text-fill-color:transparent'>467266",
        "<p style='background:linear-gradient(#036,#00a) text;color:transparent'>467266",
        "<p style='background-color:#036;background-clip:text;color:transparent'>467266",
        "<p style='background:#036;background-clip:border-box, text;color:rgba(255,255,255,.5)'>467266",
        "<p style='background:#036;background-clip:text;color:transparent'><b>467266</b>",
        "<p style='background:#036;background-clip:text;color:transparent'><b style='background:#fffc'>467266</b>",
        "<p style='background:#fff;background-clip:text;color:#000'>467266",
        "<p style='background:#000;background-clip:text;color:#000'>467266",
        "<p style='color:transparent;-webkit-text-stroke:1px #000'>467266",
        "<p style='color:transparent;-webkit-text-stroke:#000 thin'>467266",
        "<p style='color:#fff;-webkit-text-stroke-width:.1em;-webkit-text-stroke-color:#000'>467266",
        "<div style='-webkit-text-stroke:1px red'><p style='color:transparent'>467266",
        "<p style='color:transparent;text-shadow:0 0 0 #1b5a8f'>467266",
        "<p style='color:#fff;text-shadow:#000 1px 1px'>467266",
        "<p style='color:transparent;text-shadow:0 0 transparent, 1px 1px 2px black'>467266",
        "<div style='text-shadow:0 0 red'><p style='color:transparent'>467266",
        "<style>@supports (-webkit-background-clip:text){p{background:#036;-webkit-background-clip:text;color:transparent}}\
         </style><p>467266",
    ]);
    hidden(&[
        "<p style='background:linear-gradient(#036,#00a);color:transparent'>467266",
        "<p style='background:#fff;background-clip:text;color:transparent'>467266",
        "<p style='background-clip:text;color:transparent'>467266",
        "<p style='background:#036;background-clip:text;color:#fff'>467266",
        "<p style='background-clip:text;background:#036;color:transparent'>467266",
        "<p style='background:#036;background-clip:padding-box;color:transparent'>467266",
        "<p style='background:#036;background-clip:letters;color:transparent'>467266",
        "<p style='background:#036;background-clip:text;color:transparent'><b style='background:#fff'>467266</b>",
        "<p style='color:transparent;-webkit-text-stroke:1px'>467266",
        "<p style='color:transparent;-webkit-text-stroke:#000'>467266",
        "<p style='color:transparent;-webkit-text-stroke:0 #000'>467266",
        "<p style='color:transparent;-webkit-text-stroke:1px #000 #fff'>467266",
        "<p style='color:transparent;-webkit-text-stroke:1px #fff'>467266",
        "<p style='color:transparent;text-shadow:1px 1px'>467266",
        "<p style='color:transparent;text-shadow:none'>467266",
        "<p style='color:transparent;text-shadow:1px #000'>467266",
        "<p style='color:transparent;text-shadow:1px 1px 1px 1px #000'>467266",
        "<p style='color:#fff;text-shadow:1px 1px #fff'>467266",
        "<div style='text-shadow:0 0 red'><p style='color:transparent;text-shadow:initial'>467266",
        "<div style='-webkit-text-stroke:1px red'><p style='color:transparent;-webkit-text-stroke-width:initial'>467266",
    ]);
}
