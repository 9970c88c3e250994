//! The table in `docs/reading-mail.md` that sets other clients' rules beside ours: computed here, so that it cannot
//! age.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use arlo_mail::{Content, Senders, read};

use super::corpus::{Case, cases};
use super::rules::CLIENTS;

/// What one rule makes of the corpus.
#[derive(Default)]
struct Score {
    right: usize,
    nothing: usize,
    wrong: usize,
    made_up: usize,
}

impl Score {
    fn add(&mut self, case: &Case, found: Option<&str>) {
        let counter = match (case.code(), found) {
            (Some(code), Some(found)) if code == found => &mut self.right,
            (Some(_), Some(_)) => &mut self.wrong,
            (Some(_), None) => &mut self.nothing,
            (None, Some(_)) => &mut self.made_up,
            (None, None) => return,
        };
        *counter += 1;
    }
}

fn ours(raw: &[u8]) -> Option<String> {
    match read(raw, &Senders::default()).ok()?.content {
        Content::Code(code) => Some(code.expose().to_owned()),
        _ => None,
    }
}

fn table() -> String {
    let cases = cases();
    let with_code = cases.iter().filter(|case| case.code().is_some()).count();
    let mut table = format!(
        "| rule of | right code, of {with_code} | nothing found | wrong code | code out of a mail without one, of {} |\n\
         |---|---|---|---|---|\n",
        cases.len() - with_code
    );
    let mut row = |name: &str, find: &dyn Fn(&[u8]) -> Option<String>| {
        let mut score = Score::default();
        for case in &cases {
            score.add(case, find(&case.raw).as_deref());
        }
        let Score {
            right,
            nothing,
            wrong,
            made_up,
        } = score;
        writeln!(table, "| {name} | {right} | {nothing} | {wrong} | {made_up} |").unwrap();
    };
    row("**arlo-relay**", &ours);
    for client in &CLIENTS {
        row(client.name, &|raw| client.read(raw));
    }
    table
}

#[test]
fn the_documented_table_is_what_the_rules_score() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reading-mail.md");
    let docs = fs::read_to_string(path).unwrap();
    let table = table();
    assert!(
        docs.contains(&table),
        "docs/reading-mail.md needs this table:\n\n{table}"
    );
}

/// The figures that users of other clients have seen, on mails like theirs: if these fail, the rules are written wrong.
#[test]
fn the_rules_fail_where_their_users_saw_them_fail() {
    let cases = cases();
    let by = |client: &str, kind: &str, name: &str| {
        let case = cases
            .iter()
            .find(|case| case.kind == kind && case.name == format!("{name}.eml"))
            .unwrap();
        CLIENTS.iter().find(|c| c.name == client).unwrap().read(&case.raw)
    };
    let some = |code: &str| Some(code.to_owned());
    // HTML only, the code in front of the heading's end tag.
    assert_eq!(by("pyaarlo from 0.8.0.20", "code-html", "2021-quoted-printable"), None);
    assert_eq!(
        by("scrypted arlo 0.11", "code-html", "2021-quoted-printable"),
        some("467266")
    );
    assert_eq!(
        by("sgammon/arlo-api", "code-html", "h1-one-line-styled"),
        some("467266")
    );
    // Base64.
    assert_eq!(by("twratl/arlo-mfa-aws", "code-html", "base64"), None);
    // A line of its own before the code.
    assert_eq!(
        by("pyaarlo from 0.8.0.20", "decoys", "month-line-before"),
        some("202605")
    );
    assert_eq!(by("scrypted arlo 0.12", "decoys", "month-line-before"), some("202605"));
    assert_eq!(by("pyaarlo from 0.8.0.20", "decoys", "css-colour-line"), some("333333"));
    // Latin-1.
    assert_eq!(
        by("pyaarlo up to 0.8.0.19", "forwarders", "outlook-redirect-latin-1"),
        None
    );
    assert_eq!(
        by("pyaarlo from 0.8.0.20", "forwarders", "outlook-redirect-latin-1"),
        some("467266")
    );
    // In a sentence.
    assert_eq!(by("pyaarlo from 0.8.0.20", "code-text", "in-a-sentence"), None);
    assert_eq!(by("scrypted arlo 0.12", "code-text", "in-a-sentence"), some("467266"));
}
