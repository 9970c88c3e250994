//! The properties that decide whether text is seen, and their values.

use cssparser::match_ignore_ascii_case;

use super::colour::Colour;
use super::length::Length;

/// A property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Property {
    Display,
    /// What `display` says about the children of the box.
    Layout,
    FlexDirection,
    Visibility,
    Opacity,
    /// `filter`, as far as it changes the opacity.
    Filter,
    ContentVisibility,
    FontSize,
    Color,
    /// `-webkit-text-fill-color`, which overrides `color`.
    TextFill,
    TextStrokeWidth,
    TextStrokeColor,
    TextShadow,
    BackgroundColor,
    BackgroundImage,
    BackgroundClip,
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
    WhiteSpace,
    Clip,
    ClipPath,
    /// `transform`, `scale` and `translate`: the part of the size that they leave, or 0 off the page.
    Transform,
    Scale,
    Translate,
}

/// The value of a property.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value {
    /// The value of the parent.
    Inherit,
    /// The initial value of the property.
    Initial,
    /// `unset` and the like: as if the property were not declared.
    Unset,
    Display(Display),
    Layout(Layout),
    Number(f32),
    Length(Length),
    Colour(Colour),
    /// The element's own `color`.
    CurrentColour,
    /// Whether the element is visible, skips its content, keeps line ends, has its items in a column, floats or is
    /// hidden by a shape, or has a background image, one that is cut to the letters, or a line around the letters.
    Flag(bool),
    Overflow(Overflow),
    Position(Position),
}

/// The kind of box that an element has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Display {
    /// No box, and none for any descendant.
    None,
    /// A box in a line. Width and height have no effect.
    Inline,
    /// A box in a line that has a width and a height.
    InlineBlock,
    /// A cell, beside other cells. Width and height are minimum values.
    Cell,
    /// A row or another part of a table, on lines of its own. Width and height are minimum values.
    TablePart,
    /// A box with a width and a height, on lines of its own.
    Block,
    /// A box with a width and a height, beside other content.
    Float,
}

impl Display {
    /// Whether the width and the height of the box are those that are declared.
    pub(super) fn has_extent(self) -> bool {
        matches!(self, Self::InlineBlock | Self::Block | Self::Float)
    }
}

/// How a box places its children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Each as it declares.
    Flow,
    /// One beside the other, or one below the other if `flex-direction` says so.
    Flex,
    /// One below the other. Columns are not known.
    Grid,
}

/// What a box does with content that is larger than the box, in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overflow {
    Visible,
    /// Cuts it off.
    Clip,
    /// Cuts it off, and lets a script or a reader scroll to it (`hidden`, `auto`, `scroll`).
    Scroll,
}

/// The positioning of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    Static,
    /// Moved from its place in the flow.
    Relative,
    /// Out of the flow.
    Absolute,
}

/// The properties that a declaration of this name sets; `None` if none of them matters. Logical properties are taken as
/// in text that runs from left to right.
pub(super) fn longhands(name: &str) -> Option<&'static [Property]> {
    Some(match_ignore_ascii_case! { name,
        "display" => &[Property::Display, Property::Layout],
        "flex-direction" | "flex-flow" => &[Property::FlexDirection],
        "visibility" => &[Property::Visibility],
        "opacity" => &[Property::Opacity],
        "filter" | "-webkit-filter" => &[Property::Filter],
        "content-visibility" => &[Property::ContentVisibility],
        "font-size" | "font" => &[Property::FontSize],
        "color" => &[Property::Color],
        "-webkit-text-fill-color" => &[Property::TextFill],
        "-webkit-text-stroke" => &[Property::TextStrokeWidth, Property::TextStrokeColor],
        "-webkit-text-stroke-width" => &[Property::TextStrokeWidth],
        "-webkit-text-stroke-color" => &[Property::TextStrokeColor],
        "text-shadow" => &[Property::TextShadow],
        "background" => &[Property::BackgroundColor, Property::BackgroundImage, Property::BackgroundClip],
        "background-clip" | "-webkit-background-clip" => &[Property::BackgroundClip],
        "background-color" => &[Property::BackgroundColor],
        "background-image" => &[Property::BackgroundImage],
        "height" | "block-size" => &[Property::Height],
        "max-height" | "max-block-size" => &[Property::MaxHeight],
        "width" | "inline-size" => &[Property::Width],
        "max-width" | "max-inline-size" => &[Property::MaxWidth],
        "overflow" => &[Property::OverflowX, Property::OverflowY],
        "overflow-x" => &[Property::OverflowX],
        "overflow-y" => &[Property::OverflowY],
        "position" => &[Property::Position],
        "float" => &[Property::Float],
        "left" | "inset-inline-start" => &[Property::Left],
        "top" | "inset-block-start" => &[Property::Top],
        "right" | "inset-inline-end" => &[Property::Right],
        "bottom" | "inset-block-end" => &[Property::Bottom],
        "inset" => &[Property::Top, Property::Right, Property::Bottom, Property::Left],
        "margin" => &[Property::MarginTop, Property::MarginLeft],
        "margin-left" | "margin-inline-start" => &[Property::MarginLeft],
        "margin-top" | "margin-block-start" => &[Property::MarginTop],
        "text-indent" => &[Property::TextIndent],
        "white-space" | "white-space-collapse" => &[Property::WhiteSpace],
        "clip" => &[Property::Clip],
        "clip-path" | "-webkit-clip-path" => &[Property::ClipPath],
        "transform" | "-webkit-transform" => &[Property::Transform],
        "scale" => &[Property::Scale],
        "translate" => &[Property::Translate],
        _ => return None,
    })
}
