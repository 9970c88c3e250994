//! Reading declarations, and keeping those that decide whether text is seen.

use cssparser::{
    AtRuleParser, CowRcStr, DeclarationParser, ParseError, Parser, ParserState, QualifiedRuleParser,
    RuleBodyItemParser, RuleBodyParser, match_ignore_ascii_case, parse_important,
};

use super::Mode;
use super::colour::{self, ColourValue};
use super::custom::Custom;
use super::length;
use super::letters;
use super::property::{Property, Value, longhands};
use super::shape;
use super::value::{
    clips_all, display, filter, font_shorthand, is_column, is_image, keeps_lines, next_is_important, offset, opacity,
    overflow, position, sides, skip_component, skips_content, visible, wide_keyword,
};

/// One declaration of a rule or a `style` attribute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Declared {
    pub(super) property: Property,
    pub(super) value: Value,
    pub(super) important: bool,
}

/// Reads declarations and keeps those that matter.
pub(super) struct Reader<'c> {
    /// What stands for `var()`.
    pub(super) custom: &'c Custom,
    pub(super) mode: Mode,
    /// Whether there may be rules among the declarations, as in the block of a rule (CSS Nesting 1). They are skipped.
    pub(super) has_rules: bool,
    pub(super) found: Vec<Declared>,
}

/// Whether a declaration of a known property is understood.
pub(super) fn is_understood(name: &str, input: &mut Parser<'_>, mode: Mode) -> bool {
    let mut reader = Reader {
        custom: &Custom::default(),
        mode,
        has_rules: false,
        found: Vec::new(),
    };
    reader.declaration(name, input).is_some()
}

impl Reader<'_> {
    /// Reads to the end of the input, which is a `style` attribute or the block of a rule.
    pub(super) fn read(&mut self, input: &mut Parser<'_>) {
        // A declaration that a browser would not understand is skipped, also one that is cut off.
        RuleBodyParser::new(input, self).for_each(drop);
    }
}

impl Reader<'_> {
    /// Reads a `style` attribute. If no character in it can hide a semicolon or a colon, only the values that matter
    /// are split into tokens.
    pub(super) fn read_style(&mut self, style: &str) {
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
                // A value that is not understood is ignored.
                let _ = self.declaration(name, &mut Parser::new(value));
            }
        }
    }

    /// Reads the value of one declaration, with its `!important`. If `var()` is in the value, what stands for it is
    /// read.
    fn declaration(&mut self, name: &str, input: &mut Parser<'_>) -> Option<()> {
        let properties = longhands(name)?;
        let start = input.state();
        input.look_for_arbitrary_substitution_functions(&["var"]);
        let from = self.found.len();
        let understood = self.whole_value(name, input);
        let begin = start.position();
        while input.next().is_ok() {}
        if !input.seen_arbitrary_substitution_functions() {
            return understood;
        }
        self.found.truncate(from);
        let text = input.slice_from(begin);
        let substituted = self.custom.substitute(text);
        let understood = substituted.and_then(|text| self.whole_value(name, &mut Parser::new(&text)));
        if understood.is_none() {
            // A browser understands the declaration, and then the value is none: as if the property were not declared.
            let important = text.trim_end().to_ascii_lowercase().ends_with("important");
            self.found.extend(properties.iter().map(|&property| Declared {
                property,
                value: Value::Unset,
                important,
            }));
        }
        Some(())
    }

    /// Reads a value that ends with the input.
    fn whole_value(&mut self, name: &str, input: &mut Parser<'_>) -> Option<()> {
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

impl<'i> DeclarationParser<'i> for Reader<'_> {
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

impl<'i> AtRuleParser<'i> for Reader<'_> {
    type Prelude = ();
    type AtRule = ();
    type Error = ();
}

impl<'i> QualifiedRuleParser<'i> for Reader<'_> {
    type Prelude = ();
    type QualifiedRule = ();
    type Error = ();
}

impl<'i> RuleBodyItemParser<'i, (), ()> for Reader<'_> {
    fn parse_declarations(&self) -> bool {
        true
    }

    fn parse_qualified(&self) -> bool {
        self.has_rules
    }
}

impl Reader<'_> {
    fn add(&mut self, property: Property, value: Value) {
        self.found.push(Declared {
            property,
            value,
            important: false,
        });
    }

    /// Reads the value of one property; `None` if a browser would not understand it.
    fn value(&mut self, name: &str, input: &mut Parser<'_>) -> Option<()> {
        use Property as P;

        let properties = longhands(name)?;
        if let Ok(wide) = input.try_parse(wide_keyword) {
            for &property in properties {
                self.add(property, wide);
            }
            return Some(());
        }
        let shorthand = match_ignore_ascii_case! { name,
            "font" => {
                self.add(P::FontSize, Value::Length(font_shorthand(input)?));
                true
            },
            "background" => {
                let (colour, has_image, is_cut) = self.background(input)?;
                self.add(P::BackgroundColor, colour);
                self.add(P::BackgroundImage, Value::Flag(has_image));
                self.add(P::BackgroundClip, Value::Flag(is_cut));
                true
            },
            "-webkit-text-stroke" => {
                let (has_stroke, colour) = letters::stroke(input)?;
                self.add(P::TextStrokeWidth, Value::Flag(has_stroke));
                self.add(P::TextStrokeColor, colour);
                true
            },
            "display" => {
                let (display, layout) = display(input)?;
                self.add(P::Display, Value::Display(display));
                self.add(P::Layout, Value::Layout(layout));
                true
            },
            "overflow" => {
                let x = overflow(input)?;
                let y = input.try_parse(|input| overflow(input).ok_or(())).unwrap_or(x);
                self.add(P::OverflowX, Value::Overflow(x));
                self.add(P::OverflowY, Value::Overflow(y));
                true
            },
            "inset" => {
                for (&property, side) in properties.iter().zip(sides(input)?) {
                    self.add(property, side);
                }
                true
            },
            "margin" => {
                let [top, _, _, left] = sides(input)?;
                self.add(P::MarginTop, top);
                self.add(P::MarginLeft, left);
                true
            },
            _ => false,
        };
        if shorthand {
            return Some(());
        }
        let &property = properties.first()?;
        let value = match property {
            P::FlexDirection => Value::Flag(is_column(input)?),
            P::Visibility => Value::Flag(visible(input)?),
            P::Opacity => Value::Number(opacity(input)?),
            P::Filter => Value::Number(filter(input)?),
            P::ContentVisibility => Value::Flag(skips_content(input)?),
            P::FontSize => Value::Length(length::font_size(input, self.mode)?),
            P::Color | P::TextFill | P::TextStrokeColor | P::BackgroundColor => self.colour(input)?,
            P::BackgroundImage => Value::Flag(is_image(input)),
            P::BackgroundClip => Value::Flag(letters::is_cut_out(input)?),
            P::TextStrokeWidth => Value::Flag(letters::is_line(input)?),
            P::TextShadow => letters::shadow(input)?,
            P::Height | P::MaxHeight | P::Width | P::MaxWidth | P::Left | P::Top | P::Right | P::Bottom => {
                offset(input, self.mode)?
            }
            P::MarginLeft | P::MarginTop | P::TextIndent => offset(input, self.mode)?,
            P::OverflowX | P::OverflowY => Value::Overflow(overflow(input)?),
            P::Position => Value::Position(position(input)?),
            P::Float => Value::Flag(!input.expect_ident().ok()?.eq_ignore_ascii_case("none")),
            P::WhiteSpace => Value::Flag(keeps_lines(input)?),
            P::Clip => Value::Flag(clips_all(input)?),
            P::ClipPath => Value::Flag(shape::clips_all(input)),
            P::Transform => Value::Number(shape::transform(input)),
            P::Scale => Value::Number(shape::scale(input)),
            P::Translate => Value::Number(shape::translate(input)),
            // Read above, where one declaration sets both.
            P::Display | P::Layout => return None,
        };
        self.add(property, value);
        Some(())
    }

    fn colour(&self, input: &mut Parser<'_>) -> Option<Value> {
        Some(match colour::parse(input, self.mode == Mode::Quirks)? {
            ColourValue::Colour(colour) => Value::Colour(colour),
            ColourValue::Current => Value::CurrentColour,
        })
    }

    /// Reads the `background` shorthand: its colour, whether there is an image, and whether it is cut to the letters.
    fn background(&self, input: &mut Parser<'_>) -> Option<(Value, bool, bool)> {
        let mut colour = Value::Initial;
        let mut has_image = false;
        let mut is_cut = false;
        loop {
            if input.is_exhausted() || next_is_important(input) {
                return Some((colour, has_image, is_cut));
            }
            if input.try_parse(|input| input.expect_ident_matching("text")).is_ok() {
                is_cut = true;
                continue;
            }
            if let Ok(found) = input.try_parse(|input| letters::colour_word(input).ok_or(())) {
                colour = found;
                continue;
            }
            has_image |= skip_component(input)?;
        }
    }
}
