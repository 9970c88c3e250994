//! The selectors that mails use: element, class and id, with descendant and child combinators (Selectors 4).
//!
//! A browser drops the rule of a list in which one selector is invalid (section 3.9), for example one with the
//! pseudo-class of another browser. A valid selector that this module does not support is left out of its list.

mod pseudo;

use cssparser::{Parser, Token};

use self::pseudo::Pseudo;
use super::Mode;

/// A number for one name of an element, a class or an id in the style sheets of one page.
pub(crate) type Symbol = u16;

/// What a name is the name of.
#[derive(Debug, Clone, Copy)]
pub(super) enum NameKind {
    Element,
    Id,
    Class,
}

/// What counts as the name of every link. No element has this name.
pub(super) const LINK: &str = ":link";

/// A selector. `.a b > c` selects a `c` whose parent is a `b` inside an `.a`.
#[derive(Debug, Default)]
pub(crate) struct Selector {
    /// Groups of compound selectors, the rightmost first. A blank divides two groups, a `>` two compounds of a group;
    /// in a group each is the parent of the one before.
    groups: Vec<Vec<Compound>>,
    pub(super) specificity: u32,
}

/// The symbols that one element must have. An empty list selects every element.
type Compound = Vec<Symbol>;

/// Compound selectors that one selector may have.
const MAX_COMPOUNDS: usize = 8;
/// Symbols that one compound selector may have.
const MAX_PARTS: usize = 8;

impl Selector {
    /// The symbol by which a sheet finds the selector: the last of the rightmost compound.
    pub(super) fn key(&self) -> Option<Symbol> {
        self.groups.first()?.first()?.last().copied()
    }

    /// Whether it selects an element with these symbols, inside `count` ancestors, the outermost first. Adds the number
    /// of comparisons to `work`.
    pub(super) fn fits<'e>(
        &self,
        element: &[Symbol],
        ancestors: impl Fn(usize) -> Option<&'e [Symbol]>,
        count: usize,
        work: &mut usize,
    ) -> bool {
        // The first group must match the element itself, each other group any ancestor above the group before.
        let mut groups = self.groups.iter();
        let Some(first) = groups.next() else { return false };
        // Place `count` is the element, place `count - 1` its parent.
        let symbols = |place: usize| {
            if place == count {
                Some(element)
            } else {
                ancestors(place)
            }
        };
        let mut chain = |group: &[Compound], from: usize| -> Option<usize> {
            let mut place = from;
            for (at, compound) in group.iter().enumerate() {
                if at > 0 {
                    place = place.checked_sub(1)?;
                }
                *work += 1;
                let found = symbols(place)?;
                if !compound.iter().all(|part| found.contains(part)) {
                    return None;
                }
            }
            Some(place)
        };
        let Some(mut top) = chain(first, count) else {
            return false;
        };
        // The nearest ancestor that matches leaves the most ancestors for the other groups, so no other is tried.
        for group in groups {
            let Some(place) = (0..top).rev().find_map(|from| chain(group, from)) else {
                return false;
            };
            top = place;
        }
        true
    }
}

/// Why a selector is not in its list.
enum Dropped {
    /// A browser knows it, and this module does not.
    Unsupported,
    /// No browser of today knows it.
    Invalid,
}

/// Reads a list of selectors. A selector that this module does not support is left out; the list is empty if one of
/// them is invalid.
pub(super) fn parse_list(
    input: &mut Parser<'_>,
    mode: Mode,
    mut symbol: impl FnMut(NameKind, &str) -> Option<Symbol>,
) -> Vec<Selector> {
    let mut list = Vec::new();
    loop {
        let one: Result<Result<Selector, Dropped>, cssparser::ParseError<()>> =
            input.parse_until_before(cssparser::Delimiter::Comma, |inner| {
                let one = parse(inner, mode, &mut symbol);
                while inner.next().is_ok() {}
                Ok(one)
            });
        match one {
            Ok(Ok(selector)) => list.push(selector),
            Ok(Err(Dropped::Unsupported)) => {}
            Ok(Err(Dropped::Invalid)) | Err(_) => return Vec::new(),
        }
        // The comma.
        if input.next().is_err() {
            return list;
        }
    }
}

fn parse(
    input: &mut Parser<'_>,
    mode: Mode,
    symbol: &mut impl FnMut(NameKind, &str) -> Option<Symbol>,
) -> Result<Selector, Dropped> {
    // In the order of the text; reversed at the end.
    let mut groups: Vec<Vec<Compound>> = vec![vec![]];
    let mut compound: Option<Compound> = None;
    let mut ids = 0_u32;
    let mut classes = 0_u32;
    let mut elements = 0_u32;
    let mut compounds = 0_usize;
    // The rest of an unsupported selector is read to see whether it is valid.
    let mut is_supported = true;
    let case = |name: &str| match mode {
        Mode::Quirks => name.to_ascii_lowercase(),
        Mode::Standard => name.to_owned(),
    };
    input.skip_whitespace();
    while let Ok(token) = input.next_including_whitespace().cloned() {
        let mut part = |kind: NameKind, name: &str| {
            let parts = compound.get_or_insert_default();
            let has_room = parts.len() < MAX_PARTS;
            let found = has_room.then(|| symbol(kind, name)).flatten();
            is_supported &= found.is_some();
            parts.extend(found);
        };
        match token {
            Token::Ident(name) => {
                elements += 1;
                part(NameKind::Element, &name.to_ascii_lowercase());
            }
            Token::Delim('*') => {
                compound.get_or_insert_default();
            }
            Token::Delim('.') => {
                classes += 1;
                let name = case(input.expect_ident().map_err(|_| Dropped::Invalid)?);
                part(NameKind::Class, &name);
            }
            Token::IDHash(name) => {
                ids += 1;
                part(NameKind::Id, &case(&name));
            }
            Token::Colon => {
                classes += 1;
                match pseudo::read(input).ok_or(Dropped::Invalid)? {
                    Pseudo::Link => part(NameKind::Element, LINK),
                    Pseudo::Root => part(NameKind::Element, "html"),
                    Pseudo::Other => {
                        compound.get_or_insert_default();
                        is_supported = false;
                    }
                }
            }
            // An attribute, a namespace, and the element around nested rules.
            Token::SquareBracketBlock | Token::Delim('|' | '&') => {
                compound.get_or_insert_default();
                is_supported = false;
            }
            Token::WhiteSpace(_) => {
                input.skip_whitespace();
                let state = input.state();
                let next = input.next_including_whitespace().cloned();
                match next {
                    Err(_) => break,
                    Ok(Token::Delim('>' | '+' | '~')) => input.reset(&state),
                    Ok(_) => {
                        input.reset(&state);
                        let ended = compound.take().ok_or(Dropped::Invalid)?;
                        is_supported &= close(&mut groups, ended, &mut compounds);
                        groups.push(vec![]);
                    }
                }
            }
            Token::Delim(combinator @ ('>' | '+' | '~')) => {
                let ended = compound.take().ok_or(Dropped::Invalid)?;
                is_supported &= close(&mut groups, ended, &mut compounds) && combinator == '>';
                input.skip_whitespace();
            }
            _ => return Err(Dropped::Invalid),
        }
    }
    let ended = compound.ok_or(Dropped::Invalid)?;
    is_supported &= close(&mut groups, ended, &mut compounds);
    if !is_supported {
        return Err(Dropped::Unsupported);
    }
    for group in &mut groups {
        group.reverse();
    }
    groups.reverse();
    let clamp = |count: u32| count.min(255);
    Ok(Selector {
        groups,
        specificity: clamp(ids) << 16 | clamp(classes) << 8 | clamp(elements),
    })
}

/// Ends a compound selector. Returns whether there was room for it.
fn close(groups: &mut [Vec<Compound>], compound: Compound, compounds: &mut usize) -> bool {
    *compounds += 1;
    let group = groups.last_mut().filter(|_| *compounds <= MAX_COMPOUNDS);
    group.map(|group| group.push(compound)).is_some()
}
