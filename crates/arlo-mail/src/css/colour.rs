//! Colours of text and of backgrounds.

use cssparser::Parser;

use crate::decode;

/// Red, green, blue and opacity, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Colour {
    parts: [f32; 3],
    alpha: f32,
}

/// A reader sees a difference between two colours if one of their parts differs by more than this.
const LEAST_DIFFERENCE: f32 = 8.0 / 255.0;

impl Colour {
    pub(crate) const BLACK: Self = Self::opaque([0.0; 3]);
    pub(crate) const WHITE: Self = Self::opaque([1.0; 3]);
    pub(crate) const TRANSPARENT: Self = Self {
        parts: [0.0; 3],
        alpha: 0.0,
    };
    /// The browsers' colour of a link, and their background of a `mark` element.
    pub(crate) const LINK: Self = Self::opaque([0.0, 0.0, 0.933]);
    pub(crate) const MARK: Self = Self::opaque([1.0, 1.0, 0.0]);

    const fn opaque(parts: [f32; 3]) -> Self {
        Self { parts, alpha: 1.0 }
    }

    pub(super) fn is_opaque(&self) -> bool {
        self.alpha >= 1.0
    }

    pub(super) fn is_transparent(&self) -> bool {
        self.alpha < 0.05
    }

    /// The colour that is seen where this one is over an opaque one.
    pub(super) fn over(self, background: Self) -> Self {
        let [r, g, b] = self.parts;
        let [under_r, under_g, under_b] = background.parts;
        let mix = |above: f32, below: f32| above.mul_add(self.alpha, below * (1.0 - self.alpha));
        Self::opaque([mix(r, under_r), mix(g, under_g), mix(b, under_b)])
    }

    /// Whether a reader sees a difference between two opaque colours.
    pub(super) fn differs(self, other: Self) -> bool {
        self.parts
            .iter()
            .zip(other.parts)
            .any(|(a, b)| (a - b).abs() > LEAST_DIFFERENCE)
    }
}

/// A value of a property that takes a colour.
pub(super) enum ColourValue {
    Colour(Colour),
    /// `currentcolor`.
    Current,
}

/// Reads one colour. `hashless` allows hexadecimal digits without `#`, as browsers do in quirks mode.
pub(super) fn parse(input: &mut Parser<'_>, hashless: bool) -> Option<ColourValue> {
    use cssparser::Token;

    let start = input.position();
    let is_function = match input.next().ok()? {
        Token::Ident(name) if name.eq_ignore_ascii_case("currentcolor") => return Some(ColourValue::Current),
        Token::Function(_) => true,
        _ => false,
    };
    if is_function {
        input
            .parse_nested_block(|inner| -> Result<(), cssparser::ParseError<()>> {
                while inner.next().is_ok() {}
                Ok(())
            })
            .ok()?;
    }
    let text = input.slice_from(start).trim();
    // The library also accepts hexadecimal digits without `#`. CSS does not, and no colour has such a name.
    let is_digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digits && !(hashless && matches!(text.len(), 3 | 6)) {
        return None;
    }
    from_library(&csscolorparser::parse(text).ok()?).map(ColourValue::Colour)
}

fn from_library(colour: &csscolorparser::Color) -> Option<Colour> {
    let part = |value: f32| value.is_finite().then(|| value.clamp(0.0, 1.0));
    Some(Colour {
        parts: [part(colour.r)?, part(colour.g)?, part(colour.b)?],
        alpha: part(colour.a)?,
    })
}

/// Reads the value of `bgcolor` and the like (HTML section 2.3.6, "legacy colour value").
pub(crate) fn legacy(value: &[u8]) -> Option<Colour> {
    let text = decode::utf8(value);
    let text = text.trim();
    if text.is_empty() || text.eq_ignore_ascii_case("transparent") {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_alphabetic())
        && let Ok(named) = csscolorparser::parse(text)
        && !matches!(text.len(), 3 | 4 | 6 | 8 if text.bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        return from_library(&named);
    }
    let digits: Vec<u8> = text
        .strip_prefix('#')
        .unwrap_or(text)
        .chars()
        .take(128)
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0))
        .collect();
    if digits.len() == 3 && text.starts_with('#') {
        let part = |at: usize| digits.get(at).map(|&digit| f32::from(digit * 17) / 255.0);
        return Some(Colour::opaque([part(0)?, part(1)?, part(2)?]));
    }
    // Three parts of equal length, filled with zeroes. Leading digits that are zero in all parts are dropped; the next
    // two digits of each part count.
    let length = digits.len().div_ceil(3).max(1);
    let digit = |part: usize, at: usize| digits.get(part * length + at).copied().unwrap_or(0);
    let last = length.saturating_sub(2);
    let from = (length.saturating_sub(8)..last)
        .find(|&at| (0..3).any(|part| digit(part, at) != 0))
        .unwrap_or(last);
    let part = |part: usize| {
        let first = digit(part, from);
        let value = if length == 1 {
            first
        } else {
            first * 16 + digit(part, from + 1)
        };
        f32::from(value) / 255.0
    };
    Some(Colour::opaque([part(0), part(1), part(2)]))
}

#[cfg(test)]
mod tests;
