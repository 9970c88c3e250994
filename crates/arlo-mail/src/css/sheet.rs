//! The style sheets of a page. A rule is found by the names of an element.

use std::collections::HashMap;

use cssparser::{
    AtRuleParser, CowRcStr, DeclarationParser, ParseError, Parser, ParserState, QualifiedRuleParser,
    RuleBodyItemParser, StyleSheetParser, match_ignore_ascii_case,
};

use super::cascade::{CascadeLevel, Declarations};
use super::custom::{self, Custom};
use super::declaration::{Declared, Reader};
use super::layer::{self, Layer, Layers};
use super::selector::{self, LINK, NameKind, Selector, Symbol};
use super::{Mode, media, supports};

/// Bytes of style sheets that are read.
const MAX_BYTES: usize = 256 * 1024;
/// Selectors that are kept.
const MAX_SELECTORS: usize = 1024;
/// Names of elements, classes and ids that are known.
const MAX_NAMES: usize = 4096;
/// Blocks inside blocks.
const MAX_DEPTH: usize = 4;

/// The rules of all sheets of a page.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    mode: Mode,
    names: [HashMap<Box<[u8]>, Symbol>; 3],
    rules: Vec<Rule>,
    declared: Vec<Declared>,
    /// For each symbol, the rules whose key it is.
    by_key: Vec<Vec<u16>>,
    /// The rules whose rightmost compound is `*`.
    for_all: Vec<u16>,
    layers: Layers,
    custom: Custom,
    /// Whether only custom properties are read.
    is_collecting: bool,
    bytes: usize,
    depth: usize,
}

#[derive(Debug)]
struct Rule {
    selector: Selector,
    layer: Layer,
    declared: std::ops::Range<usize>,
}

impl Sheet {
    /// No rules yet.
    pub(crate) fn new(mode: Mode) -> Self {
        Self {
            mode,
            ..Self::default()
        }
    }

    /// Notes the custom properties of a `style` element. They count in all elements, so this comes first.
    pub(crate) fn collect_custom(&mut self, text: &str) {
        if text.len() > MAX_BYTES {
            return;
        }
        self.is_collecting = true;
        StyleSheetParser::new(&mut Parser::new(text), self).for_each(drop);
        self.is_collecting = false;
        // They are named again when the rules are read.
        self.layers = Layers::default();
    }

    /// What stands for `var()`.
    pub(crate) fn custom(&self) -> &Custom {
        &self.custom
    }

    /// Reads one more `style` element.
    pub(crate) fn read(&mut self, text: &str) {
        self.bytes = self.bytes.saturating_add(text.len());
        if self.bytes > MAX_BYTES {
            return;
        }
        // A rule that a browser would not understand is skipped.
        StyleSheetParser::new(&mut Parser::new(text), self).for_each(drop);
    }

    /// Whether there are no rules.
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The symbols of an element. A name that no selector has gives none. `is_link` says whether it leads somewhere.
    pub(crate) fn symbols(&self, element: &[u8], is_link: bool, id: &[u8], classes: &[u8]) -> Vec<Symbol> {
        let mut symbols = Vec::new();
        if self.is_empty() {
            return symbols;
        }
        let [elements, ids, classes_known] = &self.names;
        let mut add = |names: &HashMap<Box<[u8]>, Symbol>, name: &[u8]| {
            if let Some(&symbol) = names.get(name)
                && !symbols.contains(&symbol)
                && symbols.len() < MAX_SYMBOLS
            {
                symbols.push(symbol);
            }
        };
        // In quirks mode upper and lower case do not matter.
        let lower = |text: &[u8]| (self.mode == Mode::Quirks).then(|| text.to_ascii_lowercase());
        add(elements, element);
        if is_link {
            add(elements, LINK.as_bytes());
        }
        if !id.is_empty() {
            add(ids, lower(id).as_deref().unwrap_or(id).trim_ascii());
        }
        if !classes.is_empty() {
            let lower = lower(classes);
            let classes = lower.as_deref().unwrap_or(classes);
            for class in classes.split(u8::is_ascii_whitespace).filter(|class| !class.is_empty()) {
                add(classes_known, class);
            }
        }
        symbols
    }

    /// Adds the declarations of the rules that select an element. Returns the number of comparisons.
    pub(crate) fn apply<'e>(
        &self,
        declared: &mut Declarations,
        element: &[Symbol],
        ancestors: impl Fn(usize) -> Option<&'e [Symbol]>,
        count: usize,
    ) -> usize {
        let mut work = 0;
        let candidates = element
            .iter()
            .filter_map(|symbol| self.by_key.get(usize::from(*symbol)))
            .chain([&self.for_all]);
        for &at in candidates.flatten() {
            let Some(rule) = self.rules.get(usize::from(at)) else {
                continue;
            };
            work += 1;
            if !rule.selector.fits(element, &ancestors, count, &mut work) {
                continue;
            }
            for one in self.declared.get(rule.declared.clone()).unwrap_or_default() {
                work += 1;
                let level = if one.important {
                    CascadeLevel::ImportantSheet
                } else {
                    CascadeLevel::Sheet
                };
                let layer = rule.layer.rank(one.important);
                let weight = (level, layer, rule.selector.specificity, u32::from(at));
                declared.add_weighed(one.property, one.value, weight);
            }
        }
        work
    }

    fn add(&mut self, selectors: Vec<Selector>, found: &[Declared]) {
        if found.is_empty() {
            return;
        }
        let from = self.declared.len();
        self.declared.extend_from_slice(found);
        for selector in selectors {
            let Ok(at) = u16::try_from(self.rules.len()) else {
                return;
            };
            if self.rules.len() == MAX_SELECTORS {
                return;
            }
            match selector.key() {
                Some(key) => {
                    let key = usize::from(key);
                    if self.by_key.len() <= key {
                        self.by_key.resize_with(key + 1, Vec::new);
                    }
                    self.by_key.get_mut(key).into_iter().for_each(|rules| rules.push(at));
                }
                None => self.for_all.push(at),
            }
            self.rules.push(Rule {
                selector,
                layer: self.layers.current(),
                declared: from..self.declared.len(),
            });
        }
    }
}

/// Symbols that one element may have.
const MAX_SYMBOLS: usize = 32;

impl<'i> QualifiedRuleParser<'i> for Sheet {
    type Prelude = Vec<Selector>;
    type QualifiedRule = ();
    type Error = ();

    fn parse_prelude(&mut self, input: &mut Parser<'i>) -> Result<Vec<Selector>, ParseError<()>> {
        let [elements, ids, classes] = &mut self.names;
        let symbol = |kind: NameKind, name: &str| {
            let count = elements.len() + ids.len() + classes.len();
            let names = match kind {
                NameKind::Element => &mut *elements,
                NameKind::Id => &mut *ids,
                NameKind::Class => &mut *classes,
            };
            if let Some(&symbol) = names.get(name.as_bytes()) {
                return Some(symbol);
            }
            let symbol = Symbol::try_from(count).ok().filter(|_| count < MAX_NAMES)?;
            names.insert(name.as_bytes().into(), symbol);
            Some(symbol)
        };
        Ok(selector::parse_list(input, self.mode, symbol))
    }

    fn parse_block(
        &mut self,
        selectors: Vec<Selector>,
        _start: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        if self.is_collecting {
            custom::collect(input, &mut self.custom);
            return Ok(());
        }
        let mut reader = Reader {
            custom: &self.custom,
            mode: self.mode,
            has_rules: true,
            found: Vec::new(),
        };
        reader.read(input);
        let found = reader.found;
        self.add(selectors, &found);
        Ok(())
    }
}

/// What stands before the block of an at-rule.
pub(crate) enum Prelude {
    /// Whether the rules in the block count.
    Condition(bool),
    /// The names of layers.
    Layers(Vec<Box<str>>),
}

impl<'i> AtRuleParser<'i> for Sheet {
    type Prelude = Prelude;
    type AtRule = ();
    type Error = ();

    fn parse_prelude(&mut self, name: CowRcStr<'i>, input: &mut Parser<'i>) -> Result<Prelude, ParseError<()>> {
        let prelude = match_ignore_ascii_case! { &name,
            "media" => Prelude::Condition(media::holds(input)),
            "supports" => Prelude::Condition(supports::holds(input)),
            "layer" => Prelude::Layers(layer::names(input)),
            _ => Prelude::Condition(false),
        };
        while input.next().is_ok() {}
        Ok(prelude)
    }

    fn rule_without_block(&mut self, prelude: Prelude, _start: &ParserState) -> Result<(), ()> {
        if let Prelude::Layers(names) = prelude {
            self.layers.declare(&names);
        }
        Ok(())
    }

    fn parse_block(
        &mut self,
        prelude: Prelude,
        _start: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        if self.depth == MAX_DEPTH {
            return Ok(());
        }
        let around = self.layers.current();
        match prelude {
            Prelude::Condition(false) => return Ok(()),
            Prelude::Condition(true) => {}
            Prelude::Layers(names) => self.layers.enter(names.first().map(|name| &**name)),
        }
        self.depth += 1;
        cssparser::RuleBodyParser::new(input, self).for_each(drop);
        self.depth -= 1;
        self.layers.leave_to(around);
        Ok(())
    }
}

impl<'i> DeclarationParser<'i> for Sheet {
    type Declaration = ();
    type Error = ();
}

impl<'i> RuleBodyItemParser<'i, (), ()> for Sheet {
    fn parse_declarations(&self) -> bool {
        false
    }

    fn parse_qualified(&self) -> bool {
        true
    }
}
