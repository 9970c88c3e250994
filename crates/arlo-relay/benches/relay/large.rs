//! A relay with very many enrolments, logins and requests: its start, its memory and its database.
//!
//! The database is filled by the relay's own rules in this process; then `serve` is started on it.

use std::path::Path;
use std::time::Instant;

use arlo_mail::{Account, Code};
use futures_util::{StreamExt as _, stream};
use jiff::SignedDuration;
use relay::ports::{Clock as _, Sweep as _};
use relay::{AccessToken, Relay, Shown, SystemClock};
use relay_server::sqlite::SqliteStore;

use crate::figures::Figures;
use crate::support::Serving;
use crate::target::{self, Member};

/// How many requests wait for their code, and how many enrolments there are.
const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
const AT_ONCE: usize = 256;

pub(crate) async fn run(figures: &Figures) {
    for size in SIZES {
        let dir = tempfile::tempdir().unwrap();
        let members = target::enrol(dir.path(), size).await;
        figures.value(&format!("database with {size} enrolments"), "MB", megabytes(dir.path()));
        start(dir.path(), &format!("with {size} enrolments"), figures);
        let (relay, store) = target::relay(dir.path()).await;
        for_each(&members, |member| stage(&relay, member)).await;
        figures.value(
            &format!("database with {size} pending requests"),
            "MB",
            megabytes(dir.path()),
        );
        start(dir.path(), &format!("with {size} pending requests"), figures);
        for_each(&members, |member| hand_in(&relay, member)).await;
        sweep(&store, dir.path()).await;
        drop((relay, store));
        figures.value(&format!("database after {size} logins"), "MB", megabytes(dir.path()));
        start(dir.path(), &format!("after {size} logins"), figures);
    }
}

/// As `serve` does it, when the time has passed for which a code that came is remembered.
async fn sweep(store: &SqliteStore, data_dir: &Path) {
    let later = SystemClock.now() + SignedDuration::from_hours(2);
    let mut before = f64::MAX;
    // Each sweep gives back some pages to the disk.
    while megabytes(data_dir) < before {
        before = megabytes(data_dir);
        store.sweep(later).await.unwrap();
    }
}

async fn for_each<'a, F: Future<Output = ()>>(members: &'a [Member], act: impl Fn(&'a Member) -> F) {
    stream::iter(members).for_each_concurrent(AT_ONCE, act).await;
}

async fn stage(relay: &Relay<SqliteStore>, member: &Member) {
    let (account, token) = holder(member);
    relay.prestage(&account, shown(&token)).await.unwrap();
}

async fn hand_in(relay: &Relay<SqliteStore>, member: &Member) {
    let (account, token) = holder(member);
    let code = Code::parse("123456").unwrap();
    relay.add_code(&account, shown(&token), code).await.unwrap();
}

fn holder(member: &Member) -> (Account, AccessToken) {
    let account = Account::parse(&member.account).unwrap();
    (account, AccessToken::parse(member.token()).unwrap())
}

fn shown(token: &AccessToken) -> Shown<'_> {
    Shown { token, network: None }
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
