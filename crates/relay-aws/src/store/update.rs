//! One conditional update of one item.

use std::collections::HashMap;

use relay::ports::PortError;
use serde::Serialize;

use super::item::{Item, VERSION};
use super::values::AttributeValue;
use super::{Key, TABLE_AWAY, values};
use crate::aws::{DynamoDb, Updated, away};

/// What became of an update.
pub(super) enum Outcome {
    /// It is made.
    Done,
    /// Its condition did not hold. The item as it was, if there is one. See [`Updated::Refused`].
    Refused(Option<Item>),
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Input<'a> {
    table_name: &'a str,
    key: Key,
    update_expression: String,
    condition_expression: String,
    expression_attribute_names: HashMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expression_attribute_values: Option<&'a HashMap<String, AttributeValue>>,
    return_values_on_condition_check_failure: &'static str,
}

/// An update that is being put together. Every name and value goes in by a placeholder.
pub(super) struct Update {
    client: DynamoDb,
    table: String,
    key: String,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
    set: Vec<String>,
    remove: Vec<String>,
    add: Vec<String>,
    conditions: Vec<String>,
}

impl Update {
    pub(super) fn new(client: DynamoDb, table: String, key: String) -> Self {
        Self {
            client,
            table,
            key,
            names: HashMap::new(),
            values: HashMap::new(),
            set: Vec::new(),
            remove: Vec::new(),
            add: Vec::new(),
            conditions: Vec::new(),
        }
    }

    /// An attribute, or a member of one, in an expression.
    pub(super) fn path(&mut self, path: &[&str]) -> String {
        let parts = path.iter().map(|part| {
            let next = format!("#n{}", self.names.len());
            self.names.entry((*part).to_owned()).or_insert(next).clone()
        });
        parts.collect::<Vec<_>>().join(".")
    }

    /// A value in an expression.
    pub(super) fn value(&mut self, value: AttributeValue) -> String {
        let name = format!(":v{}", self.values.len());
        self.values.insert(name.clone(), value);
        name
    }

    pub(super) fn set(&mut self, path: &[&str], value: AttributeValue) {
        let (path, value) = (self.path(path), self.value(value));
        self.set.push(format!("{path} = {value}"));
    }

    pub(super) fn remove(&mut self, path: &[&str]) {
        let path = self.path(path);
        self.remove.push(path);
    }

    /// Adds to a number, which is nought where it is missing.
    pub(super) fn add(&mut self, name: &str, number: i64) {
        let (path, value) = (self.path(&[name]), self.value(values::number(number)));
        self.add.push(format!("{path} {value}"));
    }

    /// Sets an attribute, or removes it.
    pub(super) fn set_or_remove(&mut self, name: &str, value: Option<AttributeValue>) {
        match value {
            Some(value) => self.set(&[name], value),
            None => self.remove(&[name]),
        }
    }

    /// Only if this holds.
    pub(super) fn only_if(&mut self, condition: String) {
        self.conditions.push(condition);
    }

    /// Only if it has this value.
    pub(super) fn only_if_equal(&mut self, path: &[&str], value: AttributeValue) {
        let (path, value) = (self.path(path), self.value(value));
        self.only_if(format!("{path} = {value}"));
    }

    /// Only if nobody but prestage has written the item since it was read. This counts as one more write.
    pub(super) fn only_since(&mut self, read: &Item) {
        self.only_if_equal(&[VERSION], values::number(read.version()));
        self.set(&[VERSION], values::number(read.version().wrapping_add(1)));
    }

    pub(super) async fn send(self) -> Result<Outcome, PortError> {
        let clauses = [("SET", &self.set), ("REMOVE", &self.remove), ("ADD", &self.add)];
        let clauses = clauses.iter().filter(|(_, parts)| !parts.is_empty());
        let expression: Vec<String> = clauses
            .map(|(word, parts)| format!("{word} {}", parts.join(", ")))
            .collect();
        let names = self.names.iter();
        let input = Input {
            table_name: &self.table,
            key: Key {
                enrolment: values::text(self.key),
            },
            update_expression: expression.join(" "),
            condition_expression: self.conditions.join(" AND "),
            expression_attribute_names: names
                .map(|(name, placeholder)| (placeholder.as_str(), name.as_str()))
                .collect(),
            expression_attribute_values: Some(&self.values).filter(|values| !values.is_empty()),
            return_values_on_condition_check_failure: "ALL_OLD",
        };
        match self.client.update_item(&input).await.map_err(away(TABLE_AWAY))? {
            Updated::Done => Ok(Outcome::Done),
            Updated::Refused(item) => Ok(Outcome::Refused(item.map(Item::new))),
        }
    }
}
