//! Chooses one of the account's second factors.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// One entry of `getFactors`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Factor {
    pub(crate) factor_id: String,
    #[serde(rename = "factorType", deserialize_with = "kind")]
    pub(crate) kind: FactorKind,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    factor_nickname: Option<String>,
    #[serde(default)]
    factor_role: Option<String>,
}

/// How a second factor reaches the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FactorKind {
    /// A code by mail.
    Email,
    /// A code by text message.
    Sms,
    /// A question in Arlo's app, answered without a code.
    Push,
}

impl FactorKind {
    /// Reads a value of Arlo's `factorType`.
    fn parse(name: &str) -> Option<Self> {
        match name.trim().to_ascii_uppercase().as_str() {
            "EMAIL" => Some(Self::Email),
            "SMS" => Some(Self::Sms),
            "PUSH" => Some(Self::Push),
            _ => None,
        }
    }
}

fn kind<'de, D: Deserializer<'de>>(value: D) -> Result<FactorKind, D::Error> {
    let name = String::deserialize(value)?;
    FactorKind::parse(&name).ok_or_else(|| D::Error::custom("unknown kind of factor"))
}

/// Why a factor was chosen. The best reason is first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FactorMatch {
    /// Its address, nickname or kind is the one that the caller named.
    Named,
    /// It is the account's own address.
    Account,
    /// It is the account's primary factor.
    Primary,
    /// It is the first one of its kind.
    First,
}

/// The factors in the data of `getFactors`, without entries of an unknown form.
pub(crate) fn list(data: &Value) -> Vec<Factor> {
    let items = data.get("items").and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .filter_map(|item| Factor::deserialize(item).ok())
        .collect()
}

/// The best factor of the `kinds`, which are in order of preference: the named factor, the account's own address, the
/// primary factor, or the first.
pub(crate) fn choose(
    factors: Vec<Factor>,
    kinds: &[FactorKind],
    named: Option<&str>,
    account: &str,
) -> Option<(Factor, FactorMatch)> {
    let rank = |factor: &Factor| kinds.iter().position(|kind| *kind == factor.kind);
    let named_kind = named.and_then(FactorKind::parse);
    factors
        .into_iter()
        .filter(|factor| !factor.factor_id.is_empty())
        .filter_map(|factor| rank(&factor).map(|rank| (factor, rank)))
        .map(|(factor, rank)| {
            let reason = if named_kind == Some(factor.kind) || named.is_some_and(|named| factor.is(named)) {
                FactorMatch::Named
            } else if factor.is(account) || factor.is(&without_label(account)) {
                FactorMatch::Account
            } else if factor
                .factor_role
                .as_deref()
                .is_some_and(|role| role.eq_ignore_ascii_case("PRIMARY"))
            {
                FactorMatch::Primary
            } else {
                FactorMatch::First
            };
            (factor, rank, reason)
        })
        .min_by_key(|(factor, rank, reason)| (*reason != FactorMatch::Named, *rank, *reason, factor.is_masked()))
        .map(|(factor, _, reason)| (factor, reason))
}

impl Factor {
    /// Whether the factor's address or nickname can be this one. Arlo may show only a part of it.
    fn is(&self, name: &str) -> bool {
        let name = name.trim().to_lowercase();
        let shown = [&self.display_name, &self.factor_nickname];
        !name.is_empty()
            && shown
                .into_iter()
                .flatten()
                .any(|shown| matches_mask(&shown.trim().to_lowercase(), &name))
    }

    /// Whether Arlo masks the address. Another address may then look the same.
    fn is_masked(&self) -> bool {
        self.display_name.as_deref().is_some_and(|shown| shown.contains('*'))
    }
}

/// Whether `name` can be the `shown` one, where asterisks replace any text.
fn matches_mask(shown: &str, name: &str) -> bool {
    let Some((first, rest)) = shown.split_once('*') else {
        return shown == name;
    };
    let Some((middle, last)) = rest.rsplit_once('*').or(Some(("", rest))) else {
        return false;
    };
    // A wholly masked name gives no information.
    if first.is_empty() && last.is_empty() {
        return false;
    }
    let Some(mut name) = name.strip_prefix(first).and_then(|name| name.strip_suffix(last)) else {
        return false;
    };
    for part in middle.split('*') {
        let Some((_, after)) = name.split_once(part) else {
            return false;
        };
        name = after;
    }
    true
}

/// The address without its `+label`.
fn without_label(address: &str) -> String {
    match address.split_once('@') {
        Some((local, domain)) => format!("{}@{domain}", local.split('+').next().unwrap_or_default()),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn chosen_among(kinds: &[FactorKind], items: &Value, named: Option<&str>) -> Option<(String, FactorMatch)> {
        let factors = list(&json!({ "items": items }));
        choose(factors, kinds, named, "casey+arlo@gmail.com").map(|(factor, reason)| (factor.factor_id, reason))
    }

    fn chosen(items: &Value, named: Option<&str>) -> Option<(String, FactorMatch)> {
        chosen_among(&[FactorKind::Email], items, named)
    }

    #[test]
    fn a_kind_is_preferred_until_another_is_named() {
        use FactorKind::*;
        use FactorMatch::{First, Named, Primary};
        let sms = json!({"factorId":"S","factorType":"SMS","displayName":"*******23","factorNickname":"My phone",
            "factorRole":"PRIMARY"});
        let second = json!({"factorId":"T","factorType":"SMS","displayName":"*******42"});
        let mail = json!({"factorId":"E","factorType":"EMAIL","displayName":"o***r@example.org"});
        let push = json!({"factorId":"P","factorType":"PUSH","displayName":"Pixel"});
        let unknown = json!({"factorId":"U","factorType":"VOICE","factorRole":"PRIMARY"});
        let all = json!([unknown, sms, second, mail, push]);
        for (kinds, items, named, expected) in [
            (&[Email, Sms][..], &all, None, Some(("E", First))),
            (&[Sms, Email], &all, None, Some(("S", Primary))),
            (&[Email, Sms], &all, Some("my phone"), Some(("S", Named))),
            (&[Email, Sms], &all, Some("+1555555542"), Some(("T", Named))),
            (&[Email, Sms], &all, Some("SMS"), Some(("S", Named))),
            (&[Email, Sms], &all, Some("push"), Some(("E", First))),
            (&[Email, Sms], &json!([sms, second, push]), None, Some(("S", Primary))),
            (&[Email], &json!([sms, push]), Some("sms"), None),
            (&[Push], &all, None, Some(("P", First))),
            (&[Push], &all, Some("Pixel"), Some(("P", Named))),
            (&[Push], &json!([sms, mail]), None, None),
            (&[], &all, Some("email"), None),
        ] {
            let expected = expected.map(|(id, reason): (&str, _)| (id.to_owned(), reason));
            assert_eq!(chosen_among(kinds, items, named), expected, "{kinds:?} {named:?}");
        }
    }

    #[test]
    fn the_order_is_named_own_primary_first() {
        use FactorMatch::*;
        let sms = json!({"factorId":"S","factorType":"SMS","displayName":"+1******42","factorRole":"PRIMARY"});
        let push = json!({"factorId":"P","factorType":"PUSH","displayName":"Phone"});
        let other =
            json!({"factorId":"O","factorType":"EMAIL","displayName":"other@example.org","factorRole":"SECONDARY"});
        let main = json!({"factorId":"M","factorType":"EMAIL","displayName":"main@example.org","factorRole":"PRIMARY"});
        let own = json!({"factorId":"A","factorType":"email","factorNickname":"Casey@Gmail.com"});
        let masked = json!({"factorId":"K","factorType":"EMAIL","displayName":"c***y@gmail.com"});
        let relay =
            json!({"factorId":"R","factorType":"EMAIL","displayName":"r4nd0m@relay.example","factorRole":"SECONDARY"});
        let relay_masked = json!({"factorId":"Q","factorType":"EMAIL","displayName":"r****m@relay.example"});
        for (items, named, expected) in [
            (json!([]), None, None),
            (json!([sms, push]), None, None),
            (json!([sms, other]), None, Some(("O", First))),
            (json!([sms, other, main]), None, Some(("M", Primary))),
            (json!([main, own]), None, Some(("A", Account))),
            (json!([main, masked]), None, Some(("K", Account))),
            (json!([masked, own]), None, Some(("A", Account))),
            (
                json!([main, own, relay]),
                Some("R4nd0m@relay.example"),
                Some(("R", Named)),
            ),
            (
                json!([main, own, relay_masked]),
                Some("r4nd0m@relay.example"),
                Some(("Q", Named)),
            ),
            (
                json!([main, relay_masked, relay]),
                Some("r4nd0m@relay.example"),
                Some(("R", Named)),
            ),
            (json!([main, relay]), Some("nobody@relay.example"), Some(("M", Primary))),
            (
                json!([null, 7, {"factorType":"EMAIL"}, {"factorId":"","factorType":"EMAIL"}, other]),
                None,
                Some(("O", First)),
            ),
        ] {
            let expected = expected.map(|(id, reason): (&str, _)| (id.to_owned(), reason));
            assert_eq!(chosen(&items, named), expected, "{items} {named:?}");
        }
        assert!(list(&json!({"items":"none"})).is_empty());
        assert!(list(&Value::Null).is_empty());
    }

    #[test]
    fn asterisks_replace_any_text() {
        for (shown, name, expected) in [
            ("c***y@gmail.com", "casey@gmail.com", true),
            ("c***y@gmail.com", "cy@gmail.com", true),
            ("c***y@gmail.com", "casper@gmail.com", false),
            ("c***y@g***l.com", "casey@gmail.com", true),
            ("c***y@g***l.com", "casey@example.com", false),
            ("ca*@gmail.com", "a@gmail.com", false),
            ("****", "casey@gmail.com", false),
            ("*@gmail.com", "casey@gmail.com", true),
            ("casey@gmail.com", "casey@gmail.com", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches_mask(shown, name), expected, "{shown} {name}");
        }
    }
}
