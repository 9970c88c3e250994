//! What an operator sees of a relay that runs: its metrics, the dashboard for them, and its log in each form.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Instant;

use crate::support::{PATIENCE, Serving, arlo_mail, request};
use serde_json::Value;

fn exchange(address: &str, path: &str) -> (u16, String) {
    request(
        address,
        &format!("GET {path} HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n"),
    )
}

fn metrics(serving: &Serving) -> String {
    let (status, text) = exchange(serving.metrics.as_ref().unwrap(), "/metrics");
    assert_eq!(status, 200, "{text}");
    text
}

/// The value of one sample; its labels in this order.
fn value(metrics: &str, sample: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(sample));
    line.unwrap_or_else(|| panic!("no {sample} in {metrics}"))
        .trim()
        .parse()
        .unwrap()
}

fn number(metrics: &str, sample: &str) -> u32 {
    format!("{:.0}", value(metrics, sample)).parse().unwrap()
}

/// The names of the samples.
fn names(metrics: &str) -> BTreeSet<String> {
    let samples = metrics.lines().filter(|line| !line.starts_with('#'));
    samples
        .map(|line| line.split(['{', ' ']).next().unwrap().to_owned())
        .collect()
}

#[test]
fn a_login_is_seen_in_the_metrics_and_nobody_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start(dir.path(), &["--metrics", "127.0.0.1:0"]);
    let casey = serving.enroll(dir.path(), "casey@gmail.com");
    let address = casey["relay_address"].as_str().unwrap();
    let url = serving.prestage(&casey);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| serving.poll(&url, "?wait=60"));
        let started = Instant::now();
        while number(&metrics(&serving), "arlo_relay_waiting") == 0 {
            assert!(started.elapsed() < PATIENCE, "nobody is seen to wait");
        }
        assert!(serving.send(address, &arlo_mail("482913", "1")).starts_with("250"));
        assert_eq!(waiting.join().unwrap().1["code"], "482913");
    });
    let stranger = "From: robin@example.org\r\nSubject: hello\r\n\r\nhello";
    assert!(serving.send(address, stranger).starts_with("250"));
    assert_eq!(serving.get("/casey@gmail.com").0, 404);
    assert_eq!(serving.get("/livez").0, 200);

    let seen = metrics(&serving);
    for (sample, expected) in [
        ("arlo_relay_mails_total{via=\"smtp\",outcome=\"code-delivered\"}", 1),
        ("arlo_relay_mails_total{via=\"smtp\",outcome=\"not-from-arlo\"}", 1),
        ("arlo_relay_prestages_total{result=\"accepted\"}", 1),
        ("arlo_relay_wait_seconds_count{end=\"answered\"}", 1),
        ("arlo_relay_answer_seconds_count", 1),
        ("arlo_relay_delivery_seconds_count", 2),
        ("arlo_relay_waiting", 0),
        (
            "arlo_relay_http_calls_total{method=\"GET\",route=\"unknown\",status=\"404\"}",
            1,
        ),
        ("arlo_relay_connections_accepted_total{listener=\"smtp\"}", 2),
        ("arlo_relay_connections_refused_total{listener=\"http\"}", 0),
        ("arlo_relay_part_alive{part=\"sweeper\"}", 1),
        ("arlo_relay_queue_depth{queue=\"operator\"}", 0),
        ("arlo_relay_store_failures_total{access=\"write\"}", 0),
    ] {
        assert_eq!(number(&seen, sample), expected, "{sample}: {seen}");
    }
    assert!(number(&seen, "arlo_relay_store_seconds_count{access=\"write\"}") > 2);
    let token = casey["token"].as_str().unwrap();
    let key = url.rsplit('/').next().unwrap();
    let local_part = address.split('@').next().unwrap();
    for secret in ["casey", "robin", "482913", token, key, local_part, "127.0.0.1"] {
        assert!(!seen.contains(secret), "{secret}: {seen}");
    }

    // The metrics are on their own listener alone, and nothing else is there.
    assert_eq!(serving.get("/metrics").0, 404);
    assert_eq!(exchange(serving.metrics.as_ref().unwrap(), "/healthz").0, 404);
    assert_eq!(serving.end(), 0);
}

/// The names of metrics in a text.
fn named(text: &str, found: &mut BTreeSet<String>) {
    for part in text.split("arlo_relay_").skip(1) {
        let is_name = |letter: char| letter.is_ascii_lowercase() || letter == '_';
        let name: String = part.chars().take_while(|letter| is_name(*letter)).collect();
        found.insert(format!("arlo_relay_{name}"));
    }
}

fn expressions(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "expr" || name == "query" => named(text, found),
                    other => expressions(other, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| expressions(value, found)),
        _ => {}
    }
}

#[test]
fn the_dashboard_and_the_documents_name_metrics_that_there_are() {
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start(dir.path(), &["--metrics", "127.0.0.1:0"]);
    // A route is counted once it was called.
    serving.get("/livez");
    // The answer of /livez is counted before that of /healthz begins.
    serving.get("/healthz");
    let there = names(&metrics(&serving));
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let dashboard = fs::read_to_string(top.join("packaging/grafana/arlo-relay.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&dashboard).unwrap();
    let mut shown = BTreeSet::new();
    expressions(&dashboard, &mut shown);
    assert!(shown.len() > 15, "{shown:?}");
    let missing: Vec<_> = shown.difference(&there).collect();
    assert!(missing.is_empty(), "{missing:?}");
    // Each family is on the dashboard.
    for name in &there {
        let family = name
            .trim_end_matches("_sum")
            .trim_end_matches("_count")
            .trim_end_matches("_bucket");
        assert!(
            shown.iter().any(|shown| shown.starts_with(family)),
            "{name} is not on the dashboard"
        );
    }
    // And in the documents, by the name of its family.
    let document = fs::read_to_string(top.join("docs/service.md")).unwrap();
    let mut documented = BTreeSet::new();
    named(&document, &mut documented);
    for name in &documented {
        assert!(there.iter().any(|there| there.starts_with(name.as_str())), "{name}");
    }
    for name in &there {
        assert!(
            documented
                .iter()
                .any(|documented| name.starts_with(documented.as_str())),
            "{name}"
        );
    }
}

#[test]
fn a_log_as_json_has_an_object_a_line_and_the_id_of_each_answer() {
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start(dir.path(), &["--log-format", "json"]);
    let casey = serving.enroll(dir.path(), "casey@gmail.com");
    let url = serving.prestage(&casey);
    let sent = serving.send(casey["relay_address"].as_str().unwrap(), &arlo_mail("482913", "1"));
    assert!(sent.starts_with("250"), "{sent}");
    assert_eq!(serving.poll(&url, "?wait=20").1["code"], "482913");
    let mut answer = std::net::TcpStream::connect(&serving.http).unwrap();
    let mut head = String::new();
    std::io::Write::write_all(&mut answer, b"GET /livez HTTP/1.0\r\n\r\n").unwrap();
    std::io::Read::read_to_string(&mut answer, &mut head).unwrap();
    let id = head
        .lines()
        .find_map(|line| line.strip_prefix("x-request-id: "))
        .unwrap()
        .to_owned();

    let log = serving.stop();
    let lines: Vec<Value> = log
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    assert!(
        lines
            .iter()
            .all(|line| line["level"].is_string() && line["time"].is_string()),
        "{lines:?}"
    );
    let mail = lines.iter().find(|line| line["outcome"] == "code-delivered").unwrap();
    assert_eq!(mail["message"], "mail");
    let answered = lines.iter().find(|line| line["call"] == id.as_str()).unwrap();
    assert_eq!(
        (&answered["status"], &answered["route"]),
        (&Value::from(200), &Value::from("/livez"))
    );
    assert!(
        !log.stderr.contains("482913") && !log.stderr.contains("casey"),
        "{}",
        log.stderr
    );
}
