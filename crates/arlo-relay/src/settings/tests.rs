use clap::{CommandFactory, FromArgMatches};
use relay::Registration;

use super::*;
use crate::cli::{Cli, Command as Subcommand, LogLevel};

/// What is wrong with a file.
fn fault(text: &str) -> String {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    with_file(Cli::command(), file.path()).unwrap_err().to_string()
}

/// What the arguments come to with this file.
fn cli(text: &str, arguments: &[&str]) -> Cli {
    let command = with_text(Cli::command(), text).unwrap().command;
    let matches = command
        .try_get_matches_from([&["arlo-relay"], arguments].concat())
        .unwrap();
    Cli::from_arg_matches(&matches).unwrap()
}

const EVERY_SETTING: &str = r#"
    log = "debug"
    log_format = "json"
    data_dir = "/var/lib/arlo-relay"
    domain = "relay.example.org"
    former_domain = "mail.example.org"
    public_url = "https://relay.example.org"
    http = "127.0.0.1:8080"
    https = "0.0.0.0:443"
    smtp = "[::]:25"
    metrics = "127.0.0.1:9090"
    lmtp = "/run/arlo-relay/lmtp.sock"
    lmtp_mode = "0660"
    url = "http://127.0.0.1:8080"
    token_file = "/etc/arlo-relay/token"
    timeout = 20
    shared_mailbox = "codes"
    lifetime = 600
    senders = ["x@icloud.example"]
    forward_to = "op@example.org"
    smarthost = "smtps://mail.example.org"
    smarthost_user = "relay"
    smarthost_password_file = "/run/secrets/smarthost"
    acme_domains = ["relay.example.org"]
    acme_contact = "op@example.org"
    acme_directory = "https://acme.example/directory"
    acme_roots = "roots.pem"
    tls_certificate = "chain.pem"
    tls_key = "key.pem"
    name_servers = ["192.0.2.53:53"]
    mail_servers = ["192.0.2.25", "10.0.0.0/8"]
    trusted_proxies = ["127.0.0.1"]
    registration = "open"
    max_enrolments = 5
    max_joins_a_day = 4
    max_joins_of_network = 3
"#;

#[test]
fn a_file_may_hold_every_setting() {
    let cli = cli(EVERY_SETTING, &["serve"]);
    assert_eq!(cli.log, Some(LogLevel::Debug));
    let Subcommand::Serve(serve) = cli.command else {
        panic!()
    };
    assert_eq!(serve.smtp.port(), 25);
    assert_eq!(serve.registration, Registration::Open);
    assert_eq!((serve.senders.len(), serve.mail_servers.len()), (1, 2));
    assert_eq!(serve.lifetime, 600);
    let settings: Table = EVERY_SETTING.parse().unwrap();
    let known = keys(&Cli::command());
    for setting in known {
        assert!(settings.contains_key(setting.get_id().as_str()), "{setting:?}");
    }
}

#[test]
fn a_flag_wins_over_the_file_and_a_list_replaces_its_list() {
    let arguments = ["serve", "--lifetime", "20", "--mail-server", "192.0.2.1"];
    let Subcommand::Serve(serve) = cli(EVERY_SETTING, &arguments).command else {
        panic!()
    };
    assert_eq!((serve.lifetime, serve.mail_servers.len()), (20, 1));
}

#[test]
fn a_setting_reaches_each_command_that_has_it() {
    let Subcommand::Deliver(deliver) = cli(EVERY_SETTING, &["deliver"]).command else {
        panic!()
    };
    assert_eq!(deliver.timeout, 20);
    let Subcommand::Enroll(enroll) = cli(EVERY_SETTING, &["enroll", "--list"]).command else {
        panic!()
    };
    assert_eq!(enroll.local.domain.unwrap().as_str(), "relay.example.org");
    // It has an argument of the same name, and no such setting.
    let Subcommand::Extract(extract) = cli(EVERY_SETTING, &["extract"]).command else {
        panic!()
    };
    assert!(extract.senders.is_empty());
}

#[test]
fn help_shows_the_default_that_holds_and_no_secret() {
    let text = "lifetime = 600\nurl = \"https://h/mail/arelay_secret\"";
    let command = with_text(Cli::command(), text).unwrap().command;
    let help = |subcommand: &str| {
        let arguments = ["arlo-relay", subcommand, "--help"];
        command.clone().try_get_matches_from(arguments).unwrap_err().to_string()
    };
    assert!(help("serve").contains("[default: 600]"), "{}", help("serve"));
    assert!(!help("deliver").contains("secret"), "{}", help("deliver"));
}

#[test]
fn a_misspelt_or_wrong_setting_is_named() {
    for (text, named) in [
        ("htpp = 1", "htpp"),
        ("config = \"other.toml\"", "unknown field `config`"),
        ("account = \"casey@example.org\"", "unknown field `account`"),
        ("http = \"nowhere\"", "socket address"),
        ("http = 1", "`http` is of the type integer, expected a string"),
        ("lifetime = -1", "-1"),
        ("lifetime = \"300\"", "expected a number"),
        ("senders = \"x@icloud.example\"", "expected a list"),
        ("senders = [\"x\"]", "--sender"),
        ("registration = \"ajar\"", "[possible values: closed, invite, open]"),
        ("lmtp_mode = \"rw\"", "octal"),
        ("lmtp_mode = \"1777\"", "octal"),
        ("lmtp_mode = 0o660", "expected a string"),
        ("imap = \"casey@imap.example.org\"", "[[imap]]"),
        ("[[imap]]\nhost = \"imap.example.org\"", "missing field `user`"),
        ("x", ""),
    ] {
        let message = fault(text);
        assert!(
            message.contains(named) && message.contains("cannot be read") && !message.contains('\n'),
            "{message}"
        );
    }
    assert!(
        with_file(Cli::command(), Path::new("/nowhere/x.toml"))
            .unwrap_err()
            .to_string()
            .contains("/nowhere/x.toml")
    );
}

/// The rows of the tables in docs/settings.md: key and default.
fn documented() -> Vec<(String, String)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/settings.md");
    let page = fs::read_to_string(page).unwrap();
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split(" | ");
        let key = cells.next()?.trim_end_matches('`');
        Some((key.to_owned(), cells.next()?.to_owned()))
    });
    rows.collect()
}

#[test]
fn the_page_lists_each_setting_with_its_default() {
    let settings = keys(&Cli::command());
    let documented = documented();
    for (key, default) in &documented {
        let setting = settings.iter().find(|setting| setting.get_id() == key);
        let setting = setting.unwrap_or_else(|| panic!("{key} is no setting"));
        let defaults = setting.get_default_values();
        match defaults.first() {
            Some(value) => assert_eq!(*default, format!("`{}`", value.to_string_lossy()), "{key}"),
            None => assert!(!default.contains('`'), "{key} has no default of its own: {default}"),
        }
    }
    for setting in settings {
        assert!(
            documented.iter().any(|(key, _)| setting.get_id() == key),
            "{} is not listed",
            setting.get_id()
        );
    }
    assert!(documented.len() > 20, "{documented:?}");
}

#[test]
fn the_file_of_the_package_explains_settings_that_there_are() {
    let file = include_str!("../../../../packaging/debian/relay.toml");
    // A line of prose begins with "# ", and an example with "#" alone.
    let examples: String = file
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let configured = with_text(Cli::command(), &examples).unwrap();
    assert_eq!(configured.mailboxes.len(), 1);
    let text: Table = examples.parse().unwrap();
    assert!(text.len() > 15, "{text:?}");
    // As it is installed, it sets nothing.
    assert!(file.parse::<Table>().unwrap().is_empty());
}
