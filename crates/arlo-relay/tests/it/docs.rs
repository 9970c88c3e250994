//! The commands in the documents and the help: none has a secret in its arguments.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{SUBCOMMANDS, run};

/// Programs whose arguments other users of the machine can read. What a shell does itself, as `printf`, is not among
/// them.
const PROGRAMS: [&str; 8] = ["arlo-relay", "curl", "wget", "http", "node", "python3", "ssh", "cargo"];
/// Text that contains a token, or is one.
const SECRETS: [&str; 8] = [
    "arelay_",
    "$ARLO_RELAY_TOKEN",
    "$ARLO_PRESTAGE_URL",
    "$PRESTAGE_URL",
    "$token",
    "URL-WITH-TOKEN",
    "Bearer",
    "token=",
];

/// The commands of a text: its lines, continued ones joined, parted where a shell begins another command.
fn commands(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let parts = joined.lines().flat_map(|line| line.split(['|', ';', '&', '`', '(']));
    parts
        .map(|part| part.trim().trim_start_matches("$ ").to_owned())
        .collect()
}

/// Whether a command has a secret among its arguments. Assignments before it are its environment.
fn shows_a_secret(command: &str) -> bool {
    let words = command.split_whitespace().skip_while(|word| is_assignment(word));
    let words: Vec<&str> = words.collect();
    let Some((program, arguments)) = words.split_first() else {
        return false;
    };
    let program = program.rsplit('/').next().unwrap();
    let arguments = arguments.join(" ").replace(['"', '{', '}'], "");
    PROGRAMS.contains(&program) && SECRETS.iter().any(|secret| arguments.contains(secret))
}

fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
}

fn pages(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

#[test]
fn the_check_sees_a_secret_where_it_is_one() {
    for command in [
        "$ arlo-relay login --codes relay:https://h/prepare-arlo-mfa/arelay_x",
        "curl \\\n  -H \"Authorization: Bearer $T\" https://h",
        "url=$(curl -s \"${ARLO_PRESTAGE_URL}\")",
        "ARLO_PASSWORD=x arlo-relay devices --codes relay:PRESTAGE-URL-WITH-TOKEN",
        "printf x | /usr/bin/curl --data token=x",
    ] {
        assert!(
            commands(command).iter().any(|command| shows_a_secret(command)),
            "{command}"
        );
    }
    for command in [
        "export ARLO_RELAY_TOKEN=arelay_x",
        "ARLO_RELAY_TOKEN=arelay_x arlo-relay devices --codes rest-api:h",
        "printf 'url = \"%s\"' \"$ARLO_PRESTAGE_URL\" | curl --config -",
        "arlo-relay deliver --token-file /etc/arlo-relay/token",
    ] {
        assert!(
            !commands(command).iter().any(|command| shows_a_secret(command)),
            "{command}"
        );
    }
}

#[test]
fn no_page_puts_a_token_into_the_arguments_of_a_command() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = vec![top.join("README.md"), top.join("SECURITY.md"), top.join("THREATS.md")];
    pages(&top.join("docs"), &mut found);
    assert!(found.len() > 10, "{found:?}");
    for page in found {
        let text = fs::read_to_string(&page).unwrap();
        let shown: Vec<String> = commands(&text)
            .into_iter()
            .filter(|command| shows_a_secret(command))
            .collect();
        assert!(shown.is_empty(), "{}: {shown:#?}", page.display());
    }
}

#[test]
fn no_help_puts_a_token_into_the_arguments_of_a_command() {
    for subcommand in SUBCOMMANDS {
        let help = run(&[subcommand, "--help"]).stdout;
        let shown: Vec<String> = commands(&help)
            .into_iter()
            .filter(|command| shows_a_secret(command))
            .collect();
        assert!(shown.is_empty(), "{subcommand}: {shown:#?}");
    }
}

#[test]
fn the_units_for_systemd_call_what_there_is_and_keep_memory_off_the_disk() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/debian");
    for (name, subcommand) in [
        ("arlo-relay", "serve"),
        ("arlo-relay-record", "record"),
        ("arlo-relay-mqtt", "mqtt"),
    ] {
        let unit = fs::read_to_string(folder.join(format!("{name}.service"))).unwrap();
        for setting in [
            "LimitCORE=0",
            "MemorySwapMax=0",
            "Restart=on-failure",
            "NoNewPrivileges=yes",
            "MemoryMax=",
            "LimitNOFILE=",
        ] {
            assert!(unit.lines().any(|line| line.starts_with(setting)), "{name}: {setting}");
        }
        let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
        let mut words = start.split_whitespace().skip(1);
        assert_eq!(words.next(), Some(subcommand));
        let help = run(&[subcommand, "--help"]).stdout;
        for flag in words.filter(|word| word.starts_with("--")) {
            assert!(help.contains(flag), "{name}: {flag}");
        }
        let variables = unit.lines().filter_map(|line| line.strip_prefix("Environment="));
        for variable in variables.filter_map(|line| line.split_once('=')).map(|(name, _)| name) {
            assert!(
                help.contains(variable) || variable == "IMAP_PASSWORD_FILE",
                "{name}: {variable}"
            );
        }
    }
}
