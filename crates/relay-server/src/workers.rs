//! A bounded pool for work that takes processor time: reading mails and checking signatures.
//!
//! - As much runs at once as there are cores, on threads of the pool's own. Tokio's are left to those that read the
//!   database or look up a name: these are quick, and would wait for a thread as long as mails keep coming.
//! - A thread that ends one piece of work takes the next itself: under load nothing is woken in between. One that finds
//!   nothing to do ends after some seconds.
//! - What waits is bounded, for a client, for its network and in all. Over that it is refused, and comes again.
//! - Networks take turns. One with much waiting waits behind the others, not before them.
//! - Work whose caller has gone is dropped before it begins. What has begun keeps its place until it ends.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use client_limits::{Client, ClientLimits, ClientShare, ClientShares};
use relay::ports::{PortError, RunWork};
use relay_http::{PoolFuture, WorkPool};
use tokio::sync::{Notify, oneshot};

/// How much may wait. A client that sends over all the connections it may have waits with each of them.
const WAITING: ClientLimits = ClientLimits {
    narrow: 64,
    wide: 128,
    all: 1024,
};

/// How long a thread waits for work before it ends.
const LINGER: Duration = Duration::from_secs(10);

/// The pool.
#[derive(Debug, Clone)]
pub(crate) struct Workers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    waiting: ClientShares,
    refused: AtomicU64,
    queue: Mutex<Queue>,
    /// Wakes a thread that waits for work.
    handed_over: Condvar,
    idle: Notify,
}

struct Queue {
    /// How many more threads may work now.
    free: usize,
    threads: usize,
    /// How many threads wait for work that nobody has handed over to them yet.
    lingering: usize,
    /// Work that was handed over to threads that wait for it.
    handed_over: VecDeque<Job>,
    /// What waits, by network.
    networks: HashMap<Option<IpAddr>, VecDeque<Place>>,
    /// The networks that have something waiting, the next one first.
    turns: VecDeque<Option<IpAddr>>,
}

relay::redacted_debug!(Queue);

type Job = Box<dyn FnOnce() + Send>;

/// Where a job waits for a thread, with its part of what may wait. Empty once a thread took it or its caller has gone.
#[derive(Clone)]
struct Place(Arc<Mutex<Option<(Job, ClientShare)>>>);

/// Drops a job that still waits when its caller goes: nothing of it is kept in memory.
#[derive(Debug)]
struct Caller(Option<Place>);

/// One client's share of the pool.
#[derive(Debug, Clone)]
pub(crate) struct WorkShare {
    workers: Workers,
    client: Client,
}

impl Workers {
    /// A pool for this machine.
    pub(crate) fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self::with(cores.max(2), WAITING)
    }

    fn with(threads: usize, waiting: ClientLimits) -> Self {
        Self(Arc::new(Inner {
            waiting: ClientShares::new(waiting),
            refused: AtomicU64::new(0),
            queue: Mutex::new(Queue {
                free: threads,
                threads,
                lingering: 0,
                handed_over: VecDeque::new(),
                networks: HashMap::new(),
                turns: VecDeque::new(),
            }),
            handed_over: Condvar::new(),
            idle: Notify::new(),
        }))
    }

    /// A client's share.
    pub(crate) fn share(&self, client: Client) -> WorkShare {
        WorkShare {
            workers: self.clone(),
            client,
        }
    }

    /// How much waits now.
    pub(crate) fn waiting(&self) -> usize {
        self.0.waiting.used()
    }

    /// How much was refused, since too much waited.
    pub(crate) fn refused(&self) -> u64 {
        self.0.refused.load(Ordering::Relaxed)
    }

    /// Waits until nothing runs, so long at most. What waits is dropped with its callers.
    pub(crate) async fn drain(&self, within: Duration) {
        let drained = async {
            loop {
                let idle = self.0.idle.notified();
                if self.0.with(|queue| queue.free == queue.threads) {
                    return;
                }
                idle.await;
            }
        };
        if tokio::time::timeout(within, drained).await.is_err() {
            tracing::warn!("work on mails was cut off at shutdown");
        }
    }

    /// Has a thread begin with the job, or lets it wait for one.
    fn submit(&self, client: Client, job: Job) -> Result<Caller, PortError> {
        let (first, place) = self.0.with(|queue| {
            if queue.free > 0 {
                queue.free -= 1;
                if queue.lingering == 0 {
                    return Ok((Some(job), None));
                }
                queue.lingering -= 1;
                queue.handed_over.push_back(job);
                self.0.handed_over.notify_one();
                return Ok((None, None));
            }
            let share = self.0.waiting.take(client, 1).map_err(|_| {
                self.0.refused.fetch_add(1, Ordering::Relaxed);
                busy()
            })?;
            let place = Place(Arc::new(Mutex::new(Some((job, share)))));
            queue.push(client.wide(), place.clone());
            Ok((None, Some(place)))
        })?;
        if let Some(job) = first {
            let pool = Arc::clone(&self.0);
            let started = thread::Builder::new()
                .name("mail".to_owned())
                .spawn(move || pool.work(job));
            if let Err(error) = started {
                self.0.with(|queue| queue.free += 1);
                return Err(PortError::away("there is no thread to read a mail", error));
            }
        }
        Ok(Caller(place))
    }
}

fn busy() -> PortError {
    PortError::contended("too much waits to be read already")
}

impl Inner {
    fn with<T>(&self, act: impl FnOnce(&mut Queue) -> T) -> T {
        act(&mut self.queue.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// One thread's work: this job, and then what waits, until nothing has come for a while.
    fn work(&self, first: Job) {
        let mut next = Some(first);
        while let Some(job) = next {
            // The panic hook has reported it, and the caller sees that no answer comes.
            let _ = catch_unwind(AssertUnwindSafe(job));
            next = self.next();
        }
    }

    /// What a thread does after its work; `None` if nothing has come for a while.
    fn next(&self) -> Option<Job> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(job) = queue.next() {
            return Some(job);
        }
        queue.free += 1;
        queue.lingering += 1;
        self.idle.notify_waiters();
        let is_empty = |queue: &mut Queue| queue.handed_over.is_empty();
        let waited = self.handed_over.wait_timeout_while(queue, LINGER, is_empty);
        let (mut queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let job = queue.handed_over.pop_front();
        if job.is_none() {
            queue.lingering -= 1;
        }
        job
    }
}

impl Queue {
    fn push(&mut self, network: Option<IpAddr>, place: Place) {
        let others = self.networks.entry(network).or_default();
        // Empty places shall take no memory either.
        others.retain(|other| !other.is_empty());
        if others.is_empty() && !self.turns.contains(&network) {
            self.turns.push_back(network);
        }
        others.push_back(place);
    }

    /// What is next: the first of the network whose turn it is. That network goes to the end.
    fn next(&mut self) -> Option<Job> {
        loop {
            let network = self.turns.pop_front()?;
            let Some(places) = self.networks.get_mut(&network) else {
                continue;
            };
            let next = places.pop_front();
            if places.is_empty() {
                self.networks.remove(&network);
            } else {
                self.turns.push_back(network);
            }
            if let Some(job) = next.and_then(|place| place.take()) {
                return Some(job);
            }
        }
    }
}

impl Place {
    fn with<T>(&self, act: impl FnOnce(&mut Option<(Job, ClientShare)>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_empty(&self) -> bool {
        self.with(|place| place.is_none())
    }

    fn take(&self) -> Option<Job> {
        self.with(Option::take).map(|(job, _share)| job)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").finish_non_exhaustive()
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        if let Some(place) = self.0.take() {
            drop(place.take());
        }
    }
}

impl WorkPool for Workers {
    fn run(&self, client: Client, work: Box<dyn FnOnce() + Send>) -> PoolFuture<'_> {
        let share = self.share(client);
        Box::pin(async move { share.run(work).await })
    }
}

impl RunWork for WorkShare {
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PortError> {
        let (answer, answered) = oneshot::channel();
        let job = move || {
            // Who asked may have gone meanwhile.
            let _ = answer.send(work());
        };
        let _caller = self.workers.submit(self.client, Box::new(job))?;
        answered
            .await
            .map_err(|error| PortError::away("the work on a mail did not come to its end", error))
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc;
    use std::task::{Context, Poll, Waker};

    use relay::EnrolmentId;
    use relay::ports::FindEnrolments;

    use super::*;
    use crate::sqlite::SqliteStore;

    type Running<T> = Pin<Box<dyn Future<Output = Result<T, PortError>> + Send>>;

    fn client(network: u8, host: u8) -> Client {
        Client::new(Some(IpAddr::from([10, 0, network, host])))
    }

    /// Submits the work.
    fn start<T: Send + 'static>(
        workers: &Workers,
        client: Client,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Running<T>, PortError> {
        let share = workers.share(client);
        let mut running: Running<T> = Box::pin(async move { share.run(work).await });
        match running.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => Ok(running),
            Poll::Ready(answer) => Err(answer.map(|_| ()).expect_err("no work ends at once")),
        }
    }

    /// Takes a thread until the sender is dropped.
    fn occupy(workers: &Workers) -> (mpsc::Sender<()>, Running<()>) {
        let (free, until_freed) = mpsc::channel::<()>();
        let running = start(workers, client(9, 9), move || {
            let _ = until_freed.recv();
        });
        (free, running.unwrap())
    }

    async fn idle(workers: &Workers) {
        workers.drain(Duration::from_secs(20)).await;
        let (waits, free, threads) = workers.0.with(|queue| {
            let waits = queue.networks.len() + queue.turns.len();
            (waits, queue.free, queue.threads)
        });
        assert_eq!((waits, free, workers.0.waiting.used()), (0, threads, 0));
    }

    #[tokio::test]
    async fn networks_take_turns() {
        let workers = Workers::with(1, WAITING);
        let (free, running) = occupy(&workers);
        let (order, ran) = mpsc::channel();
        let waiting: Vec<Running<()>> = [1, 1, 1, 2, 2, 3]
            .into_iter()
            .map(|network| {
                let order = order.clone();
                start(&workers, client(network, network), move || order.send(network).unwrap()).unwrap()
            })
            .collect();
        drop(free);
        running.await.unwrap();
        for running in waiting {
            running.await.unwrap();
        }
        assert_eq!(ran.try_iter().collect::<Vec<_>>(), [1, 2, 3, 1, 2, 1]);
        idle(&workers).await;
    }

    #[tokio::test]
    async fn those_who_have_gone_are_passed_over() {
        let workers = Workers::with(1, WAITING);
        let (free, running) = occupy(&workers);
        let kept = Arc::new(());
        let mut waiting: Vec<Running<Arc<()>>> = (0..4)
            .map(|_| {
                let kept = Arc::clone(&kept);
                start(&workers, client(2, 1), move || kept).unwrap()
            })
            .collect();
        let last = waiting.pop().unwrap();
        assert_eq!((Arc::strong_count(&kept), workers.0.waiting.used()), (5, 4));
        drop(waiting);
        // What their work held is given back at once, and their part of what may wait.
        assert_eq!((Arc::strong_count(&kept), workers.0.waiting.used()), (2, 1));
        drop(free);
        running.await.unwrap();
        last.await.unwrap();
        idle(&workers).await;
    }

    #[tokio::test]
    async fn what_waits_is_bounded() {
        let limits = ClientLimits {
            narrow: 2,
            wide: 3,
            all: 4,
        };
        let workers = Workers::with(1, limits);
        let (free, running) = occupy(&workers);
        let (mut waiting, mut expected) = (Vec::new(), 0);
        for (network, host, fits) in [
            (1, 1, true),
            (1, 1, true),
            (1, 1, false),
            (1, 2, true),
            (1, 3, false),
            (2, 1, true),
            (3, 1, false),
        ] {
            match start(&workers, client(network, host), || ()) {
                Ok(running) => waiting.push(running),
                Err(error) => assert!(error.is_retryable()),
            }
            expected += usize::from(fits);
            assert_eq!(
                (waiting.len(), workers.0.waiting.used()),
                (expected, expected),
                "{network} {host}"
            );
        }
        assert_eq!(waiting.len(), 4);
        drop((waiting, free));
        running.await.unwrap();
        idle(&workers).await;
    }

    #[tokio::test]
    async fn no_more_runs_at_once_than_there_are_threads() {
        let workers = Workers::with(2, WAITING);
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut tasks = tokio::task::JoinSet::new();
        for network in 0..20 {
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            let share = workers.share(client(network, 1));
            tasks.spawn(async move {
                let work = move || {
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::yield_now();
                    running.fetch_sub(1, Ordering::SeqCst);
                    network
                };
                assert_eq!(share.run(work).await.unwrap(), network);
            });
        }
        tasks.join_all().await;
        idle(&workers).await;
        assert!(most.load(Ordering::SeqCst) <= 2);
    }

    #[test]
    fn work_on_mails_takes_no_thread_of_the_database() {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).max_blocking_threads(4).enable_all().build();
        runtime.unwrap().block_on(async {
            let workers = Workers::with(4, WAITING);
            let busy: Vec<_> = (0..4).map(|_| occupy(&workers)).collect();
            let dir = tempfile::tempdir().unwrap();
            let store = SqliteStore::open(&dir.path().join("relay.sqlite3")).unwrap();
            let nobody = EnrolmentId::from_bytes([0; 10]);
            let found = tokio::time::timeout(Duration::from_secs(20), store.find(&nobody));
            assert_eq!(found.await.expect("the database has no thread").unwrap(), None);
            for (free, running) in busy {
                drop(free);
                running.await.unwrap();
            }
            idle(&workers).await;
        });
    }

    #[tokio::test]
    async fn a_thread_takes_one_piece_of_work_after_the_other() {
        let workers = Workers::with(1, WAITING);
        let thread = || {
            let thread = thread::current();
            (thread.id(), thread.name().map(str::to_owned))
        };
        let share = workers.share(client(1, 1));
        let first = share.run(thread).await.unwrap();
        assert_eq!(first.1.as_deref(), Some("mail"));
        for _ in 0..3 {
            idle(&workers).await;
            assert_eq!(share.run(thread).await.unwrap(), first);
        }
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_place_back() {
        let workers = Workers::with(1, WAITING);
        let (free, running) = occupy(&workers);
        let panics = start(&workers, client(1, 1), || panic!("as asked")).unwrap();
        let works = start(&workers, client(2, 1), || 7).unwrap();
        drop(free);
        running.await.unwrap();
        assert!(panics.await.unwrap_err().is_retryable());
        assert_eq!(works.await.unwrap(), 7);
        idle(&workers).await;
    }
}
