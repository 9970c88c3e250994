//! What makes the letters of a text seen: their colour, a line around them, a shadow, or the background of a box that
//! is cut to the shape of its letters (`background-clip: text`, CSS Backgrounds 4 section 2.7).

use super::cascade::Declarations;
use super::colour::Colour;
use super::property::{Property, Value};

/// The values that decide whether letters are seen. All are inherited but the background, which is painted in the
/// letters of descendants too.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ink {
    /// `-webkit-text-fill-color`; `None` for the element's `color`.
    fill: Option<Colour>,
    has_stroke: bool,
    /// `-webkit-text-stroke-color`; `None` for the element's `color`.
    stroke: Option<Colour>,
    shadow: Option<Colour>,
    /// Whether a background is seen in the shape of the letters.
    is_painted: bool,
}

impl Ink {
    pub(super) const ROOT: Self = Self {
        fill: None,
        has_stroke: false,
        stroke: None,
        shadow: None,
        is_painted: false,
    };

    /// The values of a child with these declarations, with this `color`, over this background of its parent.
    pub(super) fn child(&self, declared: &Declarations, text_colour: Colour, below: Option<Colour>) -> Self {
        let own_colour = |property: Property, inherited: Option<Colour>| match declared.get(property) {
            Some(Value::Colour(colour)) => Some(colour),
            Some(Value::Initial | Value::CurrentColour) => None,
            _ => inherited,
        };
        Self {
            fill: own_colour(Property::TextFill, self.fill),
            has_stroke: match declared.get(Property::TextStrokeWidth) {
                Some(Value::Flag(has_stroke)) => has_stroke,
                Some(Value::Initial) => false,
                _ => self.has_stroke,
            },
            stroke: own_colour(Property::TextStrokeColor, self.stroke),
            shadow: match declared.get(Property::TextShadow) {
                Some(Value::CurrentColour) => Some(text_colour),
                _ => own_colour(Property::TextShadow, self.shadow),
            },
            is_painted: self.is_child_painted(declared, text_colour, below),
        }
    }

    fn is_child_painted(&self, declared: &Declarations, text_colour: Colour, below: Option<Colour>) -> bool {
        let background = declared_background(declared, text_colour);
        if is_cut_to_letters(declared) {
            self.is_painted || has_image(declared) || is_seen(background, below)
        } else {
            self.is_painted && !background.is_opaque()
        }
    }

    /// Whether letters in this `color` are seen over a background.
    pub(super) fn is_seen(&self, text_colour: Colour, background: Option<Colour>) -> bool {
        let fill = self.fill.unwrap_or(text_colour);
        let stroke = self.stroke.unwrap_or(text_colour);
        is_seen(fill, background)
            || self.is_painted && !fill.is_opaque()
            || self.has_stroke && is_seen(stroke, background)
            || self.shadow.is_some_and(|shadow| is_seen(shadow, background))
    }
}

fn is_seen(colour: Colour, background: Option<Colour>) -> bool {
    let differs = |background: Colour| colour.over(background).differs(background);
    !colour.is_transparent() && background.is_none_or(differs)
}

pub(super) fn declared_background(declared: &Declarations, text_colour: Colour) -> Colour {
    match declared.get(Property::BackgroundColor) {
        Some(Value::Colour(colour)) => colour,
        Some(Value::CurrentColour) => text_colour,
        _ => Colour::TRANSPARENT,
    }
}

pub(super) fn has_image(declared: &Declarations) -> bool {
    declared.get(Property::BackgroundImage) == Some(Value::Flag(true))
}

/// Whether the background of an element is seen in its letters only.
pub(super) fn is_cut_to_letters(declared: &Declarations) -> bool {
    declared.get(Property::BackgroundClip) == Some(Value::Flag(true))
}
