//! The store over real files.

use std::path::Path;

use arlo_mail::{Account, Code, MailId};
use jiff::Timestamp;
use relay::ports::{
    CancelRequests, CheckHealth, Clock, Ending, FindEnrolments, ForOperator, ForwardMail, ForwardReason, MailTaken,
    ManageEnrolments, Random, ReadRequests, StageRequests, Sweep, TakeMail, TakeOutcome, Writer,
};
use relay::testing::{CountingRandom, FixedClock};
use relay::{
    AccessToken, Addresses, AuditEvent, AuditKind, DeploymentKey, Enrolment, EnrolmentId, Keys, MadeWith, MailEvent,
    NewRequest, Pending, PollKey, StageOutcome, SystemClock,
};
use rusqlite::{StatementStatus, params};

use super::enrolments::{ALL_SEEN, FIND, PENDING, find_whole};
use super::events::{NEWEST, NOTE, TRIM};
use super::intake::{COUNT, END, FORGET, REMEMBER, SEEN};
use super::requests::{DROP_ENDED, MAKE};
use super::rows::micros;
use super::*;

pub(super) fn fresh() -> std::future::Ready<(SqliteStore, tempfile::TempDir)> {
    let dir = tempfile::tempdir().unwrap();
    std::future::ready((open(dir.path()), dir))
}

pub(super) fn open(dir: &Path) -> SqliteStore {
    SqliteStore::open(&dir.join("relay.sqlite3")).unwrap()
}

relay::conformance!(fresh);

pub(super) fn for_operator(raw: &[u8], about: ForwardReason) -> ForOperator<'_> {
    ForOperator {
        raw,
        about,
        writer: Writer::Unknown,
        received_at: SystemClock.now(),
    }
}

fn keys() -> Keys {
    Keys::new(&DeploymentKey::new([7; 32]))
}

pub(super) fn enrolment(random: &impl Random, name: &str) -> Enrolment {
    let id = EnrolmentId::generate(random).unwrap();
    Enrolment {
        id,
        label: None,
        account: keys().hash(&Account::parse(name).unwrap()),
        made_with: MadeWith::all(keys().current_id()),
        token: AccessToken::generate(&keys(), id, random).unwrap().hash(),
        address: Addresses::FIRST,
        sender: None,
        own_address_only: false,
        require_dkim: false,
        made_by: relay::MadeBy::Operator,
        created_at: Timestamp::UNIX_EPOCH,
        rotated_at: None,
        suspended_at: None,
    }
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_restart() {
    let (store, dir) = fresh().await;
    let enrolment = enrolment(&CountingRandom::default(), "casey@example.org");
    store.add(&enrolment).await.unwrap();
    // Not closed, as if the process was killed.
    std::mem::forget(store);
    assert_eq!(open(dir.path()).list().await.unwrap(), [enrolment]);
}

#[tokio::test]
async fn a_second_process_reads_and_enrols_meanwhile() {
    let (serving, dir) = fresh().await;
    let enrolling = open(dir.path());
    let random = CountingRandom::default();
    let added: Vec<Enrolment> = (0..20)
        .map(|n| enrolment(&random, &format!("casey{n}@example.org")))
        .collect();
    for pair in added.chunks(2) {
        let (here, there) = tokio::join!(serving.add(&pair[0]), enrolling.add(&pair[1]));
        here.unwrap();
        there.unwrap();
    }
    for enrolment in &added {
        for store in [&serving, &enrolling] {
            let found = store.find(&enrolment.id).await.unwrap().unwrap();
            assert_eq!(&found.enrolment, enrolment);
        }
    }
}

#[tokio::test]
async fn a_full_disk_refuses_what_is_new_and_keeps_what_is_there() {
    let (store, _dir) = fresh().await;
    let random = CountingRandom::default();
    let kept = enrolment(&random, "casey@example.org");
    store.add(&kept).await.unwrap();
    let limit =
        |pages: i64| store.write(move |db| db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())));
    limit(1).await.unwrap();
    let mail = vec![b'x'; 100_000];
    let refused = store
        .forward(for_operator(&mail, ForwardReason::NoCode))
        .await
        .unwrap_err();
    assert!(refused.is_retryable());
    assert_eq!(store.list().await.unwrap(), [kept]);
    limit(100_000).await.unwrap();
    store.forward(for_operator(&mail, ForwardReason::NoCode)).await.unwrap();
    store.check().await.unwrap();
}

/// Login requests of one enrolment, and the mails that end them.
struct Logins {
    store: SqliteStore,
    dir: tempfile::TempDir,
    random: CountingRandom,
    enrolment: Enrolment,
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

impl Logins {
    async fn new() -> Self {
        let (store, dir) = fresh().await;
        let random = CountingRandom::default();
        let enrolment = enrolment(&random, "casey@example.org");
        store.add(&enrolment).await.unwrap();
        Self {
            store,
            dir,
            random,
            enrolment,
        }
    }

    fn request(&self, staged_at: i64) -> NewRequest {
        NewRequest {
            account: keys().hashes(&Account::parse("casey@example.org").unwrap()),
            token: self.enrolment.token,
            poll_key: PollKey::generate(self.enrolment.id, &self.random).unwrap(),
            network: None,
            staged_at: at(staged_at),
            expires_at: at(staged_at + 300),
        }
    }

    async fn staged(&self, staged_at: i64) -> NewRequest {
        let request = self.request(staged_at);
        assert_eq!(self.store.stage(&request).await.unwrap(), StageOutcome::Accepted);
        request
    }

    async fn end(&self, request: &NewRequest, code: &str) {
        let mut mail = [0; 32];
        self.random.fill(&mut mail).unwrap();
        let ending = Ending {
            mail: MailId::from_bytes(mail),
            seen_until: request.expires_at,
            request: Pending {
                id: request.poll_key.request_id(),
                staged_at: request.staged_at,
                expires_at: request.expires_at,
            },
            outcome: Ok(Code::parse(code).unwrap()),
        };
        let taken = MailTaken {
            ends: Some(ending),
            ..self.counted(MailEvent::CodeDelivered, request.staged_at)
        };
        assert_eq!(self.store.take(&taken).await.unwrap(), TakeOutcome::Done);
    }

    /// A mail that ends nothing.
    fn counted(&self, mail: MailEvent, at: Timestamp) -> MailTaken<'static> {
        let event = AuditEvent {
            at,
            kind: AuditKind::Mail(mail),
            network: None,
        };
        MailTaken::only(self.enrolment.id, event)
    }

    /// The files that hold these six bytes.
    fn files_with(&self, code: &str) -> Vec<String> {
        let mut names = Vec::new();
        for file in std::fs::read_dir(self.dir.path()).unwrap() {
            let path = file.unwrap().path();
            if std::fs::read(&path)
                .unwrap()
                .windows(6)
                .any(|six| six == code.as_bytes())
            {
                names.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
        names
    }

    async fn count(&self, table: &'static str) -> i64 {
        let count = move |db: &Connection| db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0));
        self.store.read(count).await.unwrap()
    }

    fn database_bytes(&self) -> u64 {
        self.dir.path().join("relay.sqlite3").metadata().unwrap().len()
    }
}

#[tokio::test]
async fn a_code_that_has_expired_is_in_no_file() {
    let logins = Logins::new().await;
    let request = logins.staged(0).await;
    logins.end(&request, "918273").await;
    assert!(!logins.files_with("918273").is_empty());
    assert_eq!(logins.store.sweep(at(300)).await.unwrap(), 2);
    assert_eq!(logins.files_with("918273"), [""; 0]);
}

/// Pages that are free until a later sweep gives them back hold nothing.
#[tokio::test]
async fn of_many_codes_that_have_expired_none_is_in_a_free_page() {
    let logins = Logins::new().await;
    let id = logins.enrolment.id;
    let fill = logins.store.write(move |db| {
        db.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
             INSERT INTO requests (id, enrolment, staged_at, expires_at, code)
             SELECT randomblob(16), ?1, i, ?2, '918273' FROM n",
            params![id.as_bytes(), micros(at(60))],
        )
    });
    fill.await.unwrap();
    assert_eq!(logins.store.sweep(at(60)).await.unwrap(), 20_000);
    assert!(logins.database_bytes() > 1_000_000);
    assert_eq!(logins.files_with("918273"), [""; 0]);
}

#[tokio::test]
async fn a_reader_during_a_sweep_keeps_an_expired_code_until_the_next_sweep_and_no_longer() {
    let logins = Logins::new().await;
    let request = logins.staged(0).await;
    logins.end(&request, "918273").await;
    let reader = Connection::open(logins.dir.path().join("relay.sqlite3")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM requests;").unwrap();
    logins.store.sweep(at(300)).await.unwrap();
    assert!(!logins.files_with("918273").is_empty());
    drop(reader);
    // Nothing is due any more.
    assert_eq!(logins.store.sweep(at(305)).await.unwrap(), 0);
    assert_eq!(logins.files_with("918273"), [""; 0]);
}

#[tokio::test]
async fn what_has_expired_when_the_relay_stops_is_in_no_file_and_what_has_not_is_kept() {
    let logins = Logins::new().await;
    let clock = Arc::new(FixedClock::default());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let gone = logins.staged(-300).await;
    logins.end(&gone, "111111").await;
    let sweeping = tokio::spawn(crate::sweep::run(
        logins.store.clone(),
        Arc::clone(&clock) as Arc<dyn Clock>,
        crate::liveness::Beat::new(Instant::now()),
        async { stopped.await.unwrap_or_default() },
    ));
    while logins.count("requests").await > 0 {
        tokio::task::yield_now().await;
    }
    let [expired, valid] = [logins.staged(-270).await, logins.staged(0).await];
    logins.end(&expired, "222222").await;
    logins.end(&valid, "333333").await;
    clock.advance(jiff::SignedDuration::from_secs(30));
    stop.send(()).unwrap();
    sweeping.await.unwrap();
    logins.store.close().await;
    for code in ["111111", "222222"] {
        assert_eq!(logins.files_with(code), [""; 0]);
    }
    assert_eq!(logins.files_with("333333"), ["relay.sqlite3"]);
}

#[tokio::test]
async fn what_was_expired_when_the_process_was_killed_is_gone_after_the_first_sweep() {
    let logins = Logins::new().await;
    let request = logins.staged(0).await;
    logins.end(&request, "918273").await;
    // Deleted and still in the log, as after a kill between the two steps of a sweep.
    logins.store.cancel(&request.poll_key).await.unwrap();
    assert!(!logins.files_with("918273").is_empty());
    let Logins {
        store,
        dir,
        random,
        enrolment,
    } = logins;
    std::mem::forget(store);
    let store = open(dir.path());
    let logins = Logins {
        store,
        dir,
        random,
        enrolment,
    };
    logins.store.sweep(at(1)).await.unwrap();
    assert_eq!(logins.files_with("918273"), [""; 0]);
}

#[tokio::test]
async fn an_enrolment_keeps_so_many_requests_and_mails_and_the_newest_of_them() {
    let logins = Logins::new().await;
    let mut last = None;
    for n in 0..200 {
        let request = logins.staged(n).await;
        logins.end(&request, "123456").await;
        last = Some(request);
    }
    let open = logins.staged(200).await;
    assert_eq!(logins.count("requests").await, 48);
    assert_eq!(logins.count("seen").await, 64);
    assert_eq!(logins.count("events").await, 50);
    for request in [&last.unwrap(), &open] {
        assert!(
            ReadRequests::read(&logins.store, &request.poll_key)
                .await
                .unwrap()
                .is_some()
        );
    }
}

/// What this statement has cost since the last call, in steps of SQLite's virtual machine.
fn steps(db: &Connection, sql: &str) -> i32 {
    let statement = db.prepare_cached(sql).unwrap();
    assert_eq!(statement.reset_status(StatementStatus::FullscanStep), 0, "{sql}");
    statement.reset_status(StatementStatus::VmStep)
}

/// By the steps of SQLite's virtual machine, not by time.
#[tokio::test]
async fn a_login_costs_the_same_whatever_the_enrolment_did_before() {
    let mut costs = Vec::new();
    for rows in [200, 2000, 20_000] {
        let logins = Logins::new().await;
        let id = logins.enrolment.id;
        logins
            .store
            .write(move |db| {
                let id = id.as_bytes();
                db.execute(
                    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
                     INSERT INTO requests (id, enrolment, staged_at, expires_at, code)
                     SELECT randomblob(16), ?1, i, 9000000000000000 + i, '123456' FROM n",
                    params![id, rows],
                )
            })
            .await
            .unwrap();
        for _ in 0..100 {
            let wrong = logins.counted(MailEvent::NoCode, at(0));
            logins.store.take(&wrong).await.unwrap();
        }
        let statements = [FIND, PENDING, DROP_ENDED, MAKE, NEWEST, NOTE, TRIM];
        let cost = move |db: &Connection| Ok(statements.map(|sql| steps(db, sql)));
        logins.store.write(cost).await.unwrap();
        logins.staged(0).await;
        let written = logins.store.write(cost).await.unwrap();
        let read = logins.store.read(move |db| {
            let record = find_whole(db, &id)?.unwrap();
            assert_eq!(record.pending.len(), 1);
            Ok([FIND, PENDING, ALL_SEEN].map(|sql| steps(db, sql)))
        });
        let read = read.await.unwrap();
        assert!(
            read.iter().chain(&written).all(|steps| *steps > 0),
            "{read:?} {written:?}"
        );
        costs.push((written, read));
    }
    assert_eq!(costs[0], costs[1]);
    assert_eq!(costs[0], costs[2]);
}

#[tokio::test]
async fn a_request_of_a_clock_that_ran_ahead_goes_in_time() {
    let logins = Logins::new().await;
    let ahead = logins.staged(365 * 24 * 3600).await;
    logins.end(&ahead, "918273").await;
    // The clock is corrected, and the login lives as long as any may.
    logins.store.sweep(at(0)).await.unwrap();
    assert!(
        ReadRequests::read(&logins.store, &ahead.poll_key)
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(logins.store.sweep(at(20 * 60)).await.unwrap(), 1);
    assert_eq!(logins.files_with("918273"), [""; 0]);
}

#[tokio::test]
async fn a_database_that_grew_shrinks_again() {
    let logins = Logins::new().await;
    let small = logins.database_bytes();
    let id = logins.enrolment.id;
    let grow = logins.store.write(move |db| {
        db.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
             INSERT INTO seen SELECT ?1, randomblob(32), ?2, randomblob(16), 0, 0 FROM n",
            params![id.as_bytes(), micros(at(60))],
        )
    });
    grow.await.unwrap();
    logins.store.sweep(at(0)).await.unwrap();
    assert!(logins.database_bytes() > 10_000_000);
    assert_eq!(logins.store.sweep(at(60)).await.unwrap(), 100_000);
    // Some megabytes with each sweep.
    for _ in 0..10 {
        logins.store.sweep(at(61)).await.unwrap();
    }
    assert!(
        logins.database_bytes() < small + 512 * 1024,
        "{}",
        logins.database_bytes()
    );
    let log = logins.dir.path().join("relay.sqlite3-wal");
    assert_eq!(log.metadata().unwrap().len(), 0);
}

#[tokio::test]
async fn an_enrolment_that_cannot_be_read_can_be_removed() {
    let (store, dir) = fresh().await;
    let casey = enrolment(&CountingRandom::default(), "casey@example.org");
    store.add(&casey).await.unwrap();
    let other = Connection::open(dir.path().join("relay.sqlite3")).unwrap();
    other.execute("UPDATE enrolments SET sender = 'nobody'", []).unwrap();
    store.find(&casey.id).await.unwrap_err();
    assert!(store.remove(&casey.id).await.unwrap());
    assert!(store.find(&casey.id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_check_is_a_write() {
    let (store, dir) = fresh().await;
    let other = Connection::open(dir.path().join("relay.sqlite3")).unwrap();
    let version = || {
        other
            .pragma_query_value(None, "data_version", |row| row.get::<_, i64>(0))
            .unwrap()
    };
    for _ in 0..2 {
        let before = version();
        store.check().await.unwrap();
        assert_ne!(version(), before);
    }
}

/// A statement that is compiled each time costs more than it does.
#[tokio::test]
async fn statements_stay_prepared() {
    let logins = Logins::new().await;
    for n in 0..10 {
        let request = logins.staged(n).await;
        logins.end(&request, "123456").await;
    }
    fn prepared_anew<const N: usize>(db: &Connection, statements: [&str; N]) -> [(bool, i32); N] {
        statements.map(|sql| {
            let statement = db.prepare_cached(sql).unwrap();
            (
                statement.get_status(StatementStatus::Run) > 1,
                statement.get_status(StatementStatus::RePrepare),
            )
        })
    }
    let written = [
        FIND, PENDING, DROP_ENDED, MAKE, SEEN, END, REMEMBER, FORGET, NEWEST, NOTE, TRIM, COUNT,
    ];
    let counted = logins.store.write(move |db| Ok(prepared_anew(db, written)));
    assert_eq!(counted.await.unwrap(), [(true, 0); 12]);
    let id = logins.enrolment.id;
    let counted = logins.store.read(move |db| {
        for _ in 0..10 {
            find_whole(db, &id)?;
        }
        Ok(prepared_anew(db, [FIND, PENDING, ALL_SEEN]))
    });
    assert_eq!(counted.await.unwrap(), [(true, 0); 3]);
}
