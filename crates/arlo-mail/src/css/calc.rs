//! The math functions of lengths (CSS Values 4 section 10): `calc()`, `min()`, `max()` and `clamp()`.

use cssparser::{ParseError, Parser, Token, match_ignore_ascii_case};

use super::length::{Length, MEDIUM};

/// Functions and parentheses inside others.
const MAX_DEPTH: usize = 4;

type Error = ParseError<()>;

/// A value in a calculation.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Term {
    Number(f32),
    Length(Length),
}

/// Reads the arguments of a math function of this name; an error if its result is no length, or one
/// that the layout of the page decides. `whole` is the length of which a percentage is a part, if it is known.
pub(super) fn length(name: &str, input: &mut Parser<'_>, whole: Option<f32>) -> Result<Length, Error> {
    match input.parse_nested_block(|inner| arguments(name, inner, 0, whole))? {
        Term::Length(length) => Ok(length),
        Term::Number(_) => Err(Error::unexpected_token()),
    }
}

/// Whether a function of this name is one of them.
pub(super) fn is_function(name: &str) -> bool {
    match_ignore_ascii_case! { name,
        "calc" | "-webkit-calc" | "min" | "max" | "clamp" => true,
        _ => false,
    }
}

fn arguments(name: &str, input: &mut Parser<'_>, depth: usize, whole: Option<f32>) -> Result<Term, Error> {
    let mut least = sum(input, depth, whole)?;
    match_ignore_ascii_case! { name,
        "calc" | "-webkit-calc" => Ok(least),
        "clamp" => {
            input.expect_comma()?;
            let value = sum(input, depth, whole)?;
            input.expect_comma()?;
            let most = sum(input, depth, whole)?;
            let value = if is_less(most, value, whole)? { most } else { value };
            Ok(if is_less(value, least, whole)? { least } else { value })
        },
        _ => {
            let wants_more = name.eq_ignore_ascii_case("max");
            while input.try_parse(Parser::expect_comma).is_ok() {
                let next = sum(input, depth, whole)?;
                if is_less(next, least, whole)? != wants_more {
                    least = next;
                }
            }
            Ok(least)
        },
    }
}

/// Terms with `+` and `-` between them.
fn sum(input: &mut Parser<'_>, depth: usize, whole: Option<f32>) -> Result<Term, Error> {
    let mut total = product(input, depth, whole)?;
    loop {
        // The signs have blanks on both sides. Without one, a sign belongs to the number.
        let sign = input.try_parse(|input| match input.next() {
            Ok(Token::Delim('+')) => Ok(1.0),
            Ok(Token::Delim('-')) => Ok(-1.0),
            _ => Err(()),
        });
        let Ok(sign) = sign else {
            return Ok(total);
        };
        total = match (total, product(input, depth, whole)?) {
            (Term::Number(one), Term::Number(other)) => Term::Number(one + sign * other),
            (Term::Length(one), Term::Length(other)) => Term::Length(one.plus(other.times(sign))),
            _ => return Err(Error::unexpected_token()),
        };
    }
}

/// Terms with `*` and `/` between them.
fn product(input: &mut Parser<'_>, depth: usize, whole: Option<f32>) -> Result<Term, Error> {
    let mut total = term(input, depth, whole)?;
    loop {
        let multiplies = input.try_parse(|input| match input.next() {
            Ok(Token::Delim('*')) => Ok(true),
            Ok(Token::Delim('/')) => Ok(false),
            _ => Err(()),
        });
        let Ok(multiplies) = multiplies else {
            return Ok(total);
        };
        total = match (total, term(input, depth, whole)?) {
            (Term::Number(one), Term::Number(other)) if multiplies => Term::Number(one * other),
            (Term::Length(length), Term::Number(number)) | (Term::Number(number), Term::Length(length))
                if multiplies =>
            {
                Term::Length(length.times(number))
            }
            (Term::Number(one), Term::Number(other)) if other != 0.0 => Term::Number(one / other),
            (Term::Length(length), Term::Number(number)) if number != 0.0 => Term::Length(length.times(1.0 / number)),
            _ => return Err(Error::unexpected_token()),
        };
    }
}

fn term(input: &mut Parser<'_>, depth: usize, whole: Option<f32>) -> Result<Term, Error> {
    let name = match input.next()? {
        Token::Number { value, .. } => return Ok(Term::Number(*value)),
        Token::Percentage { unit_value, .. } => return Ok(Term::Length(Length::Part(*unit_value))),
        Token::Dimension { value, unit, .. } => {
            let length = Length::with_unit(*value, unit).map(Term::Length);
            return length.ok_or_else(Error::unexpected_token);
        }
        Token::ParenthesisBlock => None,
        Token::Function(name) if is_function(name) => Some(name.clone()),
        _ => return Err(Error::unexpected_token()),
    };
    if depth == MAX_DEPTH {
        return Err(Error::unexpected_token());
    }
    input.parse_nested_block(|inner| arguments(name.as_deref().unwrap_or("calc"), inner, depth + 1, whole))
}

/// Whether one term is less than the other. Neither the font size nor the length of which one is a part is known here.
/// For the font size a usual one is taken: what matters is whether a length is about nothing or not.
fn is_less(one: Term, other: Term, whole: Option<f32>) -> Result<bool, Error> {
    let (one, other) = match (one, other) {
        (Term::Number(one), Term::Number(other))
        | (Term::Length(Length::Part(one)), Term::Length(Length::Part(other))) => (one, other),
        (Term::Length(one), Term::Length(other)) => {
            let pixels = |length: Length| length.pixels(MEDIUM, whole).ok_or_else(Error::unexpected_token);
            (pixels(one)?, pixels(other)?)
        }
        _ => return Err(Error::unexpected_token()),
    };
    Ok(one < other)
}
