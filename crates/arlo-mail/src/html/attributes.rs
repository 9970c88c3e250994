//! The attributes of a start tag that decide how its element looks.

use super::element::{Element, Kind, names};
use crate::css::{
    CascadeLevel, Colour, Custom, Declarations, Display, Length, Mode, Position, Property, Value, from_size_attribute,
    legacy_colour,
};
use crate::decode;

/// The attributes of one start tag. If an attribute occurs twice, the first one counts (HTML section 13.2.5.33).
#[derive(Debug, Clone, Default)]
pub(super) struct Attributes {
    seen: u32,
    /// The name of the current attribute.
    name: Vec<u8>,
    is_named: bool,
    current: Option<Known>,
    pub(super) class: Vec<u8>,
    pub(super) id: Vec<u8>,
    style: Vec<u8>,
    color: Vec<u8>,
    text: Vec<u8>,
    bgcolor: Vec<u8>,
    size: Vec<u8>,
}

/// An attribute that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Class,
    Id,
    Style,
    Color,
    Face,
    Text,
    Bgcolor,
    Size,
    Background,
    Hidden,
    Href,
    Open,
    Popover,
}

impl Known {
    /// Those whose value matters.
    const WITH_VALUE: [Self; 7] = [
        Self::Class,
        Self::Id,
        Self::Style,
        Self::Color,
        Self::Text,
        Self::Bgcolor,
        Self::Size,
    ];

    fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"class" => Self::Class,
            b"id" => Self::Id,
            b"style" => Self::Style,
            b"color" => Self::Color,
            b"face" => Self::Face,
            b"text" => Self::Text,
            b"bgcolor" => Self::Bgcolor,
            b"size" => Self::Size,
            b"background" => Self::Background,
            b"hidden" => Self::Hidden,
            b"href" => Self::Href,
            b"open" => Self::Open,
            b"popover" => Self::Popover,
            _ => return None,
        })
    }

    fn bit(self) -> u32 {
        1 << (self as u32)
    }
}

impl Attributes {
    pub(super) fn clear(&mut self) {
        self.seen = 0;
        self.begin();
        for value in [
            &mut self.class,
            &mut self.id,
            &mut self.style,
            &mut self.color,
            &mut self.text,
            &mut self.bgcolor,
            &mut self.size,
        ] {
            value.clear();
        }
    }

    /// An attribute begins.
    pub(super) fn begin(&mut self) {
        self.name.clear();
        self.current = None;
        self.is_named = false;
    }

    /// A piece of its name.
    pub(super) fn push_name(&mut self, text: &[u8]) {
        self.name.extend_from_slice(text);
        self.is_named = true;
    }

    /// The name is complete: the value begins, the next attribute begins, or the tag ends.
    pub(super) fn end_name(&mut self) {
        if !std::mem::take(&mut self.is_named) {
            return;
        }
        self.current = Known::named(&self.name).filter(|known| self.seen & known.bit() == 0);
        if let Some(known) = self.current {
            self.seen |= known.bit();
        }
    }

    /// A piece of its value.
    pub(super) fn push_value(&mut self, value: &[u8]) {
        if let Some(known) = self.current
            && let Some(to) = self.value_of(known)
        {
            to.extend_from_slice(value);
        }
    }

    /// The value of an attribute; `None` if the attribute counts by itself.
    fn value_of(&mut self, known: Known) -> Option<&mut Vec<u8>> {
        Some(match known {
            Known::Class => &mut self.class,
            Known::Id => &mut self.id,
            Known::Style => &mut self.style,
            Known::Color => &mut self.color,
            Known::Text => &mut self.text,
            Known::Bgcolor => &mut self.bgcolor,
            Known::Size => &mut self.size,
            Known::Face | Known::Background | Known::Hidden | Known::Href | Known::Open | Known::Popover => {
                return None;
            }
        })
    }

    /// Adds the attributes of another tag that this one does not have. Returns whether there are any.
    pub(super) fn add_missing(&mut self, mut other: Self) -> bool {
        let missing = other.seen & !self.seen;
        for known in Known::WITH_VALUE {
            if missing & known.bit() != 0
                && let (Some(to), Some(from)) = (self.value_of(known), other.value_of(known))
            {
                to.extend_from_slice(from);
            }
        }
        self.seen |= missing;
        missing != 0
    }

    fn has(&self, known: Known) -> bool {
        self.seen & known.bit() != 0
    }

    /// Whether an `a` or `area` element is a link.
    pub(super) fn has_href(&self) -> bool {
        self.has(Known::Href)
    }

    /// Whether a `font` element says something about its text.
    pub(super) fn has_font(&self) -> bool {
        self.has(Known::Color) || self.has(Known::Face) || self.has(Known::Size)
    }

    /// Whether a `details` element shows its content.
    pub(super) fn is_open(&self) -> bool {
        self.has(Known::Open)
    }

    /// Adds the declarations of the browser's style sheet, of the attributes and of the `style` attribute.
    /// `quirk_colour` is the colour of text in a table in quirks mode, `custom` what stands for `var()`.
    pub(super) fn declare(
        &self,
        declared: &mut Declarations,
        element: &Element,
        mode: Mode,
        quirk_colour: Colour,
        custom: &Custom,
    ) {
        let mut browser = |property, value| declared.add(property, value, CascadeLevel::Browser);
        let size = |times: f32| Value::Length(Length::Em(times));
        match element.name {
            names::H1 => browser(Property::FontSize, size(2.0)),
            names::H2 => browser(Property::FontSize, size(1.5)),
            names::H3 => browser(Property::FontSize, size(1.17)),
            names::H5 => browser(Property::FontSize, size(0.83)),
            names::H6 => browser(Property::FontSize, size(0.67)),
            names::SMALL | names::SUB | names::SUP => browser(Property::FontSize, size(5.0 / 6.0)),
            names::BIG => browser(Property::FontSize, size(1.2)),
            names::MARK => {
                browser(Property::BackgroundColor, Value::Colour(Colour::MARK));
                browser(Property::Color, Value::Colour(Colour::BLACK));
            }
            names::PRE | names::LISTING | names::XMP | names::PLAINTEXT => {
                browser(Property::WhiteSpace, Value::Flag(true));
            }
            names::A if self.has(Known::Href) => browser(Property::Color, Value::Colour(Colour::LINK)),
            _ if element.kind == Kind::Table && mode == Mode::Quirks => {
                // A table does not inherit these (section 15.3.10); its text has the colour of the page.
                browser(Property::FontSize, Value::Initial);
                browser(Property::WhiteSpace, Value::Initial);
                browser(Property::Color, Value::Colour(quirk_colour));
            }
            _ => {}
        }
        let is_open = element.is(names::DIALOG) && self.has(Known::Open);
        if element.is(names::DIALOG) || self.has(Known::Popover) {
            // They stand above the page, each with its own colours (section 15.3.1).
            browser(Property::Position, Value::Position(Position::Absolute));
            browser(Property::BackgroundColor, Value::Colour(Colour::WHITE));
            browser(Property::Color, Value::Colour(Colour::BLACK));
            if !is_open {
                browser(Property::Display, Value::Display(Display::None));
            }
        }
        if self.seen == 0 {
            return;
        }
        let mut attribute = |property, value| declared.add(property, value, CascadeLevel::Attribute);
        if self.has(Known::Hidden) {
            attribute(Property::Display, Value::Display(Display::None));
        }
        if let Some(background) = legacy_colour(&self.bgcolor)
            && has_background(element)
        {
            attribute(Property::BackgroundColor, Value::Colour(background));
        }
        if self.has(Known::Background) && has_background(element) {
            attribute(Property::BackgroundImage, Value::Flag(true));
        }
        if element.is(names::FONT) {
            if let Some(colour) = legacy_colour(&self.color) {
                attribute(Property::Color, Value::Colour(colour));
            }
            if let Some(size) = from_size_attribute(&self.size) {
                attribute(Property::FontSize, Value::Length(size));
            }
        }
        if element.is(names::BODY)
            && let Some(colour) = legacy_colour(&self.text)
        {
            attribute(Property::Color, Value::Colour(colour));
        }
        if !self.style.is_empty() {
            declared.add_style(&decode::utf8(&self.style), mode, custom);
        }
    }
}

/// The elements whose `bgcolor` and `background` attributes count (HTML section 15.3).
fn has_background(element: &Element) -> bool {
    matches!(element.kind, Kind::Table | Kind::RowGroup | Kind::Row | Kind::Cell)
        || matches!(element.name, names::BODY | names::MARQUEE)
}
