use super::*;

fn head(fields: &str) -> Head {
    Head::read(format!("{fields}\r\n").as_bytes()).unwrap()
}

fn names(accounts: &[Account]) -> Vec<&str> {
    accounts.iter().map(Account::as_str).collect()
}

#[test]
fn bytes_without_a_field_have_no_head() {
    for raw in ["", "no field\r\n", ": a@example.org\r\n"] {
        assert!(Head::read(raw.as_bytes()).is_none(), "{raw}");
    }
}

#[test]
fn addressees_are_those_of_one_short_field() {
    let four = "a@x.example, b@x.example, c@x.example, d@x.example";
    for (fields, count) in [
        ("To: a@x.example\r\n".to_owned(), 1),
        (format!("To: {four}\r\n"), 4),
        (format!("To: {four}, e@x.example\r\n"), 0),
        ("To: a@x.example\r\nTo: a@x.example\r\n".to_owned(), 0),
        ("To: a@x.example, b@\r\n".to_owned(), 0),
        ("Cc: a@x.example\r\n".to_owned(), 0),
        // A section that is longer than what is read.
        (format!("To: a@x.example\r\nX: {}\r\n", "x".repeat(MAX_HEADER)), 0),
    ] {
        let addressees = head(&fields).addressees;
        assert_eq!(addressees.len(), count, "{fields:.80}");
    }
    assert_eq!(
        names(&head("To: Casey <Casey+x@x.example>\r\n").addressees),
        ["casey@x.example"]
    );
}

#[test]
fn every_field_names_its_accounts_once() {
    let fields = "To: a@x.example, b@x.example\r\nDelivered-To: a@x.example\r\n\
        X-Forwarded-For: c@x.example relay@y.example\r\nX-Forwarded-For: d@x.example relay@y.example\r\n";
    let expected = ["a@x.example", "b@x.example", "c@x.example", "d@x.example"];
    assert_eq!(names(&head(fields).named), expected);
}

#[test]
fn arlos_body_hash_is_that_of_its_lowest_signature() {
    let signed = |domain: &str, hash: &str| {
        format!("DKIM-Signature: v=1; a=rsa-sha256; d={domain}; s=x; h=From; bh={hash}; b=eA==\r\n")
    };
    let fields = [
        signed("arlo.com", "QQ=="),
        signed("arlo.com", "Qg=="),
        signed("x.example", "Qw=="),
    ]
    .concat();
    assert_eq!(head(&fields).arlo_body_hash.as_deref(), Some(b"Qg==".as_slice()));
    assert_eq!(head(&signed("x.example", "Qw==")).arlo_body_hash, None);
}

#[test]
fn only_gmail_asks_to_forward() {
    assert!(head("From: forwarding-noreply@google.com\r\n").asks_to_forward());
    assert!(!head("From: casey@google.com\r\n").asks_to_forward());
    assert!(!head("To: forwarding-noreply@google.com\r\n").asks_to_forward());
}
