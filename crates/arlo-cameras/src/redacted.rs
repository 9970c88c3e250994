//! A copy of Arlo's JSON without what tells whose it is, for a report of a fault.
//!
//! Every text that may be an identifier, a name, a token, an address or a URL is replaced, the same text always by the
//! same word, also within a longer text. What is kept is what is known to be harmless: numbers, truths, and short words
//! of the kind that Arlo uses for states and models. So a key that nobody knows yet is replaced rather than shown.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Keys whose text is kept as it is, if it has the form of a word.
const HARMLESS: [&str; 22] = [
    "deviceType",
    "modelId",
    "state",
    "type",
    "hwVersion",
    "firmwareVersion",
    "interfaceVersion",
    "batteryTech",
    "chargerTech",
    "chargingState",
    "connectionState",
    "activityState",
    "olsonTimeZone",
    "userRole",
    "contentType",
    "reason",
    "currentState",
    "interfaceSchemaVer",
    "cameraState",
    "action",
    "mode",
    "countryCode",
];
/// Keys whose text is a name or an identifier, and the word that stands for it.
const KINDS: [(&str, &str); 13] = [
    ("deviceName", "name"),
    ("locationName", "name"),
    ("deviceId", "device"),
    ("parentId", "device"),
    ("serialNumber", "device"),
    ("uniqueId", "unique"),
    ("userId", "user"),
    ("ownerId", "user"),
    ("xCloudId", "cloud"),
    ("locationId", "location"),
    ("firstName", "name"),
    ("lastName", "name"),
    ("email", "address"),
];
/// Parts of keys whose text is always replaced, also if it is a single word.
const PRIVATE: [&str; 15] = [
    "name", "user", "owner", "mail", "address", "city", "street", "zip", "phone", "ssid", "token", "key", "label",
    "url", "account",
];
/// How deep the JSON may be, and the shortest text that is looked for in others.
const MAX_DEPTH: usize = 32;
const MIN_PART: usize = 4;

/// The JSON with everything replaced that tells whose it is.
#[must_use]
pub fn redacted(value: &Value) -> Value {
    let mut words = Words::default();
    words.learn(value, 0);
    words.replace(value, None, 0)
}

#[derive(Default)]
struct Words {
    by_text: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, usize>,
}

impl Words {
    /// Finds the names and identifiers, so that they are replaced wherever they stand.
    fn learn(&mut self, value: &Value, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        match value {
            Value::Array(all) => all.iter().for_each(|value| self.learn(value, depth + 1)),
            Value::Object(object) => {
                for (key, value) in object {
                    let kind = KINDS.iter().find(|(known, _)| known == key);
                    if let (Some((_, kind)), Some(text)) = (kind, value.as_str()) {
                        self.word(text, kind);
                    }
                    self.learn(value, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// The word for a text.
    fn word(&mut self, text: &str, kind: &'static str) -> String {
        if let Some(word) = self.by_text.get(text) {
            return word.clone();
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let word = format!("{kind}-{count}");
        self.by_text.insert(text.to_owned(), word.clone());
        word
    }

    fn replace(&mut self, value: &Value, key: Option<&str>, depth: usize) -> Value {
        match value {
            _ if depth > MAX_DEPTH => Value::Null,
            Value::String(text) => Value::String(self.text(text, key)),
            Value::Array(all) => all.iter().map(|value| self.replace(value, key, depth + 1)).collect(),
            Value::Object(object) => {
                let entries = object.iter().map(|(key, value)| {
                    let shown = if is_key(key) { key.clone() } else { self.text(key, None) };
                    (shown, self.replace(value, Some(key), depth + 1))
                });
                Value::Object(entries.collect::<Map<String, Value>>())
            }
            // A time tells little, an identifier that is a number tells whose it is.
            Value::Number(_) if key.is_some_and(|key| key.to_lowercase().ends_with("id")) => {
                Value::String(self.word(&value.to_string(), "number"))
            }
            other => other.clone(),
        }
    }

    fn text(&mut self, text: &str, key: Option<&str>) -> String {
        if let Some(word) = self.by_text.get(text) {
            return word.clone();
        }
        if text.contains("://") {
            return self.word(text, "url");
        }
        let is_harmless = key.is_some_and(|key| HARMLESS.contains(&key));
        let is_private = key.is_some_and(|key| PRIVATE.iter().any(|part| key.to_lowercase().contains(part)));
        if is_private && !is_harmless && !text.is_empty() {
            return self.word(text, "text");
        }
        if text.is_empty() || is_word(text) || is_harmless && is_plain(text) {
            return text.to_owned();
        }
        // A topic: its own words stay, what is between them is replaced.
        if text.contains('/') {
            let parts: Vec<String> = text.split('/').map(|part| self.part(part)).collect();
            return parts.join("/");
        }
        self.part(text)
    }

    fn part(&mut self, part: &str) -> String {
        if let Some(word) = self.by_text.get(part) {
            return word.clone();
        }
        if part.is_empty() || is_word(part) || part == "#" || part == "+" {
            return part.to_owned();
        }
        let known: Vec<(String, String)> = self
            .by_text
            .iter()
            .filter(|(text, _)| text.len() >= MIN_PART && part.contains(text.as_str()))
            .map(|(text, word)| (text.clone(), word.clone()))
            .collect();
        let longest_first = {
            let mut known = known;
            known.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
            known
        };
        let (mut left, mut shown) = (part.to_owned(), part.to_owned());
        for (text, word) in longest_first {
            left = left.replace(&text, "");
            shown = shown.replace(&text, &word);
        }
        let left = left.trim_matches(|c: char| !c.is_alphanumeric());
        if left != part && (left.is_empty() || is_word(left)) {
            shown
        } else {
            self.word(part, "text")
        }
    }
}

/// Whether a key of an object is a name that Arlo chose, and no identifier.
fn is_key(key: &str) -> bool {
    let digits = key.chars().filter(char::is_ascii_digit).count();
    !key.is_empty() && key.len() <= 48 && digits <= 2 && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether the text is a word of letters in one case or in camel case, as Arlo writes states: no digits, no name of a
/// person begins so.
fn is_word(text: &str) -> bool {
    text.len() <= 24
        && text.chars().next().is_some_and(|c| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_alphabetic())
}

/// Whether a text under a harmless key is a version, a model or a zone.
fn is_plain(text: &str) -> bool {
    text.len() <= 32 && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_tells_whose_it_is_is_replaced_alike_everywhere() {
        let raw = json!([{
            "deviceId": "48B4597VD0001", "parentId": "48B4597VD0001", "uniqueId": "ABC-123-456_48B4597VD0001",
            "userId": "ABC-123-456", "deviceName": "Casey's door", "deviceType": "camera", "modelId": "VMC4030P",
            "xCloudId": "XC00-1111", "owner": {"ownerId": "ABC-123-456", "firstName": "Casey", "lastName": "Doe"},
            "presignedLastImageUrl": "https://media.example/ABC?sig=SECRET", "lastModified": 1_790_000_000_000_i64,
            "allowedMqttTopics": ["d/XC00-1111/out/cameras/48B4597VD0001/#"], "mysteryToken": "2_abcDEF123",
            "properties": {"batteryLevel": 80, "connectionState": "available", "ssid": "Casey Home", "nickname": "kitten",
                "hwVersion": "r1.2", "48B4597VD0001": {"activeModes": ["mode1"]}, "mac": "aa:bb:cc:dd:ee:ff"},
        }]);
        let shown = redacted(&raw);
        let text = shown.to_string();
        for secret in [
            "48B4597VD0001",
            "ABC-123-456",
            "Casey",
            "Doe",
            "XC00",
            "SECRET",
            "kitten",
            "media.example",
            "2_abc",
            "aa:bb",
        ] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        let device = &shown[0];
        assert_eq!(device["deviceId"], device["parentId"]);
        assert_eq!(device["owner"]["ownerId"], device["userId"]);
        assert_eq!(
            device["allowedMqttTopics"][0].as_str().unwrap(),
            format!(
                "d/{}/out/cameras/{}/#",
                device["xCloudId"].as_str().unwrap(),
                device["deviceId"].as_str().unwrap()
            )
        );
        assert_eq!(
            (&device["modelId"], &device["properties"]["batteryLevel"]),
            (&json!("VMC4030P"), &json!(80))
        );
        assert_eq!(device["properties"]["connectionState"], "available");
        assert_eq!(redacted(&raw), shown, "the same each time");
    }
}
