//! Media queries (Media Queries 4), for a desktop computer.

use cssparser::{Parser, Token, match_ignore_ascii_case};

use super::Mode;
use super::length::{Length, MEDIUM, WINDOW};

/// Whether a list of queries holds on a screen of a usual size, in light mode.
pub(super) fn holds(input: &mut Parser<'_>) -> bool {
    if input.is_exhausted() {
        return true;
    }
    let mut any = false;
    let mut all = true;
    let mut negated = false;
    loop {
        let token = match input.next() {
            Ok(token) => token.clone(),
            Err(_) => return any || (all != negated),
        };
        match token {
            Token::Comma => {
                any |= all != negated;
                (all, negated) = (true, false);
            }
            Token::Ident(word) => match_ignore_ascii_case! { &word,
                "all" | "screen" | "and" | "only" => {},
                "not" => negated = true,
                _ => all = false,
            },
            Token::ParenthesisBlock => {
                let feature: Result<bool, cssparser::ParseError<()>> = input.parse_nested_block(|inner| {
                    let holds = feature(inner);
                    while inner.next().is_ok() {}
                    Ok(holds.unwrap_or(false))
                });
                all &= feature.unwrap_or(false);
            }
            _ => all = false,
        }
    }
}

fn feature(input: &mut Parser<'_>) -> Option<bool> {
    let (width, height) = WINDOW;
    let name = input.expect_ident().ok()?.to_ascii_lowercase();
    if input.is_exhausted() {
        return Some(matches!(
            name.as_str(),
            "color" | "width" | "height" | "hover" | "grid-none"
        ));
    }
    input.expect_colon().ok()?;
    let pixels = |input: &mut Parser<'_>| Length::parse(input, Mode::Standard)?.pixels(MEDIUM, None);
    Some(match name.as_str() {
        "min-width" | "min-device-width" => pixels(input)? <= width,
        "max-width" | "max-device-width" => pixels(input)? >= width,
        "min-height" | "min-device-height" => pixels(input)? <= height,
        "max-height" | "max-device-height" => pixels(input)? >= height,
        "-webkit-min-device-pixel-ratio" => input.expect_number().ok()? <= 1.0,
        "-webkit-max-device-pixel-ratio" => input.expect_number().ok()? >= 1.0,
        "prefers-color-scheme" => input.expect_ident().ok()?.eq_ignore_ascii_case("light"),
        "orientation" => input.expect_ident().ok()?.eq_ignore_ascii_case("landscape"),
        _ => false,
    })
}

#[cfg(test)]
mod tests;
