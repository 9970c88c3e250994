//! The attributes of a device: names with JSON values, merged from partial events.
//!
//! Invariants: an event replaces the keys that it has and no others, also within an object, because Arlo sends parts
//! (an event without `batteryLevel` says nothing about the battery). No attribute is a URL. The number of attributes
//! and the size of a value are bounded.

use serde_json::{Map, Value};

/// The most attributes of a device, and the most keys of an object in one.
const MAX_ATTRIBUTES: usize = 512;
/// Longest name, in bytes.
const MAX_NAME: usize = 64;
/// Largest value, in bytes of its texts and keys and some for each part.
const MAX_VALUE: usize = 32 * 1024;
const PART: usize = 8;

/// The attributes by name.
pub type Attributes = Map<String, Value>;

/// One attribute that an event changed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Changed {
    pub(crate) attribute: String,
    pub(crate) old: Option<Value>,
    pub(crate) new: Value,
}

/// Merges the properties of an event into the attributes. Gives what is different now.
pub(crate) fn merge(attributes: &mut Attributes, properties: &Map<String, Value>) -> Vec<Changed> {
    let mut changes = Vec::new();
    for (name, value) in properties {
        if !is_attribute(name, value) {
            continue;
        }
        let value = normal(value);
        let new = match (attributes.get(name), value) {
            (Some(Value::Object(old)), Value::Object(new)) => Value::Object(merged(old, new)),
            (_, value) => value,
        };
        // Parts that are small add up.
        if attributes.get(name) == Some(&new) || size(&new, MAX_VALUE).is_none() {
            continue;
        }
        if !attributes.contains_key(name) && attributes.len() >= MAX_ATTRIBUTES {
            tracing::debug!("a device has too many attributes: further ones are left out");
            continue;
        }
        let old = attributes.insert(name.clone(), new.clone());
        changes.push(Changed {
            attribute: name.clone(),
            old,
            new,
        });
    }
    changes
}

/// The object with the keys of the other one. What is deeper is replaced as a whole.
fn merged(old: &Map<String, Value>, new: Map<String, Value>) -> Map<String, Value> {
    let mut all = old.clone();
    for (key, value) in new {
        if all.contains_key(&key) || all.len() < MAX_ATTRIBUTES {
            all.insert(key, value);
        }
    }
    all
}

/// Whether the property is kept. A URL is none: it is a secret, and belongs to an event of its own.
fn is_attribute(name: &str, value: &Value) -> bool {
    !name.is_empty()
        && name.len() <= MAX_NAME
        && !name.starts_with("presigned")
        && !is_url(name)
        && size(value, MAX_VALUE).is_some()
}

/// A URL, also within a longer text.
fn is_url(text: &str) -> bool {
    text.contains("://")
}

/// What is left of a limit after the value; `None` if the value is larger, or is or holds a URL.
fn size(value: &Value, left: usize) -> Option<usize> {
    let left = left.checked_sub(PART)?;
    match value {
        Value::String(text) if is_url(text) => None,
        Value::String(text) => left.checked_sub(text.len()),
        Value::Array(all) => all.iter().try_fold(left, |left, value| size(value, left)),
        Value::Object(object) => object.iter().try_fold(left, |left, (key, value)| {
            let left = left.checked_sub(key.len()).filter(|_| !is_url(key))?;
            size(value, left)
        }),
        _ => Some(left),
    }
}

/// The value with booleans as booleans. Some dumps of real events write them as Python prints them.
pub(crate) fn normal(value: &Value) -> Value {
    let truth = |value: &Value| match value.as_str() {
        Some("True" | "true") => Value::Bool(true),
        Some("False" | "false") => Value::Bool(false),
        _ => value.clone(),
    };
    match value {
        Value::Object(object) => {
            let entries = object.iter().take(MAX_ATTRIBUTES);
            Value::Object(entries.map(|(key, value)| (key.clone(), truth(value))).collect())
        }
        other => truth(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(map) => map,
            _ => panic!("no object"),
        }
    }

    fn names(changes: &[Changed]) -> Vec<&str> {
        changes.iter().map(|change| change.attribute.as_str()).collect()
    }

    #[test]
    fn a_partial_event_leaves_the_rest_as_it_is() {
        let mut attributes = map(json!({"batteryLevel": 80, "spotlight": {"enabled": false, "intensity": 50}}));
        let changes = merge(
            &mut attributes,
            &map(json!({"motionDetected": true, "spotlight": {"enabled": true}})),
        );
        assert_eq!(names(&changes), ["motionDetected", "spotlight"]);
        assert_eq!(attributes["batteryLevel"], 80);
        assert_eq!(attributes["spotlight"], json!({"enabled": true, "intensity": 50}));
        assert_eq!(changes[1].old, Some(json!({"enabled": false, "intensity": 50})));
    }

    #[test]
    fn what_is_equal_is_no_change_also_as_text() {
        let mut attributes = map(json!({"motionDetected": true}));
        for same in [json!(true), json!("True"), json!("true")] {
            assert_eq!(merge(&mut attributes, &map(json!({"motionDetected": same}))), []);
        }
        let changes = merge(&mut attributes, &map(json!({"motionDetected": "False"})));
        assert_eq!((&changes[0].old, &changes[0].new), (&Some(json!(true)), &json!(false)));
    }

    #[test]
    fn a_url_is_no_attribute() {
        let mut attributes = Attributes::new();
        let urls = json!({"presignedLastImageUrl": "https://x/SECRET", "other": "https://x/SECRET", "": 1});
        assert_eq!(merge(&mut attributes, &map(urls)), []);
        for nested in [
            json!({"a": {"b": ["x https://x/SECRET"]}}),
            json!([{"https://x/SECRET": 1}]),
        ] {
            assert_eq!(merge(&mut attributes, &map(json!({ "deep": nested }))), []);
        }
        assert_eq!(merge(&mut attributes, &map(json!({"https://x/SECRET": 1}))), []);
    }

    #[test]
    fn the_size_of_a_value_is_bounded() {
        let mut attributes = Attributes::new();
        for large in [
            json!("x".repeat(MAX_VALUE)),
            json!(vec![0; MAX_VALUE / PART]),
            json!({"x".repeat(MAX_VALUE): 1}),
        ] {
            assert_eq!(merge(&mut attributes, &map(json!({ "a": large }))), []);
        }
        let parts = (0..100).map(|n| map(json!({"a": {format!("k{n}"): "x".repeat(1000)}})));
        let merged = parts.filter(|part| !merge(&mut attributes, part).is_empty()).count();
        assert_eq!(merged, MAX_VALUE / 1010);
    }

    #[test]
    fn the_number_of_attributes_is_bounded() {
        let mut attributes = Attributes::new();
        let many: Map<String, Value> = (0..2000).map(|n| (format!("a{n}"), json!(n))).collect();
        assert_eq!(merge(&mut attributes, &many).len(), MAX_ATTRIBUTES);
        assert_eq!(
            merge(&mut attributes, &map(json!({"a0": "new"}))).len(),
            1,
            "a known one still changes"
        );
    }
}
