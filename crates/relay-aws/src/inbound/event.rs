//! The event with which SES reports a mail that it has stored. The body is not in it, and its headers may be cut short.

use jiff::Timestamp;
use relay::Recipient;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::verdicts::EventVerdicts;

/// The name of the object that SES writes once when a rule is made. It is no mail.
const SETUP_NOTIFICATION: &str = "AMAZON_SES_SETUP_NOTIFICATION";
/// The recipients of one mail for whom it is processed. SES itself accepts a hundred.
const MAX_RECIPIENTS: usize = 100;

/// One mail that SES accepted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stored {
    /// The id that SES gave it: the end of the object's key.
    pub(super) id: String,
    /// When SES received it.
    pub(super) received: Option<Timestamp>,
    /// The reverse-path of the envelope; `None` for the null one.
    pub(super) reverse_path: Option<String>,
    /// The recipients of the envelope, each once: spellings of one address that differ in case are one recipient.
    pub(super) recipients: Vec<Recipient>,
    pub(super) verdicts: EventVerdicts,
    /// SES found a virus in it.
    pub(super) is_infected: bool,
}

/// Why a record is not processed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoMail {
    SetupNotification,
    /// It does not name a mail and its recipients.
    NotSes,
}

#[derive(Deserialize)]
struct Record {
    ses: Ses,
}

#[derive(Deserialize)]
struct Ses {
    mail: Mail,
    receipt: Receipt,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    message_id: String,
    timestamp: Option<String>,
    source: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Receipt {
    recipients: Vec<String>,
    spf_verdict: Option<Verdict>,
    dkim_verdict: Option<Verdict>,
    virus_verdict: Option<Verdict>,
}

#[derive(Deserialize)]
struct Verdict {
    status: Option<String>,
}

fn says(verdict: Option<&Verdict>, statuses: &[&str]) -> bool {
    let status = verdict.and_then(|verdict| verdict.status.as_deref());
    status.is_some_and(|status| statuses.contains(&status))
}

/// The records, each of which is read on its own.
#[derive(Default, Deserialize)]
struct Records<'a> {
    #[serde(borrow, rename = "Records")]
    records: Vec<&'a RawValue>,
}

/// The mails of an event. Unknown fields are ignored.
pub(super) fn mails(event: &[u8]) -> Vec<Result<Stored, NoMail>> {
    let Records { records } = serde_json::from_slice(event).unwrap_or_default();
    records.into_iter().map(stored).collect()
}

fn stored(record: &RawValue) -> Result<Stored, NoMail> {
    let record: Record = serde_json::from_str(record.get()).map_err(|_| NoMail::NotSes)?;
    let Ses { mail, receipt } = record.ses;
    if mail.message_id == SETUP_NOTIFICATION {
        return Err(NoMail::SetupNotification);
    }
    let is_id = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if mail.message_id.is_empty() || !mail.message_id.bytes().all(is_id) {
        return Err(NoMail::NotSes);
    }
    let mut recipients: Vec<Recipient> = Vec::new();
    for recipient in receipt.recipients.iter().take(MAX_RECIPIENTS) {
        let recipient = Recipient::new(recipient);
        if !recipients.contains(&recipient) {
            recipients.push(recipient);
        }
    }
    let reverse_path = mail.source.map(|path| path.trim_matches(['<', '>']).to_owned());
    Ok(Stored {
        id: mail.message_id,
        received: mail.timestamp.and_then(|text| text.parse().ok()),
        reverse_path: reverse_path.filter(|path| !path.is_empty()),
        recipients,
        verdicts: EventVerdicts {
            spf: says(receipt.spf_verdict.as_ref(), &["PASS"]),
            dkim: says(receipt.dkim_verdict.as_ref(), &["PASS", "FAIL"]),
        },
        is_infected: says(receipt.virus_verdict.as_ref(), &["FAIL"]),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn mails(event: &Value) -> Vec<Result<Stored, NoMail>> {
        super::mails(event.to_string().as_bytes())
    }

    fn event(id: &str, changes: impl FnOnce(&mut Value)) -> Value {
        let mut record = json!({
            "eventSource": "aws:ses",
            "eventVersion": "1.0",
            "ses": {
                "mail": {
                    "timestamp": "2026-11-21T10:00:00.000Z",
                    "source": "casey@gmail.com",
                    "messageId": id,
                    "destination": ["casey@gmail.com"],
                    "headersTruncated": true,
                    "headers": [{ "name": "Authentication-Results", "value": "amazonses.com; dkim=pass header.i=@arlo.com" }],
                },
                "receipt": {
                    "recipients": ["a@relay.example", "b@relay.example", "a@relay.example"],
                    "spfVerdict": { "status": "PASS" },
                    "dkimVerdict": { "status": "GRAY" },
                    "virusVerdict": { "status": "PASS" },
                    "somethingNew": [1, 2],
                },
            },
        });
        changes(&mut record["ses"]);
        json!({ "Records": [record] })
    }

    #[test]
    fn a_mail_is_named_with_its_envelope() {
        let expected = Stored {
            id: "o3vrnil0e2ic28tr".to_owned(),
            received: Some("2026-11-21T10:00:00Z".parse().unwrap()),
            reverse_path: Some("casey@gmail.com".to_owned()),
            recipients: ["a@relay.example", "b@relay.example"].map(Recipient::new).into(),
            verdicts: EventVerdicts { spf: true, dkim: false },
            is_infected: false,
        };
        assert_eq!(mails(&event("o3vrnil0e2ic28tr", |_| ())), [Ok(expected)]);
    }

    /// Or else whoever writes one mail to `postmaster` in a hundred spellings has a hundred mails sent to the operator.
    #[test]
    fn a_recipient_in_many_spellings_is_one() {
        let spellings = [
            "postmaster@relay.example",
            "Postmaster@relay.example",
            "POSTMASTER@Relay.Example",
            "postmaster@relay.example.",
        ];
        let event = event("x", |ses| ses["receipt"]["recipients"] = json!(spellings));
        let recipients = mails(&event).remove(0).unwrap().recipients;
        assert_eq!(recipients, [Recipient::new("postmaster@relay.example")]);
    }

    #[test]
    fn verdicts_that_are_missing_or_not_final_prove_nothing() {
        for (status, spf, dkim, infected) in [
            (json!({ "status": "PASS" }), true, true, false),
            (json!({ "status": "FAIL" }), false, true, true),
            (json!({ "status": "GRAY" }), false, false, false),
            (json!({ "status": "PROCESSING_FAILED" }), false, false, false),
            (json!({}), false, false, false),
            (Value::Null, false, false, false),
        ] {
            let event = event("x", |ses| {
                for name in ["spfVerdict", "dkimVerdict", "virusVerdict"] {
                    ses["receipt"][name] = status.clone();
                }
            });
            let mail = mails(&event).remove(0).unwrap();
            assert_eq!(
                (mail.verdicts.spf, mail.verdicts.dkim, mail.is_infected),
                (spf, dkim, infected),
                "{status}"
            );
        }
    }

    #[test]
    fn a_mail_without_a_time_is_a_mail() {
        for time in [Value::Null, json!(""), json!("yesterday")] {
            let event = event("x", |ses| ses["mail"]["timestamp"] = time.clone());
            assert_eq!(mails(&event).remove(0).unwrap().received, None, "{time}");
        }
    }

    #[test]
    fn the_null_reverse_path_is_none() {
        for source in [json!("<>"), json!(""), Value::Null] {
            let event = event("x", |ses| ses["mail"]["source"] = source.clone());
            assert_eq!(mails(&event).remove(0).unwrap().reverse_path, None, "{source}");
        }
    }

    #[test]
    fn what_names_no_mail_is_no_fault() {
        for event in [
            json!({}),
            json!(null),
            json!([]),
            json!({ "Records": null }),
            json!({ "Records": {} }),
        ] {
            assert_eq!(mails(&event), [], "{event}");
        }
        assert_eq!(
            mails(&json!({ "Records": [{}, 1] })),
            [Err(NoMail::NotSes), Err(NoMail::NotSes)]
        );
        assert_eq!(mails(&event("../poll/x", |_| ())), [Err(NoMail::NotSes)]);
        assert_eq!(mails(&event("", |_| ())), [Err(NoMail::NotSes)]);
        assert_eq!(
            mails(&event(SETUP_NOTIFICATION, |_| ())),
            [Err(NoMail::SetupNotification)]
        );
    }
}
