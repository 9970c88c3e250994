//! Whether a browser shows the text of an element: the part of CSS that decides it.
//!
//! Two sorts of property hide text. `font-size`, `visibility`, `color` and `text-indent` are inherited values: an
//! element that sets its own is shown, whatever its ancestors say. `display`, `opacity`, a box of no extent that cuts
//! off its content, a clip and a place off the page act on the whole subtree: nothing inside undoes them. Which
//! declaration counts is the cascade's matter: `!important`, then the `style` attribute, then the more specific
//! selector, then the later one.
//!
//! What is left out: counters, generated content, attribute selectors and those of siblings, `@supports`. A rule that
//! needs them is passed over, as is a declaration that a browser would not understand.
//!
//! Sources: CSS 2.2, CSS Cascading and Inheritance 4, Selectors 4, CSS Color 4, HTML section 15.3 (what a browser
//! declares by itself). cssparser divides the text into tokens.

mod colour;
mod declaration;
mod length;
mod media;
mod selector;
mod sheet;
mod style;
mod value;

pub(super) use colour::{Colour, legacy as legacy_colour};
pub(super) use declaration::{Display, Level, Own, Property, Value, font_of_size_attribute};
pub(super) use length::Length;
pub(super) use selector::Symbol;
pub(super) use sheet::Sheet;
pub(super) use style::Style;

/// How a browser reads a page that does not say by which standard it was written (HTML section 13.2.5.1: quirks mode).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Mode {
    /// By the standard.
    Standard,
    /// As browsers did before there was one.
    #[default]
    Quirks,
}
