//! Conditions with `not`, `and` and `or`, as `@media` and `@supports` have them (Media Queries 5 section 3, CSS
//! Conditional Rules 4 section 2).

use cssparser::{ParseError, Parser};

/// Conditions inside conditions.
const MAX_DEPTH: usize = 4;

/// Whether a condition holds; `None` if nothing is known of it. A rule with such a condition does not count, and does
/// not count with a `not` before the condition either.
pub(super) type Truth = Option<bool>;

/// Reads what is in parentheses and is no condition itself.
pub(super) type Leaf = fn(&mut Parser<'_>) -> Truth;

type Error = ParseError<()>;

/// Whether `or` may join conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Or {
    Allowed,
    /// After a media type.
    Forbidden,
}

/// One condition, `not` before one, or several joined by `and` or by `or`.
pub(super) fn condition(input: &mut Parser<'_>, depth: usize, or: Or, leaf: Leaf) -> Result<Truth, Error> {
    if input.try_parse(|input| input.expect_ident_matching("not")).is_ok() {
        return Ok(in_parentheses(input, depth, leaf)?.map(|holds| !holds));
    }
    let mut found = in_parentheses(input, depth, leaf)?;
    let mut joined = or == Or::Forbidden;
    while input.try_parse(|input| input.expect_ident_matching("and")).is_ok() {
        joined = true;
        found = both(found, in_parentheses(input, depth, leaf)?);
    }
    while !joined && input.try_parse(|input| input.expect_ident_matching("or")).is_ok() {
        found = either(found, in_parentheses(input, depth, leaf)?);
    }
    Ok(found)
}

pub(super) fn both(one: Truth, other: Truth) -> Truth {
    match (one, other) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn either(one: Truth, other: Truth) -> Truth {
    both(one.map(|holds| !holds), other.map(|holds| !holds)).map(|neither| !neither)
}

/// A feature or a condition in parentheses. Nothing is known of what is neither.
fn in_parentheses(input: &mut Parser<'_>, depth: usize, leaf: Leaf) -> Result<Truth, Error> {
    if input.try_parse(|input| input.expect_function().map(drop)).is_ok() {
        // The parser skips the arguments.
        return Ok(None);
    }
    input.expect_parenthesis_block()?;
    input.parse_nested_block(|inner| {
        let nested = inner.try_parse(|inner| {
            if depth == MAX_DEPTH {
                return Err(Error::unexpected_token());
            }
            let found = condition(inner, depth + 1, Or::Allowed, leaf)?;
            inner.expect_exhausted()?;
            Ok::<_, Error>(found)
        });
        let found = match nested {
            Ok(found) => found,
            Err(_) => leaf(inner).filter(|_| inner.is_exhausted()),
        };
        skip_rest(inner);
        Ok(found)
    })
}

pub(super) fn skip_rest(input: &mut Parser<'_>) {
    while input.next().is_ok() {}
}
