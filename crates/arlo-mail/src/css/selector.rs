//! Selectors as mails have them: element, class and id, lists of these, and one within another (Selectors 4).

use cssparser::{Parser, Token};

use super::Mode;

/// What stands for one name of an element, a class or an id in one page's style sheets.
pub(crate) type Symbol = u16;

/// What a name is one of.
#[derive(Debug, Clone, Copy)]
pub(super) enum NameKind {
    Element,
    Id,
    Class,
}

/// What an element must be, read from the right: `.a b > c` is `c`, whose parent is `b`, which is within `.a`.
#[derive(Debug, Default)]
pub(crate) struct Selector {
    /// Groups that are divided by a blank, the rightmost first; within a group each is the parent of the one before.
    groups: Vec<Vec<Compound>>,
    pub(super) specificity: u32,
}

/// What one element must be: all of these; without any, it may be every element.
type Compound = Vec<Symbol>;

/// Elements that one selector may name.
const MAX_COMPOUNDS: usize = 8;
/// Classes and the like that it may name for one of them.
const MAX_PARTS: usize = 8;

impl Selector {
    /// The symbol by which to look for elements that it may fit: the last that the rightmost element must bear.
    pub(super) fn key(&self) -> Option<Symbol> {
        self.groups.first()?.first()?.last().copied()
    }

    /// Whether it fits an element with these symbols within ancestors with those, the outermost first. Adds to `work`
    /// what it looked at.
    pub(super) fn fits<'e>(
        &self,
        element: &[Symbol],
        ancestors: impl Fn(usize) -> Option<&'e [Symbol]>,
        count: usize,
        work: &mut usize,
    ) -> bool {
        // Where the next group may begin: at the element itself, then at any ancestor above the last group.
        let mut groups = self.groups.iter();
        let Some(first) = groups.next() else { return false };
        // Place `count` is the element, `count - 1` its parent.
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
        // The nearest ancestor that fits leaves the most room for the groups before it, so no other need be tried.
        for group in groups {
            let Some(place) = (0..top).rev().find_map(|from| chain(group, from)) else {
                return false;
            };
            top = place;
        }
        true
    }
}

/// Reads a list of selectors. One that is not understood makes the whole list invalid in a browser; one that is
/// understood there and not here is left out.
pub(super) fn parse_list(
    input: &mut Parser<'_>,
    mode: Mode,
    mut symbol: impl FnMut(NameKind, &str) -> Option<Symbol>,
) -> Vec<Selector> {
    let mut list = Vec::new();
    while !input.is_exhausted() {
        let one: Result<Option<Selector>, cssparser::ParseError<()>> =
            input.parse_until_before(cssparser::Delimiter::Comma, |inner| {
                let one = parse(inner, mode, &mut symbol);
                while inner.next().is_ok() {}
                Ok(one)
            });
        list.extend(one.ok().flatten());
        if input.next().is_err() {
            break;
        }
    }
    list
}

fn parse(
    input: &mut Parser<'_>,
    mode: Mode,
    symbol: &mut impl FnMut(NameKind, &str) -> Option<Symbol>,
) -> Option<Selector> {
    // From the left, as they come; turned round at the end.
    let mut groups: Vec<Vec<Compound>> = vec![vec![]];
    let mut compound: Option<Compound> = None;
    let mut ids = 0_u32;
    let mut classes = 0_u32;
    let mut elements = 0_u32;
    let mut compounds = 0_usize;
    let case = |name: &str| match mode {
        Mode::Quirks => name.to_ascii_lowercase(),
        Mode::Standard => name.to_owned(),
    };
    input.skip_whitespace();
    while let Ok(token) = input.next_including_whitespace().cloned() {
        let mut part = |kind: NameKind, name: &str| {
            let parts = compound.get_or_insert_default();
            (parts.len() < MAX_PARTS).then_some(())?;
            parts.push(symbol(kind, name)?);
            Some(())
        };
        match token {
            Token::Ident(name) => {
                elements += 1;
                part(NameKind::Element, &name.to_ascii_lowercase())?;
            }
            Token::Delim('*') => {
                compound.get_or_insert_default();
            }
            Token::Delim('.') => {
                classes += 1;
                let name = case(input.expect_ident().ok()?);
                part(NameKind::Class, &name)?;
            }
            Token::IDHash(name) => {
                ids += 1;
                part(NameKind::Id, &case(&name))?;
            }
            Token::Colon => {
                // A link that nobody has followed is a link; other states do not come up where a mail is read.
                let name = input.expect_ident().ok()?.to_ascii_lowercase();
                match name.as_str() {
                    "link" | "any-link" => part(NameKind::Element, "a")?,
                    "root" => part(NameKind::Element, "html")?,
                    _ => return None,
                }
                classes += 1;
            }
            Token::WhiteSpace(_) => {
                input.skip_whitespace();
                let state = input.state();
                let next = input.next_including_whitespace().cloned();
                match next {
                    Err(_) => break,
                    Ok(Token::Delim('>')) => input.reset(&state),
                    Ok(_) => {
                        input.reset(&state);
                        close(&mut groups, compound.take()?, &mut compounds)?;
                        groups.push(vec![]);
                    }
                }
            }
            Token::Delim('>') => {
                close(&mut groups, compound.take()?, &mut compounds)?;
                input.skip_whitespace();
            }
            _ => return None,
        }
    }
    close(&mut groups, compound?, &mut compounds)?;
    for group in &mut groups {
        group.reverse();
    }
    groups.reverse();
    let clamp = |count: u32| count.min(255);
    Some(Selector {
        groups,
        specificity: clamp(ids) << 16 | clamp(classes) << 8 | clamp(elements),
    })
}

fn close(groups: &mut [Vec<Compound>], compound: Compound, compounds: &mut usize) -> Option<()> {
    *compounds += 1;
    (*compounds <= MAX_COMPOUNDS).then_some(())?;
    groups.last_mut()?.push(compound);
    Some(())
}
