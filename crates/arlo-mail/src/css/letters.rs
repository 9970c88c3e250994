//! Reading the values by which letters are seen without a colour of their own: a line around them, a shadow, a
//! background that is cut to their shape. [`ink`](super::ink) computes what they come to.

use cssparser::{Parser, match_ignore_ascii_case};

use super::Mode;
use super::colour::{self, ColourValue};
use super::length::{Length, MEDIUM};
use super::property::Value;
use super::value::next_is_important;

/// Reads a colour among other values, where hexadecimal digits without `#` are no colour in any mode.
pub(super) fn colour_word(input: &mut Parser<'_>) -> Option<Value> {
    Some(match colour::parse(input, false)? {
        ColourValue::Colour(colour) => Value::Colour(colour),
        ColourValue::Current => Value::CurrentColour,
    })
}

/// Whether one of the backgrounds of `background-clip` is cut to the letters.
pub(super) fn is_cut_out(input: &mut Parser<'_>) -> Option<bool> {
    let mut is_cut = false;
    loop {
        match_ignore_ascii_case! { input.expect_ident().ok()?,
            "text" => is_cut = true,
            "border-box" | "padding-box" | "content-box" => {},
            _ => return None,
        }
        if input.try_parse(Parser::expect_comma).is_err() {
            return Some(is_cut);
        }
    }
}

/// Whether the width of a line is more than nothing.
pub(super) fn is_line(input: &mut Parser<'_>) -> Option<bool> {
    if let Ok(length) = input.try_parse(|input| Length::parse(input, Mode::Standard).ok_or(())) {
        return Some(length.pixels(MEDIUM, None).is_none_or(|width| width > 0.0));
    }
    match_ignore_ascii_case! { input.expect_ident().ok()?,
        "thin" | "medium" | "thick" => Some(true),
        _ => None,
    }
}

/// Reads the `-webkit-text-stroke` shorthand, a width and a colour in any order: whether there is a line, and its
/// colour.
pub(super) fn stroke(input: &mut Parser<'_>) -> Option<(bool, Value)> {
    let mut width = None;
    let mut colour = None;
    while !input.is_exhausted() && !next_is_important(input) {
        if width.is_none()
            && let Ok(found) = input.try_parse(|input| is_line(input).ok_or(()))
        {
            width = Some(found);
        } else {
            colour = Some(colour_word(input).filter(|_| colour.is_none())?);
        }
    }
    let is_empty = width.is_none() && colour.is_none();
    (!is_empty).then(|| (width.unwrap_or(false), colour.unwrap_or(Value::CurrentColour)))
}

/// Reads `text-shadow`: the colour of the first shadow that is not transparent.
pub(super) fn shadow(input: &mut Parser<'_>) -> Option<Value> {
    if input.try_parse(|input| input.expect_ident_matching("none")).is_ok() {
        return Some(Value::Initial);
    }
    let mut seen = None;
    loop {
        let mut colour = None;
        let mut lengths = 0;
        while !input.is_exhausted() && !next_is_important(input) {
            if input
                .try_parse(|input| Length::parse(input, Mode::Standard).ok_or(()))
                .is_ok()
            {
                lengths += 1;
            } else if let Ok(found) = input.try_parse(|input| colour_word(input).filter(|_| colour.is_none()).ok_or(()))
            {
                colour = Some(found);
            } else {
                break;
            }
        }
        if !(2..=3).contains(&lengths) {
            return None;
        }
        let colour = colour.unwrap_or(Value::CurrentColour);
        let is_transparent = matches!(colour, Value::Colour(colour) if colour.is_transparent());
        seen = seen.or(Some(colour).filter(|_| !is_transparent));
        if input.try_parse(Parser::expect_comma).is_err() {
            return Some(seen.unwrap_or(Value::Initial));
        }
    }
}
