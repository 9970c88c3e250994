//! The tokens of html5gum, passed on to the stack of open elements.
//!
//! html5gum's own emitters do not fit for two reasons. A mail program runs no scripts, so the content of `noscript`
//! counts. And nobody needs the list of errors in a page, so it is not made.

use html5gum::{Emitter, Error, State, naive_next_state};

use super::attributes::Attributes;
use super::open::Elements;
use crate::decode;
use crate::steps::TooComplex;

/// The current tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    None,
    Start,
    End,
}

/// Receives the tokens of a page.
pub(super) struct Tokens<'l, 's> {
    elements: &'l mut Elements<'s>,
    tag: Tag,
    name: Vec<u8>,
    attributes: Attributes,
    self_closing: bool,
    /// The name of the end tag that ends content without tags.
    last_start_tag: Vec<u8>,
    text: Vec<u8>,
    /// Whether the text begins after the start tag of an element that keeps its line ends.
    begins_pre: bool,
}

impl<'l, 's> Tokens<'l, 's> {
    pub(super) fn new(elements: &'l mut Elements<'s>) -> Self {
        Self {
            elements,
            tag: Tag::None,
            name: Vec::new(),
            attributes: Attributes::default(),
            self_closing: false,
            last_start_tag: Vec::new(),
            text: Vec::new(),
            begins_pre: false,
        }
    }

    fn end_text(&mut self) {
        // A line end right after such a tag is none (section 13.2.6.4.7).
        let begins_pre = std::mem::take(&mut self.begins_pre);
        let text = self
            .text
            .strip_prefix(b"\n")
            .filter(|_| begins_pre)
            .unwrap_or(&self.text);
        if !text.is_empty() {
            self.elements.text(&decode::utf8(text));
        }
        self.text.clear();
    }
}

impl Emitter for Tokens<'_, '_> {
    type Token = TooComplex;

    /// For a page that is read from within an element, as none is here.
    fn set_last_start_tag(&mut self, _name: Option<&[u8]>) {}

    fn emit_eof(&mut self) {
        self.end_text();
    }

    fn emit_error(&mut self, _error: Error) {}

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn pop_token(&mut self) -> Option<TooComplex> {
        self.elements.check().err()
    }

    fn emit_string(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
    }

    fn init_start_tag(&mut self) {
        self.tag = Tag::Start;
        self.name.clear();
        self.attributes.clear();
        self.self_closing = false;
    }

    fn init_end_tag(&mut self) {
        self.tag = Tag::End;
        self.name.clear();
        self.attributes.clear();
    }

    fn init_comment(&mut self) {}

    fn emit_current_tag(&mut self) -> Option<State> {
        self.end_text();
        self.attributes.end_name();
        match self.tag {
            Tag::Start => {
                // No content of SVG or MathML is without tags.
                let is_foreign = self.elements.is_in_foreign();
                self.elements.start(&self.name, &self.attributes, self.self_closing);
                self.begins_pre = matches!(&*self.name, b"pre" | b"listing");
                std::mem::swap(&mut self.last_start_tag, &mut self.name);
                match &*self.last_start_tag {
                    _ if is_foreign => None,
                    b"noscript" => None,
                    name => naive_next_state(name),
                }
            }
            Tag::End => {
                self.elements.end(&self.name);
                self.last_start_tag.clear();
                None
            }
            Tag::None => None,
        }
    }

    fn emit_current_comment(&mut self) {}

    fn emit_current_doctype(&mut self) {}

    fn set_self_closing(&mut self) {
        self.self_closing = true;
    }

    fn set_force_quirks(&mut self) {}

    fn push_tag_name(&mut self, text: &[u8]) {
        self.name.extend_from_slice(text);
    }

    fn push_comment(&mut self, _text: &[u8]) {}

    fn push_doctype_name(&mut self, _text: &[u8]) {}

    fn init_doctype(&mut self) {}

    fn init_attribute(&mut self) {
        self.attributes.end_name();
        self.attributes.begin();
    }

    fn init_attribute_value(&mut self) {
        self.attributes.end_name();
    }

    fn push_attribute_name(&mut self, text: &[u8]) {
        self.attributes.push_name(text);
    }

    fn push_attribute_value(&mut self, text: &[u8]) {
        self.attributes.push_value(text);
    }

    fn set_doctype_public_identifier(&mut self, _value: &[u8]) {}

    fn set_doctype_system_identifier(&mut self, _value: &[u8]) {}

    fn push_doctype_public_identifier(&mut self, _text: &[u8]) {}

    fn push_doctype_system_identifier(&mut self, _text: &[u8]) {}

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.name == self.last_start_tag
    }
}
