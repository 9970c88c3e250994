//! The threads that read, each on a connection of its own.
//!
//! A thread that ends its reads takes those that wait itself, all of them at once, in one transaction: under load
//! nothing is woken in between, and the locks of the database are taken once for many.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use relay::ports::PortError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{AWAY, open, unavailable};

/// Threads that read at once. More reads than these wait.
const READERS: usize = 2;
/// Reads in one transaction at most: what is seen in it is as old as its start.
const BATCH: usize = 64;

/// A read. It says whether the connection may serve the next one.
type Job = Box<dyn FnOnce(Result<&Connection, &Arc<rusqlite::Error>>) -> (bool, Answer) + Send>;

/// Tells who asked, once the transaction is over: until then the write-ahead log cannot be emptied.
type Answer = Box<dyn FnOnce() + Send>;

/// Reads what the database holds. Cheap to clone.
#[derive(Clone)]
pub(super) struct Readers(Arc<Inner>);

struct Inner {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Connections that stay open: to open one costs more than any read.
    idle: Vec<Connection>,
    running: usize,
    waiting: VecDeque<Job>,
    closed: bool,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(Arc::new(Inner {
            path,
            state: Mutex::default(),
        }))
    }

    /// Runs one read.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, PortError> {
        let (reply, answer) = oneshot::channel();
        self.submit(Box::new(move |connection| {
            if reply.is_closed() {
                return (true, Box::new(|| ()));
            }
            let result = match connection {
                Ok(connection) => query(connection).map_err(unavailable),
                Err(error) => Err(PortError::away(AWAY, Arc::clone(error))),
            };
            let is_good = result.is_ok();
            let tell = move || {
                // Whoever asked may have gone meanwhile.
                let _ = reply.send(result);
            };
            (is_good, Box::new(tell))
        }));
        answer.await.map_err(|_| PortError::contended(AWAY))?
    }

    /// How many reads wait.
    pub(super) fn waiting(&self) -> usize {
        self.0.with(|state| state.waiting.len())
    }

    /// Closes the connections: those at work once their read is over.
    pub(super) fn close(&self) {
        self.0.with(|state| {
            state.closed = true;
            state.idle.clear();
        });
    }

    fn submit(&self, job: Job) {
        let first = self.0.with(|state| {
            if state.running == READERS {
                state.waiting.push_back(job);
                return None;
            }
            state.running += 1;
            Some((job, state.idle.pop()))
        });
        if let Some((job, connection)) = first {
            let readers = Arc::clone(&self.0);
            tokio::task::spawn_blocking(move || readers.work(job, connection));
        }
    }
}

impl Inner {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// One thread's work: this read, and then what waits, until nothing does.
    fn work(&self, first: Job, mut connection: Option<Connection>) {
        let mut next = vec![first];
        while !next.is_empty() {
            let jobs = std::mem::take(&mut next);
            connection = self.read(jobs, connection.take());
            next = self.with(|state| {
                let count = state.waiting.len().min(BATCH);
                if count == 0 {
                    state.running -= 1;
                    if !state.closed {
                        state.idle.extend(connection.take());
                    }
                }
                state.waiting.drain(..count).collect()
            });
        }
    }

    /// Runs the reads, and gives the connection back where it may serve others.
    fn read(&self, jobs: Vec<Job>, connection: Option<Connection>) -> Option<Connection> {
        let connection = connection
            .map_or_else(|| open::reader(&self.path), Ok)
            .map_err(Arc::new);
        let transaction = match &connection {
            Ok(connection) => connection.unchecked_transaction().map_err(Arc::new),
            Err(error) => Err(Arc::clone(error)),
        };
        let (mut is_good, mut answers) = (true, Vec::with_capacity(jobs.len()));
        for job in jobs {
            // After a panic the connection is dropped, and whoever asked sees that no answer comes.
            match catch_unwind(AssertUnwindSafe(|| job(transaction.as_deref()))) {
                Ok((good, answer)) => {
                    is_good &= good;
                    answers.push(answer);
                }
                Err(_) => is_good = false,
            }
        }
        let is_over = transaction.is_ok_and(|transaction| transaction.finish().is_ok());
        for answer in answers {
            answer();
        }
        connection.ok().filter(|_| is_good && is_over)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::mpsc;
    use std::task::{Context, Waker};

    use super::*;

    type Running<T> = Pin<Box<dyn Future<Output = Result<T, PortError>> + Send>>;

    fn database() -> (tempfile::TempDir, Readers) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.sqlite3");
        let sql = "PRAGMA journal_mode = WAL; CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (0)";
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        (dir, Readers::new(path))
    }

    fn count(connection: &Connection) -> rusqlite::Result<i64> {
        connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0))
    }

    /// Submits the read.
    fn start<T: Send + 'static>(
        readers: &Readers,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Running<T> {
        let readers = readers.clone();
        let mut running: Running<T> = Box::pin(async move { readers.run(query).await });
        assert!(
            running
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
        running
    }

    /// Takes all threads until the senders are dropped.
    fn occupy(readers: &Readers) -> Vec<(mpsc::Sender<()>, Running<()>)> {
        (0..READERS)
            .map(|_| {
                let (free, until_freed) = mpsc::channel::<()>();
                let running = start(readers, move |_| {
                    let _ = until_freed.recv();
                    Ok(())
                });
                (free, running)
            })
            .collect()
    }

    /// Waits until no thread reads.
    async fn idle(readers: &Readers) {
        while readers.0.with(|state| state.running) > 0 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn what_waits_is_read_in_the_order_in_which_it_came() {
        let (_dir, readers) = database();
        let (order, seen) = mpsc::channel();
        let mut threads = occupy(&readers);
        let waiting: Vec<_> = (0..2 * BATCH)
            .map(|n| {
                let order = order.clone();
                start(&readers, move |connection| {
                    order.send(n).unwrap();
                    count(connection)
                })
            })
            .collect();
        // One thread reads them all.
        let (free, first) = threads.pop().unwrap();
        drop(free);
        first.await.unwrap();
        for running in waiting {
            assert_eq!(running.await.unwrap(), 1);
        }
        assert!(seen.try_iter().eq(0..2 * BATCH));
        for (free, running) in threads {
            drop(free);
            running.await.unwrap();
        }
        assert_eq!(readers.run(count).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_read_sees_what_was_written_before_it_was_asked_for() {
        let (dir, readers) = database();
        let writer = Connection::open(dir.path().join("test.sqlite3")).unwrap();
        for written in 2..100 {
            writer.execute("INSERT INTO t VALUES (?1)", [written]).unwrap();
            let mut reads = tokio::task::JoinSet::new();
            for _ in 0..5 {
                let readers = readers.clone();
                reads.spawn(async move { readers.run(count).await.unwrap() });
            }
            assert_eq!(reads.join_all().await, [written; 5]);
        }
    }

    #[tokio::test]
    async fn one_failed_read_harms_no_other() {
        let (dir, readers) = database();
        let threads = occupy(&readers);
        let fails = start(&readers, |connection| connection.execute("SELECT nothing", []));
        let before = start(&readers, count);
        let panics = start(&readers, |_| -> rusqlite::Result<()> { panic!("as asked") });
        drop(start(&readers, |_| -> rusqlite::Result<()> {
            panic!("nobody waits for it")
        }));
        for (free, running) in threads {
            drop(free);
            running.await.unwrap();
        }
        assert!(fails.await.unwrap_err().is_retryable());
        assert_eq!(before.await.unwrap(), 1);
        assert!(panics.await.unwrap_err().is_retryable());
        assert_eq!(readers.run(count).await.unwrap(), 1);
        readers.close();
        idle(&readers).await;
        std::fs::remove_file(dir.path().join("test.sqlite3")).unwrap();
        assert!(readers.run(count).await.unwrap_err().is_retryable());
    }

    #[tokio::test]
    async fn connections_at_work_are_closed_after_their_read() {
        let (_dir, readers) = database();
        let threads = occupy(&readers);
        readers.close();
        for (free, running) in threads {
            drop(free);
            running.await.unwrap();
        }
        idle(&readers).await;
        assert_eq!(readers.0.with(|state| state.idle.len()), 0);
    }
}
