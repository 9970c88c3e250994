use axum::http::HeaderValue;

use super::*;

fn with(name: axum::http::HeaderName, value: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
}

#[test]
fn only_a_client_that_names_json_gets_it() {
    for (accept, expected) in [
        ("application/json", true),
        ("application/json, text/plain, */*", true),
        ("text/plain;q=0.5, Application/JSON;q=0.1", true),
        ("application/json;q=0", false),
        ("application/json; q=0.000, text/plain", false),
        ("*/*", false),
        ("application/*", false),
        ("text/plain", false),
        ("application/problem+json", false),
        (";;,,/", false),
    ] {
        assert_eq!(wants_json(&with(ACCEPT, accept)), expected, "{accept}");
    }
    assert!(!wants_json(&HeaderMap::new()));
}
