//! Databases of each schema that was ever on main, opened by this version.
//!
//! `arl1-N.sql` was written by the program of that time, with an enrolment, a login that a mail ended, another mail and
//! a login that waits; `arl1-N.txt` has its key and secrets. A new schema gets a pair of its own; from 4 on, it is the
//! pair before it after its migration. `arly-N.sql` are of before the first release: their enrolments have tokens that
//! nobody can check any more.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arlo_mail::Account;
use jiff::Timestamp;
use relay::ports::Clock;
use relay::testing::settings;
use relay::{Acceptance, AccessToken, Domain, PollKey, Recipient, Refusal, Relay, RequestState, Settings, Shown};
use relay_server::StartErrorKind;
use relay_server::data_dir::{self, DataDir};
use rusqlite::Connection;

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/schema")
        .join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A data directory with the database of that time.
fn directory(dir: &Path, schema: &str) -> PathBuf {
    let data = dir.join(schema);
    fs::create_dir(&data).unwrap();
    let db = Connection::open(data.join("relay.sqlite3")).unwrap();
    db.execute_batch(&fixture(&format!("{schema}.sql"))).unwrap();
    data
}

fn one(data: &Path, sql: &str) -> i64 {
    let db = Connection::open(data.join("relay.sqlite3")).unwrap();
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// The key and the secrets of a fixture.
struct Secrets(HashMap<String, String>);

impl Secrets {
    fn of(schema: &str) -> Self {
        let lines = fixture(&format!("{schema}.txt"));
        let pairs = lines.lines().map(|line| line.split_once(' ').unwrap());
        Self(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    fn get(&self, name: &str) -> &str {
        self.0.get(name).unwrap()
    }

    fn key(&self) -> Vec<u8> {
        let digits: Vec<char> = self.get("key").chars().collect();
        let pairs = digits.chunks(2).map(|pair| pair.iter().collect::<String>());
        pairs.map(|pair| u8::from_str_radix(&pair, 16).unwrap()).collect()
    }
}

struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Whether all that the fixture has works as it did.
async fn works(data: &Path, secrets: &Secrets) {
    let open = DataDir::open_existing(data).await.unwrap();
    let (mut rules, _): (Settings, _) = settings();
    rules.deployment.keys = open.keys.clone();
    rules.deployment.domain = Domain::parse("relay.localhost").unwrap();
    rules.deployment.clock = Arc::new(At(secrets.get("at").parse().unwrap()));
    let relay = Relay::new(rules, open.store.clone());
    let poll = async |name: &str| {
        let key = PollKey::parse(secrets.get(name)).unwrap();
        relay.poll(&key).await.unwrap().state
    };
    assert_eq!(poll("pending").await, RequestState::Pending);
    match poll("ended").await {
        RequestState::Complete(code) => assert_eq!(code.expose(), "482913"),
        other => panic!("{other:?}"),
    }
    let token = AccessToken::parse(secrets.get("token")).unwrap();
    let shown = Shown {
        token: &token,
        network: None,
    };
    let account = Account::parse(secrets.get("account")).unwrap();
    relay.prestage(&account, shown).await.unwrap();
    let other = Account::parse("robin@example.org").unwrap();
    assert!(matches!(relay.prestage(&other, shown).await, Err(Refusal::Denied)));
    let address = Recipient::new(secrets.get("address"));
    assert_eq!(relay.accepts(&address).await.unwrap(), Acceptance::Accepted);
    open.store.close().await;
    for (sql, expected) in [
        ("SELECT count FROM tallies WHERE event = 'code-delivered'", 1),
        ("SELECT count FROM tallies WHERE event = 'not-from-arlo'", 1),
        ("SELECT count(*) FROM seen", 1),
        ("SELECT count(*) FROM enrolments", 1),
    ] {
        assert_eq!(one(data, sql), expected, "{sql}");
    }
}

/// The newest schema, as a new database has it.
async fn newest(dir: &Path) -> i64 {
    let data = dir.join("new");
    DataDir::open(&data).await.unwrap().store.close().await;
    one(&data, "PRAGMA user_version")
}

#[tokio::test]
async fn what_was_enrolled_under_any_schema_works_under_this_one() {
    let dir = tempfile::tempdir().unwrap();
    let newest = newest(dir.path()).await;
    for version in 1..=newest {
        let schema = format!("arl1-{version}");
        let (data, secrets) = (directory(dir.path(), &schema), Secrets::of(&schema));
        assert_eq!(one(&data, "PRAGMA user_version"), version, "{schema}");
        fs::write(data.join("hash.key"), secrets.key()).unwrap();
        let backup = dir.path().join(format!("{schema}.backup"));
        data_dir::backup(&data, &backup, secrets.get("at").parse().unwrap()).unwrap();
        assert_eq!(
            one(&data, "PRAGMA user_version"),
            version,
            "a backup leaves it as it is"
        );
        works(&data, &secrets).await;
        assert_eq!(one(&data, "PRAGMA user_version"), newest, "{schema}");

        // So does a backup of that time, but for the code that was waiting to be read.
        let restored = dir.path().join(format!("{schema}-restored"));
        data_dir::restore(&restored, &backup, false).await.unwrap();
        assert_eq!(one(&restored, "PRAGMA user_version"), newest, "{schema}");
        assert_eq!(one(&restored, "SELECT count(*) FROM requests"), 1);
        let open = DataDir::open_existing(&restored).await.unwrap();
        assert!(AccessToken::parse(secrets.get("token")).unwrap().is_genuine(&open.keys));
    }
}

#[tokio::test]
async fn what_was_before_the_first_release_is_refused_in_words_and_left_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    for version in 1..=4 {
        let data = directory(dir.path(), &format!("arly-{version}"));
        let database = data.join("relay.sqlite3");
        let before = fs::read(&database).unwrap();
        let error = DataDir::open(&data).await.unwrap_err();
        assert_eq!(error.kind(), StartErrorKind::Unreleased);
        assert!(error.to_string().contains("enrol each account anew"), "{error}");
        let file = dir.path().join("refused.backup");
        let error = data_dir::backup(&data, &file, Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(error.kind(), StartErrorKind::Unreleased);
        assert!(!file.exists());
        assert_eq!(fs::read(&database).unwrap(), before);
    }
}
