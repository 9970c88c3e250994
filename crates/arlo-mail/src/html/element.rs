//! What the HTML standard says of an element by its name.

use crate::css::Display;

/// An element's name in lower case, cut to the length of the longest that HTML has and some more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name(u128);

impl Name {
    pub(super) const fn new(name: &[u8]) -> Self {
        let mut bits = 0;
        let mut rest = name;
        let mut left = 16;
        while let [byte, after @ ..] = rest {
            if left == 0 {
                break;
            }
            bits = bits << 8 | *byte as u128;
            rest = after;
            left -= 1;
        }
        Self(bits)
    }
}

/// The names that the rules speak of.
pub(super) mod names {
    use super::Name;

    pub(in super::super) const A: Name = Name::new(b"a");
    pub(in super::super) const BIG: Name = Name::new(b"big");
    pub(in super::super) const BODY: Name = Name::new(b"body");
    pub(in super::super) const BUTTON: Name = Name::new(b"button");
    pub(in super::super) const CAPTION: Name = Name::new(b"caption");
    pub(in super::super) const COLGROUP: Name = Name::new(b"colgroup");
    pub(in super::super) const DD: Name = Name::new(b"dd");
    pub(in super::super) const DETAILS: Name = Name::new(b"details");
    pub(in super::super) const DT: Name = Name::new(b"dt");
    pub(in super::super) const FONT: Name = Name::new(b"font");
    pub(in super::super) const H1: Name = Name::new(b"h1");
    pub(in super::super) const H2: Name = Name::new(b"h2");
    pub(in super::super) const H3: Name = Name::new(b"h3");
    pub(in super::super) const H5: Name = Name::new(b"h5");
    pub(in super::super) const H6: Name = Name::new(b"h6");
    pub(in super::super) const HEAD: Name = Name::new(b"head");
    pub(in super::super) const HTML: Name = Name::new(b"html");
    pub(in super::super) const LI: Name = Name::new(b"li");
    pub(in super::super) const MARK: Name = Name::new(b"mark");
    pub(in super::super) const MARQUEE: Name = Name::new(b"marquee");
    pub(in super::super) const NOBR: Name = Name::new(b"nobr");
    pub(in super::super) const P: Name = Name::new(b"p");
    pub(in super::super) const SMALL: Name = Name::new(b"small");
    pub(in super::super) const SUB: Name = Name::new(b"sub");
    pub(in super::super) const SUMMARY: Name = Name::new(b"summary");
    pub(in super::super) const SUP: Name = Name::new(b"sup");
}

/// How an element lays its content out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
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
    /// A part of a table that holds rows.
    RowGroup,
    /// Not shown.
    Hidden,
    /// Without content.
    Void,
    /// A line break.
    Break,
}

impl Kind {
    pub(super) fn display(self) -> Display {
        match self {
            Self::Inline | Self::Void | Self::Break => Display::Inline,
            Self::Block | Self::Heading => Display::Box,
            Self::Cell | Self::Row | Self::Table | Self::RowGroup => Display::TablePart,
            Self::Hidden => Display::None,
        }
    }

    /// Whether only rows and the like belong directly in it; anything else stands before the table.
    pub(super) fn is_table_inside(self) -> bool {
        matches!(self, Self::Table | Self::RowGroup | Self::Row)
    }
}

/// A property of elements that the standard lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trait {
    /// It may stand in a head; anything else begins the body (section 13.2.6.4.4).
    BelongsInHead,
    /// Text and links are formatted with it: it goes on where a block that ended had it open (section 13.2.4.3).
    Formats,
    /// Its start ends an open paragraph (section 13.2.6.4.7).
    EndsParagraph,
    /// No search for an open paragraph, list item or inline element looks beyond it (section 13.2.4.2, "scope").
    IsBarrier,
    /// An end tag of an inline element does not reach through it (section 13.2.4.2, "special").
    IsSpecial,
    /// It is special, and a list item is ended through it all the same.
    LetsItemsEnd,
}

impl Trait {
    const fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// One tag's element: its name, and what the standard says of that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element {
    pub(super) name: Name,
    pub(super) kind: Kind,
    traits: u8,
}

impl Element {
    pub(super) fn named(name: &[u8]) -> Self {
        let (kind, traits) = look_up(name);
        Self {
            name: Name::new(name),
            kind,
            traits,
        }
    }

    pub(super) fn is(&self, name: Name) -> bool {
        self.name == name
    }

    pub(super) fn has(&self, wanted: Trait) -> bool {
        self.traits & wanted.bit() != 0
    }
}

fn look_up(name: &[u8]) -> (Kind, u8) {
    const HEAD: u8 = Trait::BelongsInHead.bit();
    const FORMATS: u8 = Trait::Formats.bit();
    const PARAGRAPH: u8 = Trait::EndsParagraph.bit();
    const BARRIER: u8 = Trait::IsBarrier.bit();
    const SPECIAL: u8 = Trait::IsSpecial.bit();
    const ITEM: u8 = Trait::LetsItemsEnd.bit();
    match name {
        b"td" | b"th" => (Kind::Cell, SPECIAL | BARRIER),
        b"tr" => (Kind::Row, SPECIAL),
        b"table" => (Kind::Table, SPECIAL | BARRIER | PARAGRAPH),
        b"tbody" | b"thead" | b"tfoot" => (Kind::RowGroup, SPECIAL),
        b"a" | b"b" | b"big" | b"code" | b"em" | b"font" | b"i" | b"nobr" | b"s" | b"small" | b"strike" | b"strong"
        | b"tt" | b"u" => (Kind::Inline, FORMATS),
        b"p" | b"div" | b"address" => (Kind::Block, SPECIAL | PARAGRAPH | ITEM),
        b"li" | b"ul" | b"ol" | b"dl" | b"dt" | b"dd" | b"center" | b"blockquote" | b"pre" | b"section"
        | b"article" | b"header" | b"footer" | b"main" | b"nav" | b"aside" | b"form" | b"fieldset" | b"figure"
        | b"figcaption" | b"details" | b"summary" | b"menu" | b"dir" | b"hgroup" | b"search" | b"listing"
        | b"dialog" | b"plaintext" | b"xmp" => (Kind::Block, SPECIAL | PARAGRAPH),
        b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => (Kind::Heading, SPECIAL | PARAGRAPH),
        b"caption" | b"marquee" => (Kind::Block, SPECIAL | BARRIER),
        b"html" => (Kind::Block, SPECIAL | BARRIER | HEAD),
        b"body" | b"legend" => (Kind::Block, SPECIAL),
        b"br" => (Kind::Break, SPECIAL),
        b"hr" => (Kind::Break, SPECIAL | PARAGRAPH),
        b"img" | b"input" | b"area" | b"col" | b"embed" | b"frame" | b"keygen" | b"param" | b"source" | b"track"
        | b"wbr" => (Kind::Void, SPECIAL),
        b"meta" | b"link" | b"base" | b"basefont" | b"bgsound" => (Kind::Void, SPECIAL | HEAD),
        b"head" | b"style" | b"script" | b"title" | b"noframes" => (Kind::Hidden, SPECIAL | HEAD),
        b"template" => (Kind::Hidden, SPECIAL | BARRIER | HEAD),
        b"object" | b"applet" | b"svg" | b"math" => (Kind::Hidden, SPECIAL | BARRIER),
        b"iframe" | b"noembed" | b"select" | b"textarea" | b"audio" | b"video" | b"canvas" | b"datalist" | b"xml"
        | b"rp" | b"colgroup" | b"option" | b"optgroup" => (Kind::Hidden, SPECIAL),
        b"noscript" => (Kind::Inline, SPECIAL | HEAD),
        b"button" => (Kind::Inline, SPECIAL),
        _ => (Kind::Inline, 0),
    }
}
