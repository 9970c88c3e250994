//! The part of CSS that decides whether a browser shows the text of an element.
//!
//! Two kinds of properties hide text. `font-size`, `visibility`, `color` and `text-indent` are inherited: an element
//! that declares its own value is shown, whatever its ancestors declare. `display`, `opacity`, a box without size that
//! cuts off its content, a clip and a position off the page hide all descendants too, and no descendant can undo that.
//!
//! The cascade decides which declaration counts: first by `!important`, then the `style` attribute, then the
//! specificity of the selector, then the order.
//!
//! Not supported: counters, generated content, attribute selectors, sibling selectors, `@supports`. A rule with one of
//! them is skipped. A declaration that a browser would not understand is skipped too.
//!
//! Sources: CSS 2.2, CSS Cascading and Inheritance 4, Selectors 4, CSS Color 4, and HTML section 15.3 for what browsers
//! declare by themselves. cssparser splits the text into tokens.

mod cascade;
mod colour;
mod declaration;
mod length;
mod media;
mod property;
mod selector;
mod sheet;
mod style;
mod value;

pub(super) use cascade::{CascadeLevel, Declarations};
pub(super) use colour::{Colour, legacy as legacy_colour};
pub(super) use length::{Length, from_size_attribute};
pub(super) use media::list_holds as media_holds;
pub(super) use property::{Display, Position, Property, Value};
pub(super) use selector::Symbol;
pub(super) use sheet::Sheet;
pub(super) use style::Style;

/// The mode in which a browser reads a page (HTML section 13.2.6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Mode {
    /// No-quirks mode: as the standards say.
    Standard,
    /// Quirks mode: as old browsers did.
    #[default]
    Quirks,
}
