//! The cascade: which of several declarations of a property counts for an element.

use super::Mode;
use super::custom::Custom;
use super::declaration::{Declared, Reader};
use super::property::{Property, Value};

/// The source of a declaration. A later one in this list wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CascadeLevel {
    /// The browser's own style sheet.
    Browser,
    /// An attribute such as `bgcolor`.
    Attribute,
    Sheet,
    StyleAttribute,
    ImportantSheet,
    ImportantStyleAttribute,
}

/// The declarations that count for one element: one for each property.
#[derive(Debug, Clone, Default)]
pub(crate) struct Declarations {
    winners: Vec<(Property, Weight, Value)>,
}

/// Level, rank of the layer, specificity and order.
type Weight = (CascadeLevel, u16, u32, u32);

impl Declarations {
    /// Whether nothing is declared.
    pub(crate) fn is_empty(&self) -> bool {
        self.winners.is_empty()
    }

    /// Adds a declaration, unless there is one with a higher weight.
    pub(crate) fn add(&mut self, property: Property, value: Value, level: CascadeLevel) {
        self.add_weighed(property, value, (level, 0, 0, 0));
    }

    pub(super) fn add_weighed(&mut self, property: Property, value: Value, weight: Weight) {
        match self.winners.iter_mut().find(|(found, ..)| *found == property) {
            Some(winner) if winner.1 <= weight => *winner = (property, weight, value),
            Some(_) => {}
            None => self.winners.push((property, weight, value)),
        }
    }

    /// Adds the declarations of a `style` attribute.
    pub(crate) fn add_style(&mut self, style: &str, mode: Mode, custom: &Custom) {
        let mut reader = Reader {
            custom,
            mode,
            has_rules: false,
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
                CascadeLevel::ImportantStyleAttribute
            } else {
                CascadeLevel::StyleAttribute
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

    /// Whether the page declares a font size for the element.
    pub(crate) fn declares_size(&self) -> bool {
        self.winners.iter().any(|(property, (level, ..), value)| {
            *property == Property::FontSize
                && *level > CascadeLevel::Browser
                && !matches!(value, Value::Unset | Value::Inherit)
        })
    }
}
