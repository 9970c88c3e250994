//! The beginnings of elements: by a start tag, or implied by another tag or by text.

use super::super::attributes::Attributes;
use super::super::element::{Element, Kind, Name, Trait, ends_foreign, names};
use super::{Elements, OPEN_PER_STEP};
use crate::css::Mode;

impl Elements<'_> {
    /// Reads a start tag.
    pub(in crate::html) fn start(&mut self, name: &[u8], attributes: &Attributes, self_closing: bool) {
        self.steps.count(self.open.len() / OPEN_PER_STEP);
        if self.is_in_foreign() && !self.end_foreign(name, attributes) {
            if !self_closing {
                self.push(name, Element::named(name), attributes);
            }
            return;
        }
        let element = Element::named(name);
        let kind = element.kind;
        if !self.begin_page(&element, attributes) || kind == Kind::Void {
            return;
        }
        let is_table_part = matches!(kind, Kind::Cell | Kind::Row | Kind::RowGroup) || element.is(names::CAPTION);
        if is_table_part && !self.open.iter().any(|open| open.element.kind == Kind::Table) {
            // A browser ignores such a tag outside a table. The texts before and after it are still divided here.
            self.lay_out_tag(kind);
            return;
        }
        self.end_implied(&element);
        if kind == Kind::Inline {
            self.reopen_formatting();
        }
        // Only Outlook's elements have a name with a colon. `/>` ends them as in XML, and so it ends SVG and MathML.
        let may_close_itself = name.contains(&b':') || matches!(element.name, names::SVG | names::MATH);
        if kind == Kind::Break || self_closing && may_close_itself {
            self.lay_out_tag(kind);
            return;
        }
        self.push(name, element, attributes);
    }

    /// Ends the SVG or MathML content that this start tag cannot stand in. Returns whether it did.
    fn end_foreign(&mut self, name: &[u8], attributes: &Attributes) -> bool {
        let ends = ends_foreign(name) || name == b"font" && attributes.has_font();
        if ends {
            self.close_foreign();
        }
        ends
    }

    /// Begins and ends `html`, `head` and `body`, if the page does not. Returns whether the element counts: a second
    /// `html`, `head` or `body` does not.
    fn begin_page(&mut self, element: &Element, attributes: &Attributes) -> bool {
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
                    self.add_to_body(attributes);
                    return false;
                }
                self.end_head();
                self.begin_html();
                self.has_body = true;
                self.body = attributes.clone();
            }
            _ if element.has(Trait::BelongsInHead) => {}
            _ => self.begin_body(),
        }
        true
    }

    /// Gives the body the attributes of one more tag that it does not have yet (section 13.2.6.4.7). The text that was
    /// read before stays as it was.
    fn add_to_body(&mut self, attributes: &Attributes) {
        if !self.body.add_missing(attributes.clone()) {
            return;
        }
        let Some(at) = self.open.iter().take(2).position(|open| open.element.is(names::BODY)) else {
            return;
        };
        let (declared, symbols) = self.declared(b"body", &Element::named(b"body"), &self.body, at);
        if let Some(open) = self.open.get_mut(at) {
            open.declared = declared;
            open.symbols = symbols;
        }
        self.compute_from(at);
    }

    /// Begins an element without a tag.
    fn push_implied(&mut self, name: &[u8]) {
        self.push(name, Element::named(name), &Attributes::default());
    }

    fn begin_html(&mut self) {
        if self.open.is_empty() {
            self.push_implied(b"html");
        }
    }

    /// Ends the head and begins the body, if the page has not.
    pub(super) fn begin_body(&mut self) {
        if self.has_body {
            return;
        }
        self.end_head();
        self.begin_html();
        self.has_body = true;
        self.push_implied(b"body");
    }

    /// Ends the elements that the start of this one ends: a cell ends the cell before it, a row the row, an item the
    /// item, a block the paragraph. Begins the row around a cell.
    fn end_implied(&mut self, element: &Element) {
        match element.name {
            names::CAPTION | names::COLGROUP => self.end_table_parts(Kind::RowGroup),
            names::LI => self.end_item(&[names::LI]),
            names::DT | names::DD => self.end_item(&[names::DT, names::DD]),
            names::A | names::NOBR => self.end_formatting(element),
            // A table that is directly in another table, not in a cell, ends the other.
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

    /// Ends the open elements of the innermost table down to the place for a part of this kind, and begins the row
    /// group and the row around it.
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
        for (_, name) in around.iter().skip(kept) {
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
}
