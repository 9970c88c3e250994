use super::*;

#[test]
fn a_base_url_keeps_its_prefix_and_loses_its_last_slash() {
    for (text, expected) in [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://h/relay/v1/", "https://h/relay/v1"),
        ("http://[::1]:80/", "http://[::1]:80"),
    ] {
        assert_eq!(PublicUrl::parse(text).unwrap().as_str(), expected);
    }
}

#[test]
fn what_is_no_base_url_is_refused() {
    for text in [
        "",
        "h",
        "/relay",
        "ftp://h",
        "http://",
        "http://h/?a=b",
        "http://u:p@h/",
        "http://h/#x",
        "http://h h",
    ] {
        assert_eq!(PublicUrl::parse(text), Err(PublicUrlError), "{text}");
    }
}

#[test]
fn a_poll_url_is_not_shown() {
    assert_eq!(
        format!("{:?}", PollUrl::new("http://h/poll/key".to_owned())),
        "PollUrl(…)"
    );
}
