use super::*;

#[test]
fn the_last_at_sign_divides_user_and_server() {
    for (text, user, host, port) in [
        ("casey@imap.example.org", "casey", "imap.example.org", None),
        (
            "casey@gmail.com@imap.gmail.com",
            "casey@gmail.com",
            "imap.gmail.com",
            None,
        ),
        (" casey@localhost:1143 ", "casey", "localhost", Some(1143)),
        ("casey@[::1]:993", "casey", "::1", Some(993)),
        ("casey@[::1]", "casey", "::1", None),
        ("a b+c@h", "a b+c", "h", None),
    ] {
        let expected = UserAtHost {
            user: user.to_owned(),
            host: host.to_owned(),
            port,
        };
        assert_eq!(text.parse::<UserAtHost>().unwrap(), expected, "{text}");
    }
    for text in [
        "",
        "casey",
        "@host",
        "casey@",
        "casey@host:",
        "casey@host:0",
        "casey@host:99999",
        "casey@[::1",
        "casey@[::1]x",
        "casey@::1",
        "casey@a/b",
    ] {
        let error = text.parse::<UserAtHost>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Settings, "{text}");
    }
}

fn settings(text: &str) -> Settings {
    Settings::new(
        text.parse().unwrap(),
        Credential::Password(Secret::Value("geheim".to_owned().into())),
    )
}

#[test]
fn a_password_crosses_no_network_in_clear() {
    for (text, allowed) in [
        ("casey@127.0.0.1", true),
        ("casey@[::1]", true),
        ("casey@localhost", true),
        ("casey@192.0.2.1", false),
        ("casey@imap.example.org", false),
    ] {
        let mut settings = settings(text);
        assert!(settings.check().is_ok(), "{text}");
        assert_eq!(settings.port(), 993);
        settings.encryption = Encryption::None;
        assert_eq!(settings.check().is_ok(), allowed, "{text}");
        assert_eq!(settings.port(), 143);
    }
}

#[test]
fn what_cannot_be_used_is_named() {
    let mut odd = settings("casey@localhost");
    odd.mailbox = "Persönlich".to_owned();
    assert!(odd.check().unwrap_err().to_string().contains("UTF-7"));
    let mut odd = settings("casey@localhost");
    odd.credential = Credential::OAuth2(Secret::File("/nowhere/token".into()));
    let error = odd.check().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Settings);
    assert!(error.to_string().contains("/nowhere/token"));
    let mut odd = settings("casey@localhost");
    odd.encryption = Encryption::Tls(Trust::File("/nowhere/ca.pem".into()));
    assert!(odd.check().unwrap_err().to_string().contains("/nowhere/ca.pem"));
}

#[test]
fn debug_shows_no_user_and_no_secret() {
    let shown = format!(
        "{:?} {:?}",
        settings("casey@imap.example.org"),
        settings("casey@imap.example.org").at
    );
    assert!(!shown.contains("casey") && !shown.contains("geheim"), "{shown}");
}
