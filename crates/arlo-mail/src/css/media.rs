//! Media queries (Media Queries 5), for a desktop computer.

use std::cmp::Ordering;

use cssparser::{Delimiter, ParseError, Parser, Token, match_ignore_ascii_case};

use super::Mode;
use super::condition::{Or, Truth, both, condition, skip_rest};
use super::length::{Length, MEDIUM, WINDOW};

type Error = ParseError<()>;

/// Whether the list of queries in a `media` attribute holds.
pub(crate) fn list_holds(list: &str) -> bool {
    holds(&mut Parser::new(list))
}

/// Whether a list of queries holds on a screen of a usual size, in light mode.
pub(super) fn holds(input: &mut Parser<'_>) -> bool {
    if input.is_exhausted() {
        return true;
    }
    let mut any = false;
    loop {
        // A query that is not understood does not hold; the others of the list count.
        let query = input.parse_until_before(Delimiter::Comma, |inner| {
            let found = query(inner).ok().filter(|_| inner.is_exhausted());
            skip_rest(inner);
            Ok::<_, Error>(found.flatten())
        });
        any |= query.ok().flatten() == Some(true);
        if input.next().is_err() {
            return any;
        }
    }
}

/// A query: a media type with conditions, or conditions alone.
fn query(input: &mut Parser<'_>) -> Result<Truth, Error> {
    let start = input.state();
    let word = input.try_parse(Parser::expect_ident_cloned);
    let Ok(word) = word else {
        return condition(input, 0, Or::Allowed, feature);
    };
    let negates = word.eq_ignore_ascii_case("not");
    let media_type = if negates || word.eq_ignore_ascii_case("only") {
        match input.try_parse(Parser::expect_ident_cloned) {
            Ok(media_type) => media_type,
            Err(_) => {
                input.reset(&start);
                return condition(input, 0, Or::Allowed, feature);
            }
        }
    } else {
        word
    };
    let fits = match_ignore_ascii_case! { &media_type,
        "all" | "screen" => true,
        "and" | "or" | "not" | "only" | "layer" => return Err(Error::unexpected_token()),
        _ => false,
    };
    let mut found = Some(fits);
    if input.try_parse(|input| input.expect_ident_matching("and")).is_ok() {
        found = both(found, condition(input, 0, Or::Forbidden, feature)?);
    }
    Ok(found.map(|found| found != negates))
}

fn feature(input: &mut Parser<'_>) -> Truth {
    let name = input.try_parse(Parser::expect_ident_cloned);
    let Ok(name) = name else {
        return range(input);
    };
    let name = name.to_ascii_lowercase();
    if input.is_exhausted() {
        return match (quantity_of(&name), keyword_of(&name)) {
            (Some((_, value)), _) => Some(value != 0.0),
            (None, Some(keyword)) => Some(!matches!(keyword, "none" | "no-preference")),
            (None, None) => None,
        };
    }
    if input.try_parse(Parser::expect_colon).is_ok() {
        return declared(&name, input);
    }
    let comparison = comparison(input)?;
    Some(comparison(compare(quantity_of(&name)?, quantity(input)?)?))
}

/// A feature with a colon, `width: 600px` or `min-width: 600px`.
fn declared(name: &str, input: &mut Parser<'_>) -> Truth {
    if let Some(keyword) = keyword_of(name) {
        return Some(input.expect_ident().ok()?.eq_ignore_ascii_case(keyword));
    }
    let (prefix, rest) = match name.strip_prefix("-webkit-") {
        Some(rest) => ("-webkit-", rest),
        None => ("", name),
    };
    let (rest, holds): (&str, fn(Ordering) -> bool) = if let Some(rest) = rest.strip_prefix("min-") {
        (rest, Ordering::is_ge)
    } else if let Some(rest) = rest.strip_prefix("max-") {
        (rest, Ordering::is_le)
    } else {
        (rest, Ordering::is_eq)
    };
    let own = quantity_of(&[prefix, rest].concat())?;
    Some(holds(compare(own, quantity(input)?)?))
}

/// A range that begins with a value: `600px <= width`, `400px <= width <= 700px`.
fn range(input: &mut Parser<'_>) -> Truth {
    let below = quantity(input)?;
    let from = comparison(input)?;
    let own = quantity_of(&input.expect_ident().ok()?.to_ascii_lowercase())?;
    let holds = from(compare(below, own)?);
    if input.is_exhausted() {
        return Some(holds);
    }
    let to = comparison(input)?;
    Some(holds && to(compare(own, quantity(input)?)?))
}

fn comparison(input: &mut Parser<'_>) -> Option<fn(Ordering) -> bool> {
    let Ok(Token::Delim(sign)) = input.next() else {
        return None;
    };
    let sign = *sign;
    let mut or_equal = || {
        let equals = input.try_parse(|input| match input.next_including_whitespace() {
            Ok(Token::Delim('=')) => Ok(()),
            _ => Err(()),
        });
        equals.is_ok()
    };
    Some(match sign {
        '<' if or_equal() => Ordering::is_le,
        '<' => Ordering::is_lt,
        '>' if or_equal() => Ordering::is_ge,
        '>' => Ordering::is_gt,
        '=' => Ordering::is_eq,
        _ => return None,
    })
}

/// The unit of a value that has an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Pixels,
    /// Dots of the device for each pixel.
    Dots,
    /// A number or a ratio.
    None,
}

type Quantity = (Unit, f32);

fn compare((unit, one): Quantity, (other_unit, other): Quantity) -> Option<Ordering> {
    // A zero needs no unit.
    if unit != other_unit && one != 0.0 && other != 0.0 {
        return None;
    }
    one.partial_cmp(&other)
}

fn quantity(input: &mut Parser<'_>) -> Option<Quantity> {
    if let Ok(dots) = input.try_parse(|input| match input.next() {
        Ok(Token::Dimension { value, unit, .. }) => Ok(match_ignore_ascii_case! { unit,
            "x" | "dppx" => *value,
            "dpi" => *value / 96.0,
            "dpcm" => *value * 2.54 / 96.0,
            _ => return Err(()),
        }),
        _ => Err(()),
    }) {
        return Some((Unit::Dots, dots));
    }
    if let Ok(number) = input.try_parse(Parser::expect_number) {
        if input.try_parse(|input| input.expect_delim('/')).is_ok() {
            return Some((Unit::None, number / input.expect_number().ok()?));
        }
        return Some((Unit::None, number));
    }
    let pixels = Length::parse(input, Mode::Standard)?.pixels(MEDIUM, None)?;
    Some((Unit::Pixels, pixels))
}

/// What a desktop computer has of a feature whose values have an order.
fn quantity_of(name: &str) -> Option<Quantity> {
    let (width, height) = WINDOW;
    Some(match name {
        "width" | "device-width" => (Unit::Pixels, width),
        "height" | "device-height" => (Unit::Pixels, height),
        "aspect-ratio" | "device-aspect-ratio" => (Unit::None, width / height),
        "resolution" => (Unit::Dots, 1.0),
        "-webkit-device-pixel-ratio" => (Unit::None, 1.0),
        "color" => (Unit::None, 8.0),
        "color-index" | "monochrome" | "grid" => (Unit::None, 0.0),
        _ => return None,
    })
}

/// What a desktop computer has of a feature whose values are words.
fn keyword_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "hover" | "any-hover" => "hover",
        "pointer" | "any-pointer" => "fine",
        "orientation" => "landscape",
        "prefers-color-scheme" => "light",
        "prefers-reduced-motion" | "prefers-reduced-transparency" | "prefers-reduced-data" | "prefers-contrast" => {
            "no-preference"
        }
        // No script of a mail runs.
        "forced-colors" | "scripting" => "none",
        "update" => "fast",
        "overflow-block" | "overflow-inline" => "scroll",
        "display-mode" => "browser",
        "color-gamut" => "srgb",
        "dynamic-range" | "video-dynamic-range" => "standard",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
