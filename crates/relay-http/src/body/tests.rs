use axum::http::HeaderValue;

use super::*;

#[test]
fn a_body_is_json_or_says_nothing() {
    assert!(is_json(&HeaderMap::new()));
    for (content_type, expected) in [
        ("application/json", true),
        ("application/json; charset=utf-8", true),
        ("application/vnd.x+json", true),
        ("text/plain", false),
        ("application/x-www-form-urlencoded", false),
        ("", false),
    ] {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        assert_eq!(is_json(&headers), expected, "{content_type}");
    }
}
