use super::*;

fn table(text: &str) -> Result<Mailbox, String> {
    let table = MailboxTable::read(&text.parse().unwrap())?;
    table.mailbox().map_err(|failure| failure.to_string())
}

#[test]
fn a_table_says_all_of_a_mailbox() {
    let mailbox = table(
        r#"
        user = "casey"
        host = "imap.example.org"
        port = 1993
        account = "Casey@example.org"
        password_file = "/run/secrets/imap"
        mailbox = "Arlo"
        ca_file = "ca.pem"
        delete = true
        "#,
    )
    .unwrap();
    assert_eq!(mailbox.settings.server(), "imap.example.org:1993");
    assert_eq!(mailbox.settings.mailbox, "Arlo");
    assert_eq!(mailbox.settings.access, Access::ReadWrite);
    assert_eq!(mailbox.disposal, Disposal::Delete);
    assert_eq!(mailbox.account, Account::parse("casey@example.org").unwrap());
}

#[test]
fn nothing_is_changed_unless_told() {
    let mailbox = table("user = \"casey@gmail.com\"\nhost = \"imap.gmail.com\"\noauth2_token_file = \"t\"").unwrap();
    assert_eq!(mailbox.settings.access, Access::ReadOnly);
    assert_eq!(mailbox.disposal, Disposal::Keep);
    assert_eq!(mailbox.account, Account::parse("casey@gmail.com").unwrap());
    assert!(matches!(mailbox.settings.credential, Credential::OAuth2(_)));
}

#[test]
fn what_makes_no_sense_is_named() {
    for (text, named) in [
        ("user = \"casey@x.org\"\nhost = \"h\"", "password_file"),
        ("user = \"casey\"\nhost = \"h\"\npassword_file = \"p\"", "account"),
        (
            "user = \"c@x.org\"\nhost = \"h\"\npassword_file = \"p\"\noauth2_token_file = \"t\"",
            "not both",
        ),
        (
            "user = \"c@x.org\"\nhost = \"h\"\npassword_file = \"p\"\nmark_seen = true\ndelete = true",
            "not both",
        ),
        (
            "user = \"c@x.org\"\nhost = \"h\"\npassword_file = \"p\"\nca_file = \"c\"\nplaintext = true",
            "TLS",
        ),
        ("user = \"c@x.org\"\nhost = \"h\"\npassword = \"p\"", "unknown field"),
    ] {
        let error = table(text).unwrap_err();
        assert!(error.contains(named), "{error}");
    }
}
