//! Lengths (CSS Values 4), as far as they can be computed without laying a page out.

use cssparser::{Parser, Token, match_ignore_ascii_case};

use super::Mode;

/// A length as declared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Length {
    /// In pixels of 1/96 inch.
    Px(f32),
    /// In letters of the element's own size; of its parent's, for `font-size` itself.
    Em(f32),
    /// In letters of the page's size.
    Rem(f32),
    /// In parts of something else: 1 is all of it.
    Part(f32),
}

/// The size of letters where nobody says otherwise, in pixels.
pub(crate) const MEDIUM: f32 = 16.0;
/// The window that a page is read in: a usual one on a desk.
pub(super) const WINDOW: (f32, f32) = (1024.0, 768.0);

impl Length {
    /// Reads one length. A bare number is one if it is 0, and in quirks mode also else.
    pub(super) fn parse(input: &mut Parser<'_>, mode: Mode) -> Option<Self> {
        let length = match input.next().ok()? {
            Token::Dimension { value, unit, .. } => Self::with_unit(*value, unit)?,
            Token::Percentage { unit_value, .. } => Self::Part(*unit_value),
            Token::Number { value, .. } if *value == 0.0 || mode == Mode::Quirks => Self::Px(*value),
            _ => return None,
        };
        Some(length)
    }

    fn with_unit(value: f32, unit: &str) -> Option<Self> {
        let (width, height) = WINDOW;
        Some(match_ignore_ascii_case! { unit,
            "px" => Self::Px(value),
            "pt" => Self::Px(value * 4.0 / 3.0),
            "pc" => Self::Px(value * 16.0),
            "in" => Self::Px(value * 96.0),
            "cm" => Self::Px(value * 96.0 / 2.54),
            "mm" => Self::Px(value * 96.0 / 25.4),
            "q" => Self::Px(value * 96.0 / 101.6),
            "em" => Self::Em(value),
            "ex" | "ch" => Self::Em(value / 2.0),
            "rem" => Self::Rem(value),
            "vw" => Self::Px(value * width / 100.0),
            "vh" => Self::Px(value * height / 100.0),
            "vmin" => Self::Px(value * height / 100.0),
            "vmax" => Self::Px(value * width / 100.0),
            _ => return None,
        })
    }

    /// In pixels; a part is one of `whole`, and unknown where that is.
    pub(super) fn pixels(self, letters: f32, whole: Option<f32>) -> Option<f32> {
        Some(match self {
            Self::Px(value) => value,
            Self::Em(value) => value * letters,
            Self::Rem(value) => value * MEDIUM,
            Self::Part(value) => value * whole?,
        })
    }
}

/// Reads a size of letters.
pub(super) fn font_size(input: &mut Parser<'_>, mode: Mode) -> Option<Length> {
    if let Ok(keyword) = input.try_parse(|input| match input.next() {
        Ok(Token::Ident(name)) => size_keyword(name).ok_or(()),
        _ => Err(()),
    }) {
        return Some(keyword);
    }
    let length = Length::parse(input, mode)?;
    let (Length::Px(value) | Length::Em(value) | Length::Rem(value) | Length::Part(value)) = length;
    (value >= 0.0).then_some(length)
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
