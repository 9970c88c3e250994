use super::*;

fn named(query: &str) -> Result<(String, String), Failure> {
    let caller = Caller {
        client: Client::default(),
        known: Known::default(),
        bearer: None,
        in_path: None,
        fields: Fields::parse(query),
    };
    caller
        .named()
        .map(|named| (named.email, named.account.as_str().to_owned()))
}

#[test]
fn a_plus_in_an_address_is_a_plus_however_it_arrives() {
    for query in [
        "email=u+tag@example.org",
        "email=u%2Btag@example.org",
        "email=u%2btag%40example.org",
        "email=u%20tag@example.org",
        "x=1&email=%20u+tag@example.org%20&email=other@example.org",
    ] {
        assert_eq!(
            named(query),
            Ok(("u+tag@example.org".to_owned(), "u@example.org".to_owned())),
            "{query}"
        );
    }
}

#[test]
fn a_bad_address_is_refused_without_being_repeated() {
    for query in [
        "",
        "email",
        "email=",
        "email=%20",
        "email=nobody",
        "email=a@b%20c",
        "email=%ff@%fe",
        "mail=u@x",
    ] {
        let failure = named(query).unwrap_err();
        assert_eq!(failure.status(), 400, "{query}");
        assert!(!failure.detail().contains("nobody"));
    }
    assert_eq!(
        named(&format!("email={}@x.org", "a".repeat(10_000)))
            .unwrap_err()
            .status(),
        400
    );
}

#[test]
fn a_form_text_has_spaces_for_pluses() {
    let fields = Fields::parse("msg=code+is%3A+467266%2B&msg=second&&=x&y");
    assert_eq!(fields.text("msg").unwrap(), "code is: 467266+");
    assert_eq!(fields.get("y").unwrap(), "");
    assert_eq!(fields.get("none"), None);
}
