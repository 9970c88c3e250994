//! Fields as proxies write them, and as clients forge them.

use proptest::prelude::*;

use super::*;

fn proxies() -> Proxies {
    Proxies::new(&["127.0.0.1", "::1", "10.0.0.0/8"].map(|network| network.parse().unwrap()))
}

fn headers(fields: &[(&str, &str)]) -> HeaderMap {
    let fields = fields.iter().map(|(name, value)| {
        let name: HeaderName = name.parse().unwrap();
        (name, HeaderValue::from_str(value).unwrap())
    });
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(name, value);
    }
    headers
}

fn caller(fields: &[(&str, &str)]) -> Caller {
    proxies().take(&mut headers(fields)).caller
}

fn client(address: &str) -> Caller {
    Caller::Client(address.parse().unwrap())
}

#[test]
fn the_first_hop_from_the_right_that_is_no_proxy_is_the_client() {
    for (field, expected) in [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("203.0.113.9 ,\t10.0.0.2,10.0.0.3", "203.0.113.9"),
        // What the client wrote itself is to the left of what the proxy wrote.
        ("192.0.2.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("x, , unknown, 203.0.113.9", "203.0.113.9"),
        // All are named: the client is beside the first proxy.
        ("10.0.0.1, 10.0.0.2", "10.0.0.1"),
    ] {
        assert_eq!(caller(&[("x-forwarded-for", field)]), client(expected), "{field}");
    }
    let lines = [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-for", "203.0.113.9")];
    assert_eq!(
        caller(&lines),
        client("203.0.113.9"),
        "a second line goes on with the first"
    );
}

#[test]
fn forwarded_says_the_same() {
    for (field, expected) in [
        ("for=203.0.113.9", client("203.0.113.9")),
        ("For=\"203.0.113.9:4711\"", client("203.0.113.9")),
        (
            "for=\"[2001:db8::7]:4711\";proto=https;by=10.0.0.2",
            client("2001:db8::7"),
        ),
        (
            "for=192.0.2.1, for=203.0.113.9; host=a, for=10.0.0.2",
            client("203.0.113.9"),
        ),
        ("for=\"a,b\", for=203.0.113.9", client("203.0.113.9")),
        ("for=unknown", Caller::Unclear),
        ("for=_hidden, for=10.0.0.1", Caller::Unclear),
        ("for=203.0.113.9, proto=https", Caller::Unclear),
        ("for", Caller::Unclear),
        ("for=", Caller::Unclear),
        ("", Caller::Unclear),
        // The quote would swallow what the proxy adds.
        ("for=\"192.0.2.1, for=203.0.113.9", Caller::Unclear),
        ("for=\"192.0.2.1\\\", for=203.0.113.9", Caller::Unclear),
    ] {
        assert_eq!(caller(&[("forwarded", field)]), expected, "{field}");
    }
}

#[test]
fn what_cannot_be_read_or_contradicts_itself_names_nobody() {
    let many = ["10.0.0.1"; MOST_HOPS + 2].join(", ");
    let long = format!("{}203.0.113.9", " ".repeat(MOST_BYTES));
    for fields in [
        &[("x-forwarded-for", "unknown")][..],
        &[("x-forwarded-for", "")],
        &[("x-forwarded-for", "203.0.113.9,")],
        &[("x-forwarded-for", "x, 10.0.0.1")],
        &[("x-forwarded-for", "fe80::1%eth0")],
        &[("x-forwarded-for", "203.0.113.9:99999")],
        &[("x-forwarded-for", many.as_str())],
        &[("x-forwarded-for", long.as_str())],
        // The proxy wrote one of them, and its client the other: nobody knows which.
        &[("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=192.0.2.1")],
        &[("x-forwarded-for", "x"), ("forwarded", "for=192.0.2.1")],
        &[("x-forwarded-for", "203.0.113.9"), ("forwarded", "x")],
    ] {
        assert_eq!(caller(fields), Caller::Unclear, "{fields:?}");
    }
    let both = [("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=203.0.113.9")];
    assert_eq!(caller(&both), client("203.0.113.9"));
    assert_eq!(caller(&[]), Caller::Proxy);
    assert_eq!(caller(&[("x-forwarded-host", "relay.example")]), Caller::Proxy);
}

#[test]
fn the_host_is_the_one_that_the_client_named() {
    for (fields, expected) in [
        (&[("host", "127.0.0.1:8080")][..], "127.0.0.1:8080"),
        (
            &[("host", "127.0.0.1:8080"), ("x-forwarded-host", "relay.example")],
            "relay.example",
        ),
        (
            &[
                ("host", "a"),
                ("x-forwarded-host", "attacker.example, relay.example:444"),
            ],
            "relay.example:444",
        ),
        (
            &[
                ("host", "a"),
                ("forwarded", "for=192.0.2.1;host=relay.example, for=10.0.0.1;host=inner"),
            ],
            "relay.example",
        ),
        (&[("host", "a"), ("x-forwarded-host", "b c")], "a"),
        (&[("host", "a"), ("x-forwarded-host", "user@b")], "a"),
        (&[("host", "a"), ("x-forwarded-host", "")], "a"),
        (
            &[
                ("host", "a"),
                ("x-forwarded-host", "b"),
                ("forwarded", "for=192.0.2.1;host=c"),
            ],
            "a",
        ),
    ] {
        let mut headers = headers(fields);
        proxies().take(&mut headers);
        assert_eq!(
            headers.get_all(HOST).iter().collect::<Vec<_>>(),
            [expected],
            "{fields:?}"
        );
        assert_eq!(headers.len(), 1, "the other fields are gone: {headers:?}");
    }
}

#[test]
fn a_client_without_tls_is_noticed() {
    for (fields, expected) in [
        (&[("x-forwarded-proto", "http")][..], true),
        (&[("x-forwarded-proto", "HTTP")], true),
        (&[("x-forwarded-proto", "https")], false),
        (&[("x-forwarded-proto", "http, https")], false),
        (&[("forwarded", "for=192.0.2.1;proto=http")], true),
        (&[("x-forwarded-for", "192.0.2.1")], false),
    ] {
        let origin = proxies().take(&mut headers(fields));
        assert_eq!(origin.in_clear, expected, "{fields:?}");
    }
}

proptest! {
    #[test]
    fn whatever_a_client_writes_before_the_proxy_it_is_never_taken_for_another(
        forged in "[ -~]{0,60}",
        as_forwarded: bool,
    ) {
        let (name, field) = if as_forwarded {
            ("forwarded", format!("{forged}, for=203.0.113.9"))
        } else {
            ("x-forwarded-for", format!("{forged}, 203.0.113.9"))
        };
        let caller = caller(&[(name, field.as_str())]);
        prop_assert!(caller == client("203.0.113.9") || caller == Caller::Unclear, "{caller:?}");
    }

    #[test]
    fn a_field_that_the_proxy_does_not_write_changes_nothing_to_the_clients_gain(forged in "[ -~]{0,60}") {
        let fields = [("x-forwarded-for", "203.0.113.9"), ("forwarded", forged.as_str())];
        let caller = caller(&fields);
        prop_assert!(caller == client("203.0.113.9") || caller == Caller::Unclear, "{caller:?}");
    }
}
