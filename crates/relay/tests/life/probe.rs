//! The rules, run as far as the answers go that a store has given: what they ask of it next, or what came of the call.
//!
//! A call of the rules has no state of its own but the answers that it was given. So a state of the model has the
//! answers, and the call is run anew from them: once for each list of answers, since the same list gives the same.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use arlo_mail::{Code, Senders};
use bytes::Bytes;
use jiff::Timestamp;
use relay::ports::{
    AuthenticateMail, CancelRequests, Clock, Ending, FindEnrolments, ForOperator, ForwardMail, MailTaken, PortError,
    Random, Record, RunWork, SeenMail, StageRequests, TakeMail, TakeOutcome,
};
use relay::{
    AccountHashes, Claims, Deployment, Domain, EnrolmentId, Fault, JoinLimits, Keys, Lifetime, LocalPart, NewRequest,
    PollKey, Registration, Relay, Settings, StageOutcome, Verdicts,
};

/// What the rules ask of the store.
pub(crate) enum Ask {
    Stage(NewRequest),
    Cancel(PollKey),
    Find(EnrolmentId),
    OfAccount,
    Take(EnrolmentId, Timestamp, Option<Ending>),
    Finish(EnrolmentId, SeenMail, Code),
}

/// What the store answers.
pub(crate) enum Reply {
    Staged,
    Cancelled,
    /// All enrolments, of which the one that was asked for is as it is.
    Found(Vec<Record>),
    Taken(TakeOutcome),
    Finished,
}

/// What a call does next.
pub(crate) enum Next<T> {
    Ask(Ask),
    Done(T),
}

#[derive(Clone)]
pub(crate) struct Probe(Arc<Inner>);

struct Inner {
    replies: Mutex<VecDeque<(Reply, Timestamp)>>,
    asked: Mutex<Option<Ask>>,
    now: Mutex<Timestamp>,
}

impl Probe {
    /// Runs a call that began at this time with the answers, each with the time at which it came.
    pub(crate) fn run<T>(
        keys: &Keys,
        began: Timestamp,
        replies: Vec<(Reply, Timestamp)>,
        client: usize,
        call: impl AsyncFnOnce(Relay<Probe>) -> T,
    ) -> Next<T> {
        let probe = Self(Arc::new(Inner {
            replies: Mutex::new(replies.into()),
            asked: Mutex::default(),
            now: Mutex::new(began),
        }));
        let settings = Settings {
            deployment: Deployment {
                keys: keys.clone(),
                domain: Domain::parse("relay.example").unwrap(),
                clock: Arc::new(probe.clone()),
                random: Arc::new(counting(client)),
            },
            shared: LocalPart::default(),
            lifetime: Lifetime::default(),
            senders: Senders::default(),
            registration: Registration::Closed,
            join_limits: JoinLimits::default(),
            forwards: false,
        };
        let running = pin!(call(Relay::new(settings, probe.clone())));
        match running.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => Next::Done(done),
            Poll::Pending => Next::Ask(probe.0.asked.lock().unwrap().take().unwrap()),
        }
    }

    /// The answer, if it has come; else the question is what is asked next.
    async fn ask(&self, ask: Ask) -> Reply {
        let reply = self.0.replies.lock().unwrap().pop_front();
        match reply {
            Some((reply, at)) => {
                *self.0.now.lock().unwrap() = at;
                reply
            }
            None => {
                *self.0.asked.lock().unwrap() = Some(ask);
                std::future::pending().await
            }
        }
    }
}

impl Clock for Probe {
    fn now(&self) -> Timestamp {
        *self.0.now.lock().unwrap()
    }
}

struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), PortError> {
        let count = self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        buffer
            .iter_mut()
            .zip(count.iter().cycle())
            .for_each(|(to, from)| *to = *from);
        Ok(())
    }
}

/// The answer of the kind that was asked for.
macro_rules! answer {
    ($reply:expr, $kind:path) => {
        match $reply {
            $kind(answer) => Ok(answer),
            _ => unreachable!("another answer"),
        }
    };
}

impl StageRequests for Probe {
    async fn stage(&self, request: &NewRequest) -> Result<StageOutcome, PortError> {
        self.ask(Ask::Stage(request.clone())).await;
        Ok(StageOutcome::Accepted)
    }
}

impl CancelRequests for Probe {
    async fn cancel(&self, key: &PollKey) -> Result<(), PortError> {
        self.ask(Ask::Cancel(key.clone())).await;
        Ok(())
    }
}

impl FindEnrolments for Probe {
    async fn find(&self, id: &EnrolmentId) -> Result<Option<Record>, PortError> {
        let mut found = answer!(self.ask(Ask::Find(*id)).await, Reply::Found)?;
        found.retain(|record| record.enrolment.id == *id);
        Ok(found.pop())
    }

    async fn at_shared_address(&self, _: &AccountHashes) -> Result<Vec<Record>, PortError> {
        answer!(self.ask(Ask::OfAccount).await, Reply::Found)
    }
}

impl TakeMail for Probe {
    async fn take(&self, mail: &MailTaken<'_>) -> Result<TakeOutcome, PortError> {
        let ask = Ask::Take(mail.enrolment, mail.event.at, mail.ends.clone());
        answer!(self.ask(ask).await, Reply::Taken)
    }

    async fn finish(
        &self,
        enrolment: &EnrolmentId,
        seen: &SeenMail,
        outcome: &Result<Code, Fault>,
        _: Timestamp,
    ) -> Result<(), PortError> {
        let code = outcome.clone().unwrap();
        self.ask(Ask::Finish(*enrolment, *seen, code)).await;
        Ok(())
    }
}

impl ForwardMail for Probe {
    async fn forward(&self, _: ForOperator<'_>) -> Result<(), PortError> {
        Ok(())
    }
}

/// Randomness that is the same each time, and another for each client.
pub(crate) fn counting(client: usize) -> impl Random {
    Counting(AtomicU64::new(1000 * u64::try_from(client + 1).unwrap()))
}

/// Verifies nothing: no mail needs it that comes to an enrolment's own address.
pub(crate) struct Nobody;

impl AuthenticateMail for Nobody {
    async fn verdicts(&self, _: &Claims, _: Option<&str>, _: &Bytes, _: &impl RunWork) -> Result<Verdicts, PortError> {
        Ok(Verdicts::default())
    }
}
