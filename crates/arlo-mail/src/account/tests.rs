use super::*;
use proptest::prelude::*;

fn canonical(text: &str) -> String {
    Account::parse(text).unwrap().as_str().to_owned()
}

#[test]
fn spellings_of_one_mailbox_meet() {
    for (written, expected) in [
        ("casey@gmail.com", "casey@gmail.com"),
        ("  Ca.Sey+arlo@GoogleMail.com ", "casey@gmail.com"),
        ("casey+a+b@example.org", "casey@example.org"),
        ("first.last@example.org", "first.last@example.org"),
        ("casey@EXAMPLE.org.", "casey@example.org"),
        ("casey@bücher.example", "casey@xn--bcher-kva.example"),
        ("casey@xn--bcher-kva.example", "casey@xn--bcher-kva.example"),
        ("CASEY@BÜCHER.example", "casey@xn--bcher-kva.example"),
        ("caf\u{65}\u{301}@example.org", "café@example.org"),
        ("İx@example.org", "i\u{307}x@example.org"),
        ("casey@me.com", "casey@icloud.com"),
        ("casey+arlo@MAC.com", "casey@icloud.com"),
        ("first.last@icloud.com", "first.last@icloud.com"),
        ("casey@protonmail.com", "casey@proton.me"),
        ("casey@pm.me", "casey@proton.me"),
        ("casey@ya.ru", "casey@yandex.ru"),
        ("casey@yandex.com", "casey@yandex.ru"),
        // Domains that only look like one of them.
        ("casey@x.me.com", "casey@x.me.com"),
        ("casey@notme.com", "casey@notme.com"),
    ] {
        assert_eq!(canonical(written), expected, "{written}");
    }
}

#[test]
fn what_is_no_address_says_why() {
    use AccountError::*;
    for (written, expected) in [
        ("", Empty),
        (" \t", Empty),
        ("casey", NoDomain),
        ("@example.org", NoDomain),
        ("+label@example.org", NoDomain),
        ("...@gmail.com", NoDomain),
        ("casey@", BadDomain),
        ("casey@exa mple.org", BadDomain),
        ("ca sey@example.org", BadCharacter),
        ("ca\u{0}sey@example.org", BadCharacter),
        ("a@b@example.org", BadCharacter),
        ("\"a b\"@example.org", BadCharacter),
    ] {
        assert_eq!(Account::parse(written), Err(expected), "{written:?}");
    }
    assert_eq!(Account::parse(&("a".repeat(65) + "@example.org")), Err(TooLong));
    assert_eq!(Account::parse(&("a".repeat(10_000) + "@example.org")), Err(TooLong));
}

#[test]
fn an_address_has_two_parts() {
    let account = Account::parse("Casey+x@Example.org").unwrap();
    assert_eq!((account.local_part(), account.domain()), ("casey", "example.org"));
}

#[test]
fn the_longest_address_is_that_of_rfc_5321() {
    let long = |bytes: usize| "a".repeat(bytes);
    let domain = |last: usize| [long(63), long(63), long(last)].join(".");
    let label = |bytes: usize| format!("casey+{}@example.org", long(bytes - "casey+@example.org".len()));
    for (address, is_good) in [
        (long(64) + "@example.org", true),
        (long(65) + "@example.org", false),
        (long(64) + "@" + &domain(61), true),
        (long(64) + "@" + &domain(62), false),
        // What is left out of it counts before it is read.
        (label(4 * 254), true),
        (label(4 * 254 + 1), false),
    ] {
        let read = Account::parse(&address);
        assert_eq!(read.is_ok(), is_good, "{} {address}", address.len());
        assert!(is_good || read == Err(AccountError::TooLong));
    }
}

#[test]
fn debug_shows_no_address() {
    let shown = format!("{:?}", Account::parse("casey@example.org").unwrap());
    assert!(!shown.contains("casey") && !shown.contains("example"));
}

proptest! {
    #[test]
    fn canonical_is_a_fixed_point(text in "\\PC{0,20}(\\+\\PC{0,5})?@\\PC{1,12}(\\.(com|org|example))?") {
        if let Ok(account) = Account::parse(&text) {
            prop_assert_eq!(Account::parse(account.as_str()).map(|a| a.as_str().to_owned()), Ok(account.as_str().to_owned()));
            prop_assert!(account.domain().is_ascii());
            prop_assert!(!account.local_part().contains('+'));
        }
    }

    #[test]
    fn label_and_case_do_not_matter(local in "[a-z0-9._-]{1,20}", label in "[a-zA-Z0-9+]{0,8}", domain in "[a-z]{1,10}\\.(com|org)") {
        let plain = format!("{local}@{domain}");
        let labelled = format!(" {}+{label}@{}. ", local.to_uppercase(), domain.to_uppercase());
        prop_assert_eq!(Account::parse(&plain), Account::parse(&labelled));
    }
}
