//! Declarations: which of them bear on whether text is seen, and which of several wins.

use cssparser::{
    AtRuleParser, CowRcStr, DeclarationParser, ParseError, Parser, ParserState, QualifiedRuleParser,
    RuleBodyItemParser, RuleBodyParser, match_ignore_ascii_case, parse_important,
};

use super::Mode;
use super::colour::{self, Colour, Ink};
use super::length::{self, Length};
use super::value::{
    clips_all, cuts, display, font_shorthand, next_is_important, offset, opacity, picture, position, shape_hides,
    skip_component, transform_hides, visible, wide_keyword,
};

/// What is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Property {
    Display,
    Visibility,
    Opacity,
    FontSize,
    Color,
    /// `-webkit-text-fill-color`, which browsers prefer to `color`.
    TextFill,
    BackgroundColor,
    BackgroundImage,
    Height,
    MaxHeight,
    Width,
    MaxWidth,
    OverflowX,
    OverflowY,
    Position,
    Float,
    Left,
    Top,
    Right,
    Bottom,
    MarginLeft,
    MarginTop,
    TextIndent,
    Clip,
    ClipPath,
    Transform,
}

/// As what it is declared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value {
    /// As the parent's.
    Inherit,
    /// As where nobody says anything.
    Initial,
    /// As if it were not declared.
    Unset,
    Display(Display),
    Number(f32),
    Length(Length),
    Colour(Colour),
    /// The element's own ink.
    CurrentColour,
    /// Yes or no: whether it is visible, cut off, out of the flow, hidden by a shape; whether there is a picture.
    Is(bool),
    Position(Position),
}

/// How an element's box stands among others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Display {
    /// There is no box, and none for what is inside.
    None,
    /// Within a line: it has no extent of its own.
    Inline,
    /// A cell, a row or another part of a table, whose extent is a least one.
    TablePart,
    /// A box that has an extent.
    Box,
}

/// Where an element's box is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    Static,
    /// Moved from its place.
    Relative,
    /// Out of the flow.
    Absolute,
}

/// From which source a declaration comes: the later win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Browser,
    /// An attribute such as `bgcolor`.
    Attribute,
    Sheet,
    StyleAttribute,
    ImportantSheet,
    ImportantStyleAttribute,
}

/// One declaration of a rule or a `style` attribute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Declared {
    pub(super) property: Property,
    pub(super) value: Value,
    pub(super) important: bool,
}

/// Of each property the declaration that counts for one element.
#[derive(Debug, Clone, Default)]
pub(crate) struct Own {
    winners: Vec<(Property, Weight, Value)>,
}

/// Level, specificity and order.
type Weight = (Level, u32, u32);

impl Own {
    /// Whether nothing is declared.
    pub(crate) fn is_empty(&self) -> bool {
        self.winners.is_empty()
    }

    /// Takes one declaration in, unless a weightier one is there.
    pub(crate) fn add(&mut self, property: Property, value: Value, level: Level) {
        self.add_weighed(property, value, (level, 0, 0));
    }

    pub(super) fn add_weighed(&mut self, property: Property, value: Value, weight: Weight) {
        match self.winners.iter_mut().find(|(found, ..)| *found == property) {
            Some(winner) if winner.1 <= weight => *winner = (property, weight, value),
            Some(_) => {}
            None => self.winners.push((property, weight, value)),
        }
    }

    /// Takes a `style` attribute in.
    pub(crate) fn add_style(&mut self, style: &str, mode: Mode) {
        let mut reader = Reader {
            mode,
            found: Vec::new(),
        };
        reader.read_style(style);
        for Declared {
            property,
            value,
            important,
        } in reader.found
        {
            let level = if important {
                Level::ImportantStyleAttribute
            } else {
                Level::StyleAttribute
            };
            self.add(property, value, level);
        }
    }

    pub(super) fn get(&self, property: Property) -> Option<Value> {
        self.winners
            .iter()
            .find(|(found, ..)| *found == property)
            .map(|(.., value)| *value)
            .filter(|value| *value != Value::Unset)
    }

    /// Whether the page says for the element how large its letters are.
    pub(crate) fn declares_size(&self) -> bool {
        self.winners.iter().any(|(property, (level, ..), value)| {
            *property == Property::FontSize
                && *level > Level::Browser
                && !matches!(value, Value::Unset | Value::Inherit)
        })
    }
}

/// The size that the `size` attribute of `font` asks for (HTML section 15.3.4).
pub(crate) fn font_of_size_attribute(value: &[u8]) -> Option<Length> {
    let text = String::from_utf8_lossy(value);
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (text.get(..1), digits),
        None => (None, text),
    };
    let end = digits.bytes().take_while(u8::is_ascii_digit).count();
    let number: i32 = digits.get(..end)?.parse().ok()?;
    let size = match sign {
        Some("+") => number.saturating_add(3),
        Some(_) => 3_i32.saturating_sub(number),
        None => number,
    };
    Some(Length::Px(match size {
        ..=1 => 10.0,
        2 => 13.0,
        3 => 16.0,
        4 => 18.0,
        5 => 24.0,
        6 => 32.0,
        7.. => 48.0,
    }))
}

/// Reads declarations and keeps those that matter.
pub(super) struct Reader {
    pub(super) mode: Mode,
    pub(super) found: Vec<Declared>,
}

impl Reader {
    /// Reads to the end of the input: of a `style` attribute, or of a rule's block.
    pub(super) fn read(&mut self, input: &mut Parser<'_>) {
        // What a browser would not understand is passed over; a declaration that is cut off was never begun.
        RuleBodyParser::new(input, self).for_each(drop);
    }
}

impl Reader {
    /// Reads a `style` attribute. Where nothing in it can hide a semicolon or a colon, only the values that matter are
    /// divided into tokens.
    fn read_style(&mut self, style: &str) {
        let is_plain = !style.bytes().any(|byte| {
            matches!(
                byte,
                b'"' | b'\'' | b'\\' | b'(' | b'[' | b'{' | b'}' | b'/' | b'<' | b'@'
            )
        });
        if !is_plain {
            self.read(&mut Parser::new(style));
            return;
        }
        for declaration in style.split(';') {
            let Some((name, value)) = declaration.split_once(':') else {
                continue;
            };
            let name = name.trim();
            if longhands(name).is_some() {
                // One that is not understood is as if it were not there.
                let _ = self.declaration(name, &mut Parser::new(value));
            }
        }
    }

    /// Reads one declaration's value, with its `!important`.
    fn declaration(&mut self, name: &str, input: &mut Parser<'_>) -> Option<()> {
        let from = self.found.len();
        let understood = self.value(name, input);
        let important = input.try_parse(parse_important).is_ok();
        if understood.is_none() || !input.is_exhausted() {
            self.found.truncate(from);
            return None;
        }
        for declared in self.found.iter_mut().skip(from) {
            declared.important = important;
        }
        Some(())
    }
}

impl<'i> DeclarationParser<'i> for Reader {
    type Declaration = ();
    type Error = ();

    fn parse_value(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
        _start: &ParserState,
    ) -> Result<(), ParseError<()>> {
        self.declaration(&name, input).ok_or_else(ParseError::unexpected_token)
    }
}

impl<'i> AtRuleParser<'i> for Reader {
    type Prelude = ();
    type AtRule = ();
    type Error = ();
}

impl<'i> QualifiedRuleParser<'i> for Reader {
    type Prelude = ();
    type QualifiedRule = ();
    type Error = ();
}

impl<'i> RuleBodyItemParser<'i, (), ()> for Reader {
    fn parse_declarations(&self) -> bool {
        true
    }

    fn parse_qualified(&self) -> bool {
        false
    }
}

impl Reader {
    fn say(&mut self, property: Property, value: Value) {
        self.found.push(Declared {
            property,
            value,
            important: false,
        });
    }

    /// Reads the value of one property; `None` where a browser would not understand it.
    fn value(&mut self, name: &str, input: &mut Parser<'_>) -> Option<()> {
        use Property as P;

        let properties = longhands(name)?;
        if let Ok(wide) = input.try_parse(wide_keyword) {
            for &property in properties {
                self.say(property, wide);
            }
            return Some(());
        }
        let shorthand = match_ignore_ascii_case! { name,
            "font" => {
                self.say(P::FontSize, Value::Length(font_shorthand(input)?));
                true
            },
            "background" => {
                let (paper, picture) = self.background(input)?;
                self.say(P::BackgroundColor, paper);
                self.say(P::BackgroundImage, Value::Is(picture));
                true
            },
            "overflow" => {
                let x = cuts(input)?;
                let y = input.try_parse(|input| cuts(input).ok_or(())).unwrap_or(x);
                self.say(P::OverflowX, Value::Is(x));
                self.say(P::OverflowY, Value::Is(y));
                true
            },
            "margin" => {
                let mut sides = Vec::new();
                while sides.len() < 4 && !input.is_exhausted() {
                    let Ok(side) = input.try_parse(|input| offset(input, Mode::Standard).ok_or(())) else { break };
                    sides.push(side);
                }
                let top = *sides.first()?;
                self.say(P::MarginTop, top);
                self.say(P::MarginLeft, sides.get(3).or(sides.get(1)).copied().unwrap_or(top));
                true
            },
            _ => false,
        };
        if shorthand {
            return Some(());
        }
        let &property = properties.first()?;
        let value = match property {
            P::Display => Value::Display(display(input)?),
            P::Visibility => Value::Is(visible(input)?),
            P::Opacity => Value::Number(opacity(input)?),
            P::FontSize => Value::Length(length::font_size(input, self.mode)?),
            P::Color | P::TextFill | P::BackgroundColor => self.colour(input)?,
            P::BackgroundImage => Value::Is(picture(input)),
            P::Height | P::MaxHeight | P::Width | P::MaxWidth | P::Left | P::Top | P::Right | P::Bottom => {
                offset(input, self.mode)?
            }
            P::MarginLeft | P::MarginTop | P::TextIndent => offset(input, self.mode)?,
            P::OverflowX | P::OverflowY => Value::Is(cuts(input)?),
            P::Position => Value::Position(position(input)?),
            P::Float => Value::Is(!input.expect_ident().ok()?.eq_ignore_ascii_case("none")),
            P::Clip => Value::Is(clips_all(input)?),
            P::ClipPath => Value::Is(shape_hides(input)),
            P::Transform => Value::Is(transform_hides(input)),
        };
        self.say(property, value);
        Some(())
    }

    fn colour(&self, input: &mut Parser<'_>) -> Option<Value> {
        Some(match colour::parse(input, self.mode == Mode::Quirks)? {
            Ink::Colour(colour) => Value::Colour(colour),
            Ink::Current => Value::CurrentColour,
        })
    }

    /// The `background` shorthand: its colour, and whether there is a picture.
    fn background(&self, input: &mut Parser<'_>) -> Option<(Value, bool)> {
        let mut paper = Value::Initial;
        let mut has_picture = false;
        loop {
            if input.is_exhausted() || next_is_important(input) {
                return Some((paper, has_picture));
            }
            if let Ok(found) = input.try_parse(|input| self.colour_word(input).ok_or(())) {
                paper = found;
                continue;
            }
            has_picture |= skip_component(input)?;
        }
    }

    /// A colour within a shorthand, where a number is never one.
    fn colour_word(&self, input: &mut Parser<'_>) -> Option<Value> {
        Some(match colour::parse(input, false)? {
            Ink::Colour(colour) => Value::Colour(colour),
            Ink::Current => Value::CurrentColour,
        })
    }
}

/// The properties that a declaration of this name sets, of those that matter.
fn longhands(name: &str) -> Option<&'static [Property]> {
    Some(match_ignore_ascii_case! { name,
        "display" => &[Property::Display],
        "visibility" => &[Property::Visibility],
        "opacity" => &[Property::Opacity],
        "font-size" | "font" => &[Property::FontSize],
        "color" => &[Property::Color],
        "-webkit-text-fill-color" => &[Property::TextFill],
        "background" => &[Property::BackgroundColor, Property::BackgroundImage],
        "background-color" => &[Property::BackgroundColor],
        "background-image" => &[Property::BackgroundImage],
        "height" => &[Property::Height],
        "max-height" => &[Property::MaxHeight],
        "width" => &[Property::Width],
        "max-width" => &[Property::MaxWidth],
        "overflow" => &[Property::OverflowX, Property::OverflowY],
        "overflow-x" => &[Property::OverflowX],
        "overflow-y" => &[Property::OverflowY],
        "position" => &[Property::Position],
        "float" => &[Property::Float],
        "left" => &[Property::Left],
        "top" => &[Property::Top],
        "right" => &[Property::Right],
        "bottom" => &[Property::Bottom],
        "margin" => &[Property::MarginTop, Property::MarginLeft],
        "margin-left" => &[Property::MarginLeft],
        "margin-top" => &[Property::MarginTop],
        "text-indent" => &[Property::TextIndent],
        "clip" => &[Property::Clip],
        "clip-path" => &[Property::ClipPath],
        "transform" => &[Property::Transform],
        _ => return None,
    })
}
