//! Pages, and which text of them is seen, as the standards of HTML and CSS say.

mod at_rules;
mod colours;
mod elements;
mod functions;
mod headings;
mod limits;
mod styles;

use arlo_mail::testing::visible_html;

/// What comes before the body of a page that is read as the standards say. Without it a page is read in quirks mode.
const STANDARD: &str = "<!DOCTYPE html>";

/// The visible text of a page, with a `|` between its lines and cells.
fn seen(page: &str) -> String {
    let head = "From: do_not_reply@arlo.com\r\nContent-Type: text/html; charset=utf-8\r\n\r\n";
    let parts = visible_html((head.to_owned() + page).as_bytes());
    parts.first().map(|(_, text)| text.replace('\n', "|")).unwrap()
}

/// Each page shows its `467266`; all of them are read as the standards say.
fn shown(pages: &[&str]) {
    for page in pages {
        assert!(seen(&(STANDARD.to_owned() + page)).contains("467266"), "{page}");
    }
}

/// No page shows its `467266`.
fn hidden(pages: &[&str]) {
    for page in pages {
        assert!(!seen(&(STANDARD.to_owned() + page)).contains("467266"), "{page}");
    }
}
