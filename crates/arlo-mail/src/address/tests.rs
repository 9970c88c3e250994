use super::*;

fn read(field: &str) -> Vec<String> {
    addresses::<Account>(field, usize::MAX, &Steps::new(0))
        .into_iter()
        .map(|a| a.map_or("?".to_owned(), |a| a.as_str().to_owned()))
        .collect()
}

#[test]
fn only_the_address_counts() {
    for (field, expected) in [
        ("do_not_reply@arlo.com", &["do_not_reply@arlo.com"][..]),
        ("Arlo <Do_Not_Reply@ARLO.com>", &["do_not_reply@arlo.com"]),
        ("\"do_not_reply@arlo.com\" <x@example.net>", &["x@example.net"]),
        ("do_not_reply@arlo.com <x@example.net>", &["x@example.net"]),
        (
            "=?utf-8?q?Arlo,_Inc?= <do_not_reply@arlo.com>",
            &["do_not_reply@arlo.com"],
        ),
        ("x@example.net (do_not_reply@arlo.com)", &["x@example.net"]),
        ("(a (nested) b@c.example) x@example.net", &["x@example.net"]),
        ("(a \\) do_not_reply@arlo.com) x@example.net", &["x@example.net"]),
        ("\"a@example.org, Arlo\" <x@example.net>", &["x@example.net"]),
        ("\"a\\\"@example.org, Arlo\" <x@example.net>", &["x@example.net"]),
        // What no address has in it is not left out of one.
        ("<x@example,.net>", &["?"]),
        ("<mailto:x@example.net>", &["?"]),
        ("a@example.org, B <b@example.org>", &["a@example.org", "b@example.org"]),
        ("<a@example.org> <b@example.org>", &["a@example.org", "b@example.org"]),
        ("undisclosed-recipients:;", &[]),
        (
            "friends: a@example.org, b@example.org;",
            &["a@example.org", "b@example.org"],
        ),
        ("\"do_not_reply\"@arlo.com", &["?"]),
        ("Arlo <do_not_reply@arlo.com", &["do_not_reply@arlo.com"]),
        ("Arlo <>", &["?"]),
        ("", &[]),
    ] {
        assert_eq!(read(field), expected, "{field}");
    }
}

#[test]
fn running_text_gives_its_addresses() {
    let steps = Steps::new(0);
    let found: Vec<_> = addresses_in_text("casey@example.org, Arlo <mailto:do_not_reply@arlo.com>. @ x@", &steps)
        .map(|a: Account| a.as_str().to_owned())
        .collect();
    assert_eq!(found, ["casey@example.org", "do_not_reply@arlo.com"]);
}
