//! A store that lives in memory: the shortest form of what a store has to do.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::enrolment::{Enrolment, Kept, MAX_OTHER_MAIL, MailEvent, Status, Tally};
use crate::hash_key::AccountHash;
use crate::ports::{
    CancelRequests, CheckHealth, EndOutcome, EndRequests, Ending, FindEnrolments, ForOperator, ForwardMail,
    ForwardReason, MAX_SEEN, ManageEnrolments, PortError, ReadRequests, ReadStatus, RecordMail, StageRequests, Sweep,
    WatchRequests,
};
use crate::request::{Capacity, LoginRequest, NewRequest, Pending, RequestState, StageOutcome};
use crate::secret::{PollKey, RelayLocalPart, RequestId, TokenHash};

/// Everything in memory, gone with the last clone.
#[derive(Debug, Clone)]
pub struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
    changes: Arc<watch::Sender<u64>>,
    operator_away: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct Tables {
    enrolments: Vec<Enrolment>,
    requests: BTreeMap<RequestId, LoginRequest>,
    seen: BTreeMap<(AccountHash, [u8; 32]), Timestamp>,
    status: BTreeMap<AccountHash, Status>,
    forwarded: Vec<(Vec<u8>, ForwardReason)>,
    asked: u64,
}

impl Tables {
    fn remember(&mut self, mail: (AccountHash, [u8; 32]), until: Timestamp) {
        self.seen.insert(mail, until);
        let of_account = || self.seen.iter().filter(|((account, _), _)| *account == mail.0);
        if of_account().count() > MAX_SEEN
            && let Some(oldest) = of_account().min_by_key(|(_, until)| **until).map(|(mail, _)| *mail)
        {
            self.seen.remove(&oldest);
        }
    }

    fn pending(&self, account: &AccountHash) -> impl Iterator<Item = Pending> {
        let requests = self.requests.values();
        requests
            .filter(|r| r.account == *account && r.state == RequestState::Pending)
            .map(|r| Pending {
                id: r.id,
                staged_at: r.staged_at,
                expires_at: r.expires_at,
            })
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self {
            tables: Arc::default(),
            changes: Arc::new(watch::Sender::new(0)),
            operator_away: Arc::default(),
        }
    }
}

impl MemoryStore {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// From now on nothing can be handed on to the operator.
    pub fn lose_operator(&self) {
        self.operator_away.store(true, Ordering::SeqCst);
    }

    /// How often an enrolment was looked up by its account.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.tables().asked
    }

    /// What was handed on to the operator.
    #[must_use]
    pub fn forwarded(&self) -> Vec<(Vec<u8>, ForwardReason)> {
        self.tables().forwarded.clone()
    }
}

impl StageRequests for MemoryStore {
    async fn stage(&self, new: &NewRequest) -> Result<StageOutcome, PortError> {
        let mut tables = self.tables();
        if !tables
            .enrolments
            .iter()
            .any(|e| e.account == new.account && e.token == new.token)
        {
            return Ok(StageOutcome::NotEnrolled);
        }
        let id = new.poll_key.request_id();
        let others: Vec<Pending> = tables.pending(&new.account).filter(|other| other.id != id).collect();
        match Capacity::beside(&others, new.staged_at) {
            Capacity::Free => {}
            Capacity::InsteadOf(other) => {
                tables.requests.remove(&other);
            }
            Capacity::Full(until) => return Ok(StageOutcome::Full(until)),
        }
        tables.requests.insert(
            id,
            LoginRequest {
                id,
                account: new.account,
                staged_at: new.staged_at,
                expires_at: new.expires_at,
                state: RequestState::Pending,
            },
        );
        drop(tables);
        self.changed();
        Ok(StageOutcome::Accepted)
    }
}

impl ReadRequests for MemoryStore {
    async fn read(&self, key: &PollKey) -> Result<Option<LoginRequest>, PortError> {
        Ok(self.tables().requests.get(&key.request_id()).cloned())
    }
}

impl CancelRequests for MemoryStore {
    async fn cancel(&self, key: &PollKey) -> Result<(), PortError> {
        self.tables().requests.remove(&key.request_id());
        self.changed();
        Ok(())
    }
}

impl WatchRequests for MemoryStore {
    fn watch(&self, _: &RequestId) -> impl Future<Output = ()> + Send + 'static {
        let mut changes = self.changes.subscribe();
        async move {
            // The sender lives as long as a store does; without one nothing changes any more.
            let _ = changes.changed().await;
        }
    }
}

impl EndRequests for MemoryStore {
    async fn pending(&self, account: &AccountHash) -> Result<Vec<Pending>, PortError> {
        Ok(self.tables().pending(account).collect())
    }

    async fn end(&self, ending: &Ending) -> Result<EndOutcome, PortError> {
        let mut tables = self.tables();
        let mail = (ending.account, *ending.mail.as_bytes());
        if tables.seen.get(&mail).is_some_and(|until| *until > ending.now) {
            return Ok(EndOutcome::Duplicate);
        }
        if let Some(chosen) = ending.request {
            let Some(request) = tables.requests.get_mut(&chosen.id) else {
                return Ok(EndOutcome::NotPending);
            };
            if request.state != RequestState::Pending || request.staged_at != chosen.staged_at {
                return Ok(EndOutcome::NotPending);
            }
            request.state = match &ending.outcome {
                Ok(code) => RequestState::Complete(code.clone()),
                Err(fault) => RequestState::Error(*fault),
            };
            tables.remember(mail, ending.seen_until);
        }
        drop(tables);
        self.changed();
        Ok(EndOutcome::Done)
    }
}

impl FindEnrolments for MemoryStore {
    async fn by_account(&self, account: &AccountHash) -> Result<Option<Enrolment>, PortError> {
        let mut tables = self.tables();
        tables.asked += 1;
        Ok(tables.enrolments.iter().find(|e| e.account == *account).cloned())
    }

    async fn by_token(&self, token: &TokenHash) -> Result<Option<Enrolment>, PortError> {
        Ok(self.tables().enrolments.iter().find(|e| e.token == *token).cloned())
    }

    async fn by_local_part(&self, local_part: &RelayLocalPart) -> Result<Option<Enrolment>, PortError> {
        Ok(self
            .tables()
            .enrolments
            .iter()
            .find(|e| e.local_part == *local_part)
            .cloned())
    }
}

impl ManageEnrolments for MemoryStore {
    async fn add(&self, enrolment: &Enrolment) -> Result<bool, PortError> {
        let mut tables = self.tables();
        if tables.enrolments.iter().any(|e| e.account == enrolment.account) {
            return Ok(false);
        }
        tables.enrolments.push(enrolment.clone());
        Ok(true)
    }

    async fn list(&self) -> Result<Vec<Enrolment>, PortError> {
        let mut enrolments = self.tables().enrolments.clone();
        enrolments.sort_by_key(|e| (e.created_at, e.account));
        Ok(enrolments)
    }

    async fn replace_token(&self, account: &AccountHash, token: &TokenHash, at: Timestamp) -> Result<bool, PortError> {
        let mut tables = self.tables();
        let Some(enrolment) = tables.enrolments.iter_mut().find(|e| e.account == *account) else {
            return Ok(false);
        };
        enrolment.token = *token;
        enrolment.rotated_at = Some(at);
        tables.requests.retain(|_, r| r.account != *account);
        drop(tables);
        self.changed();
        Ok(true)
    }

    async fn remove(&self, account: &AccountHash) -> Result<bool, PortError> {
        let mut tables = self.tables();
        let before = tables.enrolments.len();
        tables.enrolments.retain(|e| e.account != *account);
        let removed = tables.enrolments.len() < before;
        tables.requests.retain(|_, r| r.account != *account);
        tables.seen.retain(|(owner, _), _| owner != account);
        tables.status.remove(account);
        drop(tables);
        self.changed();
        Ok(removed)
    }
}

impl RecordMail for MemoryStore {
    async fn record(
        &self,
        account: &AccountHash,
        event: MailEvent,
        kept: Option<Kept<'_>>,
        at: Timestamp,
    ) -> Result<(), PortError> {
        let mut tables = self.tables();
        if !tables.enrolments.iter().any(|e| e.account == *account) {
            return Ok(());
        }
        let status = tables.status.entry(*account).or_default();
        match status.mail.iter_mut().find(|tally| tally.event == event) {
            Some(tally) => {
                tally.count += 1;
                tally.last_at = at;
            }
            None => status.mail.push(Tally {
                event,
                count: 1,
                last_at: at,
            }),
        }
        status.mail.sort_by_key(|tally| tally.event);
        match kept {
            Some(Kept::Confirmation(confirmation)) => status.confirmation = Some(confirmation.clone()),
            Some(Kept::OtherMail(mail)) => {
                status.other_mail.insert(0, mail.clone());
                status.other_mail.truncate(MAX_OTHER_MAIL);
            }
            None => {}
        }
        Ok(())
    }
}

impl ReadStatus for MemoryStore {
    async fn status(&self, account: &AccountHash) -> Result<Status, PortError> {
        Ok(self.tables().status.get(account).cloned().unwrap_or_default())
    }
}

impl ForwardMail for MemoryStore {
    async fn forward(&self, mail: ForOperator<'_>) -> Result<(), PortError> {
        if self.operator_away.load(Ordering::SeqCst) {
            return Err(PortError::contended("the operator's mail server is away"));
        }
        self.tables().forwarded.push((mail.raw.to_vec(), mail.about));
        Ok(())
    }
}

impl Sweep for MemoryStore {
    async fn sweep(&self, now: Timestamp) -> Result<u64, PortError> {
        let mut tables = self.tables();
        let rows = |tables: &Tables| {
            let other_mail: usize = tables.status.values().map(|status| status.other_mail.len()).sum();
            tables.requests.len() + tables.seen.len() + other_mail
        };
        let before = rows(&tables);
        tables.requests.retain(|_, r| !r.is_expired(now));
        tables.seen.retain(|_, until| *until > now);
        for status in tables.status.values_mut() {
            status.other_mail.retain(|mail| !mail.is_over(now));
        }
        Ok((before - rows(&tables)) as u64)
    }
}

impl CheckHealth for MemoryStore {
    async fn check(&self) -> Result<(), PortError> {
        Ok(())
    }
}
