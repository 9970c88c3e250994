//! A relay with very many enrolments, logins and requests: its start, its memory and its database.
//!
//! The database is filled by the relay's own rules in this process; then `serve` is started on it.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use arlo_mail::Account;
use futures_util::{StreamExt as _, stream};
use relay::{AccessToken, Relay, Shown};
use relay_server::sqlite::SqliteStore;

use crate::figures::Figures;
use crate::support::Serving;
use crate::target;

/// How many requests wait for their code, and how many enrolments there are.
const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
const AT_ONCE: usize = 256;

pub(crate) async fn run(figures: &Figures) {
    for size in SIZES {
        let dir = tempfile::tempdir().unwrap();
        let members = target::enrol(dir.path(), size).await;
        figures.value(&format!("database with {size} enrolments"), "MB", megabytes(dir.path()));
        start(dir.path(), &format!("with {size} enrolments"), figures);
        let relay = Arc::new(target::relay(dir.path()).await);
        stream::iter(&members)
            .for_each_concurrent(AT_ONCE, |member| stage(&relay, member))
            .await;
        drop(relay);
        figures.value(
            &format!("database with {size} pending requests"),
            "MB",
            megabytes(dir.path()),
        );
        start(dir.path(), &format!("with {size} pending requests"), figures);
    }
}

async fn stage(relay: &Relay<SqliteStore>, member: &target::Member) {
    let account = Account::parse(&member.account).unwrap();
    let token = AccessToken::parse(member.token()).unwrap();
    let shown = Shown {
        token: &token,
        network: None,
    };
    relay.prestage(&account, shown).await.unwrap();
}

fn start(data_dir: &Path, what: &str, figures: &Figures) {
    let began = Instant::now();
    let serving = Serving::start_quiet(data_dir);
    figures.times(&format!("ready {what}"), vec![began.elapsed()]);
    let (status, _) = serving.get("/healthz");
    assert_eq!(status, 200);
    figures.value(&format!("resident {what}"), "MB", serving.resident() as f64 / 1e6);
    assert_eq!(serving.end(), 0);
}

fn megabytes(data_dir: &Path) -> f64 {
    let files = std::fs::read_dir(data_dir).unwrap();
    let bytes: u64 = files.map(|file| file.unwrap().metadata().unwrap().len()).sum();
    bytes as f64 / 1e6
}
