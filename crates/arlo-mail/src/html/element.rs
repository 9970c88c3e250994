//! What the HTML standard says about an element of a name.

use crate::css::Display;

/// The name of an element in lower case, cut to 16 bytes. All names of HTML are shorter.
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

/// The names that the rules need.
pub(super) mod names {
    use super::Name;

    pub(in super::super) const A: Name = Name::new(b"a");
    pub(in super::super) const BIG: Name = Name::new(b"big");
    pub(in super::super) const BODY: Name = Name::new(b"body");
    pub(in super::super) const BUTTON: Name = Name::new(b"button");
    pub(in super::super) const CAPTION: Name = Name::new(b"caption");
    pub(in super::super) const COLGROUP: Name = Name::new(b"colgroup");
    pub(in super::super) const DESC: Name = Name::new(b"desc");
    pub(in super::super) const DD: Name = Name::new(b"dd");
    pub(in super::super) const DETAILS: Name = Name::new(b"details");
    pub(in super::super) const DIALOG: Name = Name::new(b"dialog");
    pub(in super::super) const DT: Name = Name::new(b"dt");
    pub(in super::super) const FONT: Name = Name::new(b"font");
    pub(in super::super) const FOREIGN_OBJECT: Name = Name::new(b"foreignobject");
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
    pub(in super::super) const MATH: Name = Name::new(b"math");
    pub(in super::super) const MI: Name = Name::new(b"mi");
    pub(in super::super) const MN: Name = Name::new(b"mn");
    pub(in super::super) const MO: Name = Name::new(b"mo");
    pub(in super::super) const MS: Name = Name::new(b"ms");
    pub(in super::super) const MTEXT: Name = Name::new(b"mtext");
    pub(in super::super) const NOBR: Name = Name::new(b"nobr");
    pub(in super::super) const LISTING: Name = Name::new(b"listing");
    pub(in super::super) const PLAINTEXT: Name = Name::new(b"plaintext");
    pub(in super::super) const PRE: Name = Name::new(b"pre");
    pub(in super::super) const XMP: Name = Name::new(b"xmp");
    pub(in super::super) const P: Name = Name::new(b"p");
    pub(in super::super) const SMALL: Name = Name::new(b"small");
    pub(in super::super) const SUB: Name = Name::new(b"sub");
    pub(in super::super) const SUMMARY: Name = Name::new(b"summary");
    pub(in super::super) const SUP: Name = Name::new(b"sup");
    pub(in super::super) const SVG: Name = Name::new(b"svg");
    pub(in super::super) const TITLE: Name = Name::new(b"title");
}

/// The layout of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// In a line.
    Inline,
    /// On lines of its own.
    Block,
    /// On lines of its own, in a large font.
    Heading,
    /// A table cell, beside other cells.
    Cell,
    /// A row of cells.
    Row,
    /// A table.
    Table,
    /// A part of a table with rows.
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
            Self::Block | Self::Heading => Display::Block,
            Self::Cell => Display::Cell,
            Self::Row | Self::Table | Self::RowGroup => Display::TablePart,
            Self::Hidden => Display::None,
        }
    }

    /// Whether only rows or cells belong directly in it. Other content is shown before the table.
    pub(super) fn is_table_inside(self) -> bool {
        matches!(self, Self::Table | Self::RowGroup | Self::Row)
    }
}

/// A property of elements for which the standard has a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trait {
    /// It may be in the head. Other elements begin the body (section 13.2.6.4.4).
    BelongsInHead,
    /// A formatting element. If its block ends first, it continues in the text that follows (section 13.2.4.3).
    Formats,
    /// Its start tag ends an open paragraph (section 13.2.6.4.7).
    EndsParagraph,
    /// A search for an open paragraph, list item or inline element stops at it (section 13.2.4.2, "scope").
    IsBarrier,
    /// The end tag of an inline element does not end one outside of it (section 13.2.4.2, "special").
    IsSpecial,
    /// It is special, but a new list item ends one outside of it.
    LetsItemsEnd,
    /// A browser draws something else in place of its content (section 15.5).
    IsDrawn,
}

impl Trait {
    const fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// The element of a tag: its name, and what the standard says about it.
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

/// Whether the start tag of this name ends the SVG or MathML content that it stands in (section 13.2.6.5). A `font` tag
/// does so with some attributes only.
pub(super) fn ends_foreign(name: &[u8]) -> bool {
    matches!(
        name,
        b"b" | b"big"
            | b"blockquote"
            | b"body"
            | b"br"
            | b"center"
            | b"code"
            | b"dd"
            | b"div"
            | b"dl"
            | b"dt"
            | b"em"
            | b"embed"
            | b"h1"
            | b"h2"
            | b"h3"
            | b"h4"
            | b"h5"
            | b"h6"
            | b"head"
            | b"hr"
            | b"i"
            | b"img"
            | b"li"
            | b"listing"
            | b"menu"
            | b"meta"
            | b"nobr"
            | b"ol"
            | b"p"
            | b"pre"
            | b"ruby"
            | b"s"
            | b"small"
            | b"span"
            | b"strike"
            | b"strong"
            | b"sub"
            | b"sup"
            | b"table"
            | b"tt"
            | b"u"
            | b"ul"
            | b"var"
    )
}

fn look_up(name: &[u8]) -> (Kind, u8) {
    const HEAD: u8 = Trait::BelongsInHead.bit();
    const FORMATS: u8 = Trait::Formats.bit();
    const PARAGRAPH: u8 = Trait::EndsParagraph.bit();
    const BARRIER: u8 = Trait::IsBarrier.bit();
    const SPECIAL: u8 = Trait::IsSpecial.bit();
    const ITEM: u8 = Trait::LetsItemsEnd.bit();
    const DRAWN: u8 = Trait::IsDrawn.bit();
    match name {
        // The parts of a table are always in a table, which is special and a barrier itself.
        b"td" | b"th" => (Kind::Cell, 0),
        b"tr" => (Kind::Row, 0),
        b"table" => (Kind::Table, SPECIAL | BARRIER | PARAGRAPH),
        b"tbody" | b"thead" | b"tfoot" => (Kind::RowGroup, 0),
        b"a" | b"b" | b"big" | b"code" | b"em" | b"font" | b"i" | b"nobr" | b"s" | b"small" | b"strike" | b"strong"
        | b"tt" | b"u" => (Kind::Inline, FORMATS),
        b"p" | b"div" | b"address" => (Kind::Block, SPECIAL | PARAGRAPH | ITEM),
        b"li" | b"ul" | b"ol" | b"dl" | b"dt" | b"dd" | b"center" | b"blockquote" | b"pre" | b"section"
        | b"article" | b"header" | b"footer" | b"main" | b"nav" | b"aside" | b"form" | b"fieldset" | b"figure"
        | b"figcaption" | b"details" | b"summary" | b"menu" | b"dir" | b"hgroup" | b"search" | b"listing"
        | b"dialog" | b"plaintext" | b"xmp" => (Kind::Block, SPECIAL | PARAGRAPH),
        b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => (Kind::Heading, SPECIAL | PARAGRAPH),
        b"caption" | b"marquee" => (Kind::Block, SPECIAL | BARRIER),
        b"html" | b"body" | b"legend" => (Kind::Block, SPECIAL),
        b"br" => (Kind::Break, 0),
        b"hr" => (Kind::Break, PARAGRAPH),
        b"img" | b"input" | b"area" | b"col" | b"embed" | b"frame" | b"keygen" | b"param" | b"source" | b"track"
        | b"wbr" => (Kind::Void, 0),
        b"meta" | b"link" | b"base" | b"basefont" | b"bgsound" => (Kind::Void, HEAD),
        b"head" | b"style" | b"script" | b"title" | b"noframes" => (Kind::Hidden, HEAD),
        b"template" => (Kind::Hidden, SPECIAL | BARRIER | HEAD),
        b"object" | b"applet" => (Kind::Hidden, SPECIAL | BARRIER),
        b"svg" | b"math" => (Kind::Hidden, 0),
        b"iframe" | b"noembed" | b"select" | b"textarea" | b"audio" | b"video" | b"canvas" | b"datalist" | b"xml"
        | b"rp" | b"colgroup" | b"option" | b"optgroup" => (Kind::Hidden, SPECIAL),
        b"noscript" => (Kind::Inline, SPECIAL | HEAD),
        b"button" => (Kind::Inline, SPECIAL),
        b"meter" | b"progress" => (Kind::Inline, DRAWN),
        _ => (Kind::Inline, 0),
    }
}
