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

/// A value outside its range, or that is none of its kind, of each flag that has one.
#[test]
fn a_wrong_value_of_a_flag_is_wrong_usage_whatever_the_flag_and_a_wrong_setting_is_none() {
    let record = ["record", "--account", "a@b.example", "--to", "/x/$s"];
    let stream = ["stream", "Garden", "--account", "a@b.example"];
    let enroll = ["enroll", "casey@gmail.com"];
    let setup = ["setup", "--account", "a@b.example", "--mail", "forward"];
    for (command, flag, values, exit) in [
        (&["serve"][..], "--domain", &["bad_domain!", ""][..], 2),
        (&["serve"], "--former-domain", &["bad_domain!"], 2),
        (&["serve"], "--public-url", &["ftp://x", "x"], 2),
        (&["serve"], "--shared-mailbox", &["a b", ""], 2),
        (&["serve"], "--lifetime", &["5", "9", "901", "-1", "x"], 2),
        (&["serve"], "--http", &["x"], 2),
        (&["serve"], "--https", &["x"], 2),
        (&["serve"], "--smtp", &["127.0.0.1:65536"], 2),
        (&["serve"], "--metrics", &["x"], 2),
        (&["serve"], "--lmtp-mode", &["rw", "1777"], 2),
        (&["serve"], "--sender", &["x"], 2),
        (&["serve"], "--forward-to", &["x", "a@b.example,c@d.example"], 2),
        (&["serve"], "--acme-domain", &["bad_domain!"], 2),
        (&["serve"], "--name-server", &["x"], 2),
        (&["serve"], "--mail-server", &["10.0.0.0/33"], 2),
        (&["serve"], "--trusted-proxy", &["x"], 2),
        (&["serve"], "--registration", &["ajar"], 2),
        (&["serve"], "--max-enrolments", &["-1", "x"], 2),
        (&["serve"], "--imap-account", &["x"], 2),
        (&enroll, "--domain", &["bad_domain!"], 2),
        (&enroll, "--public-url", &["ftp://x"], 2),
        (&enroll, "--label", &["a\nb", ""], 2),
        (&enroll, "--sender", &["x"], 2),
        (
            &["enroll", "x@y.example", "--rotate-address"],
            "--overlap",
            &["8761"],
            2,
        ),
        (&["invite"], "--uses", &["0", "10001"], 2),
        (&["invite"], "--days", &["0", "366"], 2),
        (&["invite"], "--domain", &["bad_domain!"], 2),
        (&["invite"], "--public-url", &["ftp://x"], 2),
        (&["doctor"], "--domain", &["bad_domain!"], 2),
        (&["doctor"], "--public-url", &["ftp://x"], 2),
        (&setup, "--domain", &["bad_domain!"], 2),
        (&setup, "--public-url", &["ftp://x"], 2),
        (&record, "--keep-days", &["0"], 2),
        (&record, "--keep-bytes", &["0", "1X"], 2),
        (&record, "--keep-free", &["0"], 2),
        (&record, "--first-days", &["-1"], 2),
        (&stream, "--user-agent", &["x"], 2),
        (&["healthcheck"], "--http", &["x"], 2),
        (&["app"], "--ingress-from", &["x"], 2),
        (&["deliver"], "--timeout", &["0", "601", "x"], 64),
        (&["deliver"], "--url", &["relay.example", "ftp://x"], 64),
    ] {
        for value in values {
            let ran = run(&[command, &[&format!("{flag}={value}")]].concat());
            assert_eq!(
                (ran.exit, ran.stdout.as_str()),
                (exit, ""),
                "{command:?} {flag}={value}: {ran:?}"
            );
            assert!(ran.stderr.contains(flag), "{command:?} {flag}={value}: {ran:?}");
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("relay.toml");
    for (command, text, exit) in [
        ("serve", "lifetime = 5", 1),
        ("serve", "domain = \"bad_domain!\"", 1),
        ("serve", "public_url = \"ftp://x\"", 1),
        ("deliver", "timeout = 0", 78),
        ("deliver", "url = \"relay.example\"", 78),
    ] {
        std::fs::write(&file, text).unwrap();
        let ran = run(&[command, "--config", file.to_str().unwrap()]);
        assert_eq!((ran.exit, ran.stdout.as_str()), (exit, ""), "{command} {text}: {ran:?}");
        assert!(ran.stderr.contains("relay.toml"), "{ran:?}");
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
        (&["login", "--auth-host", &other], &account, 2, "auth host"),
        (&["login", "--host", &url], &account, 2, "API host"),
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
        (&["deliver", "--url", &other], none, 64, "--url"),
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
