//! The values that a browser computes for one element, from its declarations and its parent.

use super::cascade::Declarations;
use super::colour::Colour;
use super::ink::{Ink, declared_background, has_image, is_cut_to_letters};
use super::length::{Length, MEDIUM, OFF_PAGE};
use super::property::{Display, Layout, Overflow, Position, Property, Value};

/// A font of so many pixels or less cannot be read.
const TOO_SMALL: f32 = 2.0;
/// Text with less opacity than this cannot be read.
const TOO_FAINT: f32 = 0.05;

/// Of a box that is scaled to this or less, nothing can be read, whatever the size of its letters.
const TOO_SCALED: f32 = 0.05;

/// How the children of an element are placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Items {
    AsDeclared,
    InRow,
    InColumn,
}

/// The computed values that decide whether text is seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// The kind of box that the element has; none if an ancestor has none.
    display: Display,
    items: Items,
    /// Whether the element and all its descendants are hidden.
    is_hidden: bool,
    /// The `opacity` of the element.
    own_opacity: f32,
    /// The opacity of the element, multiplied with that of all its ancestors.
    opacity: f32,
    visible: bool,
    font_size: f32,
    /// The part of the font size that the transformations of the element and of all its ancestors leave.
    scale: f32,
    text_colour: Colour,
    ink: Ink,
    /// The opaque colour behind the text; `None` if there is an image.
    background: Option<Colour>,
    text_indent: f32,
    /// Whether the `text-indent` of the box moves its lines off the page.
    is_indented_off: bool,
    /// Whether the line ends of the source are those of the text (`white-space`).
    keeps_lines: bool,
}

impl Style {
    /// The values of the root element's parent.
    pub(crate) const ROOT: Self = Self {
        display: Display::Block,
        items: Items::AsDeclared,
        is_hidden: false,
        own_opacity: 1.0,
        opacity: 1.0,
        visible: true,
        font_size: MEDIUM,
        scale: 1.0,
        text_colour: Colour::BLACK,
        ink: Ink::ROOT,
        background: Some(Colour::WHITE),
        text_indent: 0.0,
        is_indented_off: false,
        keeps_lines: false,
    };

    /// The font size in pixels.
    pub(crate) fn font_size(&self) -> f32 {
        self.font_size
    }

    /// The `color` that children inherit.
    pub(crate) fn text_colour(&self) -> Colour {
        self.text_colour
    }

    /// The kind of box that the element has; [`Display::None`] also if it takes no place in the text around it.
    pub(crate) fn display(&self) -> Display {
        self.display
    }

    /// Whether the line ends of the source are those of the text.
    pub(crate) fn keeps_lines(&self) -> bool {
        self.keeps_lines
    }

    /// Takes the element and all its descendants away.
    pub(crate) fn hide(&mut self) {
        self.is_hidden = true;
        self.display = Display::None;
    }

    /// Whether text directly in the element is seen.
    pub(crate) fn shows_text(&self) -> bool {
        if self.is_hidden
            || !self.visible
            || self.opacity < TOO_FAINT
            || self.font_size * self.scale <= TOO_SMALL
            || self.is_indented_off
        {
            return false;
        }
        self.ink.is_seen(self.text_colour, self.background)
    }

    /// The values of a child with these declarations. `display` is the browsers' default for the child.
    pub(crate) fn child(&self, declared: &Declarations, display: Display) -> Self {
        let mut child = Self {
            items: Items::AsDeclared,
            own_opacity: 1.0,
            ..*self
        };
        if declared.is_empty() {
            // An element that a browser never shows is hidden by the caller.
            let display = self.display_of_item(display);
            child.indent(display);
            child.take_place(display);
            return child;
        }
        child.font_size = match declared.get(Property::FontSize) {
            Some(Value::Length(size)) => size
                .pixels(self.font_size, Some(self.font_size))
                .unwrap_or(MEDIUM)
                .max(0.0),
            Some(Value::Initial) => MEDIUM,
            _ => self.font_size,
        };
        child.visible = match declared.get(Property::Visibility) {
            Some(Value::Flag(visible)) => visible,
            Some(Value::Initial) => true,
            _ => self.visible,
        };
        child.text_colour = match declared.get(Property::Color) {
            Some(Value::Colour(colour)) => colour,
            Some(Value::Initial) => Colour::BLACK,
            _ => self.text_colour,
        };
        child.ink = self.ink.child(declared, child.text_colour, self.background);
        child.text_indent = match declared.get(Property::TextIndent) {
            Some(Value::Length(indent)) => indent.pixels(child.font_size, None).unwrap_or(0.0),
            Some(Value::Initial) => 0.0,
            _ => self.text_indent,
        };
        child.own_opacity = match declared.get(Property::Opacity) {
            Some(Value::Number(opacity)) => opacity,
            Some(Value::Inherit) => self.own_opacity,
            _ => 1.0,
        };
        let filter = match declared.get(Property::Filter) {
            Some(Value::Number(opacity)) => opacity,
            _ => 1.0,
        };
        child.opacity = self.opacity * child.own_opacity * filter;
        child.keeps_lines = match declared.get(Property::WhiteSpace) {
            Some(Value::Flag(keeps)) => keeps,
            Some(Value::Initial) => false,
            _ => self.keeps_lines,
        };
        child.items = match declared.get(Property::Layout) {
            Some(Value::Layout(Layout::Flex)) if declared.get(Property::FlexDirection) != Some(Value::Flag(true)) => {
                Items::InRow
            }
            Some(Value::Layout(Layout::Flex | Layout::Grid)) => Items::InColumn,
            _ => Items::AsDeclared,
        };
        child.background = child.background_over(declared, self.background);
        let display = self.display_of_child(declared, display);
        if display != Display::Inline {
            child.scale = self.scale * transformed(declared);
        }
        child.indent(display);
        let is_hidden = child.takes_subtree_away(declared, display);
        child.is_hidden |= is_hidden;
        // Other text stands as if a box outside the flow were not there.
        let is_gone = is_hidden && is_out_of_flow(declared);
        child.take_place(if is_gone { Display::None } else { display });
        child
    }

    /// Takes a place in the text, unless an ancestor has none.
    fn take_place(&mut self, display: Display) {
        if self.display != Display::None {
            self.display = display;
        }
        self.is_hidden |= self.display == Display::None;
    }

    /// `text-indent` moves the lines of a box. An inline element moves with its line.
    fn indent(&mut self, display: Display) {
        if display != Display::Inline {
            self.is_indented_off = self.text_indent <= -OFF_PAGE;
        }
    }

    /// The kind of box that a child has.
    fn display_of_child(&self, declared: &Declarations, default: Display) -> Display {
        let display = match declared.get(Property::Display) {
            Some(Value::Display(display)) => display,
            Some(Value::Inherit) => self.display,
            Some(Value::Initial) => Display::Inline,
            _ => default,
        };
        // Outside the flow every element is a box.
        if display == Display::None {
            display
        } else if is_out_of_flow(declared) {
            Display::Block
        } else if self.items == Items::AsDeclared && declared.get(Property::Float) == Some(Value::Flag(true)) {
            Display::Float
        } else {
            self.display_of_item(display)
        }
    }

    /// The kind of box that a child in the flow has. A container of items makes a box of each (CSS Flexbox 1 section
    /// 4).
    fn display_of_item(&self, display: Display) -> Display {
        match self.items {
            Items::AsDeclared => display,
            Items::InRow => Display::InlineBlock,
            Items::InColumn => Display::Block,
        }
    }

    fn background_over(&self, declared: &Declarations, below: Option<Colour>) -> Option<Colour> {
        if is_cut_to_letters(declared) {
            return below;
        }
        let colour = declared_background(declared, self.text_colour);
        if colour.is_opaque() {
            // Many mail programs load no images and show the colour, so a sender who sets both chooses a similar
            // colour.
            return Some(colour);
        }
        if has_image(declared) {
            return None;
        }
        below.map(|below| colour.over(below))
    }

    /// Whether the element hides all its descendants, whatever they declare.
    fn takes_subtree_away(&self, declared: &Declarations, display: Display) -> bool {
        if display == Display::None {
            return true;
        }
        let position = match declared.get(Property::Position) {
            Some(Value::Position(position)) => position,
            _ => Position::Static,
        };
        let pixels = |property: Property| match declared.get(property) {
            Some(Value::Length(length)) => length.pixels(self.font_size, None),
            _ => None,
        };
        let is = |property: Property| declared.get(property) == Some(Value::Flag(true));
        let off = |property: Property| pixels(property).is_some_and(|offset| offset.abs() >= OFF_PAGE);
        let moved = position != Position::Static
            && [Property::Left, Property::Top, Property::Right, Property::Bottom]
                .into_iter()
                .any(off);
        let pushed = [Property::MarginLeft, Property::MarginTop]
            .into_iter()
            .any(|property| pixels(property).is_some_and(|offset| offset <= -OFF_PAGE));
        let none = |property: Property| pixels(property).is_some_and(|extent| extent <= 1.0);
        let none_of_width = |property: Property| {
            none(property) || matches!(declared.get(property), Some(Value::Length(Length::Part(part))) if part <= 0.0)
        };
        let overflow = |property: Property| match declared.get(property) {
            Some(Value::Overflow(overflow)) => overflow,
            _ => Overflow::Visible,
        };
        let (x, y) = (overflow(Property::OverflowX), overflow(Property::OverflowY));
        // A box that scrolls in one direction scrolls in the other one too, unless it clips there (CSS Overflow 3
        // section 3.1).
        let cuts = |one: Overflow, other: Overflow| one != Overflow::Visible || other == Overflow::Scroll;
        let cut = display.has_extent()
            && (cuts(y, x) && (none(Property::Height) || none(Property::MaxHeight))
                || cuts(x, y) && (none_of_width(Property::Width) || none_of_width(Property::MaxWidth)));
        let can_skip = display.has_extent() || display == Display::Cell;
        let skipped = can_skip && is(Property::ContentVisibility);
        let clipped = is(Property::ClipPath) || position == Position::Absolute && is(Property::Clip);
        let transformed = display != Display::Inline && transformed(declared) <= TOO_SCALED;
        moved || pushed || cut || skipped || clipped || transformed
    }
}

/// The part of the size that the transformations of an element leave.
fn transformed(declared: &Declarations) -> f32 {
    let part = |property: Property| match declared.get(property) {
        Some(Value::Number(part)) => part,
        _ => 1.0,
    };
    part(Property::Transform) * part(Property::Scale) * part(Property::Translate)
}

/// Whether an element is positioned outside the flow.
fn is_out_of_flow(declared: &Declarations) -> bool {
    declared.get(Property::Position) == Some(Value::Position(Position::Absolute))
}
