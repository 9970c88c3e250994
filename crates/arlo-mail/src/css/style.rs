//! What a browser computes for one element from what is declared and what it inherits.

use super::colour::Colour;
use super::declaration::{Display, Own, Position, Property, Value};
use super::length::{Length, MEDIUM};

/// As far from its place, in pixels, nobody looks for text.
pub(super) const OFF_PAGE: f32 = 900.0;
/// Letters of so many pixels cannot be read.
const TOO_SMALL: f32 = 2.0;
/// What lets less than this of its ink through cannot be read.
const TOO_FAINT: f32 = 0.05;

/// The computed values that decide whether text is seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// Whether the whole subtree is hidden.
    gone: bool,
    /// Of the element and all its ancestors together.
    opacity: f32,
    visible: bool,
    font_size: f32,
    ink: Colour,
    fill: Option<Colour>,
    /// The opaque colour under the text; `None` where a picture is.
    paper: Option<Colour>,
    text_indent: f32,
    /// Whether the box that the text's line stands in moves it off the page.
    is_indented_off: bool,
}

impl Style {
    /// What the page begins with.
    pub(crate) const ROOT: Self = Self {
        gone: false,
        opacity: 1.0,
        visible: true,
        font_size: MEDIUM,
        ink: Colour::BLACK,
        fill: None,
        paper: Some(Colour::WHITE),
        text_indent: 0.0,
        is_indented_off: false,
    };

    /// The size of the letters in pixels.
    pub(crate) fn font_size(&self) -> f32 {
        self.font_size
    }

    /// The colour that is inherited as ink.
    pub(crate) fn ink(&self) -> Colour {
        self.ink
    }

    /// Hides the element with all that is in it.
    pub(crate) fn hide(&mut self) {
        self.gone = true;
    }

    /// Whether text that stands in the element itself is seen.
    pub(crate) fn shows_text(&self) -> bool {
        if self.gone || !self.visible || self.opacity < TOO_FAINT || self.font_size <= TOO_SMALL || self.is_indented_off
        {
            return false;
        }
        let ink = self.fill.unwrap_or(self.ink);
        !ink.is_transparent() && self.paper.is_none_or(|paper| ink.over(paper).differs(paper))
    }

    /// The values of a child of this element that declares `own` and is laid out as `display` unless it says otherwise.
    pub(crate) fn child(&self, own: &Own, display: Display) -> Self {
        let mut child = *self;
        if own.is_empty() {
            child.gone |= display == Display::None;
            child.indent(display);
            return child;
        }
        child.font_size = match own.get(Property::FontSize) {
            Some(Value::Length(size)) => size.pixels(self.font_size, Some(self.font_size)).unwrap_or(MEDIUM),
            Some(Value::Initial) => MEDIUM,
            _ => self.font_size,
        };
        child.visible = match own.get(Property::Visibility) {
            Some(Value::Is(visible)) => visible,
            Some(Value::Initial) => true,
            _ => self.visible,
        };
        child.ink = match own.get(Property::Color) {
            Some(Value::Colour(ink)) => ink,
            Some(Value::Initial) => Colour::BLACK,
            _ => self.ink,
        };
        child.fill = match own.get(Property::TextFill) {
            Some(Value::Colour(fill)) => Some(fill),
            Some(Value::Initial | Value::CurrentColour) => None,
            _ => self.fill,
        };
        child.text_indent = match own.get(Property::TextIndent) {
            Some(Value::Length(indent)) => indent.pixels(child.font_size, None).unwrap_or(0.0),
            Some(Value::Initial) => 0.0,
            _ => self.text_indent,
        };
        child.opacity = match own.get(Property::Opacity) {
            Some(Value::Number(opacity)) => self.opacity * opacity,
            Some(Value::Inherit) => self.opacity * self.opacity,
            _ => self.opacity,
        };
        child.paper = child.paper_over(own, self.paper);
        let display = child.display(own, display);
        child.indent(display);
        child.gone |= child.takes_subtree_away(own, display);
        child
    }

    /// An indent moves lines, which boxes have; what is within a line moves with it.
    fn indent(&mut self, display: Display) {
        if display != Display::Inline {
            self.is_indented_off = self.text_indent <= -OFF_PAGE;
        }
    }

    /// How the element is laid out.
    fn display(&self, own: &Own, default: Display) -> Display {
        let display = match own.get(Property::Display) {
            Some(Value::Display(display)) => display,
            Some(Value::Initial) => Display::Inline,
            _ => default,
        };
        // Out of the flow, everything is a box.
        let is_out = own.get(Property::Position) == Some(Value::Position(Position::Absolute))
            || own.get(Property::Float) == Some(Value::Is(true));
        if is_out && display != Display::None {
            Display::Box
        } else {
            display
        }
    }

    fn paper_over(&self, own: &Own, below: Option<Colour>) -> Option<Colour> {
        let colour = match own.get(Property::BackgroundColor) {
            Some(Value::Colour(colour)) => colour,
            Some(Value::CurrentColour) => self.ink,
            _ => Colour::TRANSPARENT,
        };
        let has_picture = own.get(Property::BackgroundImage) == Some(Value::Is(true));
        if colour.is_opaque() {
            // A reader that loads no pictures shows the colour, and whoever sets both means them to look alike.
            return Some(colour);
        }
        if has_picture {
            return None;
        }
        below.map(|below| colour.over(below))
    }

    /// Whether the element hides all that is in it, whatever that declares for itself.
    fn takes_subtree_away(&self, own: &Own, display: Display) -> bool {
        if display == Display::None {
            return true;
        }
        let position = match own.get(Property::Position) {
            Some(Value::Position(position)) => position,
            _ => Position::Static,
        };
        let pixels = |property: Property| match own.get(property) {
            Some(Value::Length(length)) => length.pixels(self.font_size, None),
            _ => None,
        };
        let is = |property: Property| own.get(property) == Some(Value::Is(true));
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
            none(property) || matches!(own.get(property), Some(Value::Length(Length::Part(part))) if part <= 0.0)
        };
        let cut = display == Display::Box
            && (is(Property::OverflowY) && (none(Property::Height) || none(Property::MaxHeight))
                || is(Property::OverflowX) && (none_of_width(Property::Width) || none_of_width(Property::MaxWidth)));
        let clipped = is(Property::ClipPath) || position == Position::Absolute && is(Property::Clip);
        let transformed = display != Display::Inline && is(Property::Transform);
        moved || pushed || cut || clipped || transformed
    }
}
