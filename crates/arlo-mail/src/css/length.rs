//! Lengths (CSS Values 4), as far as they can be computed without the layout of a page.

use cssparser::{Parser, Token, match_ignore_ascii_case};

use super::Mode;
use super::calc;
use crate::decode;

/// A length as declared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Length {
    /// In pixels of 1/96 inch.
    Px(f32),
    /// In font sizes of the element; for `font-size` itself, in font sizes of its parent.
    Em(f32),
    /// A part of another length; 1 is all of it.
    Part(f32),
    /// A sum of these, as `calc()` makes one.
    Mixed { px: f32, em: f32, part: f32 },
}

/// The default font size, in pixels.
pub(crate) const MEDIUM: f32 = 16.0;
/// Width and height of the assumed browser window: a usual one of a desktop computer.
pub(super) const WINDOW: (f32, f32) = (1024.0, 768.0);

/// Text that is moved by so many pixels is off the page.
pub(super) const OFF_PAGE: f32 = 900.0;

impl Length {
    /// Reads one length. A number without a unit is one if it is 0, and in quirks mode always.
    pub(super) fn parse(input: &mut Parser<'_>, mode: Mode) -> Option<Self> {
        let length = match input.next().ok()? {
            Token::Function(name) if calc::is_function(name) => {
                let name = name.clone();
                return calc::length(&name, input, None).ok();
            }
            Token::Dimension { value, unit, .. } => Self::with_unit(*value, unit)?,
            Token::Percentage { unit_value, .. } => Self::Part(*unit_value),
            Token::Number { value, .. } if *value == 0.0 || mode == Mode::Quirks => Self::Px(*value),
            _ => return None,
        };
        Some(length)
    }

    pub(super) fn with_unit(value: f32, unit: &str) -> Option<Self> {
        let (width, height) = WINDOW;
        Some(match_ignore_ascii_case! { unit,
            "px" => Self::Px(value),
            "pt" => Self::Px(value * 4.0 / 3.0),
            "pc" => Self::Px(value * 16.0),
            "in" => Self::Px(value * 96.0),
            "cm" => Self::Px(value * 96.0 / 2.54),
            "mm" => Self::Px(value * 96.0 / 25.4),
            "q" => Self::Px(value * 96.0 / 101.6),
            "em" | "ic" => Self::Em(value),
            "ex" | "ch" => Self::Em(value / 2.0),
            // The root element has the default font size.
            "rem" => Self::Px(value * MEDIUM),
            "vw" | "svw" | "lvw" | "dvw" | "vi" => Self::Px(value * width / 100.0),
            "vh" | "svh" | "lvh" | "dvh" | "vb" => Self::Px(value * height / 100.0),
            "vmin" => Self::Px(value * height / 100.0),
            "vmax" => Self::Px(value * width / 100.0),
            _ => return None,
        })
    }

    /// The length in pixels. A part is a part of `whole`; it is unknown if `whole` is.
    pub(super) fn pixels(self, font_size: f32, whole: Option<f32>) -> Option<f32> {
        let [px, em, part] = self.parts();
        // A percentage of an unknown length is unknown even if it is 0.
        let is_in_parts = matches!(self, Self::Part(_)) || part != 0.0;
        let of_whole = if is_in_parts { part * whole? } else { 0.0 };
        Some(px + em * font_size + of_whole)
    }

    /// The parts of a sum: pixels, font sizes, and the part of another length.
    pub(super) fn parts(self) -> [f32; 3] {
        match self {
            Self::Px(px) => [px, 0.0, 0.0],
            Self::Em(em) => [0.0, em, 0.0],
            Self::Part(part) => [0.0, 0.0, part],
            Self::Mixed { px, em, part } => [px, em, part],
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Part(one), Self::Part(other)) => Self::Part(one + other),
            _ => {
                let [px, em, part] = self.parts();
                let [other_px, other_em, other_part] = other.parts();
                Self::Mixed {
                    px: px + other_px,
                    em: em + other_em,
                    part: part + other_part,
                }
            }
        }
    }

    pub(super) fn times(self, factor: f32) -> Self {
        let [px, em, part] = self.parts().map(|value| value * factor);
        match self {
            Self::Part(_) => Self::Part(part),
            _ => Self::Mixed { px, em, part },
        }
    }
}

/// Reads a font size.
pub(super) fn font_size(input: &mut Parser<'_>, mode: Mode) -> Option<Length> {
    if let Ok(keyword) = input.try_parse(|input| match input.next() {
        Ok(Token::Ident(name)) => size_keyword(name).ok_or(()),
        _ => Err(()),
    }) {
        return Some(keyword);
    }
    let function = input.try_parse(|input| match input.next() {
        Ok(Token::Function(name)) if calc::is_function(name) => Ok(name.clone()),
        _ => Err(()),
    });
    if let Ok(name) = function {
        // What is calculated is at least 0, when it is computed.
        return calc::length(&name, input, Some(MEDIUM)).ok();
    }
    let length = Length::parse(input, mode)?;
    let is_negative = length.parts().iter().any(|&value| value < 0.0);
    (!is_negative).then_some(length)
}

fn size_keyword(name: &str) -> Option<Length> {
    Some(match_ignore_ascii_case! { name,
        "xx-small" => Length::Px(9.0),
        "x-small" => Length::Px(10.0),
        "small" => Length::Px(13.0),
        "medium" => Length::Px(MEDIUM),
        "large" => Length::Px(18.0),
        "x-large" => Length::Px(24.0),
        "xx-large" => Length::Px(32.0),
        "xxx-large" => Length::Px(48.0),
        "smaller" => Length::Em(5.0 / 6.0),
        "larger" => Length::Em(1.2),
        _ => return None,
    })
}

/// The font size for the `size` attribute of a `font` element (HTML section 15.3.4).
pub(crate) fn from_size_attribute(value: &[u8]) -> Option<Length> {
    let text = decode::utf8(value);
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (text.get(..1), digits),
        None => (None, text),
    };
    let end = digits.bytes().take_while(u8::is_ascii_digit).count();
    let number: i32 = digits.get(..end)?.parse().ok()?;
    let size = match sign {
        Some("+") => number.saturating_add(3),
        Some(_) => 3_i32.saturating_sub(number),
        None => number,
    };
    Some(Length::Px(match size {
        ..=1 => 10.0,
        2 => 13.0,
        3 => 16.0,
        4 => 18.0,
        5 => 24.0,
        6 => 32.0,
        7.. => 48.0,
    }))
}
