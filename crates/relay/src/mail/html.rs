//! What a page shows: text laid out in lines and cells, without what is hidden.
//!
//! html5gum tokenizes (WHATWG HTML section 13.2.5); the tree is not built. A short stack of the open elements says
//! what is hidden and what a heading, with the implied end tags that mails rely on.

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

use super::budget::{Steps, TooComplex};
use super::limits::MAX_OPEN_ELEMENTS;
use super::page::Page;
use super::style::{Declared, HiddenSelectors};

/// Lays a page out.
pub(super) fn read(html: &str, steps: &Steps) -> Result<Page, TooComplex> {
    // The style sheets, the tokens, and the text that comes of them.
    steps.pay(2 * html.len())?;
    let mut layout = Layout::new(HiddenSelectors::of_page(html), steps);
    let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| {
        layout.take(&event);
        steps.check().err()
    });
    emitter.naively_switch_states(true);
    if let Some(Ok(too_complex)) = Tokenizer::new_with_emitter(html, emitter).next() {
        return Err(too_complex);
    }
    layout.page.end_line();
    Ok(layout.page)
}

/// How an element lays its content out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// In the line.
    Inline,
    /// On lines of its own.
    Block,
    /// On lines of its own, in large letters.
    Heading,
    /// Beside its siblings.
    Cell,
    /// Cells on one line.
    Row,
    /// Rows.
    Table,
    /// Not shown.
    Hidden,
    /// Without content.
    Void,
    /// A line break.
    Break,
}

fn kind(name: &[u8]) -> Kind {
    match name {
        b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => Kind::Heading,
        b"td" | b"th" => Kind::Cell,
        b"tr" => Kind::Row,
        b"table" => Kind::Table,
        b"br" | b"hr" => Kind::Break,
        b"p" | b"div" | b"li" | b"ul" | b"ol" | b"dl" | b"dt" | b"dd" | b"center" | b"blockquote" | b"pre"
        | b"section" | b"article" | b"header" | b"footer" | b"main" | b"nav" | b"aside" | b"address" | b"form"
        | b"fieldset" | b"figure" | b"figcaption" | b"tbody" | b"thead" | b"tfoot" | b"caption" | b"body" | b"html"
        | b"details" | b"summary" | b"legend" | b"marquee" => Kind::Block,
        b"head" | b"style" | b"script" | b"title" | b"template" | b"iframe" | b"noembed" | b"noframes" | b"object"
        | b"svg" | b"math" | b"select" | b"textarea" | b"audio" | b"video" | b"canvas" | b"datalist" | b"xml" => {
            Kind::Hidden
        }
        b"img" | b"input" | b"meta" | b"link" | b"area" | b"base" | b"col" | b"embed" | b"param" | b"source"
        | b"track" | b"wbr" => Kind::Void,
        _ => Kind::Inline,
    }
}

/// An open element.
#[derive(Debug)]
struct Open {
    name: Box<[u8]>,
    kind: Kind,
    hidden: bool,
    heading: bool,
}

#[derive(Debug)]
struct Layout<'s> {
    steps: &'s Steps,
    page: Page,
    open: Vec<Open>,
    /// Elements that are open beyond the limit.
    too_deep: usize,
    hidden_selectors: HiddenSelectors,
    /// The start tag being read.
    name: Vec<u8>,
    attribute: Vec<u8>,
    declared: Declared,
}

/// Open elements that are looked through in one step.
const OPEN_PER_STEP: usize = 8;

impl<'s> Layout<'s> {
    fn new(hidden_selectors: HiddenSelectors, steps: &'s Steps) -> Self {
        Self {
            steps,
            page: Page::default(),
            open: Vec::new(),
            too_deep: 0,
            hidden_selectors,
            name: Vec::new(),
            attribute: Vec::new(),
            declared: Declared::default(),
        }
    }

    fn take(&mut self, event: &CallbackEvent<'_>) {
        match *event {
            CallbackEvent::OpenStartTag { name } => {
                self.name.clear();
                self.name.extend_from_slice(name);
                self.attribute.clear();
                self.declared = Declared::default();
            }
            CallbackEvent::AttributeName { name } => {
                self.attribute.clear();
                self.attribute.extend_from_slice(name);
                if name == b"hidden" {
                    self.declared.hide();
                }
            }
            CallbackEvent::AttributeValue { value } => match &*self.attribute {
                b"style" => self.declared.style(value),
                b"bgcolor" => self.declared.background(value),
                b"color" => self.declared.color(value),
                b"class" if self.hidden_selectors.hides_class(&self.name, value) => self.declared.hide(),
                b"id" if self.hidden_selectors.hides_id(value) => self.declared.hide(),
                _ => {}
            },
            CallbackEvent::CloseStartTag { self_closing } => self.start(self_closing),
            CallbackEvent::EndTag { name } => self.end(name),
            CallbackEvent::String { value } if !self.is_hidden() => {
                let text = String::from_utf8_lossy(value);
                if self.open.last().is_some_and(|open| open.heading) && !text.trim().is_empty() {
                    self.page.mark_heading();
                }
                self.page.push(&text);
            }
            _ => {}
        }
    }

    fn is_hidden(&self) -> bool {
        self.open.last().is_some_and(|open| open.hidden)
    }

    fn start(&mut self, self_closing: bool) {
        let kind = kind(&self.name);
        if kind == Kind::Void {
            return;
        }
        self.close_implied(kind);
        self.lay_out(kind);
        if kind == Kind::Break || self_closing && !matches!(kind, Kind::Hidden) && self.name.contains(&b':') {
            return;
        }
        if self.open.len() == MAX_OPEN_ELEMENTS {
            self.too_deep += 1;
            return;
        }
        let (hidden, heading) = self
            .open
            .last()
            .map_or((false, false), |open| (open.hidden, open.heading));
        self.open.push(Open {
            name: self.name.as_slice().into(),
            kind,
            hidden: hidden || kind == Kind::Hidden || self.declared.is_hidden(),
            heading: kind == Kind::Heading || self.declared.is_large().unwrap_or(heading),
        });
    }

    /// Closes what this element's start ends without an end tag: a cell ends the cell before it, a row the row, a
    /// list item the item, a block the paragraph.
    fn close_implied(&mut self, kind: Kind) {
        let ends = |open: &Open| match kind {
            Kind::Cell => open.kind == Kind::Cell,
            Kind::Row => matches!(open.kind, Kind::Cell | Kind::Row),
            Kind::Heading | Kind::Block | Kind::Table => *open.name == *b"p",
            _ => false,
        };
        let item = &*self.name == b"li" || &*self.name == b"dt" || &*self.name == b"dd";
        if matches!(kind, Kind::Inline | Kind::Break | Kind::Hidden) && !item {
            return;
        }
        self.steps.spend(self.open.len() / OPEN_PER_STEP);
        while let Some(at) = self
            .open
            .iter()
            .rposition(|open| open.kind == Kind::Table || ends(open) || item && *open.name == *self.name)
        {
            if self.open.get(at).is_none_or(|open| open.kind == Kind::Table) {
                return;
            }
            // A list within an item is no sibling of it.
            let inner = self.open.get(at + 1..).unwrap_or_default();
            if item && inner.iter().any(|open| matches!(&*open.name, b"ul" | b"ol" | b"dl")) {
                return;
            }
            self.close_from(at);
        }
    }

    fn end(&mut self, name: &[u8]) {
        if self.too_deep > 0 && kind(name) != Kind::Void {
            self.too_deep -= 1;
            return;
        }
        self.steps.spend(self.open.len() / OPEN_PER_STEP);
        let barrier = |open: &Open| open.kind == Kind::Table && name != b"table";
        let at = self.open.iter().rposition(|open| *open.name == *name || barrier(open));
        match at {
            Some(at) if self.open.get(at).is_some_and(|open| *open.name == *name) => self.close_from(at),
            _ if matches!(name, b"p" | b"br") => self.page.end_line(),
            _ => {}
        }
    }

    fn close_from(&mut self, at: usize) {
        for open in self.open.split_off(at).into_iter().rev() {
            self.lay_out(open.kind);
        }
    }

    /// Divides what stands on the two sides of a tag.
    fn lay_out(&mut self, kind: Kind) {
        match kind {
            Kind::Cell => self.page.end_cell(),
            Kind::Break => self.page.break_line(),
            Kind::Block | Kind::Heading | Kind::Row | Kind::Table => self.page.end_line(),
            Kind::Inline => self.page.mark_tag(),
            Kind::Hidden | Kind::Void => {}
        }
    }
}
