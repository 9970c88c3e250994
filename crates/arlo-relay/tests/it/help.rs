//! Help, completions, manual page and usage errors of the command.

use crate::support::{Ran, SUBCOMMANDS, command, run};

#[test]
fn every_subcommand_has_help_with_an_example() {
    for subcommand in SUBCOMMANDS {
        let ran = run(&[subcommand, "--help"]);
        assert_eq!(ran.exit, 0, "{subcommand}");
        assert!(ran.stdout.contains("Example"), "{}", ran.stdout);
        assert!(
            ran.stdout.contains(&format!("arlo-relay {subcommand}")),
            "{}",
            ran.stdout
        );
        assert!(!ran.stdout.contains('\u{1b}'), "colours in a pipe");
    }
    let ran = run(&["--help"]);
    for subcommand in SUBCOMMANDS {
        assert!(ran.stdout.contains(subcommand), "{}", ran.stdout);
    }
}

#[test]
fn wrong_usage_exits_2_and_names_the_fault() {
    for (args, named) in [
        (&["serve", "--http", "nowhere"][..], "--http"),
        (&["serve", "--domain", "not a domain"], "--domain"),
        (&["serve", "--forward-to", "op@example.org"], "--smarthost"),
        (&["serve", "--tls-key", "key.pem"], "--tls-certificate"),
        (&["serve", "--https", "127.0.0.1:0"], "--tls-certificate"),
        (&["serve", "--acme-domain", "relay.example.org"], "--https"),
        (&["enroll"], "ACCOUNT"),
        (&["enroll", "casey"], "name@domain"),
        (&["enroll", "--list", "casey@gmail.com"], "--list"),
        (&["login", "--account", "a@b.example", "--codes", "pigeon"], "console"),
        (&["login", "--account", "a@b.example", "--codes", "relay:casey"], "http"),
        (
            &["login", "--account", "a@b.example", "--codes", "console"],
            "ARLO_PASSWORD",
        ),
        (
            &["mqtt", "--account", "a@b.example", "--broker", "http://h"],
            "mqtt://HOST",
        ),
        (
            &[
                "mqtt",
                "--account",
                "a@b.example",
                "--broker",
                "mqtt://h",
                "--topic-prefix",
                "a/#",
            ],
            "--topic-prefix",
        ),
        (&["mqtt", "--account", "a@b.example"], "--broker"),
        (&["fly"], "fly"),
        (&[], "Usage"),
    ] {
        let ran = run(args);
        assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(named), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn a_password_in_the_url_of_a_broker_is_refused_and_not_repeated() {
    let ran = run(&["mqtt", "--account", "a@b.example", "--broker", "mqtt://casey:SECRET@h"]);
    assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{ran:?}");
    assert!(ran.stderr.contains("ARLO_RELAY_MQTT_PASSWORD"), "{ran:?}");
    assert!(!ran.stderr.contains("SECRET"), "{ran:?}");
}

#[test]
fn what_may_be_a_secret_is_not_repeated_where_it_is_wrong() {
    const SECRET: &str = "qzjxkvwpqzjxkvwpqzjxkvwp";
    let token = format!("arelay_{SECRET}");
    let prestage = format!("https://relay.example.org/prepare-arlo-mfa/{token}");
    let other = format!("https://relay.example.org/?token={SECRET}");
    let url = format!("imaps://casey:{SECRET}@imap.example.org/");
    let smarthost = format!("smtps://casey:{SECRET}@mail.example.org");
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("relay.toml");
    std::fs::write(&config, format!("http = \"{prestage}\"")).unwrap();
    let config = config.to_str().unwrap();
    let login = ["login", "--account", "a@b.example"];
    let account = [("ARLO_ACCOUNT", "a@b.example"), ("ARLO_PASSWORD", "x")];
    let none: &[(&str, &str)] = &[];
    for (arguments, environment, exit, named) in [
        (&login[..], &[("ARLO_RELAY_CODES", prestage.as_str())][..], 2, "--codes"),
        (&login, &[("ARLO_RELAY_CODES", &other)], 2, "relay:PRESTAGE-URL"),
        (&["record", "--to", "/x/$s", "--codes", &other], &account, 2, "--codes"),
        (
            &["login", "--codes", "relay:", &prestage],
            &account,
            2,
            "unexpected argument",
        ),
        (
            &["mqtt", "--broker", "x", "--auth-host", &prestage, "x"],
            &account,
            2,
            "unexpected argument",
        ),
        (&["login", "--auth-host", &other], &account, 1, "auth host"),
        (&["login", "--host", &url], &account, 1, "API host"),
        (&["mqtt", "--broker", &url], &account, 2, "mqtt://HOST"),
        (&["serve"], &[("ARLO_RELAY_IMAP", &url)], 2, "--imap"),
        (&["setup", "--imap", &url], none, 2, "--imap"),
        (
            &["serve", "--forward-to", "op@example.org", "--smarthost", &smarthost],
            none,
            2,
            "smarthost",
        ),
        (&["serve", "--config", config], none, 1, "--http"),
        (&["deliver", "--url", &other], none, 78, "--url"),
        (&["enroll", "--rotate", &token], none, 2, "ACCOUNT|ID"),
        (&["invite", "--withdraw", &other], none, 2, "--withdraw"),
    ] {
        let mut command = command();
        command.args(arguments).envs(environment.iter().copied());
        let ran = Ran::from_output(command.output().unwrap());
        assert_eq!(ran.exit, exit, "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains(named), "{arguments:?}: {}", ran.stderr);
        assert!(
            !ran.stdout.contains(SECRET) && !ran.stderr.contains(SECRET),
            "{arguments:?}: {ran:?}"
        );
    }
}

#[test]
fn completions_and_manual_come_from_the_same_arguments() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = run(&["completions", shell]);
        assert_eq!(ran.exit, 0);
        assert!(
            ran.stdout.contains("--data-dir") || ran.stdout.contains("data-dir"),
            "{shell}"
        );
    }
    let ran = run(&["man"]);
    assert_eq!(ran.exit, 0);
    for subcommand in SUBCOMMANDS {
        assert!(
            ran.stdout.contains(&format!("arlo\\-relay\\-{subcommand}")),
            "{subcommand}"
        );
    }
}

#[test]
fn a_settings_file_that_cannot_be_read_is_named() {
    let ran = run(&["--config", "/nowhere/relay.toml", "enroll", "--list"]);
    assert_eq!(ran.exit, 1);
    assert!(ran.stderr.contains("/nowhere/relay.toml"), "{ran:?}");
}
