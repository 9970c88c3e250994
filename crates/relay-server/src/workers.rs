//! A bounded pool for work that takes processor time: reading mails and checking signatures.
//!
//! - As much runs at once as there are cores, on threads of their own: connections are served meanwhile.
//! - What waits is bounded, for a client, for its network and in all. Over that it is refused, and comes again.
//! - Networks take turns. One with much waiting waits behind the others, not before them.
//! - Work whose caller has gone is dropped before it begins. What has begun keeps its place until it ends.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use client_limits::{Client, ClientLimits, ClientShares};
use relay::ports::{PortError, RunWork};
use relay_http::{PoolFuture, WorkPool};
use tokio::sync::{Notify, oneshot};

/// How much may wait. A client that sends over all the connections it may have waits with each of them.
const WAITING: ClientLimits = ClientLimits {
    narrow: 64,
    wide: 128,
    all: 1024,
};

/// The pool.
#[derive(Debug, Clone)]
pub(crate) struct Workers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    waiting: ClientShares,
    queue: Mutex<Queue>,
    idle: Notify,
}

#[derive(Debug)]
struct Queue {
    /// How much more may run now.
    free: usize,
    threads: usize,
    /// Who waits, by network.
    networks: HashMap<Option<IpAddr>, VecDeque<oneshot::Sender<Turn>>>,
    /// The networks that have something waiting, the next one first.
    turns: VecDeque<Option<IpAddr>>,
}

/// One client's share of the pool.
#[derive(Debug, Clone)]
pub(crate) struct WorkShare {
    workers: Workers,
    client: Client,
}

/// The right to run; handed on when dropped.
#[derive(Debug)]
struct Turn(Option<Arc<Inner>>);

impl Workers {
    /// A pool for this machine.
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::with(cores.max(2), WAITING)
    }

    fn with(threads: usize, waiting: ClientLimits) -> Self {
        Self(Arc::new(Inner {
            waiting: ClientShares::new(waiting),
            queue: Mutex::new(Queue {
                free: threads,
                threads,
                networks: HashMap::new(),
                turns: VecDeque::new(),
            }),
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

    /// Waits for a turn.
    async fn turn(&self, client: Client) -> Result<Turn, PortError> {
        let network = client.wide();
        let (sender, receiver) = oneshot::channel();
        let waiting = self.0.with(|queue| {
            if queue.free > 0 {
                queue.free -= 1;
                return Ok(None);
            }
            let share = self.0.waiting.take(client, 1).map_err(|_| busy())?;
            let others = queue.networks.entry(network).or_default();
            // Those who have gone meanwhile are not counted any more, and shall take no memory either.
            others.retain(|sender| !sender.is_closed());
            if others.is_empty() && !queue.turns.contains(&network) {
                queue.turns.push_back(network);
            }
            others.push_back(sender);
            Ok(Some(share))
        })?;
        let Some(_share) = waiting else {
            return Ok(Turn(Some(Arc::clone(&self.0))));
        };
        receiver.await.map_err(|_| busy())
    }
}

fn busy() -> PortError {
    PortError::contended("too much waits to be read already")
}

impl Inner {
    fn with<T>(&self, act: impl FnOnce(&mut Queue) -> T) -> T {
        act(&mut self.queue.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Queue {
    /// Who is next: the first of the network whose turn it is. That network goes to the end.
    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        loop {
            let network = self.turns.pop_front()?;
            let Some(waiting) = self.networks.get_mut(&network) else {
                continue;
            };
            let next = waiting.pop_front();
            if waiting.is_empty() {
                self.networks.remove(&network);
            } else {
                self.turns.push_back(network);
            }
            if let Some(sender) = next.filter(|sender| !sender.is_closed()) {
                return Some(sender);
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(pool) = self.0.take() else { return };
        loop {
            let next = pool.with(|queue| {
                let next = queue.next();
                if next.is_none() {
                    queue.free += 1;
                }
                next
            });
            let Some(sender) = next else {
                pool.idle.notify_waiters();
                return;
            };
            match sender.send(Turn(Some(Arc::clone(&pool)))) {
                Ok(()) => return,
                // Its caller went at this very moment: the next one then.
                Err(mut turn) => drop(turn.0.take()),
            }
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
        let turn = self.workers.turn(self.client).await?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await
            .map_err(|error| PortError::away("the work on a mail did not come to its end", error))
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll, Waker};

    use super::*;

    type Waiting<'a> = Pin<Box<dyn Future<Output = Result<Turn, PortError>> + Send + 'a>>;

    fn client(network: u8, host: u8) -> Client {
        Client::new(Some(IpAddr::from([10, 0, network, host])))
    }

    fn poll(waiting: &mut Waiting<'_>) -> Option<Result<Turn, PortError>> {
        match waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(turn) => Some(turn),
            Poll::Pending => None,
        }
    }

    fn free(workers: &Workers) -> usize {
        let (waits, free) = workers
            .0
            .with(|queue| (queue.networks.len() + queue.turns.len(), queue.free));
        assert!(free == 0 || waits == 0, "something waits while a thread is free");
        free
    }

    #[test]
    fn networks_take_turns() {
        let workers = Workers::with(1, WAITING);
        let mut running = workers.turn(client(1, 1)).now();
        let mut waiting: Vec<(u8, Waiting<'_>)> = Vec::new();
        for network in [1, 1, 1, 2, 2, 3] {
            let mut turn: Waiting<'_> = Box::pin(workers.turn(client(network, network)));
            assert!(poll(&mut turn).is_none());
            waiting.push((network, turn));
        }
        let mut order = Vec::new();
        while !waiting.is_empty() {
            drop(running);
            let ready = waiting
                .iter_mut()
                .enumerate()
                .find_map(|(at, (_, turn))| Some((at, poll(turn)?.unwrap())));
            let (at, turn) = ready.expect("one has its turn");
            order.push(waiting.remove(at).0);
            running = turn;
        }
        assert_eq!(order, [1, 2, 3, 1, 2, 1]);
        drop(running);
        assert_eq!((free(&workers), workers.0.waiting.used()), (1, 0));
    }

    /// What is ready at once.
    trait Now {
        fn now(self) -> Turn;
    }

    impl<F: Future<Output = Result<Turn, PortError>>> Now for F {
        fn now(self) -> Turn {
            let mut this = std::pin::pin!(self);
            match this.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(turn) => turn.unwrap(),
                Poll::Pending => panic!("no turn at once"),
            }
        }
    }

    #[test]
    fn those_who_have_gone_are_passed_over() {
        let workers = Workers::with(1, WAITING);
        let running = workers.turn(client(1, 1)).now();
        let mut waiting: Vec<Waiting<'_>> = (0..4)
            .map(|_| -> Waiting<'_> { Box::pin(workers.turn(client(2, 1))) })
            .collect();
        for turn in &mut waiting {
            assert!(poll(turn).is_none());
        }
        let mut last = waiting.pop().unwrap();
        drop(waiting);
        drop(running);
        let turn = poll(&mut last).unwrap().unwrap();
        // A turn that was given and never taken up comes back too.
        let mut given: Waiting<'_> = Box::pin(workers.turn(client(3, 1)));
        assert!(poll(&mut given).is_none());
        drop(turn);
        drop(given);
        assert_eq!((free(&workers), workers.0.waiting.used()), (1, 0));
    }

    #[test]
    fn what_waits_is_bounded() {
        let limits = ClientLimits {
            narrow: 2,
            wide: 3,
            all: 4,
        };
        let workers = Workers::with(1, limits);
        let running = workers.turn(client(9, 1)).now();
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
            let mut turn: Waiting<'_> = Box::pin(workers.turn(client(network, host)));
            match poll(&mut turn) {
                None => waiting.push(turn),
                Some(answer) => assert!(answer.unwrap_err().is_retryable()),
            }
            expected += usize::from(fits);
            assert_eq!(
                (waiting.len(), workers.0.waiting.used()),
                (expected, expected),
                "{network} {host}"
            );
        }
        assert_eq!(waiting.len(), 4);
        drop((waiting, running));
        assert_eq!(free(&workers), 1);
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
                    std::thread::yield_now();
                    running.fetch_sub(1, Ordering::SeqCst);
                    network
                };
                assert_eq!(share.run(work).await.unwrap(), network);
            });
        }
        tasks.join_all().await;
        workers.drain(Duration::from_secs(20)).await;
        assert!(most.load(Ordering::SeqCst) <= 2);
        assert_eq!(free(&workers), 2);
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_place_back() {
        let workers = Workers::with(1, WAITING);
        let share = workers.share(Client::default());
        assert!(share.run(|| panic!("as asked")).await.unwrap_err().is_retryable());
        assert_eq!(share.run(|| 7).await.unwrap(), 7);
    }
}
