//! What Prometheus is told: counts, times and depths. Every label is one of few words. No account, token, address or
//! anything else from outside is in it.
//!
//! The parts of the relay call this where something has happened, and none of these calls waits. What changes all the
//! time, such as a depth, is read when somebody asks ([`scrape`]).

mod pairs;
mod scrape;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};
use relay::ports::Clock;
use relay::{MailEvent, Receipt, RequestId, SystemClock};
use relay_http::{Answered, Limit, Observe, WaitEnd};

use self::pairs::Pairs;
pub(crate) use self::scrape::{Sources, router};

/// The limits of a pool that is full.
const WORK: &str = "work";
/// The route whose calls are prestages.
const PRESTAGE: &str = "/prepare-arlo-mfa";

type Label<const N: usize> = [(&'static str, &'static str); N];
type Counters<const N: usize> = Family<Label<N>, Counter>;
type Gauges = Family<Label<1>, Gauge<u64, AtomicU64>>;
type Times<S> = Family<S, Histogram, fn() -> Histogram>;

/// How a mail came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    Smtp,
    Lmtp,
    Imap,
    Http,
}

impl Via {
    fn name(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Lmtp => "lmtp",
            Self::Imap => "imap",
            Self::Http => "http",
        }
    }
}

/// An access to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

impl Access {
    fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// The metrics of one relay. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    mails: Counters<2>,
    prestages: Counters<1>,
    calls: Family<[(&'static str, String); 3], Counter>,
    call_times: Times<[(&'static str, String); 1]>,
    waiting: Gauge,
    waits: Times<Label<1>>,
    deliveries: Histogram,
    answers: Histogram,
    limits: Counters<1>,
    store: Times<Label<1>>,
    store_failures: Counters<1>,
    queues: Gauges,
    connections: Gauges,
    accepted: Counters<1>,
    refused: Counters<1>,
    displaced: Counters<1>,
    parts: Gauges,
    dropped: Counter,
    pairs: Mutex<Pairs<RequestId>>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// Bounds in seconds for what a machine does.
fn quick() -> Histogram {
    Histogram::new([
        0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
    ])
}

/// Bounds in seconds for what waits for a mail.
fn slow() -> Histogram {
    Histogram::new([0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0])
}

/// Registers metrics under the name of the program.
struct Naming(Registry);

impl Naming {
    fn metric<M: Metric + Clone>(&mut self, name: &'static str, help: &'static str, metric: M) -> M {
        self.0.register(name, help, metric.clone());
        metric
    }
}

impl Metrics {
    /// The metrics of a relay of this version that starts now.
    pub(crate) fn new(version: &'static str) -> Self {
        let mut all = Naming(Registry::with_prefix("arlo_relay"));
        let build = all.metric("build_info", "The version that runs, always 1", Gauges::default());
        build.get_or_create(&[("version", version)]).set(1);
        let start = all.metric(
            "start_time_seconds",
            "When it started, in seconds since 1970 UTC",
            Gauge::<f64, AtomicU64>::default(),
        );
        start.set(SystemClock.now().as_duration().as_secs_f64());
        let inner = Inner {
            mails: all.metric(
                "mails",
                "Mails, by the way they came and what became of them",
                Counters::default(),
            ),
            prestages: all.metric(
                "prestages",
                "Logins that clients announced, by result",
                Counters::default(),
            ),
            calls: all.metric("http_calls", "Answered HTTP calls", Family::default()),
            call_times: all.metric(
                "http_call_seconds",
                "Time of an HTTP call, the wait for a code included",
                Family::new_with_constructor(quick as fn() -> Histogram),
            ),
            waiting: all.metric("waiting", "HTTP calls that wait for a code now", Gauge::default()),
            waits: all.metric(
                "wait_seconds",
                "Time that a call waited for a code, by its end",
                Family::new_with_constructor(slow as fn() -> Histogram),
            ),
            deliveries: all.metric(
                "delivery_seconds",
                "Time from the end of DATA until a mail's outcome is on disk, for each recipient",
                quick(),
            ),
            answers: all.metric(
                "answer_seconds",
                "Time from the end of DATA to the answer of the call that waited for the code",
                quick(),
            ),
            limits: all.metric("limits", "Calls and mails that met a limit", Counters::default()),
            store: all.metric(
                "store_seconds",
                "Time of an access to the database, its place in the queue included",
                Family::new_with_constructor(quick as fn() -> Histogram),
            ),
            store_failures: all.metric(
                "store_failures",
                "Accesses to the database that failed",
                Counters::default(),
            ),
            queues: all.metric("queue_depth", "What waits in a queue now", Gauges::default()),
            connections: all.metric("connections", "Open connections, by listener", Gauges::default()),
            accepted: all.metric(
                "connections_accepted",
                "Connections that got a place",
                Counters::default(),
            ),
            refused: all.metric(
                "connections_refused",
                "Connections for which there was no place",
                Counters::default(),
            ),
            displaced: all.metric(
                "connections_displaced",
                "Connections that gave their place to another",
                Counters::default(),
            ),
            parts: all.metric(
                "part_alive",
                "Whether a part of the relay lives: 1 or 0",
                Gauges::default(),
            ),
            dropped: all.metric(
                "operator_mails_dropped",
                "Mails for the operator that were dropped since the database was made",
                Counter::default(),
            ),
            registry: all.0,
            pairs: Mutex::new(Pairs::default()),
        };
        inner.begin_at_zero();
        Self(Arc::new(inner))
    }

    /// A mail that came by SMTP or LMTP, and ended at `received`, has its outcome now.
    pub(crate) fn delivered(&self, via: Via, receipt: &Receipt, received: Instant) {
        self.mail(via, receipt.outcome());
        self.0.deliveries.observe(received.elapsed().as_secs_f64());
        if let Some(request) = receipt.request {
            self.pair(|pairs| pairs.began(request, received));
        }
    }

    /// A mail came to this.
    pub(crate) fn mail(&self, via: Via, outcome: &'static str) {
        let labels = [("via", via.name()), ("outcome", outcome)];
        self.0.mails.get_or_create(&labels).inc();
    }

    /// An access to the store is over.
    pub(crate) fn accessed(&self, access: Access, took: Duration, is_good: bool) {
        let labels = [("access", access.name())];
        self.0.store.get_or_create(&labels).observe(took.as_secs_f64());
        if !is_good {
            self.0.store_failures.get_or_create(&labels).inc();
        }
    }

    /// Both sides come in either order: whoever is second gives the time between them.
    fn pair(&self, side: impl FnOnce(&mut Pairs<RequestId>) -> Option<Duration>) {
        let time = side(&mut self.0.pairs.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(time) = time {
            self.0.answers.observe(time.as_secs_f64());
        }
    }
}

impl Inner {
    /// A rate needs a value from before the first event.
    fn begin_at_zero(&self) {
        for event in MailEvent::ALL {
            let labels = [("via", Via::Smtp.name()), ("outcome", event.name())];
            drop(self.mails.get_or_create(&labels));
        }
        for result in ["accepted", "malformed", "refused", "limited", "failed"] {
            drop(self.prestages.get_or_create(&[("result", result)]));
        }
        for limit in Limit::ALL.map(Limit::name).into_iter().chain([WORK]) {
            drop(self.limits.get_or_create(&[("limit", limit)]));
        }
        for end in [WaitEnd::Answered, WaitEnd::Over, WaitEnd::Gone] {
            drop(self.waits.get_or_create(&[("end", end.name())]));
        }
        for access in [Access::Read, Access::Write] {
            let labels = [("access", access.name())];
            drop(self.store.get_or_create(&labels));
            drop(self.store_failures.get_or_create(&labels));
        }
    }
}

impl Observe for Metrics {
    fn answered(&self, call: &Answered<'_>) {
        let Inner {
            calls,
            call_times,
            prestages,
            limits,
            ..
        } = &*self.0;
        let labels = [
            ("method", call.method.to_owned()),
            ("route", call.route.to_owned()),
            ("status", call.status.to_string()),
        ];
        calls.get_or_create(&labels).inc();
        let [_, route, _] = labels;
        call_times.get_or_create(&[route]).observe(call.took.as_secs_f64());
        if let Some(limit) = call.limit {
            limits.get_or_create(&[("limit", limit.name())]).inc();
        }
        if call.method == "POST" && call.route.starts_with(PRESTAGE) {
            prestages
                .get_or_create(&[("result", prestage_result(call.status))])
                .inc();
        }
    }

    fn mail(&self, receipt: &Receipt) {
        self.mail(Via::Http, receipt.outcome());
    }

    fn wait_began(&self) {
        self.0.waiting.inc();
    }

    fn wait_ended(&self, request: &RequestId, took: Duration, end: WaitEnd) {
        self.0.waiting.dec();
        let labels = [("end", end.name())];
        self.0.waits.get_or_create(&labels).observe(took.as_secs_f64());
        if end == WaitEnd::Answered {
            self.pair(|pairs| pairs.ended(*request, Instant::now()));
        }
    }
}

fn prestage_result(status: u16) -> &'static str {
    match status {
        200..300 => "accepted",
        401 | 403 => "refused",
        429 => "limited",
        400..500 => "malformed",
        _ => "failed",
    }
}
