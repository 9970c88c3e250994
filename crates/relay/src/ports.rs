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

use crate::audit::AuditEvent;
use crate::claims::{Claims, Verdicts};
use crate::enrolment::Enrolment;
use crate::identity::EnrolmentId;
use crate::invitation::{Invitation, InvitationId};
use crate::joining::Joining;
use crate::keys::AccountHashes;
use crate::poll_key::{PollKey, RequestId};
use crate::request::{Fault, LoginRequest, NewRequest, Pending, StageOutcome};
use crate::status::{Kept, Status};

pub use crate::error::PortError;
pub use crate::system::{Clock, Random};

/// Makes login requests.
pub trait StageRequests: Send + Sync {
    /// Makes the request pending, if the enrolment is the account's, has the token, is not suspended and has room for
    /// it: one atomic step, which is added to its events. Where its token is another, that is added instead, if
    /// [`Record::notes_wrong_token`] says so.
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

/// Finds enrolments.
pub trait FindEnrolments: Send + Sync {
    /// The enrolment of that id, with all that a call or a mail has to know of it: one read.
    fn find(&self, id: &EnrolmentId) -> impl Future<Output = Result<Option<Record>, PortError>> + Send;

    /// The enrolment alone, for who needs no more of it.
    fn find_enrolment(&self, id: &EnrolmentId) -> impl Future<Output = Result<Option<Enrolment>, PortError>> + Send {
        async { Ok(self.find(id).await?.map(|record| record.enrolment)) }
    }

    /// The account's enrolments whose mail is taken beside their own relay addresses, oldest first. What strangers
    /// make in the account's name costs nothing here.
    fn at_shared_address(&self, account: &AccountHashes)
    -> impl Future<Output = Result<Vec<Record>, PortError>> + Send;
}

/// An enrolment, and what waits for a mail or was ended by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The enrolment.
    pub enrolment: Enrolment,
    /// Its pending requests, expired ones among them or not, in any order.
    pub pending: Vec<Pending>,
    /// The mails that ended a request, forgotten ones among them or not, in any order.
    pub seen: Vec<SeenMail>,
    /// When somebody last showed a wrong token for it, if that is among its events.
    pub wrong_token_at: Option<Timestamp>,
}

impl Record {
    /// What is remembered of the mail.
    #[must_use]
    pub fn seen(&self, mail: &MailId, now: Timestamp) -> Option<&SeenMail> {
        self.seen.iter().find(|seen| seen.mail == *mail && seen.until > now)
    }
}

/// A mail that ended a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenMail {
    /// Which mail.
    pub mail: MailId,
    /// Until when a second copy is known as one.
    pub until: Timestamp,
    /// The request that it ended.
    pub request: Pending,
}

/// Mails of one enrolment that are remembered: each ended a request, so more than this are not needed.
pub const MAX_SEEN: usize = 64;

/// Takes mails.
pub trait TakeMail: Send + Sync {
    /// Does all that one mail does to an enrolment, or nothing: one atomic step. It counts the mail, keeps what is to
    /// be kept of it, and ends the request and remembers the mail where it ends one. The enrolment is used from then on
    /// ([`crate::MadeBy::used`]).
    fn take(&self, mail: &MailTaken<'_>) -> impl Future<Output = Result<TakeOutcome, PortError>> + Send;

    /// Sees to it that who polls for the request reads how the mail ended it, where that was cut off after
    /// [`Self::take`]. A request that was begun anew since, or that has expired `at` this time, is left alone.
    fn finish(
        &self,
        enrolment: &EnrolmentId,
        seen: &SeenMail,
        outcome: &Result<Code, Fault>,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// What one mail does to an enrolment.
#[derive(Debug, Clone)]
pub struct MailTaken<'a> {
    /// Whose mail.
    pub enrolment: EnrolmentId,
    /// What happened, to be added to its last events and, where it is a mail's, to its counts.
    pub event: AuditEvent,
    /// What is kept of it as the newest of its kind.
    pub kept: Option<Kept<'a>>,
    /// The request that it ends.
    pub ends: Option<Ending>,
}

impl MailTaken<'_> {
    /// What happened, and nothing else.
    #[must_use]
    pub fn only(enrolment: EnrolmentId, event: AuditEvent) -> Self {
        Self {
            enrolment,
            event,
            kept: None,
            ends: None,
        }
    }
}

/// How one mail ends one login request.
#[derive(Debug, Clone)]
pub struct Ending {
    /// Which mail.
    pub mail: MailId,
    /// Until when a second copy is known as one. Of each enrolment the newest [`MAX_SEEN`] mails are remembered.
    pub seen_until: Timestamp,
    /// The request it ends.
    pub request: Pending,
    /// How it ends it.
    pub outcome: Result<Code, Fault>,
}

/// What became of a [`MailTaken`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakeOutcome {
    /// It is done.
    Done,
    /// The request is not pending any more, was replaced, or the mail has ended one before: nothing changed, and what
    /// to do is to be decided anew.
    Outdated,
    /// There is no such enrolment: nothing changed.
    NotEnrolled,
}

/// Makes, changes and ends enrolments.
pub trait ManageEnrolments: Send + Sync {
    /// Adds one. Its id is new.
    fn add(&self, enrolment: &Enrolment) -> impl Future<Output = Result<(), PortError>> + Send;
    /// All of the account, oldest first.
    fn of_account(&self, account: &AccountHashes) -> impl Future<Output = Result<Vec<Enrolment>, PortError>> + Send {
        async {
            let mut enrolments = self.list().await?;
            enrolments.retain(|enrolment| account.contains(&enrolment.account));
            Ok(enrolments)
        }
    }
    /// All of them, oldest first.
    fn list(&self) -> impl Future<Output = Result<Vec<Enrolment>, PortError>> + Send;
    /// Replaces the enrolment and adds the event, if it is still as it was read: one atomic step. `false` if it is not,
    /// and nothing changed. Where its token changes or it is suspended, what was begun is ended.
    fn replace(
        &self,
        read: &Enrolment,
        new: &Enrolment,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<bool, PortError>> + Send;
    /// Removes the enrolment with all that belongs to it; `false` if there is none. Its id alone is remembered, as long
    /// as [`Enrolment::remembered_until`] says.
    fn remove(&self, id: &EnrolmentId) -> impl Future<Output = Result<bool, PortError>> + Send;
}

/// Lets strangers join.
pub trait AdmitMembers: Send + Sync {
    /// Adds the enrolment and counts it, if its invitation is open and each limit has room. A store that cannot do this
    /// in one step takes the use of the invitation first: what is cut off makes no enrolment too many. An enrolment
    /// that is there fails, and uses up no place; nor does one whose id is remembered.
    fn admit(&self, joining: &Joining<'_>) -> impl Future<Output = Result<AdmitOutcome, PortError>> + Send;
}

/// What became of a [`Joining`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdmitOutcome {
    /// It is added.
    Admitted,
    /// Its invitation is used up, over or withdrawn.
    InvitationOver,
    /// There are as many as there may be.
    Full,
    /// Too many joined today, in all or of its network.
    TooMany,
    /// It was there, and has gone.
    Left,
}

/// Makes and withdraws invitations.
pub trait ManageInvitations: Send + Sync {
    /// Adds one. Its id is new.
    fn invite(&self, invitation: &Invitation) -> impl Future<Output = Result<(), PortError>> + Send;
    /// All that are stored, oldest first. A store may drop those that are over.
    fn invitations(&self) -> impl Future<Output = Result<Vec<Invitation>, PortError>> + Send;
    /// Removes one; `false` if there is none.
    fn withdraw(&self, id: &InvitationId) -> impl Future<Output = Result<bool, PortError>> + Send;
}

/// Reads what mail came to, and what happened.
pub trait ReadStatus: Send + Sync {
    /// The enrolment's status; an empty one if there is none.
    fn status(&self, id: &EnrolmentId) -> impl Future<Output = Result<Status, PortError>> + Send;
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
    Enrolment(EnrolmentId),
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
    /// Drops the requests, the seen mails, what was kept of other mail, the enrolments that no mail reached in time,
    /// the invitations, the remembered ids and the counts of days that are gone at `now`; says how many, without the
    /// ids and the counts.
    fn sweep(&self, now: Timestamp) -> impl Future<Output = Result<u64, PortError>> + Send;
}

/// Checks whether the outside system answers.
pub trait CheckHealth: Send + Sync {
    /// Uses it once.
    fn check(&self) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// What taking in mail needs of a store.
pub trait IntakeStore: FindEnrolments + TakeMail + ForwardMail {}

impl<S: FindEnrolments + TakeMail + ForwardMail> IntakeStore for S {}

/// What the whole HTTP API needs of a store.
pub trait WebStore:
    StageRequests
    + ReadRequests
    + CancelRequests
    + IntakeStore
    + ManageEnrolments
    + AdmitMembers
    + ReadStatus
    + CheckHealth
    + 'static
{
}

impl<S> WebStore for S where
    S: StageRequests
        + ReadRequests
        + CancelRequests
        + IntakeStore
        + ManageEnrolments
        + AdmitMembers
        + ReadStatus
        + CheckHealth
        + 'static
{
}
