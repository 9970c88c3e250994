//! The part of CSS that decides whether a browser shows the text of an element.
//!
//! Two kinds of properties hide text. `font-size`, `visibility`, `color` and `text-indent` are inherited: an element
//! that declares its own value is shown, whatever its ancestors declare. `display`, `opacity`, a box without size that
//! cuts off its content, a clip and a position off the page hide all descendants too, and no descendant can undo that.
//!
//! The cascade decides which declaration counts: first by `!important`, then the `style` attribute, then the
//! specificity of the selector, then the order.
//!
//! This is no CSS engine. What is small and certain is read: math functions, `var()` by the sheets and by its fallback,
//! `@media`, `@supports`, `@layer`, shapes that clip all, transformations. Not supported: counters, generated content,
//! attribute selectors, sibling selectors, `@container`, `@scope`, a layer within a layer, `zoom`, masks, the position
//! of a box in another, percentages of a length that a layout decides. A rule or a declaration with one of these is
//! skipped, and so is one that a browser would not understand.
//!
//! So text whose visibility cannot be decided counts as visible. That is the safe side: such a number can only be one
//! more, and two different numbers of one rank are a conflict. If a number were left out instead, another one, that the
//! page shows for something else, could be left as the only one.
//!
//! Sources: CSS 2.2, CSS Cascading and Inheritance 5, CSS Values 4, Selectors 4, CSS Color 4, and HTML section 15.3 for
//! what browsers declare by themselves. cssparser splits the text into tokens.

mod calc;
mod cascade;
mod colour;
mod condition;
mod custom;
mod declaration;
mod ink;
mod layer;
mod length;
mod letters;
mod media;
mod property;
mod selector;
mod shape;
mod sheet;
mod style;
mod supports;
mod value;

pub(super) use cascade::{CascadeLevel, Declarations};
pub(super) use colour::{Colour, legacy as legacy_colour};
pub(super) use custom::Custom;
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
