//! What of a box `clip-path` and `transform` leave to be seen (CSS Masking 1, CSS Shapes 1 and CSS Transforms 2).

use cssparser::{ParseError, Parser, Token, match_ignore_ascii_case};

use super::Mode;
use super::length::{Length, MEDIUM, OFF_PAGE};
use super::value::skip_rest;

/// Arguments of a function that is read. Nothing is known of one with more.
const MAX_ARGUMENTS: usize = 64;
/// A box of which a side is moved by so many times its own size is off the page, whatever its size.
const TIMES_OFF: f32 = 50.0;

type Error = ParseError<()>;

/// An argument of a function.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Argument {
    Number(f32),
    Length(Length),
    /// In turns.
    Angle(f32),
    Comma,
    Other,
}

/// Reads the arguments of a function that has just begun.
fn arguments(input: &mut Parser<'_>) -> Vec<Argument> {
    let read: Result<Vec<Argument>, Error> = input.parse_nested_block(|inner| {
        let mut read = Vec::new();
        while !inner.is_exhausted() {
            if read.len() == MAX_ARGUMENTS {
                return Err(Error::unexpected_token());
            }
            read.push(argument(inner)?);
        }
        Ok(read)
    });
    read.unwrap_or_default()
}

fn argument(input: &mut Parser<'_>) -> Result<Argument, Error> {
    if let Ok(length) = input.try_parse(|input| Length::parse(input, Mode::Standard).ok_or(())) {
        return Ok(match length {
            // A zero may be a length or a number.
            Length::Px(0.0) => Argument::Number(0.0),
            length => Argument::Length(length),
        });
    }
    Ok(match input.next()? {
        Token::Number { value, .. } => Argument::Number(*value),
        Token::Comma => Argument::Comma,
        Token::Dimension { value, unit, .. } => match_ignore_ascii_case! { unit,
            "deg" => Argument::Angle(value / 360.0),
            "grad" => Argument::Angle(value / 400.0),
            "rad" => Argument::Angle(value / std::f32::consts::TAU),
            "turn" => Argument::Angle(*value),
            _ => Argument::Other,
        },
        _ => Argument::Other,
    })
}

impl Argument {
    /// As a number; a percentage is one too.
    fn number(self) -> Option<f32> {
        match self {
            Self::Number(value) | Self::Length(Length::Part(value)) => Some(value),
            _ => None,
        }
    }

    fn length(self) -> Option<Length> {
        match self {
            Self::Number(0.0) => Some(Length::Px(0.0)),
            Self::Length(length) => Some(length),
            _ => None,
        }
    }
}

/// Whether `clip-path` clips everything.
pub(super) fn clips_all(input: &mut Parser<'_>) -> bool {
    let function = input.try_parse(|input| input.expect_function().map(|name| name.to_ascii_lowercase()));
    let Ok(function) = function else {
        skip_rest(input);
        return false;
    };
    let arguments = arguments(input);
    // A reference box may follow.
    skip_rest(input);
    let lengths = || -> Vec<Length> { arguments.iter().map_while(|argument| argument.length()).collect() };
    match function.as_str() {
        "inset" => insets_meet(&lengths()),
        "circle" | "ellipse" => lengths().iter().any(|&size| is_nothing(size)),
        "xywh" => lengths().iter().skip(2).take(2).any(|&size| is_nothing(size)),
        "rect" => is_empty_rectangle(&lengths()),
        "polygon" => has_no_area(&arguments),
        _ => false,
    }
}

/// Whether a size is none.
fn is_nothing(size: Length) -> bool {
    size.parts().iter().all(|&part| part <= 0.0)
}

/// One to four sides, in the order of `margin`.
fn sides(lengths: &[Length]) -> Option<[Length; 4]> {
    let top = *lengths.first()?;
    let right = lengths.get(1).copied().unwrap_or(top);
    let bottom = lengths.get(2).copied().unwrap_or(top);
    let left = lengths.get(3).copied().unwrap_or(right);
    Some([top, right, bottom, left])
}

/// Whether the insets from two opposite sides leave nothing between them. How large the box is, is not known.
fn insets_meet(lengths: &[Length]) -> bool {
    let Some([top, right, bottom, left]) = sides(lengths) else {
        return false;
    };
    let meet = |one: Length, other: Length| {
        let sum = one.plus(other);
        let [_, _, part] = sum.parts();
        part >= 1.0 || sum.pixels(MEDIUM, None).is_some_and(|pixels| pixels >= OFF_PAGE)
    };
    meet(top, bottom) || meet(left, right)
}

/// Whether the right edge is not right of the left one, or the lower edge not below the upper one.
fn is_empty_rectangle(lengths: &[Length]) -> bool {
    let [top, right, bottom, left] = *lengths else {
        return false;
    };
    let ends_before = |from: Length, to: Length| is_nothing(to.plus(from.times(-1.0)));
    ends_before(top, bottom) || ends_before(left, right)
}

/// Whether all corners of a polygon are on one line, as far as they are in one unit.
fn has_no_area(arguments: &[Argument]) -> bool {
    let corners: Option<Vec<(f32, f32)>> = arguments
        .split(|argument| *argument == Argument::Comma)
        // A rule for filling may be first.
        .filter(|corner| **corner != [Argument::Other])
        .map(|corner| match corner {
            [x, y] => Some((coordinate(*x)?, coordinate(*y)?)),
            _ => None,
        })
        .collect();
    let Some(corners) = corners.filter(|corners| !corners.is_empty()) else {
        return false;
    };
    let next = corners.iter().cycle().skip(1);
    let twice: f32 = corners.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum();
    let is_in_parts = arguments.iter().any(|a| matches!(a, Argument::Length(Length::Part(_))));
    let is_in_pixels = arguments
        .iter()
        .any(|a| matches!(a, Argument::Length(length) if !matches!(length, Length::Part(_))));
    !(is_in_parts && is_in_pixels) && twice.abs() < 0.001
}

fn coordinate(argument: Argument) -> Option<f32> {
    argument.length()?.pixels(MEDIUM, Some(1.0))
}

/// The part of the size that transformations leave; 0 if they move their element off the page.
pub(super) fn transform(input: &mut Parser<'_>) -> f32 {
    let mut left = 1.0;
    while let Ok(function) = input.try_parse(|input| input.expect_function().map(|name| name.to_ascii_lowercase())) {
        let arguments = arguments(input);
        left *= match function.as_str() {
            "scale" | "scalex" | "scaley" | "scale3d" => scaled(&arguments),
            "rotatex" | "rotatey" => turned(&arguments),
            "matrix" => transformed(&arguments),
            name if name.starts_with("translate") => moved(&arguments),
            _ => 1.0,
        };
    }
    // `none`, or a newer keyword.
    skip_rest(input);
    left
}

/// The value of the property `scale`: one or two numbers.
pub(super) fn scale(input: &mut Parser<'_>) -> f32 {
    scaled(&values(input))
}

/// The value of the property `translate`.
pub(super) fn translate(input: &mut Parser<'_>) -> f32 {
    moved(&values(input))
}

fn values(input: &mut Parser<'_>) -> Vec<Argument> {
    let mut values = Vec::new();
    while values.len() < 3
        && let Ok(value) = input.try_parse(|input| match argument(input) {
            Ok(Argument::Comma | Argument::Other) | Err(_) => Err(()),
            Ok(value) => Ok(value),
        })
    {
        values.push(value);
    }
    // `none`.
    let _ = input.try_parse(|input| input.expect_ident_matching("none"));
    values
}

/// The lesser of the scales in the two directions of the page.
fn scaled(arguments: &[Argument]) -> f32 {
    let scales = arguments.iter().filter_map(|argument| argument.number());
    scales.take(2).fold(1.0, |least: f32, scale| least.min(scale.abs()))
}

/// What is seen of a box that turns out of the page.
fn turned(arguments: &[Argument]) -> f32 {
    match arguments {
        [Argument::Angle(turns)] => (turns * std::f32::consts::TAU).cos().abs(),
        _ => 1.0,
    }
}

fn moved(arguments: &[Argument]) -> f32 {
    let is_off = |length: Length| match length {
        Length::Part(part) => part.abs() >= TIMES_OFF,
        length => length
            .pixels(MEDIUM, None)
            .is_some_and(|pixels| pixels.abs() >= OFF_PAGE),
    };
    let is_off = arguments.iter().filter_map(|argument| argument.length()).any(is_off);
    if is_off { 0.0 } else { 1.0 }
}

/// The lesser scale of a matrix.
fn transformed(arguments: &[Argument]) -> f32 {
    let numbers: Vec<f32> = arguments.iter().filter_map(|argument| argument.number()).collect();
    let [a, b, c, d, x, y] = *numbers else { return 1.0 };
    if x.abs() >= OFF_PAGE || y.abs() >= OFF_PAGE {
        return 0.0;
    }
    let most = a.hypot(b).max(c.hypot(d));
    if most > 0.0 { (a * d - b * c).abs() / most } else { 0.0 }
}
