//! Reading the values of properties.

use cssparser::{ParseError, Parser, Token, match_ignore_ascii_case, parse_important};

use super::Mode;
use super::length::{self, Length};
use super::property::{Display, Layout, Overflow, Position, Value};

pub(super) fn next_is_important(input: &mut Parser<'_>) -> bool {
    let state = input.state();
    let is = input.try_parse(parse_important).is_ok();
    input.reset(&state);
    is
}

pub(super) fn wide_keyword(input: &mut Parser<'_>) -> Result<Value, ()> {
    let Ok(Token::Ident(name)) = input.next() else {
        return Err(());
    };
    Ok(match_ignore_ascii_case! { name,
        "inherit" => Value::Inherit,
        "initial" => Value::Initial,
        "unset" | "revert" | "revert-layer" => Value::Unset,
        _ => return Err(()),
    })
}

/// Skips one component of a value. Returns whether it is an image.
pub(super) fn skip_component(input: &mut Parser<'_>) -> Option<bool> {
    Some(match input.next().ok()? {
        Token::UnquotedUrl(_) => true,
        // The parser skips the arguments.
        Token::Function(name) => {
            let name = name.to_ascii_lowercase();
            name == "url" || name.contains("gradient") || name.contains("image")
        }
        Token::Ident(_)
        | Token::Number { .. }
        | Token::Percentage { .. }
        | Token::Dimension { .. }
        | Token::Delim('/')
        | Token::Comma => false,
        _ => return None,
    })
}

pub(super) fn font_shorthand(input: &mut Parser<'_>) -> Option<Length> {
    for _ in 0..5 {
        // Style, variant, weight and stretch come before the size.
        let skipped = input.try_parse(|input| match input.next() {
            Ok(Token::Ident(name)) if length::font_size(&mut Parser::new(name), Mode::Standard).is_none() => Ok(()),
            Ok(Token::Number { value, .. }) if *value >= 1.0 => Ok(()),
            _ => Err(()),
        });
        if skipped.is_err() {
            break;
        }
    }
    let size = length::font_size(input, Mode::Standard)?;
    if input.try_parse(|input| input.expect_delim('/')).is_ok() {
        input.next().ok()?;
    }
    // A `font` without a family is invalid.
    let mut has_family = false;
    while let Ok(token) = input.try_parse(|input| match input.next() {
        Ok(Token::Ident(_) | Token::QuotedString(_)) => Ok(true),
        Ok(Token::Comma) => Ok(false),
        _ => Err(()),
    }) {
        has_family |= token;
    }
    has_family.then_some(size)
}

pub(super) fn display(input: &mut Parser<'_>) -> Option<(Display, Layout)> {
    let mut found = None;
    let mut layout = Layout::Flow;
    while let Ok((next, next_layout)) = input.try_parse(|input| match input.next() {
        Ok(Token::Ident(name)) => {
            let layout = match_ignore_ascii_case! { name,
                "flex" | "inline-flex" | "-webkit-flex" | "-webkit-inline-flex" => Layout::Flex,
                "grid" | "inline-grid" => Layout::Grid,
                _ => Layout::Flow,
            };
            let display = match_ignore_ascii_case! { name,
                "none" => Display::None,
                "inline" | "contents" | "ruby" | "run-in" => Display::Inline,
                "inline-block" | "inline-flex" | "inline-grid" | "-webkit-inline-box" | "-webkit-inline-flex" => {
                    Display::InlineBlock
                },
                "table-cell" => Display::Cell,
                "table-row" | "table-row-group" | "table-header-group" | "table-footer-group" | "table-column"
                | "table-column-group" | "table-caption" | "table" | "inline-table" => Display::TablePart,
                "block" | "flex" | "grid" | "list-item" | "flow-root" | "flow" | "-webkit-box" | "-webkit-flex" => {
                    Display::Block
                },
                _ => return Err(()),
            };
            Ok((display, layout))
        }
        _ => Err(()),
    }) {
        // In two words: "inline flow-root".
        found = Some(match (found, next) {
            (Some(Display::Inline), Display::Block) | (Some(Display::Block), Display::Inline) => Display::InlineBlock,
            _ => next,
        });
        if next_layout != Layout::Flow {
            layout = next_layout;
        }
    }
    Some((found?, layout))
}

/// Whether `flex-direction` places one item below the other.
pub(super) fn is_column(input: &mut Parser<'_>) -> Option<bool> {
    let mut found = None;
    while let Ok(is_column) = input.try_parse(|input| match input.next() {
        Ok(Token::Ident(name)) => Ok(match_ignore_ascii_case! { name,
            "column" | "column-reverse" => true,
            "row" | "row-reverse" | "wrap" | "nowrap" | "wrap-reverse" => false,
            _ => return Err(()),
        }),
        _ => Err(()),
    }) {
        found = Some(found.unwrap_or(false) || is_column);
    }
    found
}

/// Whether the line ends of the source are those of the text.
pub(super) fn keeps_lines(input: &mut Parser<'_>) -> Option<bool> {
    let mut found = None;
    while let Ok(keeps) = input.try_parse(|input| match input.next() {
        Ok(Token::Ident(name)) => Ok(match_ignore_ascii_case! { name,
            "pre" | "pre-wrap" | "pre-line" | "break-spaces" | "preserve" | "preserve-breaks" => true,
            "normal" | "nowrap" | "wrap" | "collapse" | "preserve-spaces" => false,
            _ => return Err(()),
        }),
        _ => Err(()),
    }) {
        found = Some(found.unwrap_or(false) || keeps);
    }
    found
}

pub(super) fn visible(input: &mut Parser<'_>) -> Option<bool> {
    Some(match_ignore_ascii_case! { input.expect_ident().ok()?,
        "visible" => true,
        "hidden" | "collapse" => false,
        _ => return None,
    })
}

pub(super) fn opacity(input: &mut Parser<'_>) -> Option<f32> {
    match input.next().ok()? {
        Token::Number { value, .. } => Some(value.clamp(0.0, 1.0)),
        Token::Percentage { unit_value, .. } => Some(unit_value.clamp(0.0, 1.0)),
        _ => None,
    }
}

/// The part of the opacity that `filter` leaves.
pub(super) fn filter(input: &mut Parser<'_>) -> Option<f32> {
    if input.try_parse(|input| input.expect_ident_matching("none")).is_ok() {
        return Some(1.0);
    }
    let mut left = None;
    while !input.is_exhausted() && !next_is_important(input) {
        let is_opacity = match input.next().ok()? {
            Token::UnquotedUrl(_) => false,
            // The parser skips the arguments.
            Token::Function(name) => match_ignore_ascii_case! { name,
                "opacity" => true,
                "url" | "blur" | "brightness" | "contrast" | "drop-shadow" | "grayscale" | "hue-rotate" | "invert"
                | "saturate" | "sepia" => false,
                _ => return None,
            },
            _ => return None,
        };
        let part = if is_opacity {
            let part: Result<f32, ParseError<()>> = input.parse_nested_block(|inner| {
                if inner.is_exhausted() {
                    return Ok(1.0);
                }
                opacity(inner).ok_or_else(ParseError::unexpected_token)
            });
            part.ok()?
        } else {
            1.0
        };
        left = Some(left.unwrap_or(1.0) * part);
    }
    left
}

/// Whether `content-visibility` skips the content of a box.
pub(super) fn skips_content(input: &mut Parser<'_>) -> Option<bool> {
    Some(match_ignore_ascii_case! { input.expect_ident().ok()?,
        "hidden" => true,
        "visible" | "auto" => false,
        _ => return None,
    })
}

pub(super) fn overflow(input: &mut Parser<'_>) -> Option<Overflow> {
    Some(match_ignore_ascii_case! { input.expect_ident().ok()?,
        "visible" => Overflow::Visible,
        "clip" => Overflow::Clip,
        "hidden" | "auto" | "scroll" | "overlay" => Overflow::Scroll,
        _ => return None,
    })
}

pub(super) fn position(input: &mut Parser<'_>) -> Option<Position> {
    Some(match_ignore_ascii_case! { input.expect_ident().ok()?,
        "static" => Position::Static,
        "relative" | "sticky" => Position::Relative,
        "absolute" | "fixed" => Position::Absolute,
        _ => return None,
    })
}

/// One to four offsets, for the top, the right, the bottom and the left.
pub(super) fn sides(input: &mut Parser<'_>) -> Option<[Value; 4]> {
    let mut sides = Vec::new();
    while sides.len() < 4 {
        let Ok(side) = input.try_parse(|input| offset(input, Mode::Standard).ok_or(())) else {
            break;
        };
        sides.push(side);
    }
    let top = *sides.first()?;
    let right = sides.get(1).copied().unwrap_or(top);
    let bottom = sides.get(2).copied().unwrap_or(top);
    let left = sides.get(3).copied().unwrap_or(right);
    Some([top, right, bottom, left])
}

/// A length, or what has no length that is known: a keyword (`auto`, `none`), a calculation.
pub(super) fn offset(input: &mut Parser<'_>, mode: Mode) -> Option<Value> {
    if let Ok(length) = input.try_parse(|input| Length::parse(input, mode).ok_or(())) {
        return Some(Value::Length(length));
    }
    // Also `fit-content` and the like. The parser skips the arguments of a function.
    match input.next().ok()? {
        Token::Ident(_) | Token::Function(_) => Some(Value::Initial),
        _ => None,
    }
}

pub(super) fn is_image(input: &mut Parser<'_>) -> bool {
    let mut draws = false;
    while !input.is_exhausted() && !next_is_important(input) {
        match skip_component(input) {
            Some(found) => draws |= found,
            None => break,
        }
    }
    draws
}

/// Whether `clip: rect(…)` clips everything.
pub(super) fn clips_all(input: &mut Parser<'_>) -> Option<bool> {
    if input.try_parse(|input| input.expect_ident_matching("auto")).is_ok() {
        return Some(false);
    }
    input.expect_function_matching("rect").ok()?;
    let sides: Result<Vec<Option<f32>>, ParseError<()>> = input.parse_nested_block(|inner| {
        let mut sides = Vec::new();
        while !inner.is_exhausted() {
            if inner.try_parse(Parser::expect_comma).is_ok() {
                continue;
            }
            let side = match Length::parse(inner, Mode::Quirks) {
                Some(length) => length.pixels(length::MEDIUM, None),
                None => None,
            };
            sides.push(side);
        }
        Ok(sides)
    });
    let sides = sides.ok()?;
    let side = |at: usize| sides.get(at).copied().flatten();
    let empty = |from: Option<f32>, to: Option<f32>| matches!((from, to), (Some(from), Some(to)) if to - from <= 1.0);
    Some(empty(side(0), side(2)) || empty(side(3), side(1)))
}

/// Skips the rest of a value.
pub(super) fn skip_rest(input: &mut Parser<'_>) {
    while !input.is_exhausted() && !next_is_important(input) && input.next().is_ok() {}
}
