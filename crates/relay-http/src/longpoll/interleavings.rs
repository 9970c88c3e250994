//! The way from a request that ends to the calls that wait for it: loom runs it in every order in which its threads can
//! take their steps. A wake-up that is lost is a deadlock to it.
//!
//! The long poll and the waiters of relay-server are the real ones. The locks are loom's. A call of tokio's `Notify` is
//! one step; tokio checks with loom what is inside. The store is a flag: it is set, then the waiters are woken.

use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use arlo_mail::Account;
use loom::sync::atomic::AtomicBool;
use loom::thread;
use relay::testing::{MemoryStore, settings};
use relay::{Fault, NewEnrolment, Relay, Shown};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use super::*;
use crate::changes::{Changed, Changes};
use crate::{PublicUrl, Settings};
use waiters::Waiters;

#[path = "../../../relay-server/src/sqlite/waiters.rs"]
mod waiters;

/// What `waiters` uses.
mod locks {
    use super::*;
    use loom::sync::atomic::AtomicUsize;
    pub(super) use loom::sync::{Mutex, MutexGuard};

    /// One of tokio's, with a counter that shows loom where it is called.
    #[derive(Debug, Default)]
    pub(super) struct Notify {
        notify: Arc<tokio::sync::Notify>,
        called: AtomicUsize,
    }

    impl Notify {
        fn step(&self) {
            self.called.fetch_add(1, Ordering::SeqCst);
        }

        pub(super) fn notify_waiters(&self) {
            self.step();
            self.notify.notify_waiters();
        }

        pub(super) fn notified_owned(self: Arc<Self>) -> impl Future<Output = ()> + Send {
            self.step();
            let notified = Arc::clone(&self.notify).notified_owned();
            async move {
                let mut notified = pin!(notified);
                std::future::poll_fn(|context| {
                    self.step();
                    notified.as_mut().poll(context)
                })
                .await;
            }
        }
    }
}

/// Wakes one thread.
struct Alarm(loom::sync::Notify);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.0.notify();
    }
}

/// As loom's own, with fewer steps.
fn block_on<F: Future>(future: F) -> F::Output {
    let alarm = Arc::new(Alarm(loom::sync::Notify::new()));
    let waker = Waker::from(Arc::clone(&alarm));
    unless_it_panics(Box::pin(future), |future| {
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return output;
            }
            alarm.0.wait();
        }
    })
}

/// Drops the value after the act. A deadlock is a panic, in which nothing of loom's can be dropped.
fn unless_it_panics<V, T>(value: V, act: impl FnOnce(&mut V) -> T) -> T {
    let mut value = ManuallyDrop::new(value);
    let done = act(&mut value);
    drop(ManuallyDrop::into_inner(value));
    done
}

/// A staged request, and the time that its waiters see.
struct Staged {
    relay: Relay<MemoryStore>,
    pending: LoginRequest,
    runtime: Runtime,
}

impl Staged {
    fn new() -> Self {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let relay = Relay::new(settings().0, MemoryStore::default());
        let account = Account::parse("casey@example.org").unwrap();
        let pending = runtime.block_on(async {
            let token = relay
                .enroller()
                .enrol(NewEnrolment::for_account(&account))
                .await
                .unwrap()
                .token;
            let shown = Shown {
                token: &token,
                network: None,
            };
            let staged = relay.prestage(&account, shown).await.unwrap();
            relay.poll(&staged.poll_key).await.unwrap()
        });
        Self {
            relay,
            pending,
            runtime,
        }
    }
}

/// How often a thread is stopped where it could go on, at most. With 2 it takes seconds and with 3 a minute; loom's
/// environment variable LOOM_MAX_PREEMPTIONS is another number.
const PREEMPTIONS: usize = 2;

/// Runs this in every order, and prints how many there are.
fn in_every_order(act: impl Fn(&Arc<Model>) + Send + Sync + 'static) {
    in_every_order_watching(|waiters, id| Box::pin(waiters.wait(id)), act);
}

fn in_every_order_watching(
    watch: fn(&Waiters, RequestId) -> Changed,
    act: impl Fn(&Arc<Model>) + Send + Sync + 'static,
) {
    let staged = Arc::new(Staged::new());
    let time = Arc::clone(&staged);
    let _time = time.runtime.enter();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let mut loom = loom::model::Builder::new();
    loom.preemption_bound.get_or_insert(PREEMPTIONS);
    loom.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        unless_it_panics(Arc::new(Model::new(Arc::clone(&staged), watch)), |model| {
            act(model);
            assert!(model.waiters.is_empty());
        });
    });
    println!("{} orders", count.load(Ordering::Relaxed));
}

struct Model {
    staged: Arc<Staged>,
    api: Api<MemoryStore>,
    waiters: Waiters,
    /// What the store holds.
    has_ended: AtomicBool,
}

impl Model {
    fn new(staged: Arc<Staged>, watch: fn(&Waiters, RequestId) -> Changed) -> Self {
        let http = Settings {
            public_url: PublicUrl::parse("http://relay.example").unwrap(),
            version: "1.2.3",
            shutdown: watch::channel(false).1,
        };
        let waiters = Waiters::default();
        let mut api = Api::new(staged.relay.clone(), http);
        let watched = waiters.clone();
        api.changes = Some(Changes::from_fn(move |id| watch(&watched, *id)));
        let has_ended = AtomicBool::new(false);
        Self {
            staged,
            api,
            waiters,
            has_ended,
        }
    }

    fn id(&self) -> RequestId {
        self.staged.pending.id
    }

    /// A long poll; whether it saw the end of the request.
    fn poll(&self) -> bool {
        let read = async || {
            let mut request = self.staged.pending.clone();
            if self.has_ended.load(Ordering::SeqCst) {
                request.state = RequestState::Error(Fault::ConflictingCodes);
            }
            Ok(request)
        };
        let answered = block_on(wait_for_end(&self.api, Client::default(), &self.id(), MAX_WAIT, read));
        answered.unwrap().request.state != RequestState::Pending
    }

    fn commit(&self) {
        self.has_ended.store(true, Ordering::SeqCst);
    }

    fn wake(&self) {
        self.waiters.wake(&self.id());
    }

    fn end(&self) {
        self.commit();
        self.wake();
    }

    /// As another process does, for which all are woken.
    fn end_elsewhere(&self) {
        self.commit();
        self.waiters.wake_all();
    }

    /// Waits, and goes before anything comes.
    fn give_up(&self) {
        let mut waiting = pin!(self.waiters.wait(self.id()));
        let _ = waiting.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }

    fn pass_the_time(&self) {
        self.staged.runtime.block_on(tokio::time::advance(MAX_WAIT));
    }
}

fn spawn<T: 'static>(model: &Arc<Model>, act: fn(&Model) -> T) -> thread::JoinHandle<T> {
    let model = Arc::clone(model);
    thread::spawn(move || unless_it_panics(model, |model| act(model)))
}

#[test]
fn a_waiter_is_woken() {
    in_every_order(|model| {
        let ending = spawn(model, Model::end);
        assert!(model.poll());
        ending.join().unwrap();
    });
}

#[test]
fn a_waiter_is_woken_with_all_others() {
    in_every_order(|model| {
        let ending = spawn(model, Model::end_elsewhere);
        let other = spawn(model, Model::give_up);
        assert!(model.poll());
        other.join().unwrap();
        ending.join().unwrap();
    });
}

#[test]
fn two_waiters_of_one_request_are_woken() {
    in_every_order(|model| {
        let ending = spawn(model, Model::end);
        let other = spawn(model, Model::poll);
        assert!(model.poll());
        assert!(other.join().unwrap());
        ending.join().unwrap();
    });
}

#[test]
fn a_waiter_that_gives_up_takes_no_wake_up_with_it() {
    in_every_order(|model| {
        let ending = spawn(model, Model::end);
        let other = spawn(model, Model::give_up);
        assert!(model.poll());
        other.join().unwrap();
        ending.join().unwrap();
    });
}

#[test]
fn a_wait_may_be_over_while_the_request_ends() {
    in_every_order(|model| {
        let ending = spawn(model, Model::end);
        let passing = spawn(model, Model::pass_the_time);
        let saw_the_end = model.poll();
        passing.join().unwrap();
        ending.join().unwrap();
        assert!(saw_the_end || model.poll());
    });
}

/// Loom sees it when the state is read before the wait begins.
#[test]
#[should_panic(expected = "deadlock")]
fn reading_before_watching_loses_a_wake_up() {
    let at_its_first_poll = |waiters: &Waiters, id| {
        let waiters = waiters.clone();
        Box::pin(async move { waiters.wait(id).await }) as Changed
    };
    in_every_order_watching(at_its_first_poll, |model| {
        let ending = spawn(model, Model::end);
        assert!(model.poll());
        ending.join().unwrap();
    });
}

/// Loom sees it when waiters are woken before the change can be read.
#[test]
#[should_panic(expected = "deadlock")]
fn waking_before_the_commit_loses_a_wake_up() {
    in_every_order(|model| {
        let ending = spawn(model, |model| {
            model.wake();
            model.commit();
        });
        assert!(model.poll());
        ending.join().unwrap();
    });
}
