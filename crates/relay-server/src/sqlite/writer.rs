//! The one thread that writes.

use std::sync::Arc;
use std::time::Duration;
use std::{io, thread};

use relay::ports::PortError;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::open::BUSY_TIMEOUT;
use super::{AWAY, unavailable};

/// Jobs that may wait before callers do.
const QUEUE: usize = 1024;
/// Jobs in one transaction at most.
const BATCH: usize = 256;

/// How often in a row the log could not be emptied until that is logged: a minute of sweeps.
const TELL_AFTER: u32 = 12;

/// Runs inside the transaction and returns what to do after it was committed or has failed.
type Job = Box<dyn FnOnce(&Connection) -> Answer + Send>;
/// Called with the result of the transaction.
type Answer = Box<dyn FnOnce(Result<(), &Arc<rusqlite::Error>>) + Send>;

enum Work {
    Change(Job),
    TruncateLog(oneshot::Sender<bool>),
    End(oneshot::Sender<()>),
}

/// A handle to the writing thread, which ends with the last handle.
#[derive(Debug, Clone)]
pub(super) struct Writer(mpsc::Sender<Work>);

impl Writer {
    pub(super) fn start(connection: Connection) -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || write_all(connection, queue))?;
        Ok(Self(jobs))
    }

    /// Runs one change, and `then` after the commit that holds it; returns after both. The writing thread runs them,
    /// also if the caller gives up meanwhile.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        then: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, PortError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let result = in_savepoint(connection, change);
            Box::new(move |committed| {
                let result = match (result, committed) {
                    (Ok(value), Ok(())) => {
                        then(&value);
                        Ok(value)
                    }
                    (Ok(_), Err(error)) => Err(PortError::away(AWAY, Arc::clone(error))),
                    (Err(error), _) => Err(unavailable(error)),
                };
                // The caller may have gone.
                let _ = reply.send(result);
            })
        });
        self.0
            .send(Work::Change(job))
            .await
            .map_err(|_| PortError::broken(AWAY))?;
        answer.await.map_err(|_| PortError::contended(AWAY))?
    }

    /// How many jobs wait.
    pub(super) fn waiting(&self) -> usize {
        self.0.max_capacity() - self.0.capacity()
    }

    /// Ends when the thread has ended, for whatever reason.
    pub(super) async fn ended(&self) {
        self.0.closed().await;
    }

    /// Ends the thread after all waiting jobs are written. Later ones are refused.
    pub(super) async fn end(&self) {
        let (done, answer) = oneshot::channel();
        if self.0.send(Work::End(done)).await.is_ok() {
            // No answer: it has ended already.
            let _ = answer.await;
        }
    }

    /// Empties the write-ahead log, unless a reader is active: data that was deleted from the database is then nowhere.
    /// Says whether another process has written since the last time.
    pub(super) async fn truncate_log(&self) -> Result<bool, PortError> {
        let (done, answer) = oneshot::channel();
        self.0
            .send(Work::TruncateLog(done))
            .await
            .map_err(|_| PortError::broken(AWAY))?;
        answer.await.map_err(|_| PortError::broken(AWAY))
    }
}

/// Its three statements stay prepared, as those of `rusqlite::Savepoint` do not: they are those of every job.
fn in_savepoint<T>(
    connection: &Connection,
    change: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let run = |sql: &str| connection.prepare_cached(sql)?.execute([]);
    run("SAVEPOINT job")?;
    let result = change(connection);
    if result.is_err() {
        // Fails where the error has ended the whole transaction; its commit fails then too.
        let _ = run("ROLLBACK TO job");
    }
    let released = run("RELEASE job");
    let value = result?;
    released.map(|_| value)
}

fn write_all(mut connection: Connection, mut queue: mpsc::Receiver<Work>) {
    let mut jobs = Vec::new();
    let mut log = Log::default();
    let mut others = Others::default();
    while let Some(first) = queue.blocking_recv() {
        let mut next = Some(first);
        let mut then = None;
        while let Some(work) = next {
            next = None;
            match work {
                Work::Change(job) => {
                    jobs.push(job);
                    if jobs.len() < BATCH {
                        next = queue.try_recv().ok();
                    }
                }
                other => then = Some(other),
            }
        }
        if !jobs.is_empty() {
            write_batch(&mut connection, std::mem::take(&mut jobs));
        }
        match then {
            Some(Work::TruncateLog(done)) => {
                log.truncate(&connection);
                let _ = done.send(others.have_written(&connection));
            }
            Some(Work::End(done)) => {
                log.truncate(&connection);
                drop(connection);
                let _ = done.send(());
                return;
            }
            Some(Work::Change(_)) | None => {}
        }
    }
}

/// What other processes write. SQLite counts the changes that a connection has not made itself.
#[derive(Debug, Default)]
struct Others {
    changes: Option<i64>,
}

impl Others {
    /// Whether they have since the last call.
    fn have_written(&mut self, connection: &Connection) -> bool {
        let changes = connection.pragma_query_value(None, "data_version", |row| row.get(0));
        // The next change meets the same error, and reports it.
        let Ok(changes) = changes else { return false };
        self.changes.replace(changes).is_some_and(|before| before != changes)
    }
}

/// The write-ahead log, and how often in a row it could not be emptied.
#[derive(Debug, Default)]
struct Log {
    refusals: u32,
}

impl Log {
    /// Does not wait for readers: if one is active, the next sweep does it.
    fn truncate(&mut self, connection: &Connection) {
        let truncate = || {
            connection.busy_timeout(Duration::ZERO)?;
            // The first column is whether a reader or another writer was active; that is no error.
            let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
            connection.busy_timeout(BUSY_TIMEOUT)?;
            busy
        };
        match truncate() {
            Ok(false) => self.refusals = 0,
            Ok(true) => self.refusals = self.refusals.saturating_add(1),
            Err(error) => tracing::warn!(%error, "the write-ahead log could not be emptied"),
        }
        if self.refusals == TELL_AFTER {
            tracing::warn!(
                "another process has been reading the database for a while: until it ends, expired codes stay in the \
                 write-ahead log"
            );
        }
    }
}

fn write_batch(connection: &mut Connection, jobs: Vec<Job>) {
    // Immediate: it waits for another process that writes here, instead of failing at the commit.
    match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => {
            let answers: Vec<Answer> = jobs.into_iter().map(|job| job(&transaction)).collect();
            let committed = transaction.commit().map_err(Arc::new);
            for answer in answers {
                answer(committed.as_ref().copied());
            }
        }
        Err(error) => {
            // Dropping a job closes its reply channel. The reason is logged once for all of them.
            tracing::error!(%error, waiting = jobs.len(), "no transaction could be begun");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE t (x INTEGER PRIMARY KEY)")
            .unwrap();
        Writer::start(connection).unwrap()
    }

    fn insert(x: i64) -> impl FnOnce(&Connection) -> rusqlite::Result<usize> {
        move |c| c.execute("INSERT INTO t VALUES (?1)", [x])
    }

    fn count(c: &Connection) -> rusqlite::Result<i64> {
        c.query_row("SELECT count(*) FROM t", [], |row| row.get(0))
    }

    #[tokio::test]
    async fn a_job_that_fails_takes_no_other_with_it() {
        let writer = writer();
        let run = |x| writer.run(insert(x), |_| ());
        let (a, b, c) = tokio::join!(run(1), run(1), run(2));
        assert!(a.is_ok() && c.is_ok());
        assert!(b.unwrap_err().is_retryable());
        assert_eq!(writer.run(count, |_| ()).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_thread_that_dies_is_seen_and_its_callers_are_told() {
        let writer = writer();
        let mut ended = Box::pin(writer.ended());
        assert!(futures_poll_once(&mut ended).await);
        let panics = |_: &Connection| -> rusqlite::Result<()> { panic!("a fault in the code") };
        assert!(writer.run(panics, |()| ()).await.is_err());
        ended.await;
        assert!(writer.run(insert(1), |_| ()).await.is_err());
    }

    #[tokio::test]
    async fn a_caller_that_gives_up_loses_nothing() {
        let writer = writer();
        let (then, ran) = std::sync::mpsc::channel();
        let abandoned = writer.run(insert(1), move |rows| then.send(*rows).unwrap());
        let mut abandoned = Box::pin(abandoned);
        // Polled once, the job is in the queue.
        assert!(futures_poll_once(&mut abandoned).await);
        drop(abandoned);
        assert_eq!(writer.run(count, |_| ()).await.unwrap(), 1);
        assert_eq!(ran.recv(), Ok(1));
    }

    async fn futures_poll_once(future: &mut (impl Future + Unpin)) -> bool {
        let mut polled = false;
        std::future::poll_fn(|context| {
            if !polled {
                polled = true;
                let _ = std::pin::Pin::new(&mut *future).poll(context);
            }
            std::task::Poll::Ready(())
        })
        .await;
        polled
    }
}
