//! The ends of elements: by an end tag, or by another tag that implies it.

use super::super::element::{Element, Kind, Name, Trait, names};
use super::{Elements, OPEN_PER_STEP};

impl Elements<'_> {
    /// Ends the innermost element of this name, unless a barrier is inside of it. Returns whether there was one.
    pub(super) fn end_in_scope(&mut self, name: Name) -> bool {
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

    /// Reads an end tag.
    pub(in crate::html) fn end(&mut self, name: &[u8]) {
        self.steps.count(self.open.len() / OPEN_PER_STEP);
        let element = Element::named(name);
        let kind = element.kind;
        if kind == Kind::Void || element.is(names::BODY) || element.is(names::HTML) {
            // Content after these end tags belongs to the body.
            return;
        }
        if self.is_in_foreign() && matches!(name, b"p" | b"br") {
            self.close_foreign();
        }
        if self.too_deep > 0 && kind != Kind::Break {
            self.too_deep -= 1;
            return;
        }
        match kind {
            Kind::Break => self.lay_out_tag(kind),
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
                    self.lay_out_tag(kind);
                }
            }
        }
    }

    /// Ends the innermost heading, of any level.
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

    pub(super) fn end_table_part(&mut self, element: &Element) {
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

    /// Ends a formatting element. A block that is open inside of it continues without it (section 13.2.6.4.7, "adoption
    /// agency").
    pub(super) fn end_formatting(&mut self, element: &Element) {
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
        let mut ended = self.open.iter().skip(at);
        if !ended.any(|open| open.element.has(Trait::IsSpecial)) {
            self.close_from(at, true);
            return;
        }
        let ended = self.open.remove(at);
        self.compute_from(at);
        self.lay_out(ended.style.display());
    }

    /// Ends the SVG or MathML elements that stand innermost.
    pub(super) fn close_foreign(&mut self) {
        let last = self.open.iter().rposition(|open| !open.holds_foreign);
        self.close_from(last.map_or(0, |last| last + 1), false);
    }

    pub(super) fn end_head(&mut self) {
        if let Some(at) = self.open.iter().position(|open| open.element.is(names::HEAD)) {
            self.close_from(at, false);
        }
    }
}
