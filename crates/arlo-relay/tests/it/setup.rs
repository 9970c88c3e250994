//! `setup` without a terminal: what it writes, what it refuses, and that a relay starts from it.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;

use crate::support::{Ran, Serving, command, run};
use tempfile::TempDir;

const ACCOUNT: &str = "casey@gmail.com";
const PASSWORD: &str = "correct horse";

/// A mailbox on loopback that knows one password. It serves until the test ends.
fn mailbox() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || serve_mailbox(stream.unwrap()));
        }
    });
    address
}

/// Answers the commands that open a mailbox (RFC 3501). The client may leave at any time.
fn serve_mailbox(mut stream: TcpStream) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    stream.write_all(b"* OK [CAPABILITY IMAP4rev1] ready\r\n").ok()?;
    while let Some(Ok(line)) = lines.next() {
        let (tag, command) = line.split_once(' ')?;
        let answer = match command.split(' ').next()?.to_ascii_uppercase().as_str() {
            "CAPABILITY" => "* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n".to_owned(),
            "LOGIN" if command.contains(PASSWORD) => "TAG OK [CAPABILITY IMAP4rev1] done\r\n".to_owned(),
            "LOGIN" => "TAG NO [AUTHENTICATIONFAILED] wrong\r\n".to_owned(),
            "EXAMINE" | "SELECT" => "* FLAGS ()\r\n* 0 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 1] v\r\n\
                                     * OK [UIDNEXT 1] n\r\nTAG OK [READ-ONLY] done\r\n"
                .to_owned(),
            _ => "TAG OK done\r\n".to_owned(),
        };
        stream.write_all(answer.replace("TAG", tag).as_bytes()).ok()?;
    }
    Some(())
}

struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn settings(&self) -> PathBuf {
        self.dir.path().join("etc/relay.toml")
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn password_file(&self, password: &str) -> PathBuf {
        let path = self.dir.path().join("app-password");
        fs::write(&path, format!("{password}\n")).unwrap();
        path
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = command();
        command
            .args(["setup", "--json", "--account", ACCOUNT, "--to"])
            .arg(self.settings())
            .arg("--data-dir")
            .arg(self.data())
            .args(arguments);
        Ran::from_output(command.output().unwrap())
    }

    fn on_mailbox(&self, server: SocketAddr, password: &str, more: &[&str]) -> Ran {
        let (at, file) = (format!("{ACCOUNT}@{server}"), self.password_file(password));
        let mailbox = [
            "--imap",
            &at,
            "--imap-plaintext",
            "--imap-password-file",
            file.to_str().unwrap(),
        ];
        self.run(&[&mailbox, more].concat())
    }
}

fn verdict<'a>(ran: &'a serde_json::Value, check: &str) -> &'a str {
    let checks = ran["checks"].as_array().unwrap();
    let found = checks.iter().find(|found| found["check"] == check);
    found.map_or("", |found| found["verdict"].as_str().unwrap())
}

#[test]
fn a_relay_starts_from_what_it_wrote_about_a_mailbox() {
    let place = Place::new();
    let ran = place.on_mailbox(mailbox(), PASSWORD, &["--public-url", "http://192.0.2.7:8099"]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    let made = ran.json();
    assert_eq!(verdict(&made, "mailbox"), "ok", "{made}");
    assert_eq!(made["enrolment"]["pyaarlo"]["tfa_host"], "http://192.0.2.7:8099");
    assert!(made["enrolment"]["token"].as_str().unwrap().starts_with("arelay_"));
    let settings = fs::read_to_string(place.settings()).unwrap();
    assert!(!settings.contains(PASSWORD), "{settings}");
    assert_eq!(
        fs::read_to_string(place.settings().with_file_name("imap-password")).unwrap(),
        PASSWORD
    );

    // The flags that the test needs to find free ports win over the file.
    let serving = Serving::start(&place.data(), &["--config", place.settings().to_str().unwrap()]);
    assert_eq!(serving.end(), 0);
}

#[test]
fn a_mailbox_that_does_not_open_changes_nothing() {
    let place = Place::new();
    let ran = place.on_mailbox(mailbox(), "wrong", &[]);
    assert_eq!(ran.exit, 1, "{ran:?}");
    assert!(ran.stderr.contains("does not open"), "{ran:?}");
    assert!(!place.settings().exists() && !place.data().exists());
    // Without a look it is written all the same, and the check says so.
    let ran = place.on_mailbox(mailbox(), "wrong", &["--offline"]);
    assert_eq!(verdict(&ran.json(), "mailbox"), "warning", "{ran:?}");
}

#[test]
fn a_second_run_enrols_nobody_twice_and_replaces_settings_only_when_asked() {
    let place = Place::new();
    let server = mailbox();
    assert_eq!(place.on_mailbox(server, PASSWORD, &[]).exit, 0);
    let again = place.on_mailbox(server, PASSWORD, &[]);
    assert_eq!(
        (again.exit, &again.json()["enrolment"]["enrolled"]),
        (0, &"before".into()),
        "{again:?}"
    );

    let first = fs::read_to_string(place.settings()).unwrap();
    let other = ["--mail", "forward", "--domain", "relay.localhost"];
    let refused = place.run(&other);
    assert!(refused.exit == 1 && refused.stderr.contains("--replace"), "{refused:?}");
    assert_eq!(fs::read_to_string(place.settings()).unwrap(), first);

    let replaced = place.run(&[&other[..], &["--replace"]].concat());
    assert_eq!(replaced.exit, 0, "{replaced:?}");
    let kept = replaced.json()["former_settings"].as_str().unwrap().to_owned();
    assert_eq!(fs::read_to_string(kept).unwrap(), first);
    let list = run(&[
        "enroll",
        "--list",
        "--json",
        "--data-dir",
        place.data().to_str().unwrap(),
    ]);
    assert_eq!(list.json()["enrolments"].as_array().unwrap().len(), 1, "{list:?}");
}

#[test]
fn what_is_missing_is_named_where_nobody_can_be_asked() {
    let place = Place::new();
    for (arguments, named) in [
        (&["--offline"][..], "--mail"),
        (&["--mail", "imap"], "--imap-password-file"),
        (&["--mail", "forward"], "--domain"),
        (&["--mail", "forward", "--domain", "not a domain"], "--domain"),
        (&["--mail", "forward", "--imap", "casey@imap.example.org"], "--mail"),
        (
            &["--mail", "imap", "--public-url", "ftp://relay.example.org"],
            "--public-url",
        ),
        (
            &["--mail", "imap", "--public-url", "http://relay.example.org", "--acme"],
            "--acme",
        ),
        (
            &["--mail", "imap", "--public-url", "http://relay.example.org:65536"],
            "port",
        ),
    ] {
        let ran = place.run(arguments);
        assert_eq!(ran.exit, 2, "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains(named), "{arguments:?}: {ran:?}");
    }
    assert!(!place.settings().exists() && !place.data().exists());
    let ran = Ran::from_output(command().args(["setup", "--mail", "imap"]).output().unwrap());
    assert!(ran.exit == 2 && ran.stderr.contains("--account"), "{ran:?}");
}

#[test]
fn files_that_the_relay_reads_are_named_from_the_root() {
    let place = Place::new();
    let at = format!("{ACCOUNT}@imap.example.org");
    let ran = place.run(&[
        "--imap",
        &at,
        "--imap-oauth2-token-file",
        "token",
        "--imap-ca-file",
        "ca.pem",
        "--offline",
    ]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    let settings: toml::Table = fs::read_to_string(place.settings()).unwrap().parse().unwrap();
    let mailbox = &settings["imap"][0];
    for (key, name) in [("oauth2_token_file", "token"), ("ca_file", "ca.pem")] {
        let expected = std::env::current_dir().unwrap().join(name);
        assert_eq!(mailbox[key].as_str(), expected.to_str(), "{settings}");
    }
}

#[test]
fn the_directory_of_a_mail_servers_socket_is_checked() {
    let place = Place::new();
    let ran = place.run(&["--mail", "server", "--domain", "relay.example.org", "--offline"]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    // Root's /run/arlo-relay is not there without the unit; another user's data directory is open to him alone.
    assert_ne!(verdict(&ran.json(), "lmtp"), "", "{ran:?}");
    assert_ne!(verdict(&ran.json(), "lmtp"), "ok", "{ran:?}");
}

#[test]
fn a_new_relay_is_named_once() {
    let place = Place::new();
    let data = place.data();
    let enroll = || run(&["enroll", ACCOUNT, "--json", "--data-dir", data.to_str().unwrap()]);
    let said = format!("A new relay was made in {}.\n", data.display());
    let first = enroll();
    assert!(first.exit == 0 && first.stderr == said, "{first:?}");
    assert!(first.json()["token"].is_string());
    assert_eq!(enroll().stderr, "");
}

#[test]
fn an_overlap_is_of_a_replaced_address_alone() {
    let place = Place::new();
    let data = place.data();
    let data = data.to_str().unwrap();
    for change in ["--rotate", "--revoke", "--suspend", "--resume"] {
        let ran = run(&["enroll", ACCOUNT, change, "--overlap", "2", "--data-dir", data]);
        assert!(ran.exit == 2 && ran.stderr.contains("--overlap"), "{change}: {ran:?}");
    }
    let ran = run(&["enroll", "--list", "--overlap", "2", "--data-dir", data]);
    assert!(ran.exit == 2 && ran.stderr.contains("--overlap"), "{ran:?}");
}

/// Runs with a terminal on which a person has typed these lines.
fn at_a_terminal(arguments: &[&str], typed: &str) -> Ran {
    use rustix::pty;
    let person = pty::openpt(pty::OpenptFlags::RDWR | pty::OpenptFlags::NOCTTY).unwrap();
    pty::grantpt(&person).unwrap();
    pty::unlockpt(&person).unwrap();
    let name = pty::ptsname(&person, Vec::new()).unwrap();
    let terminal = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    let mut person = fs::File::from(person);
    person.write_all(typed.as_bytes()).unwrap();
    let shown = person.try_clone().unwrap();
    let mut command = command();
    command
        .args(arguments)
        .stdin(terminal.try_clone().unwrap())
        .stderr(terminal);
    let child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    // The copies of the terminal here are closed, so that its end is seen.
    drop(command);
    let reader = thread::spawn(move || {
        let mut lines = Vec::new();
        // The other end of a terminal is reported as an error.
        lines.extend(BufReader::new(shown).split(b'\n').map_while(Result::ok));
        String::from_utf8_lossy(&lines.join(&b'\n')).into_owned()
    });
    let mut ran = Ran::from_output(child.wait_with_output().unwrap());
    ran.stderr = reader.join().unwrap();
    ran
}

#[test]
fn a_person_is_asked_for_what_is_missing_and_again_after_a_wrong_answer() {
    let place = Place::new();
    let (settings, data) = (place.settings(), place.data());
    let file = place.password_file(PASSWORD);
    let arguments = [
        "setup",
        "--json",
        "--to",
        settings.to_str().unwrap(),
        "--data-dir",
        data.to_str().unwrap(),
        "--imap-password-file",
        file.to_str().unwrap(),
        "--imap-plaintext",
    ];
    let typed = format!(
        "casey\n{ACCOUNT}\n5\n2\nhttp://192.0.2.7:8099\n{ACCOUNT}@{}\n",
        mailbox()
    );
    let ran = at_a_terminal(&arguments, &typed);
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert_eq!(ran.json()["enrolment"]["account"], ACCOUNT);
    for said in [
        "Which mail address",
        "name@domain",
        "a number from 1 to 4",
        "By which URL",
        "Which mailbox",
    ] {
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
    // Whoever sets it up again is asked before other settings are replaced, and the default of that is yes.
    let again = [
        "setup",
        "--to",
        arguments[3],
        "--data-dir",
        arguments[5],
        "--mail",
        "forward",
        "--offline",
    ];
    let ran = at_a_terminal(&again, &format!("{ACCOUNT}\n1\nrelay.example.org\nno\n"));
    assert!(ran.exit == 1 && ran.stderr.contains("Replace them?"), "{ran:?}");
    let ran = at_a_terminal(&again, &format!("{ACCOUNT}\n1\nrelay.example.org\n\n"));
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert!(fs::read_to_string(&settings).unwrap().contains("relay.example.org"));
    assert!(ran.stdout.contains("enrolled already"), "{}", ran.stdout);
}

/// Deploys nothing: it prints its arguments.
fn source(dir: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let script = dir.join("deploy.sh");
    fs::write(&script, "#!/bin/sh\nprintf '<%s>' \"$@\"\ntest \"$2\" != broken\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(dir.join("template.yaml"), "").unwrap();
}

#[test]
fn setup_on_aws_calls_the_script_with_what_it_was_told() {
    let dir = tempfile::tempdir().unwrap();
    let aws = |more: &[&str]| {
        let mut command = command();
        command.args(["setup", "aws", "--source"]).arg(dir.path()).args(more);
        command.env_remove("AWS_REGION").env_remove("AWS_DEFAULT_REGION");
        Ran::from_output(command.output().unwrap())
    };
    let complete = [
        "--region",
        "eu-west-1",
        "--address",
        "arlo@relay.example.org",
        "--bucket",
        "artifacts",
    ];
    let ran = aws(&complete);
    assert!(ran.exit == 2 && ran.stderr.contains("deploy.sh"), "{ran:?}");

    source(dir.path());
    let ran = aws(&[&complete[..], &["--parameter", "ForwardTo=op@example.net"]].concat());
    assert_eq!(ran.exit, 0, "{ran:?}");
    let call = "<eu-west-1><arlo-relay><arlo@relay.example.org><artifacts><ForwardTo=op@example.net>";
    assert!(ran.stdout.contains(call), "{ran:?}");
    let ran = aws(&[&complete[..], &["--dry-run"]].concat());
    assert!(ran.exit == 0 && !ran.stdout.contains('<'), "{ran:?}");
    assert_eq!(aws(&[&complete[..], &["--stack", "broken"]].concat()).exit, 1);
    #[cfg(not(feature = "aws"))]
    {
        // Nothing is deployed where the account cannot be enrolled afterwards.
        let ran = aws(&[&complete[..], &["--account", "casey@gmail.com"]].concat());
        assert!(ran.exit == 2 && ran.stdout.is_empty(), "{ran:?}");
        assert!(ran.stderr.contains("--features aws"), "{ran:?}");
    }
    for flag in ["--region", "--address", "--bucket"] {
        let at = complete.iter().position(|word| *word == flag).unwrap();
        let others = [&complete[..at], &complete[at + 2..]].concat();
        let ran = aws(&others);
        assert!(ran.exit == 2 && ran.stderr.contains(flag), "{flag}: {ran:?}");
    }
}
