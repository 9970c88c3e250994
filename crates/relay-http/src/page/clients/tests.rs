use std::io::Write as _;
use std::process::{Command, Stdio};

use relay::AccessToken;

use super::*;
use crate::urls::PublicUrl;

const TOKEN: &str = "arelay_aaaqeayeaudaocajaaaqeayeaudaocajbifqydiob7k3dljosafby36ibu";
/// An address with all that could end a quotation.
const EMAIL: &str = "o'b`r$i\"e\\n@example.org";

fn with_member(check: impl FnOnce(&Member<'_>)) {
    let public_url = PublicUrl::parse("https://relay.example/v1").unwrap();
    check(&Member {
        email: EMAIL,
        token: &AccessToken::parse(TOKEN).unwrap(),
        relay_address: "k3y@relay.example",
        public_url: &public_url,
        request: None,
    });
}

/// What a shell that runs the lines is given as the words of that command.
fn words(lines: &str, command: &str) -> String {
    let mut shell = Command::new("sh")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let program = format!("{command}() {{ for word; do printf '[%s]' \"$word\"; done; exit; }}\n{lines}");
    shell.stdin.take().unwrap().write_all(program.as_bytes()).unwrap();
    String::from_utf8(shell.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn a_shell_reads_each_value_as_one_word() {
    with_member(|member| {
        let command = words(&command(member).replace("arlo-relay", "arlo_relay"), "arlo_relay");
        assert!(command.contains(&format!(
            "[--account][{EMAIL}][--codes][relay:https://relay.example/v1/"
        )));
        let script = script(member);
        let begins = words(&format!("curl() {{ cat >/dev/null; }}\n{script}"), "sleep");
        assert_eq!(begins, "[1]", "the lines are not well-formed");
        let given = script.split(" -d ").nth(1).unwrap().split(") || ").next().unwrap();
        let json = words(&format!("show {given}"), "show");
        let body: serde_json::Value = serde_json::from_str(json.trim_matches(['[', ']'])).unwrap();
        assert_eq!(body["email"], EMAIL);
    });
}

#[test]
fn the_settings_of_python_and_yaml_hold_the_value() {
    with_member(|member| {
        let quoted = r#""o'b`r$i\"e\\n@example.org""#;
        assert!(pyaarlo(member).contains(&format!("tfa_username={quoted},\n")));
        assert!(hass(member).contains(&format!("tfa_username: {quoted}\n")));
        assert!(hass(member).contains("tfa_host: \"https://relay.example/v1\"\n"));
    });
}

#[test]
fn a_port_that_pyaarlo_drops_is_known() {
    for (url, expected) in [
        ("http://relay.example", false),
        ("http://relay.example:80/v1", false),
        ("https://relay.example:443", false),
        ("https://relay.example:80", true),
        ("http://127.0.0.1:8080", true),
        ("http://[::1]", false),
        ("http://[::1]:8080/v1", true),
    ] {
        assert_eq!(has_other_port(url), expected, "{url}");
    }
}
