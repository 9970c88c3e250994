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

#[test]
fn what_touches_an_address_does_not_belong_to_it() {
    let steps = Steps::new(0);
    for (text, expected) in [
        ("lark@gmail.com의 메일", &["lark@gmail.com"][..]),
        ("来自lark@gmail.com的邮件。", &["lark@gmail.com"]),
        (
            "将lark@gmail.com的邮件转发到robin@example.net，请确认",
            &["lark@gmail.com", "robin@example.net"],
        ),
        ("lark@gmail.comから", &["lark@gmail.com"]),
        ("lark@gmail.com’dan", &["lark@gmail.com"]),
        ("lark@gmail.com'dan", &["lark@gmail.com"]),
        ("lark@gmail.com-tól", &["lark@gmail.com"]),
        ("lark@gmail.com-nak.", &["lark@gmail.com"]),
        ("מ-lark@gmail.com", &["lark@gmail.com"]),
        ("จากlark.x+y_z@mail.example.orgได้", &["lark.x@mail.example.org"]),
        ("«lark@gmail.com».", &["lark@gmail.com"]),
        ("„lark@gmail.com“,", &["lark@gmail.com"]),
        ("\u{200f}lark@gmail.com\u{200f}", &["lark@gmail.com"]),
        ("lark@x.xn--p1ai의", &["lark@x.xn--p1ai"]),
        ("O'Neil@example.org", &["o'neil@example.org"]),
        ("lark@my-house.example", &["lark@my-house.example"]),
        // Whole addresses that are not ASCII.
        ("jörg@example.org", &["jörg@example.org"]),
        ("lark@bücher.example", &["lark@xn--bcher-kva.example"]),
        ("lark@mail.bücher.example", &["lark@mail.xn--bcher-kva.example"]),
        ("用户@例子.example", &["用户@xn--fsqu00a.example"]),
        ("用户x@例子.example", &["用户x@xn--fsqu00a.example"]),
        ("lark@example.例子", &["lark@example.xn--fsqu00a"]),
        ("lark@mail.b例.example", &["lark@mail.xn--b-lb7a.example"]),
        ("lark@example.café", &["lark@example.xn--caf-dma"]),
        ("lark@home例", &["lark@xn--home-3u6f"]),
        // Not with a domain after the next mark.
        ("lark@gmail.com的邮件。www.a.example", &["lark@gmail.com"]),
        ("x@lark@gmail.com", &[]),
    ] {
        let found: Vec<_> = accounts_in_prose(text, &steps).map(|a| a.as_str().to_owned()).collect();
        assert_eq!(found, expected, "{text}");
    }
    // A stranger's word is read as a whole.
    assert_eq!(
        addresses_in_text::<Account>("xдlark@gmail.com", &steps)
            .next()
            .unwrap()
            .as_str(),
        "xдlark@gmail.com"
    );
}
