//! Help, completions, manual page and usage errors of the command.

use crate::support::{SUBCOMMANDS, run};

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
