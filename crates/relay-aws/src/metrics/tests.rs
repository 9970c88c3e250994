use std::sync::Mutex;

use relay::{EnrolmentId, MailEvent, PollKey, SystemRandom};
use serde_json::Value;

use super::*;

/// The units that CloudWatch knows, of `MetricDatum` in its API reference, as far as they are used here.
const UNITS: [&str; 2] = ["Count", "Milliseconds"];

/// What a call writes, which is one line.
fn written(tell: impl FnOnce(&Metrics)) -> (String, Value) {
    static WRITTEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap();
    tell(&Metrics::of("arlo-relay", |line| {
        WRITTEN.lock().unwrap().extend_from_slice(line);
    }));
    let line = String::from_utf8(std::mem::take(&mut *WRITTEN.lock().unwrap())).unwrap();
    assert_eq!((line.matches('\n').count(), line.ends_with('\n')), (1, true), "{line}");
    let value = serde_json::from_str(&line).unwrap();
    (line, value)
}

/// Holds a line against the specification; the metrics in it with their dimensions' values, as CloudWatch takes them.
fn taken(line: &Value) -> Vec<String> {
    let aws = line["_aws"].as_object().unwrap();
    let mut members: Vec<_> = aws.keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["CloudWatchMetrics", "Timestamp"]);
    // Milliseconds of this century, and neither seconds nor microseconds.
    assert!((946_684_800_000..4_102_444_800_000).contains(&aws["Timestamp"].as_i64().unwrap()));
    let mut taken = Vec::new();
    for directive in aws["CloudWatchMetrics"].as_array().unwrap() {
        let mut members: Vec<_> = directive.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, ["Dimensions", "Metrics", "Namespace"]);
        let namespace = directive["Namespace"].as_str().unwrap();
        assert!((1..=255).contains(&namespace.len()) && !namespace.starts_with("AWS/"));
        let metrics = directive["Metrics"].as_array().unwrap();
        assert!((1..=100).contains(&metrics.len()));
        for metric in metrics {
            let name = metric["Name"].as_str().unwrap();
            assert!((1..=1024).contains(&name.len()) && UNITS.contains(&metric["Unit"].as_str().unwrap()));
            assert!(line[name].is_number(), "{name} is no member that is a number: {line}");
            for set in directive["Dimensions"].as_array().unwrap() {
                let set = set.as_array().unwrap();
                assert!(set.len() <= 30);
                let values = set.iter().map(|dimension| {
                    let value = line[dimension.as_str().unwrap()].as_str().unwrap();
                    assert!((1..=1024).contains(&value.len()) && value.is_ascii());
                    value
                });
                taken.push(format!("{name} {}", values.collect::<Vec<_>>().join(" ")));
            }
        }
    }
    taken
}

fn at() -> Timestamp {
    "2026-11-21T10:00:01.250Z".parse().unwrap()
}

fn mail(metrics: &Metrics, receipt: &Receipt, received: Option<&str>) {
    metrics.mail(&MailDone {
        event: "11111111-2222-3333-4444-555555555555",
        mail: "o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1",
        receipt,
        bytes: 5123,
        received: received.map(|text| text.parse().unwrap()),
        at: at(),
    });
}

fn prestage(metrics: &Metrics, status: u16, request: Option<RequestId>) {
    metrics.prestage(&PrestageDone {
        event: "11111111-2222-3333-4444-555555555555",
        call: Some("0123456789abcdef"),
        request,
        status,
        took: Duration::from_micros(12_345),
        at: at(),
    });
}

fn receipt(event: Option<MailEvent>) -> Receipt {
    Receipt {
        event,
        enrolment: None,
        request: None,
    }
}

#[test]
fn each_outcome_of_a_mail_is_a_count_and_the_time_is_one_for_all() {
    let events = MailEvent::ALL.map(Some).into_iter().chain([None]);
    for receipt in events.map(receipt) {
        let (_, line) = written(|metrics| mail(metrics, &receipt, Some("2026-11-21T10:00:00Z")));
        let outcome = receipt.outcome();
        let expected = [
            format!("Mails arlo-relay {outcome}"),
            "MailLatency arlo-relay".to_owned(),
        ];
        assert_eq!(taken(&line), expected);
        assert_eq!(
            (line["Mails"].as_u64(), line["MailLatency"].as_u64()),
            (Some(1), Some(1250))
        );
        assert_eq!(line["_aws"]["Timestamp"], at().as_millisecond());
    }
}

#[test]
fn a_line_has_what_the_log_line_has_otherwise() {
    let enrolment = EnrolmentId::generate(&SystemRandom).unwrap();
    let request = PollKey::generate(enrolment, &SystemRandom).unwrap().request_id();
    let receipt = Receipt {
        event: Some(MailEvent::CodeDelivered),
        enrolment: Some(enrolment),
        request: Some(request),
    };
    let (text, line) = written(|metrics| mail(metrics, &receipt, Some("2026-11-21T10:00:00Z")));
    assert_eq!(line["event"], "11111111-2222-3333-4444-555555555555");
    assert_eq!(line["mail"], "o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1");
    assert_eq!(line["enrolment"], enrolment.to_string());
    assert_eq!(
        (line["request"].as_str(), line["bytes"].as_u64()),
        (Some(request.to_string().as_str()), Some(5123))
    );
    assert!(text.len() <= LINE, "{}", text.len());

    let (text, line) = written(|metrics| prestage(metrics, 200, Some(request)));
    assert_eq!(
        (line["call"].as_str(), line["status"].as_u64()),
        (Some("0123456789abcdef"), Some(200))
    );
    assert_eq!(
        (line["request"].as_str(), &line["event"]),
        (
            Some(request.to_string().as_str()),
            &"11111111-2222-3333-4444-555555555555".into()
        )
    );
    assert!(text.len() <= LINE, "{}", text.len());
}

#[test]
fn a_mail_of_no_known_time_has_no_latency() {
    let (_, line) = written(|metrics| mail(metrics, &receipt(None), None));
    assert_eq!(taken(&line), ["Mails arlo-relay handed-on"]);
    assert_eq!(line.get("MailLatency"), None);
    // By SES's clock it is a second later.
    let (_, line) = written(|metrics| mail(metrics, &receipt(None), Some("2026-11-21T10:00:02Z")));
    assert_eq!(line["MailLatency"], 0);
}

#[test]
fn each_result_of_a_prestage_is_a_count_and_the_time_is_one_for_all() {
    for (status, outcome) in [
        (200, "staged"),
        (400, "refused"),
        (403, "refused"),
        (404, "refused"),
        (429, "limited"),
        (500, "failed"),
        (503, "failed"),
    ] {
        let (_, line) = written(|metrics| prestage(metrics, status, None));
        let expected = [
            format!("Prestages arlo-relay {outcome}"),
            "PrestageLatency arlo-relay".to_owned(),
        ];
        assert_eq!(taken(&line), expected, "{status}");
        assert_eq!(
            (line["Prestages"].as_u64(), line["PrestageLatency"].as_f64()),
            (Some(1), Some(12.35))
        );
    }
}

#[test]
fn there_are_none_where_no_stack_is_named() {
    let read = |stack: &str| {
        let environment = [(STACK.to_owned(), stack.to_owned())].into_iter().collect();
        Metrics::read(&environment).map(|metrics| metrics.are_on())
    };
    assert_eq!((read("").unwrap(), read("arlo-relay").unwrap()), (false, true));
    let long = "a".repeat(MAX_NAME + 1);
    for wrong in ["a b", "a\"b", "é", &long] {
        assert_eq!(
            read(wrong).unwrap_err().to_string(),
            "METRICS_STACK is no name of a stack"
        );
    }
    fn never(_: &[u8]) {
        panic!("a line of no metrics");
    }
    let none = Metrics {
        stack: None,
        write: never,
    };
    mail(&none, &receipt(None), None);
    prestage(&none, 200, None);
}
