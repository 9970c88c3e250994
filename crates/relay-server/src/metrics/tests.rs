use relay::EnrolmentId;

use super::*;

fn text(metrics: &Metrics) -> String {
    let mut text = String::new();
    prometheus_client::encoding::prometheus_text::encode(&mut text, &metrics.0.registry).unwrap();
    text
}

fn value(metrics: &Metrics, name: &str) -> f64 {
    let text = text(metrics);
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in {text}"))
        .trim()
        .parse()
        .unwrap()
}

fn receipt(request: RequestId) -> Receipt {
    Receipt {
        event: Some(MailEvent::CodeDelivered),
        enrolment: Some(EnrolmentId::from_bytes([1; 10])),
        request: Some(request),
    }
}

#[test]
fn what_never_happened_is_zero_and_not_missing() {
    let metrics = Metrics::new("1.2.3");
    for name in [
        "arlo_relay_mails_total{via=\"smtp\",outcome=\"code-delivered\"}",
        "arlo_relay_prestages_total{result=\"accepted\"}",
        "arlo_relay_limits_total{limit=\"work\"}",
        "arlo_relay_wait_seconds_count{end=\"gone\"}",
        "arlo_relay_store_failures_total{access=\"write\"}",
        "arlo_relay_answer_seconds_count",
        "arlo_relay_waiting",
    ] {
        assert!(value(&metrics, name).abs() < f64::EPSILON, "{name}");
    }
    assert!(value(&metrics, "arlo_relay_start_time_seconds") > 1.7e9);
    assert!(text(&metrics).contains("arlo_relay_build_info{version=\"1.2.3\"} 1"));
}

#[test]
fn an_answer_is_timed_whichever_side_is_first() {
    let metrics = Metrics::new("1.2.3");
    let [first, second, polled] = [[1; 16], [2; 16], [3; 16]].map(RequestId::from_bytes);
    let wait = |request| {
        metrics.wait_began();
        metrics.wait_ended(request, Duration::from_secs(1), WaitEnd::Answered);
    };
    let received = Instant::now();
    wait(&first);
    for request in [first, second, polled] {
        metrics.delivered(Via::Smtp, &receipt(request), received);
    }
    wait(&second);
    assert!((value(&metrics, "arlo_relay_answer_seconds_count") - 2.0).abs() < f64::EPSILON);
    assert!((value(&metrics, "arlo_relay_delivery_seconds_count") - 3.0).abs() < f64::EPSILON);
    assert!(value(&metrics, "arlo_relay_waiting").abs() < f64::EPSILON);
    let delivered = value(
        &metrics,
        "arlo_relay_mails_total{via=\"smtp\",outcome=\"code-delivered\"}",
    );
    assert!((delivered - 3.0).abs() < f64::EPSILON);
}

#[test]
fn a_prestage_is_counted_by_its_result() {
    let metrics = Metrics::new("1.2.3");
    for (status, result) in [
        (200, "accepted"),
        (403, "refused"),
        (401, "refused"),
        (429, "limited"),
        (415, "malformed"),
        (503, "failed"),
    ] {
        let name = format!("arlo_relay_prestages_total{{result=\"{result}\"}}");
        let before = value(&metrics, &name);
        for route in ["/prepare-arlo-mfa", "/prepare-arlo-mfa/{token}", "/get"] {
            metrics.answered(&Answered {
                method: "POST",
                route,
                status,
                took: Duration::from_millis(2),
                limit: (status == 429).then_some(Limit::Pending),
            });
        }
        assert!((value(&metrics, &name) - before - 2.0).abs() < f64::EPSILON, "{status}");
    }
    let limited = value(&metrics, "arlo_relay_limits_total{limit=\"pending\"}");
    assert!((limited - 3.0).abs() < f64::EPSILON);
}
