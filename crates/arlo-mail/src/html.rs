//! The visible text of an HTML page, in lines and cells.
//!
//! html5gum splits the page into tokens (WHATWG HTML section 13.2.5). No tree is built. A stack of the open elements,
//! with the style that a browser computes for each, says which text is hidden and which is a heading. Elements without
//! an end tag are ended as the standard says.

mod attributes;
mod doctype;
mod element;
mod open;
mod sheets;
mod tokens;

use html5gum::Tokenizer;

use self::open::Elements;
use self::tokens::Tokens;
use crate::steps::{Steps, TooComplex};
use crate::visible::VisibleText;

/// How much longer a usual page is than its visible text.
const BYTES_PER_VISIBLE_BYTE: usize = 8;

/// Reads the visible text of a page.
pub(super) fn read(html: &str, steps: &Steps) -> Result<VisibleText, TooComplex> {
    // One step a byte for finding the style sheets, and one for the tokens and their text.
    steps.count_checked(2 * html.len())?;
    let mode = doctype::mode_of_page(html);
    let sheet = sheets::from_page(html, mode, steps)?;
    let mut elements = Elements::new(sheet, mode, html.len().div_ceil(BYTES_PER_VISIBLE_BYTE), steps);
    let mut tokens = Tokenizer::new_with_emitter(html, Tokens::new(&mut elements));
    if let Some(Ok(too_complex)) = tokens.next() {
        return Err(too_complex);
    }
    drop(tokens);
    Ok(elements.finish())
}
