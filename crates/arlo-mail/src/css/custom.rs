//! Custom properties and `var()` (CSS Custom Properties 1).
//!
//! The values are those that the sheets of a page declare, whatever the selector: pages declare them for the root or
//! for what is around the whole text. A property with two different values, or one that a `style` attribute declares,
//! is not followed: then the fallback counts, as for a property that nobody declares.

use std::cell::Cell;
use std::collections::HashMap;

use cssparser::{
    AtRuleParser, CowRcStr, DeclarationParser, ParseError, Parser, ParserState, QualifiedRuleParser,
    RuleBodyItemParser, RuleBodyParser,
};

/// Custom properties of a page that are known.
const MAX_PROPERTIES: usize = 1024;
/// Bytes of a value, and of what it becomes.
const MAX_VALUE: usize = 256;
/// `var()` in one value, also in what stands for another one.
const MAX_SUBSTITUTIONS: usize = 8;

/// The custom properties of a page.
#[derive(Debug, Default)]
pub(crate) struct Custom {
    /// `None` is one with two values.
    values: HashMap<Box<str>, Option<Box<str>>>,
    /// Bytes that were looked at, and that nobody has counted yet.
    work: Cell<usize>,
}

impl Custom {
    fn declare(&mut self, name: &str, value: &str) {
        let value = value.trim();
        // One that is made of itself has no value.
        if value.contains(name) {
            return;
        }
        if let Some(known) = self.values.get_mut(name) {
            if known.as_deref() != Some(value) {
                *known = None;
            }
        } else if self.values.len() < MAX_PROPERTIES && value.len() <= MAX_VALUE {
            self.values.insert(name.into(), Some(value.into()));
        }
    }

    /// The bytes that were looked at since the last call.
    pub(crate) fn take_work(&self) -> usize {
        self.work.take()
    }

    /// A value with what stands for each `var()`; `None` if nothing does, or if there are too many.
    pub(super) fn substitute(&self, value: &str) -> Option<String> {
        let mut value = value.to_owned();
        for _ in 0..MAX_SUBSTITUTIONS {
            if value.len() > MAX_VALUE {
                return None;
            }
            self.work.set(self.work.get() + value.len());
            let Some(start) = function(&value) else {
                return Some(value);
            };
            let inside = start + FUNCTION.len();
            let end = inside + end_of_arguments(value.get(inside..)?)?;
            let arguments = value.get(inside..end)?;
            let (name, fallback) = match arguments.split_once(',') {
                Some((name, fallback)) => (name, Some(fallback)),
                None => (arguments, None),
            };
            let known = self.values.get(name.trim()).and_then(Option::as_deref);
            let with = known.or(fallback)?.to_owned();
            value.replace_range(start..=end, &format!(" {with} "));
        }
        function(&value).is_none().then_some(value)
    }
}

const FUNCTION: &str = "var(";

/// The position of the first `var(`.
fn function(value: &str) -> Option<usize> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || !byte.is_ascii();
    let bytes = value.as_bytes();
    bytes
        .windows(FUNCTION.len())
        .enumerate()
        .filter(|(_, window)| window.eq_ignore_ascii_case(FUNCTION.as_bytes()))
        .map(|(at, _)| at)
        .find(|at| {
            at.checked_sub(1)
                .and_then(|before| bytes.get(before))
                .is_none_or(|&byte| !is_word(byte))
        })
}

/// The position of the parenthesis that closes the arguments.
fn end_of_arguments(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.bytes().position(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 0 => return true,
            b')' => depth -= 1,
            _ => {}
        }
        false
    })
}

/// Notes the custom properties in the block of a rule.
pub(super) fn collect(input: &mut Parser<'_>, custom: &mut Custom) {
    RuleBodyParser::new(input, &mut Collector(custom)).for_each(drop);
}

struct Collector<'c>(&'c mut Custom);

impl<'i> DeclarationParser<'i> for Collector<'_> {
    type Declaration = ();
    type Error = ();

    fn parse_value(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
        _start: &ParserState,
    ) -> Result<(), ParseError<()>> {
        // Another declaration, or a rule that begins like one.
        if !name.starts_with("--") {
            return Err(ParseError::unexpected_token());
        }
        let start = input.position();
        while input.next().is_ok() {}
        self.0.declare(&name, input.slice_from(start));
        Ok(())
    }
}

impl<'i> AtRuleParser<'i> for Collector<'_> {
    type Prelude = ();
    type AtRule = ();
    type Error = ();
}

impl<'i> QualifiedRuleParser<'i> for Collector<'_> {
    type Prelude = ();
    type QualifiedRule = ();
    type Error = ();
}

impl<'i> RuleBodyItemParser<'i, (), ()> for Collector<'_> {
    fn parse_declarations(&self) -> bool {
        true
    }

    fn parse_qualified(&self) -> bool {
        true
    }
}
