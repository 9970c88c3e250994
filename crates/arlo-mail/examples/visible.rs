//! Prints what the reader takes for visible in the HTML of mails, a JSON object a part: `visible FILE …`.
//!
//! tests/browser/run.py holds it against a browser.

#![allow(clippy::print_stdout, reason = "a program for tests")]

use std::error::Error;

use arlo_mail::testing::visible_html;
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    for path in std::env::args_os().skip(1) {
        for (html, text) in visible_html(&std::fs::read(&path)?) {
            let file = path.to_string_lossy();
            println!("{}", json!({"file": file, "html": html, "text": text}));
        }
    }
    Ok(())
}
