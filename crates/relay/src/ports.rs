//! What the rules need from outside: small traits, one for each thing that a handler may do.
//!
//! A store implements them over one outside system. The traits in a function's bounds are all that it can do, and on
//! AWS its IAM statement names the actions of these traits only. Every store passes the suite of
//! `testing::conformance`.

use std::future::Future;
use std::net::IpAddr;

use arlo_mail::{Code, MailId};
use bytes::Bytes;
use jiff::Timestamp;

use crate::claims::{Claims, Verdicts};
use crate::enrolment::{Enrolment, Kept, MailEvent, Status};
use crate::hash_key::AccountHash;
use crate::request::{Fault, LoginRequest, NewRequest, Pending, StageOutcome};
use crate::secret::{PollKey, RelayLocalPart, RequestId, TokenHash};

pub use crate::error::PortError;
pub use crate::system::{Clock, Random};

/// Makes login requests.
pub trait StageRequests: Send + Sync {
    /// Makes the request pending, if the account is enrolled with the token and may have one more pending: one atomic
    /// step.
    fn stage(&self, request: &NewRequest) -> impl Future<Output = Result<StageOutcome, PortError>> + Send;
}

/// Reads login requests.
pub trait ReadRequests: Send + Sync {
    /// The request that the key reads, expired or not; `None` if there is none any more.
    fn read(&self, key: &PollKey) -> impl Future<Output = Result<Option<LoginRequest>, PortError>> + Send;
}

/// Drops login requests.
pub trait CancelRequests: Send + Sync {
    /// Drops the request that the key reads, whatever its state; nothing where there is none.
    fn cancel(&self, key: &PollKey) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Reports when a request changes.
pub trait WatchRequests: Send + Sync {
    /// Begins to watch at once; the future ends when the request has changed, or may have. A change between this call
    /// and the first poll of the future is not missed.
    fn watch(&self, id: &RequestId) -> impl Future<Output = ()> + Send + 'static;
}

/// Ends login requests.
pub trait EndRequests: Send + Sync {
    /// The account's pending requests, expired ones among them or not, in any order.
    fn pending(&self, account: &AccountHash) -> impl Future<Output = Result<Vec<Pending>, PortError>> + Send;

    /// Ends the request and remembers the mail, or does neither: one atomic step. A mail that ends no request is not
    /// remembered. The outcome says whether it was seen before.
    fn end(&self, ending: &Ending) -> impl Future<Output = Result<EndOutcome, PortError>> + Send;
}

/// Mails of one account that are remembered: each ended a request, so more than this are not needed.
pub const MAX_SEEN: usize = 64;

/// How one mail ends one login request, to be done in one step.
#[derive(Debug, Clone)]
pub struct Ending {
    /// Whose mail.
    pub account: AccountHash,
    /// Which mail.
    pub mail: MailId,
    /// When.
    pub now: Timestamp,
    /// Until when a second copy is recognised. Of each account the newest [`MAX_SEEN`] mails are remembered.
    pub seen_until: Timestamp,
    /// The request it ends, if one waits for it.
    pub request: Option<Pending>,
    /// How it ends it.
    pub outcome: Result<Code, Fault>,
}

/// What became of an [`Ending`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndOutcome {
    /// It is done.
    Done,
    /// The account's mail was seen before: nothing changed.
    Duplicate,
    /// The request is no longer pending, or was replaced: nothing changed, and another is to be chosen.
    NotPending,
}

/// Finds enrolments.
pub trait FindEnrolments: Send + Sync {
    /// The account's enrolment.
    fn by_account(&self, account: &AccountHash) -> impl Future<Output = Result<Option<Enrolment>, PortError>> + Send;
    /// The enrolment with that token.
    fn by_token(&self, token: &TokenHash) -> impl Future<Output = Result<Option<Enrolment>, PortError>> + Send;
    /// The enrolment whose own relay address has that local part.
    fn by_local_part(
        &self,
        local_part: &RelayLocalPart,
    ) -> impl Future<Output = Result<Option<Enrolment>, PortError>> + Send;
}

/// Makes, changes and ends enrolments.
pub trait ManageEnrolments: Send + Sync {
    /// Adds one; `false` if the account is enrolled already, and nothing changed.
    fn add(&self, enrolment: &Enrolment) -> impl Future<Output = Result<bool, PortError>> + Send;
    /// All of them, oldest first.
    fn list(&self) -> impl Future<Output = Result<Vec<Enrolment>, PortError>> + Send;
    /// Replaces the token and ends what was begun with the old one; `false` if the account is not enrolled.
    fn replace_token(
        &self,
        account: &AccountHash,
        token: &TokenHash,
        at: Timestamp,
    ) -> impl Future<Output = Result<bool, PortError>> + Send;
    /// Removes the enrolment with its requests and status; `false` if the account is not enrolled.
    fn remove(&self, account: &AccountHash) -> impl Future<Output = Result<bool, PortError>> + Send;
}

/// Counts what became of mail.
pub trait RecordMail: Send + Sync {
    /// Adds one to the enrolment's count, and keeps what is given as the newest of its kind: one atomic step. Does
    /// nothing if there is no enrolment.
    fn record(
        &self,
        account: &AccountHash,
        event: MailEvent,
        kept: Option<Kept<'_>>,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Reads what became of mail.
pub trait ReadStatus: Send + Sync {
    /// The enrolment's status; an empty one if nothing came yet.
    fn status(&self, account: &AccountHash) -> impl Future<Output = Result<Status, PortError>> + Send;
}

/// Sends mail to the operator.
pub trait ForwardMail: Send + Sync {
    /// Takes charge of one mail for the operator; returns once it cannot be lost. It is called only where the settings
    /// have an operator.
    ///
    /// A mail is dropped and counted if the queue is full or its writer has used its share. That is no error: a copy
    /// for the operator is no reason to put a mail off.
    ///
    /// # Errors
    /// When the outside thing is away. The store has logged why, as the caller may go on without the copy.
    fn forward(&self, mail: ForOperator<'_>) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// A mail for the operator.
#[derive(Clone, Copy)]
pub struct ForOperator<'a> {
    /// The mail as it came.
    pub raw: &'a [u8],
    /// Why the operator is sent it.
    pub about: ForwardReason,
    /// Who wrote it.
    pub writer: Writer,
    /// When it came.
    pub received_at: Timestamp,
}

crate::redacted_debug!(ForOperator<'_>, |mail| bytes = mail.raw.len(), about = mail.about);

/// Who wrote a mail for the operator. Each writer has a share of its own, so that none can use up what is there for
/// all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Writer {
    /// Whoever knows an enrolment's relay address or token.
    Enrolment(AccountHash),
    /// A mail server, by its address.
    Client(IpAddr),
    /// Nobody in particular: the mail came through a mail server of the relay's own, or its client is not known.
    Unknown,
}

/// Why a mail goes to the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardReason {
    /// A provider asks to confirm a forwarding.
    ForwardingConfirmation,
    /// It is no Arlo code.
    NoCode,
}

impl ForwardReason {
    /// The name that a store keeps.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ForwardingConfirmation => "forwarding-confirmation",
            Self::NoCode => "no-code",
        }
    }

    /// The reason of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::ForwardingConfirmation, Self::NoCode]
            .into_iter()
            .find(|reason| reason.name() == name)
    }
}

/// Checks which claims of a mail are true. One value is for one connection.
pub trait AuthenticateMail: Send + Sync {
    /// Checks the claims of one mail, and no others. `reverse_path` is `None` for the null one. What takes processor
    /// time is left to `work`.
    ///
    /// # Errors
    /// When the mail is Arlo's by its own word and that cannot be checked now: it is to be tried again later.
    fn verdicts(
        &self,
        claims: &Claims,
        reverse_path: Option<&str>,
        raw: &Bytes,
        work: &impl RunWork,
    ) -> impl Future<Output = Result<Verdicts, PortError>> + Send;
}

/// Runs work that takes processor time elsewhere than on the threads that serve others. One value is one client's share
/// of it.
pub trait RunWork: Send + Sync {
    /// Does the work when its turn has come, and returns its result. If the future is dropped, the work may not be
    /// done.
    ///
    /// # Errors
    /// If too much work waits, or this one ended without a result. It may succeed later.
    fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Result<T, PortError>> + Send;
}

/// Does the work at once, where it is asked for: for a process that serves one caller at a time, as a Lambda function
/// does.
#[derive(Debug, Clone, Copy, Default)]
pub struct Inline;

impl RunWork for Inline {
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PortError> {
        Ok(work())
    }
}

/// Drops what has expired.
pub trait Sweep: Send + Sync {
    /// Drops the requests, the seen mails and what was kept of other mail that are gone at `now`; says how many.
    fn sweep(&self, now: Timestamp) -> impl Future<Output = Result<u64, PortError>> + Send;
}

/// Checks whether the outside system answers.
pub trait CheckHealth: Send + Sync {
    /// Uses it once.
    fn check(&self) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// What taking in mail needs of a store.
pub trait IntakeStore: FindEnrolments + EndRequests + RecordMail + ForwardMail {}

impl<S: FindEnrolments + EndRequests + RecordMail + ForwardMail> IntakeStore for S {}

/// What the whole HTTP API needs of a store.
pub trait WebStore:
    StageRequests
    + ReadRequests
    + CancelRequests
    + EndRequests
    + FindEnrolments
    + ManageEnrolments
    + RecordMail
    + ReadStatus
    + ForwardMail
    + CheckHealth
    + 'static
{
}

impl<S> WebStore for S where
    S: StageRequests
        + ReadRequests
        + CancelRequests
        + EndRequests
        + FindEnrolments
        + ManageEnrolments
        + RecordMail
        + ReadStatus
        + ForwardMail
        + CheckHealth
        + 'static
{
}
