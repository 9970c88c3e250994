//! What a page shows: text laid out in lines and cells, without what a browser hides.
//!
//! html5gum tokenizes (WHATWG HTML section 13.2.5); the tree is not kept. A stack of the open elements, with the styles
//! that a browser computes for them, says what is hidden and what a heading; `open` ends elements whose end tags a page
//! leaves out.

mod attributes;
mod element;
mod open;
mod sheets;
mod tokens;

use html5gum::Tokenizer;

use self::open::Elements;
use self::tokens::Tokens;
use super::budget::{Steps, TooComplex};
use super::page::Page;

/// Lays a page out.
pub(super) fn read(html: &str, steps: &Steps) -> Result<Page, TooComplex> {
    // The style sheets, the tokens, and the text that comes of them.
    steps.pay(2 * html.len())?;
    let mode = sheets::mode_of_page(html);
    let mut elements = Elements::new(sheets::of_page(html, mode, steps)?, mode, steps);
    let mut tokens = Tokenizer::new_with_emitter(html, Tokens::new(&mut elements));
    if let Some(Ok(too_complex)) = tokens.next() {
        return Err(too_complex);
    }
    drop(tokens);
    Ok(elements.finish())
}
