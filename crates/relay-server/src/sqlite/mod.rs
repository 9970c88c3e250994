//! The store on one machine: an SQLite database in WAL mode with `synchronous=FULL`.
//!
//! One thread writes. It takes whatever waits, runs it in one transaction, each job in a savepoint of its own, and
//! answers after the commit: what was answered is on disk, and a hundred waiting writers share one flush. Readers have
//! connections of their own and never wait for it. A second process may read and enrol meanwhile; it wakes nobody who
//! waits in this one, which is why a waiter reads again when its time is up.

mod hub;
mod open;
mod outbox;
mod ports;
mod rows;
mod schema;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use relay::ports::PortError;
use rusqlite::Connection;

pub use open::{OpenError, OpenErrorKind};
pub use outbox::Queued;

use hub::Hub;
use writer::Writer;

/// Connections kept open for readers.
const IDLE_READERS: usize = 2;

/// The database of one relay. Cheap to clone.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

struct Inner {
    path: std::path::PathBuf,
    writer: Writer,
    readers: Mutex<Vec<Connection>>,
    hub: Hub,
    operator: bool,
    outbox: tokio::sync::Notify,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.inner.path)
            .finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the database, makes it where there is none, and brings an older one up to date.
    ///
    /// With `operator`, mail for the operator is kept until it is sent; without one it is dropped.
    ///
    /// # Errors
    /// An [`OpenError`] that names the file and says what is wrong with it; the file is then as it was.
    pub fn open(path: &Path, operator: bool) -> Result<Self, OpenError> {
        let connection = open::writer(path)?;
        Ok(Self {
            inner: Arc::new(Inner {
                path: path.to_owned(),
                writer: Writer::start(connection).map_err(|source| open::failed(path, source))?,
                readers: Mutex::default(),
                hub: Hub::default(),
                operator,
                outbox: tokio::sync::Notify::new(),
            }),
        })
    }

    /// Ends when nothing can be written any more: the thread that writes has died, or the store was closed.
    pub async fn ended(&self) {
        self.inner.writer.ended().await;
    }

    /// Writes what waits and closes the database, whoever still holds a clone of this.
    pub async fn close(&self) {
        self.inner
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        self.inner.writer.end().await;
    }

    /// Runs one read on a connection of its own.
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, PortError> {
        let inner = Arc::clone(&self.inner);
        let run = move || {
            let idle = inner.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = idle.map_or_else(|| open::reader(&inner.path), Ok)?;
            let result = query(&connection);
            let mut readers = inner.readers.lock().unwrap_or_else(PoisonError::into_inner);
            if result.is_ok() && readers.len() < IDLE_READERS {
                readers.push(connection);
            }
            result
        };
        match tokio::task::spawn_blocking(run).await {
            Ok(result) => result.map_err(unavailable),
            Err(error) => Err(PortError::away(AWAY, error)),
        }
    }

    /// Runs one write; when it returns, the change is on disk.
    async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, PortError> {
        self.inner.writer.run(change).await
    }
}

const AWAY: &str = "the relay's database does not answer";

fn unavailable(error: rusqlite::Error) -> PortError {
    PortError::away(AWAY, error)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use relay::account::{Account, HashKey};
    use relay::enrolment::Enrolment;
    use relay::ports::{
        CheckHealth, FindEnrolments, ForOperator, ForwardMail, ForwardReason, ManageEnrolments, Random, Writer,
    };
    use relay::secret::{AccessToken, Mailbox};
    use relay::testing::CountingRandom;

    use super::*;

    fn fresh() -> std::future::Ready<(SqliteStore, tempfile::TempDir)> {
        let dir = tempfile::tempdir().unwrap();
        std::future::ready((open(dir.path()), dir))
    }

    fn open(dir: &Path) -> SqliteStore {
        SqliteStore::open(&dir.join("relay.sqlite3"), true).unwrap()
    }

    relay::conformance!(fresh);

    fn for_operator(raw: &[u8], about: ForwardReason) -> ForOperator<'_> {
        ForOperator {
            raw,
            about,
            writer: Writer::Unknown,
            received_at: jiff::Timestamp::now(),
        }
    }

    fn enrolment(random: &impl Random, name: &str) -> Enrolment {
        Enrolment {
            account: Account::parse(name).unwrap().hash(&HashKey::new([7; 32])),
            token: AccessToken::generate(random).unwrap().hash(),
            mailbox: Mailbox::generate(random).unwrap(),
            sender: None,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            rotated_at: None,
        }
    }

    #[tokio::test]
    async fn what_was_answered_is_there_after_a_restart() {
        let (store, dir) = fresh().await;
        let enrolment = enrolment(&CountingRandom::default(), "casey@example.org");
        assert!(store.add(&enrolment).await.unwrap());
        // Not closed: the process is as good as killed.
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
            assert!(here.unwrap() && there.unwrap());
        }
        for enrolment in &added {
            assert_eq!(
                serving.by_account(&enrolment.account).await.unwrap().as_ref(),
                Some(enrolment)
            );
            assert_eq!(
                enrolling.by_mailbox(&enrolment.mailbox).await.unwrap().as_ref(),
                Some(enrolment)
            );
        }
    }

    #[tokio::test]
    async fn a_full_disk_refuses_what_is_new_and_keeps_what_is_there() {
        let (store, _dir) = fresh().await;
        let random = CountingRandom::default();
        let kept = enrolment(&random, "casey@example.org");
        assert!(store.add(&kept).await.unwrap());
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

    #[tokio::test]
    async fn mail_for_the_operator_waits_until_it_is_done_with() {
        let (store, dir) = fresh().await;
        let now = || jiff::Timestamp::now();
        assert!(store.next_for_operator(now()).await.unwrap().is_none());
        store
            .forward(for_operator(
                b"Subject: x\r\n\r\n",
                ForwardReason::ForwardingConfirmation,
            ))
            .await
            .unwrap();
        let store = {
            drop(store);
            open(dir.path())
        };
        let queued = store.next_for_operator(now()).await.unwrap().unwrap();
        assert_eq!(
            (queued.raw.as_slice(), queued.about),
            (&b"Subject: x\r\n\r\n"[..], ForwardReason::ForwardingConfirmation)
        );
        store
            .retry_for_operator(queued.id, jiff::SignedDuration::from_hours(1))
            .await
            .unwrap();
        assert!(store.next_for_operator(now()).await.unwrap().is_none());
        let later = now().saturating_add(jiff::SignedDuration::from_hours(2)).unwrap();
        assert_eq!(store.next_for_operator(later).await.unwrap().unwrap().attempts, 1);
        store.done_for_operator(queued.id).await.unwrap();
        assert!(store.next_for_operator(later).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_code_that_has_expired_is_in_no_file() {
        use relay::code::Code;
        use relay::mail::MailId;
        use relay::ports::{SettleRequests, Settlement, StageRequests, Sweep};
        use relay::request::{NewRequest, Pending};
        use relay::secret::PollKey;

        let (store, dir) = fresh().await;
        let random = CountingRandom::default();
        let enrolment = enrolment(&random, "casey@example.org");
        store.add(&enrolment).await.unwrap();
        let at = |s| jiff::Timestamp::from_second(s).unwrap();
        let poll_key = PollKey::generate(&random).unwrap();
        let request = Pending {
            id: poll_key.request_id(),
            staged_at: at(1000),
            expires_at: at(1300),
        };
        let (account, token) = (enrolment.account, enrolment.token);
        store
            .stage(&NewRequest {
                account,
                token,
                poll_key,
                staged_at: at(1000),
                expires_at: at(1300),
            })
            .await
            .unwrap();
        let settlement = Settlement {
            account,
            mail: MailId::from_bytes([1; 32]),
            now: at(1010),
            seen_until: at(9999),
            request: Some(request),
            outcome: Ok(Code::parse("918273").unwrap()),
        };
        store.settle(&settlement).await.unwrap();
        let holds_code = || {
            std::fs::read_dir(dir.path()).unwrap().any(|file| {
                std::fs::read(file.unwrap().path())
                    .unwrap()
                    .windows(6)
                    .any(|six| six == b"918273")
            })
        };
        assert!(holds_code());
        assert_eq!(store.sweep(at(1300)).await.unwrap(), 1);
        assert!(!holds_code());
    }
}
