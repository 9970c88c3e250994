//! The stack of open elements (HTML section 13.2.6), the style of each, and the text that they show.
//!
//! `start` begins elements and `end` ends them, also those without a tag.
//!
//! There are two differences to the standard. Text in a table outside its cells is read in its place and not before the
//! table. And at most [`MAX_OPEN_ELEMENTS`] elements are open; the content of a deeper element counts as its parent's.

mod end;
mod start;

use super::attributes::Attributes;
use super::element::{Element, Kind, Trait, names};
use crate::css::{Declarations, Display, Mode, Sheet, Style, Symbol};
use crate::limits::MAX_OPEN_ELEMENTS;
use crate::steps::{Steps, TooComplex};
use crate::visible::VisibleText;

/// Formatting elements that are kept when their block ends.
const MAX_FORMATTING: usize = 16;

/// An open element.
#[derive(Debug)]
struct Open {
    element: Element,
    /// Kept because the style is computed again if an element around this one ends before it.
    declared: Declarations,
    symbols: Vec<Symbol>,
    style: Style,
    heading: bool,
    /// A `details` element that shows only its summary.
    is_closed: bool,
    /// Whether its content is SVG or MathML.
    holds_foreign: bool,
}

/// A formatting element that ended with its parent and begins again in the text that follows.
#[derive(Debug)]
struct Formatting {
    element: Element,
    declared: Declarations,
    symbols: Vec<Symbol>,
}

/// The stack of open elements, and the visible text so far.
#[derive(Debug)]
pub(super) struct Elements<'s> {
    steps: &'s Steps,
    text: VisibleText,
    open: Vec<Open>,
    /// The number of elements that are open beyond the limit.
    too_deep: usize,
    formatting: Vec<Formatting>,
    sheet: Sheet,
    mode: Mode,
    has_body: bool,
    /// The attributes of the body, from all its tags.
    body: Attributes,
}

/// Open elements that a search looks at in one step.
const OPEN_PER_STEP: usize = 8;
/// Steps for the comparison of a part of a selector with an element, which takes longer than a look at a byte.
const STEPS_PER_COMPARISON: usize = 3;

impl<'s> Elements<'s> {
    /// No element is open. `text_length` is a guess at the length of the visible text, in bytes.
    pub(super) fn new(sheet: Sheet, mode: Mode, text_length: usize, steps: &'s Steps) -> Self {
        Self {
            steps,
            text: VisibleText::with_room_for(text_length),
            open: Vec::new(),
            too_deep: 0,
            formatting: Vec::new(),
            sheet,
            mode,
            has_body: false,
            body: Attributes::default(),
        }
    }

    pub(super) fn finish(mut self) -> VisibleText {
        self.text.end_line();
        self.text
    }

    /// Fails if there were too many steps.
    pub(super) fn check(&self) -> Result<(), TooComplex> {
        self.steps.check()
    }

    /// Adds text.
    pub(super) fn text(&mut self, text: &str) {
        let is_blank = text.bytes().all(|byte| byte.is_ascii_whitespace());
        if !is_blank && !self.is_in_hidden_element() {
            self.begin_body();
            self.reopen_formatting();
        }
        let Some(parent) = parent_of(&self.open, None) else {
            self.text.push(text);
            return;
        };
        if !parent.style.shows_text() || parent.is_closed {
            return;
        }
        let heading = parent.heading;
        // Blanks between the rows and the cells of a table are not shown.
        let is_in_table = is_blank && self.open.last().is_some_and(|open| open.element.kind.is_table_inside());
        if !parent.style.keeps_lines() || is_in_table {
            self.line(text, heading);
            return;
        }
        let mut lines = text.split('\n');
        self.line(lines.next().unwrap_or_default(), heading);
        for line in lines {
            self.text.break_line();
            self.line(line, heading);
        }
    }

    /// Adds text that goes on in the same line.
    fn line(&mut self, text: &str, heading: bool) {
        if heading && !text.bytes().all(|byte| byte.is_ascii_whitespace()) {
            self.text.mark_heading();
        }
        self.text.push(text);
    }

    /// Whether the text belongs to an element that is never shown, such as `style`.
    fn is_in_hidden_element(&self) -> bool {
        self.open
            .last()
            .is_some_and(|open| open.element.kind == Kind::Hidden && !open.element.is(names::HEAD))
    }

    /// Whether the next element belongs to SVG or MathML.
    pub(super) fn is_in_foreign(&self) -> bool {
        self.open.last().is_some_and(|open| open.holds_foreign)
    }

    /// Whether the content of an element in this place is SVG or MathML (section 13.2.6, "integration point").
    fn holds_foreign(&self, element: &Element) -> bool {
        match element.name {
            names::SVG | names::MATH => true,
            names::FOREIGN_OBJECT
            | names::DESC
            | names::TITLE
            | names::MI
            | names::MO
            | names::MN
            | names::MS
            | names::MTEXT => false,
            _ => self.is_in_foreign(),
        }
    }

    fn push(&mut self, name: &[u8], element: Element, attributes: &Attributes) {
        if self.open.len() >= MAX_OPEN_ELEMENTS {
            self.too_deep += 1;
            self.lay_out_tag(element.kind);
            return;
        }
        let (declared, symbols) = self.declared(name, &element, attributes, self.open.len());
        self.push_declared(element, declared, symbols);
        if element.is(names::DETAILS)
            && !attributes.is_open()
            && let Some(open) = self.open.last_mut()
        {
            open.is_closed = true;
        }
    }

    /// The declarations and the symbols of an element inside the first `depth` open elements.
    fn declared(
        &self,
        name: &[u8],
        element: &Element,
        attributes: &Attributes,
        depth: usize,
    ) -> (Declarations, Vec<Symbol>) {
        let is_link = matches!(name, b"a" | b"area") && attributes.has_href();
        let symbols = self.sheet.symbols(name, is_link, &attributes.id, &attributes.class);
        let mut declared = Declarations::default();
        let body = self.open.iter().take(2).find(|open| open.element.is(names::BODY));
        let quirk_colour = body.map_or(Style::ROOT, |open| open.style).text_colour();
        attributes.declare(&mut declared, element, self.mode, quirk_colour, self.sheet.custom());
        self.steps.count(self.sheet.custom().take_work());
        if !self.sheet.is_empty() {
            let ancestors = |at: usize| self.open.get(at).map(|open| &*open.symbols);
            let work = self.sheet.apply(&mut declared, &symbols, ancestors, depth);
            self.steps.count(STEPS_PER_COMPARISON * work);
        }
        (declared, symbols)
    }

    fn push_declared(&mut self, element: Element, declared: Declarations, symbols: Vec<Symbol>) {
        let (style, heading) = computed(parent_of(&self.open, Some(element.kind)), &element, &declared);
        let holds_foreign = self.holds_foreign(&element);
        self.open.push(Open {
            element,
            declared,
            symbols,
            style,
            heading,
            is_closed: false,
            holds_foreign,
        });
        self.lay_out(style.display());
    }

    /// Computes the styles of the elements from this place on again.
    fn compute_from(&mut self, from: usize) {
        for at in from..self.open.len() {
            self.steps.count(1);
            let (before, rest) = self.open.split_at_mut(at);
            let Some(open) = rest.first_mut() else { return };
            let parent = parent_of(before, Some(open.element.kind));
            (open.style, open.heading) = computed(parent, &open.element, &open.declared);
        }
    }

    /// Begins the formatting elements again that ended with their block.
    fn reopen_formatting(&mut self) {
        if self.too_deep > 0 {
            return;
        }
        for Formatting {
            element,
            declared,
            symbols,
        } in std::mem::take(&mut self.formatting)
        {
            if self.open.len() < MAX_OPEN_ELEMENTS {
                self.push_declared(element, declared, symbols);
            }
        }
    }

    /// Ends the elements from this place on. With `formats_on`, formatting elements among them continue in the text
    /// that follows.
    fn close_from(&mut self, at: usize, formats_on: bool) {
        if at + 1 == self.open.len() {
            if let Some(open) = self.open.pop() {
                self.lay_out(open.style.display());
            }
            return;
        }
        let ended = self.open.split_off(at.min(self.open.len()));
        for open in ended.iter().rev() {
            self.lay_out(open.style.display());
        }
        if !formats_on {
            return;
        }
        // The first element is the one that a tag ends.
        for open in ended.into_iter().skip(1) {
            let goes_on = open.element.has(Trait::Formats) && !open.declared.is_empty();
            if goes_on && self.formatting.len() < MAX_FORMATTING {
                self.formatting.push(Formatting {
                    element: open.element,
                    declared: open.declared,
                    symbols: open.symbols,
                });
            }
        }
    }

    /// Divides the text before and after the beginning or the end of a box.
    fn lay_out(&mut self, display: Display) {
        match display {
            Display::Cell | Display::Float => self.text.end_cell(),
            Display::Block | Display::TablePart => self.text.end_line(),
            Display::InlineBlock => self.text.mark_box(),
            Display::Inline | Display::None => self.text.mark_tag(),
        }
    }

    /// Divides the text before and after a tag that begins and ends no element.
    fn lay_out_tag(&mut self, kind: Kind) {
        if self
            .open
            .last()
            .is_some_and(|open| open.style.display() == Display::None)
        {
            return;
        }
        match kind {
            Kind::Break => self.text.break_line(),
            _ => self.lay_out(kind.display()),
        }
    }
}

/// The parent of new content. Content in a place for rows or cells that is none belongs to the parent of the table.
fn parent_of(open: &[Open], kind: Option<Kind>) -> Option<&Open> {
    let last = open.last()?;
    let is_table_part = matches!(kind, Some(Kind::RowGroup | Kind::Row | Kind::Cell | Kind::Hidden));
    if is_table_part || !last.element.kind.is_table_inside() {
        return Some(last);
    }
    let table = open.iter().rposition(|open| open.element.kind == Kind::Table)?;
    open.get(table.checked_sub(1)?)
}

/// The style of an element with this parent, and whether its text counts as a heading.
fn computed(parent: Option<&Open>, element: &Element, declared: &Declarations) -> (Style, bool) {
    let kind = element.kind;
    let above = parent.map_or(Style::ROOT, |open| open.style);
    let mut style = above.child(declared, kind.display());
    let has_hidden_content = kind == Kind::Hidden || element.has(Trait::IsDrawn);
    if has_hidden_content || parent.is_some_and(|open| open.is_closed) && !element.is(names::SUMMARY) {
        style.hide();
    }
    let large = declared.declares_size().then(|| style.font_size() >= LARGE);
    let heading = kind == Kind::Heading || large.unwrap_or(parent.is_some_and(|open| open.heading));
    (style, heading)
}

/// Text in a font of this many pixels or more counts as a heading.
const LARGE: f32 = 20.0;
