//! What counts as a heading: a number in one is the code, and a number in a text of usual size beside it is not.

use arlo_mail::{Content, Senders, read};

/// Whether this number is found although there is another one.
fn is_heading(page: &str) -> bool {
    let mail = format!(
        "From: do_not_reply@arlo.com\r\nContent-Type: text/html\r\n\r\n<!DOCTYPE html><p>Hallå</p><p>111222</p>{page}<p>Hej</p>"
    );
    match read(mail.as_bytes(), &Senders::default()).unwrap().content {
        Content::Code(code) => code.expose() == "467266",
        Content::ConflictingCodes => false,
        content => panic!("{page}: {content:?}"),
    }
}

#[test]
fn headings_and_large_texts() {
    for (page, expected) in [
        ("<h1>467266</h1>", true),
        ("<h6>467266</h6>", true),
        ("<h6><span style='color:red'>467266</span></h6>", true),
        ("<h6><span style='font-size:inherit'>467266</span></h6>", true),
        ("<h6><span style='font-size:unset'>467266</span></h6>", true),
        ("<h1><span style='font-size:12px'>467266</span></h1>", false),
        ("<p style='font-size:24px'>467266</p>", true),
        ("<p style='font-size:20px'>467266</p>", true),
        ("<p style='font-size:19px'>467266</p>", false),
        ("<p style='font-size:14px'>467266</p>", false),
        ("<p style='color:red'>467266</p>", false),
        // What a browser declares by itself makes no heading and undoes none.
        ("<div style='font-size:22px'><small>467266</small></div>", true),
        ("<p><big>467266</big></p>", false),
        ("<font size=5>467266</font>", true),
        ("<font size=+2>467266</font>", true),
        ("<font size=4>467266</font>", false),
        ("<font size=-1>467266</font>", false),
        ("<font size=x>467266</font>", false),
        ("<p size=5>467266</p>", false),
    ] {
        assert_eq!(is_heading(page), expected, "{page}");
    }
}
