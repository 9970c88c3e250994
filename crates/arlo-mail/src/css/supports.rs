//! `@supports` (CSS Conditional Rules 4), for a browser of today.

use cssparser::{Parser, match_ignore_ascii_case};

use super::Mode;
use super::condition::{Or, Truth, condition, skip_rest};
use super::declaration;
use super::property::longhands;

/// Whether a condition holds. One that is not understood does not.
pub(super) fn holds(input: &mut Parser<'_>) -> bool {
    let found = condition(input, 0, Or::Allowed, declaration).ok().flatten();
    found == Some(true) && input.is_exhausted()
}

/// A declaration in parentheses. Nothing is known of a property that is in no list.
fn declaration(input: &mut Parser<'_>) -> Truth {
    let name = input.try_parse(Parser::expect_ident_cloned).ok()?;
    input.expect_colon().ok()?;
    let is_understood = longhands(&name).map(|_| declaration::is_understood(&name, input, Mode::Standard));
    skip_rest(input);
    match is_understood {
        // The reader does not understand every value that a browser does.
        Some(is_understood) => is_understood.then_some(true),
        None if name.starts_with("--") || is_known(&name) => Some(true),
        None if is_of_other_browsers(&name) => Some(false),
        None => None,
    }
}

/// Properties of browsers that are no more, and of those on telephones.
fn is_of_other_browsers(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["-moz-", "-ms-", "-o-", "-khtml-"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || matches!(name.as_str(), "-webkit-overflow-scrolling" | "-webkit-touch-callout")
}

/// Properties that every browser of today knows and that do not decide whether text is seen.
fn is_known(name: &str) -> bool {
    match_ignore_ascii_case! { name,
        "align-content" | "align-items" | "align-self" | "animation" | "appearance" | "-webkit-appearance"
        | "aspect-ratio" | "backdrop-filter" | "background-size" | "border" | "border-radius" | "box-shadow"
        | "box-sizing" | "color-scheme" | "column-count" | "columns"
        | "contain" | "container-type" | "cursor" | "flex" | "flex-basis" | "flex-grow" | "flex-shrink" | "flex-wrap"
        | "font-family" | "font-variation-settings" | "font-weight" | "gap" | "grid" | "grid-area" | "grid-template"
        | "grid-template-areas" | "grid-template-columns" | "grid-template-rows" | "hyphens" | "isolation"
        | "justify-content" | "letter-spacing" | "line-height" | "mask" | "-webkit-mask" | "mask-image" | "min-height"
        | "min-width" | "mix-blend-mode" | "object-fit" | "order" | "padding" | "perspective" | "pointer-events"
        | "row-gap" | "scroll-behavior" | "shape-outside" | "text-align" | "text-decoration" | "transform-style"
        | "transition" | "user-select" | "will-change" | "writing-mode" | "z-index" => true,
        _ => false,
    }
}
