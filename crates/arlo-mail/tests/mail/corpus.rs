//! The corpus in `tests/corpus`: every mail gives exactly what its folder's `expected.json` says.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use arlo_mail::{Content, Mail, NotAMail, Senders, read};
use serde_json::{Map, Value, json};

/// One mail with its expected result.
pub(crate) struct Case {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) raw: Vec<u8>,
    pub(crate) expected: Map<String, Value>,
}

impl Case {
    /// The code that has to be found, where one has to be.
    pub(crate) fn code(&self) -> Option<&str> {
        self.expected.get("code").and_then(Value::as_str)
    }
}

/// The whole corpus, in order.
pub(crate) fn cases() -> Vec<Case> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let made = fs::read_dir(root.join("made")).unwrap();
    let mut folders: Vec<PathBuf> = made.map(|entry| entry.unwrap().path()).collect();
    folders.push(root.join("reported"));
    folders.sort();
    let mut cases = Vec::new();
    for folder in folders {
        let kind = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let expected = fs::read_to_string(folder.join("expected.json")).unwrap();
        let expected: BTreeMap<String, Map<String, Value>> = serde_json::from_str(&expected).unwrap();
        let mails = fs::read_dir(&folder).unwrap().count() - 1;
        assert_eq!(
            mails,
            expected.len(),
            "{kind}: each mail needs its expected result, and no result is without mail"
        );
        cases.extend(expected.into_iter().map(|(name, expected)| Case {
            kind: kind.clone(),
            raw: fs::read(folder.join(&name)).unwrap(),
            name,
            expected,
        }));
    }
    cases
}

/// The same, read once.
pub(crate) fn cached() -> &'static [Case] {
    static CASES: LazyLock<Vec<Case>> = LazyLock::new(cases);
    &CASES
}

/// What was made of a mail, in the words of the expectation.
fn found(result: &Result<Mail, NotAMail>) -> Map<String, Value> {
    let mut found = Map::new();
    let Ok(mail) = result else {
        found.insert("content".into(), json!("not-a-mail"));
        return found;
    };
    let content = match &mail.content {
        Content::Code(code) => {
            found.insert("code".into(), json!(code.expose()));
            "code"
        }
        Content::ConflictingCodes => "conflict",
        Content::NoCode => "none",
        Content::NotFromArlo => "other",
        Content::TooComplex => "too-complex",
        Content::ForwardingConfirmation(asked) => {
            found.insert("account".into(), json!(asked.account.as_ref().map(|a| a.as_str())));
            found.insert("confirmation_code".into(), json!(asked.confirmation_code));
            found.insert("link".into(), json!(asked.link));
            "confirmation"
        }
    };
    found.insert("content".into(), json!(content));
    let named: Vec<_> = mail.named.iter().map(|account| account.as_str()).collect();
    found.insert("named".into(), json!(named));
    found.insert("date".into(), json!(mail.date.map(|date| date.to_string())));
    if let Some(account) = &mail.forwarded_by {
        found.insert("forwarded_by".into(), json!(account.as_str()));
    }
    found
}

#[test]
fn every_mail_gives_what_is_expected() {
    let cases = cases();
    assert!(cases.len() >= 120, "the corpus has {} mails", cases.len());
    let mut misses = Vec::new();
    for case in &cases {
        let found = found(&read(&case.raw, &Senders::default()));
        let missed = case.expected.iter().any(|(key, value)| found.get(key) != Some(value))
            || found.contains_key("code") && !case.expected.contains_key("code")
            || found.contains_key("forwarded_by") && !case.expected.contains_key("forwarded_by");
        if missed {
            let (expected, found) = (Value::from(case.expected.clone()), Value::from(found));
            misses.push(format!(
                "{}/{}\n  expected {expected}\n  found    {found}",
                case.kind, case.name
            ));
        }
    }
    assert!(
        misses.is_empty(),
        "{} of {} mails:\n{}",
        misses.len(),
        cases.len(),
        misses.join("\n")
    );
}
