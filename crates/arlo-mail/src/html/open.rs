//! The open elements: where one begins and ends, also without a tag that says so (HTML section 13.2.6), and whether
//! what stands in it is seen.
//!
//! Differences to the standard: text that stands in a table outside its cells is read where it stands and not before
//! the table, and at most [`MAX_OPEN_ELEMENTS`] elements are open; deeper ones count as their parent.

use super::attributes::Attributes;
use super::element::{Element, Kind, Name, Trait, names};
use crate::budget::{Steps, TooComplex};
use crate::css::{Mode, Own, Sheet, Style, Symbol};
use crate::limits::MAX_OPEN_ELEMENTS;
use crate::page::Page;

/// Formatting elements that go on after a block ended with them open.
const MAX_FORMATTING: usize = 16;

/// An open element.
#[derive(Debug)]
struct Open {
    element: Element,
    /// What is declared for it; kept, since it is computed anew where an element around it ends before it does.
    own: Own,
    symbols: Vec<Symbol>,
    style: Style,
    heading: bool,
    /// A `details` element that shows its summary alone.
    is_closed: bool,
}

/// A formatting element that was ended by its parent and begins again within what follows.
#[derive(Debug)]
struct Formatting {
    element: Element,
    own: Own,
    symbols: Vec<Symbol>,
}

/// The stack of open elements over the page that is being laid out.
#[derive(Debug)]
pub(super) struct Elements<'s> {
    steps: &'s Steps,
    page: Page,
    open: Vec<Open>,
    /// Elements that are open beyond the limit.
    too_deep: usize,
    formatting: Vec<Formatting>,
    sheet: Sheet,
    mode: Mode,
    has_body: bool,
}

/// Open elements that are looked through in one step.
const OPEN_PER_STEP: usize = 8;

impl<'s> Elements<'s> {
    pub(super) fn new(sheet: Sheet, mode: Mode, steps: &'s Steps) -> Self {
        Self {
            steps,
            page: Page::default(),
            open: Vec::new(),
            too_deep: 0,
            formatting: Vec::new(),
            sheet,
            mode,
            has_body: false,
        }
    }

    pub(super) fn finish(mut self) -> Page {
        self.page.end_line();
        self.page
    }

    /// Whether the budget allows to go on.
    pub(super) fn check(&self) -> Result<(), TooComplex> {
        self.steps.check()
    }

    /// Text.
    pub(super) fn text(&mut self, text: &str) {
        let is_blank = text.bytes().all(|byte| byte.is_ascii_whitespace());
        if !is_blank && !self.is_in_hidden_element() {
            self.begin_body();
            self.reopen_formatting();
        }
        let (shown, heading) = match parent_of(&self.open, None) {
            Some(open) => (open.style.shows_text() && !open.is_closed, open.heading),
            None => (true, false),
        };
        if !shown {
            return;
        }
        if heading && !is_blank {
            self.page.mark_heading();
        }
        self.page.push(text);
    }

    /// Whether the text belongs to an element that is never shown, such as `style`.
    fn is_in_hidden_element(&self) -> bool {
        self.open
            .last()
            .is_some_and(|open| open.element.kind == Kind::Hidden && !open.element.is(names::HEAD))
    }

    /// A start tag.
    pub(super) fn start(&mut self, name: &[u8], attributes: &Attributes, self_closing: bool) {
        self.steps.spend(self.open.len() / OPEN_PER_STEP);
        let element = Element::named(name);
        let kind = element.kind;
        if !self.begin_page(&element) || kind == Kind::Void {
            return;
        }
        let is_table_part = matches!(kind, Kind::Cell | Kind::Row | Kind::RowGroup) || element.is(names::CAPTION);
        if is_table_part && !self.open.iter().any(|open| open.element.kind == Kind::Table) {
            // Outside a table such a tag is nothing to a browser; a reader of the source still sees two cells.
            self.lay_out(kind);
            return;
        }
        self.end_implied(&element);
        if kind == Kind::Inline {
            self.reopen_formatting();
        }
        self.lay_out(kind);
        // A name with a colon is Outlook's, and ends as it does in XML.
        if kind == Kind::Break || self_closing && kind == Kind::Inline && name.contains(&b':') {
            return;
        }
        self.push(name, element, attributes);
    }

    /// Begins and ends what stands around the content of a page, where the page leaves it out. Returns whether the
    /// element counts: a second `html`, `head` or `body` does not.
    fn begin_page(&mut self, element: &Element) -> bool {
        match element.name {
            names::HTML => return self.open.is_empty(),
            names::HEAD => {
                if self.has_body || self.open.iter().any(|open| open.element.is(names::HEAD)) {
                    return false;
                }
                self.begin_html();
            }
            names::BODY => {
                if self.has_body {
                    return false;
                }
                self.end_head();
                self.begin_html();
                self.has_body = true;
            }
            _ if self.has_body || element.has(Trait::BelongsInHead) => {}
            _ => self.begin_body(),
        }
        true
    }

    fn push(&mut self, name: &[u8], element: Element, attributes: &Attributes) {
        if self.open.len() >= MAX_OPEN_ELEMENTS {
            self.too_deep += 1;
            return;
        }
        let symbols = self.sheet.symbols(name, &attributes.id, &attributes.class);
        let mut own = Own::default();
        let body = self.open.iter().take(2).find(|open| open.element.is(names::BODY));
        let quirk_ink = body.map_or(Style::ROOT, |open| open.style).ink();
        attributes.declare(&mut own, &element, self.mode, quirk_ink);
        self.apply_sheet(&mut own, &symbols);
        self.push_declared(element, own, symbols);
        if element.is(names::DETAILS)
            && !attributes.is_open()
            && let Some(open) = self.open.last_mut()
        {
            open.is_closed = true;
        }
    }

    fn apply_sheet(&self, own: &mut Own, symbols: &[Symbol]) {
        if !self.sheet.is_empty() {
            let ancestors = |at: usize| self.open.get(at).map(|open| &*open.symbols);
            let work = self.sheet.apply(own, symbols, ancestors, self.open.len());
            self.steps.spend(work);
        }
    }

    fn push_declared(&mut self, element: Element, own: Own, symbols: Vec<Symbol>) {
        let (style, heading) = computed(parent_of(&self.open, Some(element.kind)), &element, &own);
        self.open.push(Open {
            element,
            own,
            symbols,
            style,
            heading,
            is_closed: false,
        });
    }

    /// Begins an element that the page leaves out.
    fn push_implied(&mut self, name: &[u8]) {
        self.push(name, Element::named(name), &Attributes::default());
    }

    fn begin_html(&mut self) {
        if self.open.is_empty() {
            self.push_implied(b"html");
        }
    }

    /// Ends the head and begins the body, where the page does not say so.
    fn begin_body(&mut self) {
        if self.has_body {
            return;
        }
        self.end_head();
        self.begin_html();
        self.has_body = true;
        self.push_implied(b"body");
    }

    fn end_head(&mut self) {
        if let Some(at) = self.open.iter().position(|open| open.element.is(names::HEAD)) {
            self.close_from(at, false);
        }
    }

    /// Ends what this element's start ends: a cell ends the cell before it, a row the row, an item the item, a block
    /// the paragraph. Begins the row that a cell is in.
    fn end_implied(&mut self, element: &Element) {
        match element.name {
            names::CAPTION | names::COLGROUP => self.end_table_parts(Kind::RowGroup),
            names::LI => self.end_item(&[names::LI]),
            names::DT | names::DD => self.end_item(&[names::DT, names::DD]),
            names::A | names::NOBR => self.end_formatting(element),
            // A table directly within a table, not in a cell, ends it.
            _ if element.kind == Kind::Table
                && self.open.last().is_some_and(|open| open.element.kind.is_table_inside()) =>
            {
                self.end_table_part(element);
            }
            _ if matches!(element.kind, Kind::Cell | Kind::Row | Kind::RowGroup) => {
                self.end_table_parts(element.kind);
            }
            _ => {}
        }
        if element.has(Trait::EndsParagraph) && (element.kind != Kind::Table || self.mode == Mode::Standard) {
            self.end_in_scope(names::P);
        }
        let last_is_heading = self.open.last().is_some_and(|open| open.element.kind == Kind::Heading);
        if element.kind == Kind::Heading && last_is_heading {
            self.close_from(self.open.len() - 1, true);
        }
    }

    /// Ends what is open in the innermost table down to where a part of this kind may begin, and begins the rows that
    /// a cell is in.
    fn end_table_parts(&mut self, kind: Kind) {
        let Some(table) = self.open.iter().rposition(|open| open.element.kind == Kind::Table) else {
            return;
        };
        let around: &[(Kind, &[u8])] = match kind {
            Kind::Cell => &[(Kind::RowGroup, b"tbody"), (Kind::Row, b"tr")],
            Kind::Row => &[(Kind::RowGroup, b"tbody")],
            _ => &[],
        };
        let is_open = |at: usize, kind: Kind| self.open.get(at).is_some_and(|open| open.element.kind == kind);
        let kept = around
            .iter()
            .enumerate()
            .take_while(|(at, (kind, _))| is_open(table + 1 + at, *kind))
            .count();
        self.close_from(table + 1 + kept, false);
        for (kind, name) in around.iter().skip(kept) {
            self.lay_out(*kind);
            self.push_implied(name);
        }
    }

    fn end_item(&mut self, names: &[Name]) {
        for at in (0..self.open.len()).rev() {
            let Some(open) = self.open.get(at) else { return };
            if names.contains(&open.element.name) {
                self.close_from(at, true);
                return;
            }
            if open.element.has(Trait::IsSpecial) && !open.element.has(Trait::LetsItemsEnd) {
                return;
            }
        }
    }

    /// Ends the innermost element of this name, unless something stands between that it does not reach through.
    fn end_in_scope(&mut self, name: Name) -> bool {
        for at in (0..self.open.len()).rev() {
            let Some(open) = self.open.get(at) else { return false };
            if open.element.is(name) {
                self.close_from(at, true);
                return true;
            }
            if open.element.has(Trait::IsBarrier) || name == names::P && open.element.is(names::BUTTON) {
                return false;
            }
        }
        false
    }

    /// An end tag.
    pub(super) fn end(&mut self, name: &[u8]) {
        self.steps.spend(self.open.len() / OPEN_PER_STEP);
        let element = Element::named(name);
        let kind = element.kind;
        if kind == Kind::Void || element.is(names::BODY) || element.is(names::HTML) {
            // What follows them belongs to the body.
            return;
        }
        if self.too_deep > 0 && kind != Kind::Break {
            self.too_deep -= 1;
            return;
        }
        match kind {
            Kind::Break => self.page.break_line(),
            _ if element.is(names::HEAD) => self.end_head(),
            Kind::Cell | Kind::Row | Kind::RowGroup | Kind::Table => self.end_table_part(&element),
            Kind::Heading => self.end_heading(),
            Kind::Hidden => {
                if let Some(at) = self.open.iter().rposition(|open| open.element.name == element.name) {
                    self.close_from(at, false);
                }
            }
            _ if element.has(Trait::Formats) => self.end_formatting(&element),
            Kind::Inline => self.end_inline(&element),
            Kind::Block | Kind::Void => {
                let is_found = self.end_in_scope(element.name);
                if !is_found && element.is(names::P) {
                    self.page.end_line();
                }
            }
        }
    }

    /// The end tag of any heading ends the innermost heading.
    fn end_heading(&mut self) {
        for at in (0..self.open.len()).rev() {
            let Some(open) = self.open.get(at) else { return };
            if open.element.kind == Kind::Heading {
                self.close_from(at, true);
                return;
            }
            if open.element.has(Trait::IsBarrier) {
                return;
            }
        }
    }

    fn end_table_part(&mut self, element: &Element) {
        for at in (0..self.open.len()).rev() {
            let Some(open) = self.open.get(at) else { return };
            if open.element.name == element.name {
                self.close_from(at, false);
                return;
            }
            if open.element.kind == Kind::Table {
                return;
            }
        }
    }

    fn end_inline(&mut self, element: &Element) {
        for at in (0..self.open.len()).rev() {
            let Some(open) = self.open.get(at) else { return };
            if open.element.name == element.name {
                self.close_from(at, true);
                return;
            }
            if open.element.has(Trait::IsSpecial) {
                return;
            }
        }
    }

    /// Ends a formatting element; a block that was begun within it goes on without it (section 13.2.6.4.7, "adoption
    /// agency").
    fn end_formatting(&mut self, element: &Element) {
        self.formatting
            .retain(|formatting| formatting.element.name != element.name);
        let mut at = self.open.len();
        loop {
            let Some(below) = at.checked_sub(1) else { return };
            at = below;
            let Some(open) = self.open.get(at) else { return };
            if open.element.name == element.name {
                break;
            }
            if open.element.has(Trait::IsBarrier) {
                return;
            }
        }
        let inner = self.open.get(at + 1..).unwrap_or_default();
        if !inner.iter().any(|open| open.element.has(Trait::IsSpecial)) {
            self.close_from(at, true);
            return;
        }
        self.open.remove(at);
        self.compute_from(at);
        self.page.mark_tag();
    }

    /// Computes the styles of the elements from this place on anew.
    fn compute_from(&mut self, from: usize) {
        for at in from..self.open.len() {
            self.steps.spend(1);
            let (before, rest) = self.open.split_at_mut(at);
            let Some(open) = rest.first_mut() else { return };
            let parent = parent_of(before, Some(open.element.kind));
            (open.style, open.heading) = computed(parent, &open.element, &open.own);
        }
    }

    /// Begins formatting elements again that the end of a block ended.
    fn reopen_formatting(&mut self) {
        if self.formatting.is_empty() || self.too_deep > 0 {
            return;
        }
        for Formatting { element, own, symbols } in std::mem::take(&mut self.formatting) {
            if self.open.len() < MAX_OPEN_ELEMENTS {
                self.push_declared(element, own, symbols);
            }
        }
    }

    /// Ends the elements from this place on. With `formats_on`, formatting elements among them go on in what follows.
    fn close_from(&mut self, at: usize, formats_on: bool) {
        let ended = self.open.split_off(at.min(self.open.len()));
        for open in ended.iter().rev() {
            self.lay_out(open.element.kind);
        }
        let mut ended = ended.into_iter();
        // The first is ended by name.
        let first = ended.next();
        if !formats_on || first.is_none() {
            return;
        }
        for open in ended {
            let goes_on = open.element.has(Trait::Formats) && !open.own.is_empty();
            if goes_on && self.formatting.len() < MAX_FORMATTING {
                self.formatting.push(Formatting {
                    element: open.element,
                    own: open.own,
                    symbols: open.symbols,
                });
            }
        }
    }

    /// Divides what stands on the two sides of a tag.
    fn lay_out(&mut self, kind: Kind) {
        match kind {
            Kind::Cell => self.page.end_cell(),
            Kind::Break => self.page.break_line(),
            Kind::Block | Kind::Heading | Kind::Row | Kind::RowGroup | Kind::Table => self.page.end_line(),
            Kind::Inline => self.page.mark_tag(),
            Kind::Hidden | Kind::Void => {}
        }
    }
}

/// The element that content belongs to: what stands where rows belong and is none stands before the table.
fn parent_of(open: &[Open], kind: Option<Kind>) -> Option<&Open> {
    let last = open.last()?;
    let is_table_part = matches!(kind, Some(Kind::RowGroup | Kind::Row | Kind::Cell | Kind::Hidden));
    if is_table_part || !last.element.kind.is_table_inside() {
        return Some(last);
    }
    let table = open.iter().rposition(|open| open.element.kind == Kind::Table)?;
    open.get(table.checked_sub(1)?)
}

/// The style of an element in this parent, and whether its letters are a heading's.
fn computed(parent: Option<&Open>, element: &Element, own: &Own) -> (Style, bool) {
    let kind = element.kind;
    let above = parent.map_or(Style::ROOT, |open| open.style);
    let mut style = above.child(own, kind.display());
    if kind == Kind::Hidden || parent.is_some_and(|open| open.is_closed) && !element.is(names::SUMMARY) {
        style.hide();
    }
    let large = own.declares_size().then(|| style.font_size() >= LARGE);
    let heading = kind == Kind::Heading || large.unwrap_or(parent.is_some_and(|open| open.heading));
    (style, heading)
}

/// Letters of this many pixels are a heading's.
const LARGE: f32 = 20.0;
