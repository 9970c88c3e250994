use super::*;

fn account(text: &str) -> Account {
    Account::parse(text).unwrap()
}

#[test]
fn a_reverse_path_names_its_own_mailbox() {
    for (path, expected) in [
        ("casey+caf_=secret=relay.example@gmail.com", Some("casey@gmail.com")),
        ("Ca.Sey+CAF_=secret=relay.example@gmail.com", Some("casey@gmail.com")),
        // A destination with a label nests: the first marker counts.
        (
            "casey+caf_=inbox+caf_=x=relay.example@gmail.com",
            Some("casey@gmail.com"),
        ),
        (
            "casey+SRS=aBcD=EF=arlo.com=do_not_reply@outlook.com",
            Some("casey@outlook.com"),
        ),
        ("casey@example.org", Some("casey@example.org")),
        ("bounces+casey@example.org", Some("bounces@example.org")),
        (
            "SRS0=HHH=TT=example.org=casey@example.org",
            Some("srs0=hhh=tt=example.org=casey@example.org"),
        ),
        ("+caf_=x=y@gmail.com", None),
        ("\"casey@example.org\"@example.net", None),
        ("", None),
        ("nonsense", None),
    ] {
        assert_eq!(forwarder(path), expected.map(account), "{path}");
    }
}

#[test]
fn a_domain_is_the_accounts_own_or_not() {
    for (domain, of, expected) in [
        ("gmail.com", "casey@gmail.com", true),
        ("googlemail.com", "casey@gmail.com", true),
        ("example.org", "casey@example.org", true),
        ("mail.example.org", "casey@example.org", false),
        ("example.org", "casey@mail.example.org", false),
        ("org", "casey@example.org", false),
        ("xexample.org", "casey@example.org", false),
        ("example.org.evil.example", "casey@example.org", false),
    ] {
        assert_eq!(is_domain_of(domain, &account(of)), expected, "{domain} {of}");
    }
}

#[test]
fn recipients_are_split_at_the_last_at_sign() {
    for (path, local_part, domain) in [
        ("AbC@Relay.Example.", "abc", Some("relay.example")),
        ("abc@bücher.example", "abc", Some("xn--bcher-kva.example")),
        ("a@b@relay.example", "a@b", Some("relay.example")),
        (
            "user%other.example@relay.example",
            "user%other.example",
            Some("relay.example"),
        ),
        ("abc@[IPv6:2001:DB8::1]", "abc", Some("[ipv6:2001:db8::1]")),
        ("Postmaster", "postmaster", None),
    ] {
        let recipient = Recipient::new(path);
        assert_eq!(
            (recipient.local_part(), recipient.domain()),
            (local_part, domain),
            "{path}"
        );
    }
}
