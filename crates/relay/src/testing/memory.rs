//! A store that lives in memory: the shortest form of what a store has to do.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arlo_mail::Code;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::audit::{AuditEvent, AuditKind, ClientNetwork, MAX_EVENTS};
use crate::enrolment::{Enrolment, MadeBy};
use crate::identity::EnrolmentId;
use crate::invitation::{Invitation, InvitationId};
use crate::joining::Joining;
use crate::keys::AccountHashes;
use crate::mail_event::MailEvent;
use crate::poll_key::{PollKey, RequestId};
use crate::ports::{
    AdmitMembers, AdmitOutcome, CancelRequests, CheckHealth, FindEnrolments, ForOperator, ForwardMail, ForwardReason,
    MAX_SEEN, MailTaken, ManageEnrolments, ManageInvitations, PortError, ReadRequests, ReadStatus, Record, SeenMail,
    StageRequests, Sweep, TakeMail, TakeOutcome, WatchRequests,
};
use crate::request::{Capacity, Fault, LoginRequest, NewRequest, Pending, RequestState, StageOutcome};
use crate::status::{Kept, MAX_OTHER_MAIL, Status, Tally};

/// Everything in memory, gone with the last clone.
#[derive(Debug, Clone)]
pub struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
    changes: Arc<watch::Sender<u64>>,
    operator_away: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct Tables {
    enrolments: BTreeMap<EnrolmentId, Stored>,
    /// Those that have gone, and until when their ids are remembered.
    left: BTreeMap<EnrolmentId, Timestamp>,
    invitations: BTreeMap<InvitationId, Invitation>,
    /// Of each day, from which networks strangers joined.
    joined: BTreeMap<i64, Vec<Option<ClientNetwork>>>,
    forwarded: Vec<(Vec<u8>, ForwardReason)>,
    asked: u64,
}

/// An enrolment with all that belongs to it.
#[derive(Debug)]
struct Stored {
    enrolment: Enrolment,
    requests: BTreeMap<RequestId, LoginRequest>,
    seen: Vec<SeenMail>,
    status: Status,
}

impl Stored {
    fn new(enrolment: &Enrolment, network: Option<ClientNetwork>) -> Self {
        let mut stored = Self {
            enrolment: enrolment.clone(),
            requests: BTreeMap::new(),
            seen: Vec::new(),
            status: Status::default(),
        };
        stored.note(AuditEvent {
            at: enrolment.created_at,
            kind: AuditKind::Enrolled,
            network,
        });
        stored
    }

    fn is_made_by_account(&self) -> bool {
        self.enrolment.made_by != MadeBy::Operator
    }

    fn pending(&self) -> impl Iterator<Item = Pending> {
        let pending = self.requests.values().filter(|r| r.state == RequestState::Pending);
        pending.map(|r| Pending {
            id: r.id,
            staged_at: r.staged_at,
            expires_at: r.expires_at,
        })
    }

    fn record(&self) -> Record {
        let wrong_tokens = self.status.events.iter().filter(|e| e.kind == AuditKind::WrongToken);
        Record {
            enrolment: self.enrolment.clone(),
            pending: self.pending().collect(),
            seen: self.seen.clone(),
            wrong_token_at: wrong_tokens.map(|event| event.at).max(),
        }
    }

    fn note(&mut self, event: AuditEvent) {
        self.status.events.insert(0, event);
        self.status.events.truncate(MAX_EVENTS);
    }

    fn count(&mut self, event: MailEvent, at: Timestamp) {
        match self.status.mail.iter_mut().find(|tally| tally.event == event) {
            Some(tally) => {
                tally.count += 1;
                tally.last_at = at;
            }
            None => self.status.mail.push(Tally {
                event,
                count: 1,
                last_at: at,
            }),
        }
        self.status.mail.sort_by_key(|tally| tally.event);
    }

    fn remember(&mut self, mail: SeenMail, now: Timestamp) {
        self.seen.retain(|seen| seen.until > now);
        self.seen.push(mail);
        if self.seen.len() > MAX_SEEN {
            self.seen.sort_by_key(|seen| seen.until);
            self.seen.remove(0);
        }
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

    /// How often enrolments were looked up.
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
        let Some(stored) = tables.enrolments.get_mut(&new.poll_key.enrolment()) else {
            return Ok(StageOutcome::NotEnrolled);
        };
        let event = |kind| AuditEvent {
            at: new.staged_at,
            kind,
            network: new.network,
        };
        if !stored.enrolment.has_token(&new.token) {
            if stored.record().notes_wrong_token(&new.token, new.staged_at) {
                stored.note(event(AuditKind::WrongToken));
            }
            return Ok(StageOutcome::NotEnrolled);
        }
        if !new.account.contains(&stored.enrolment.account) {
            return Ok(StageOutcome::NotEnrolled);
        }
        let id = new.poll_key.request_id();
        let others: Vec<Pending> = stored.pending().filter(|other| other.id != id).collect();
        match Capacity::beside(&others, new.staged_at) {
            Capacity::Free => {}
            Capacity::InsteadOf(other) => {
                stored.requests.remove(&other);
            }
            Capacity::Full(until) => return Ok(StageOutcome::Full(until)),
        }
        let request = LoginRequest {
            id,
            enrolment: stored.enrolment.id,
            staged_at: new.staged_at,
            expires_at: new.expires_at,
            state: RequestState::Pending,
        };
        stored.requests.insert(id, request);
        stored.note(event(AuditKind::Prestaged));
        drop(tables);
        self.changed();
        Ok(StageOutcome::Accepted)
    }
}

impl ReadRequests for MemoryStore {
    async fn read(&self, key: &PollKey) -> Result<Option<LoginRequest>, PortError> {
        let tables = self.tables();
        let stored = tables.enrolments.get(&key.enrolment());
        Ok(stored.and_then(|stored| stored.requests.get(&key.request_id()).cloned()))
    }
}

impl CancelRequests for MemoryStore {
    async fn cancel(&self, key: &PollKey) -> Result<(), PortError> {
        if let Some(stored) = self.tables().enrolments.get_mut(&key.enrolment()) {
            stored.requests.remove(&key.request_id());
        }
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

impl TakeMail for MemoryStore {
    async fn take(&self, taken: &MailTaken<'_>) -> Result<TakeOutcome, PortError> {
        let mut tables = self.tables();
        let Some(stored) = tables.enrolments.get_mut(&taken.enrolment) else {
            return Ok(TakeOutcome::NotEnrolled);
        };
        let now = taken.event.at;
        if let Some(ending) = &taken.ends {
            if stored.record().seen(&ending.mail, now).is_some() {
                return Ok(TakeOutcome::Outdated);
            }
            let request = stored.requests.get_mut(&ending.request.id);
            let waits =
                |r: &&mut LoginRequest| r.state == RequestState::Pending && r.staged_at == ending.request.staged_at;
            let Some(request) = request.filter(waits) else {
                return Ok(TakeOutcome::Outdated);
            };
            request.state = match &ending.outcome {
                Ok(code) => RequestState::Complete(code.clone()),
                Err(fault) => RequestState::Error(*fault),
            };
            let mail = SeenMail {
                mail: ending.mail,
                until: ending.seen_until,
                request: ending.request,
            };
            stored.remember(mail, now);
        }
        if let AuditKind::Mail(event) = taken.event.kind {
            stored.count(event, now);
            stored.enrolment.made_by = stored.enrolment.made_by.used();
        }
        stored.note(taken.event);
        match taken.kept {
            Some(Kept::Confirmation(confirmation)) => stored.status.confirmation = Some(confirmation.clone()),
            Some(Kept::OtherMail(mail)) => {
                stored.status.other_mail.insert(0, mail.clone());
                stored.status.other_mail.truncate(MAX_OTHER_MAIL);
            }
            None => {}
        }
        drop(tables);
        self.changed();
        Ok(TakeOutcome::Done)
    }

    async fn finish(
        &self,
        _: &EnrolmentId,
        _: &SeenMail,
        _: &Result<Code, Fault>,
        _: Timestamp,
    ) -> Result<(), PortError> {
        // Who polls reads what `take` changed.
        Ok(())
    }
}

impl FindEnrolments for MemoryStore {
    async fn find(&self, id: &EnrolmentId) -> Result<Option<Record>, PortError> {
        let mut tables = self.tables();
        tables.asked += 1;
        Ok(tables.enrolments.get(id).map(Stored::record))
    }

    async fn at_shared_address(&self, account: &AccountHashes) -> Result<Vec<Record>, PortError> {
        let mut tables = self.tables();
        tables.asked += 1;
        let own = tables
            .enrolments
            .values()
            .filter(|s| account.contains(&s.enrolment.account) && !s.enrolment.own_address_only);
        let mut records: Vec<Record> = own.map(Stored::record).collect();
        records.sort_by_key(|record| (record.enrolment.created_at, record.enrolment.id));
        Ok(records)
    }
}

impl ManageEnrolments for MemoryStore {
    async fn add(&self, enrolment: &Enrolment) -> Result<(), PortError> {
        let stored = Stored::new(enrolment, None);
        self.tables().enrolments.insert(enrolment.id, stored);
        Ok(())
    }

    async fn list(&self) -> Result<Vec<Enrolment>, PortError> {
        let mut enrolments: Vec<Enrolment> = self.tables().enrolments.values().map(|s| s.enrolment.clone()).collect();
        enrolments.sort_by_key(|e| (e.created_at, e.id));
        Ok(enrolments)
    }

    async fn replace(&self, read: &Enrolment, new: &Enrolment, event: &AuditEvent) -> Result<bool, PortError> {
        let mut tables = self.tables();
        let Some(stored) = tables.enrolments.get_mut(&read.id).filter(|s| s.enrolment == *read) else {
            return Ok(false);
        };
        stored.enrolment = new.clone();
        if new.token != read.token || new.suspended_at.is_some() {
            stored.requests.clear();
        }
        stored.note(*event);
        drop(tables);
        self.changed();
        Ok(true)
    }

    async fn remove(&self, id: &EnrolmentId) -> Result<bool, PortError> {
        let mut tables = self.tables();
        let removed = tables.enrolments.remove(id);
        if let Some(until) = removed.as_ref().and_then(|stored| stored.enrolment.remembered_until()) {
            tables.left.insert(*id, until);
        }
        drop(tables);
        self.changed();
        Ok(removed.is_some())
    }
}

impl AdmitMembers for MemoryStore {
    async fn admit(&self, joining: &Joining<'_>) -> Result<AdmitOutcome, PortError> {
        let Joining {
            enrolment,
            network,
            limits,
            ..
        } = *joining;
        let tables = &mut *self.tables();
        if tables.enrolments.contains_key(&enrolment.id) {
            return Err(PortError::contended("this enrolment was made at the same moment"));
        }
        if tables.left.contains_key(&enrolment.id) {
            return Ok(AdmitOutcome::Left);
        }
        let mut invitation = match joining.invitation {
            Some(id) => match tables.invitations.get_mut(&id) {
                Some(invitation) if invitation.is_open(enrolment.created_at) => Some(invitation),
                _ => return Ok(AdmitOutcome::InvitationOver),
            },
            None => None,
        };
        let made = tables.enrolments.values().filter(|stored| stored.is_made_by_account());
        if made.count() >= limits.in_all as usize {
            return Ok(AdmitOutcome::Full);
        }
        let today = tables.joined.entry(joining.day()).or_default();
        let of_network = today.iter().filter(|other| network.is_some() && **other == network);
        if today.len() >= limits.a_day as usize || of_network.count() >= limits.of_network as usize {
            return Ok(AdmitOutcome::TooMany);
        }
        today.push(network);
        if let Some(invitation) = &mut invitation {
            invitation.used += 1;
        }
        tables.enrolments.insert(enrolment.id, Stored::new(enrolment, network));
        Ok(AdmitOutcome::Admitted)
    }
}

impl ManageInvitations for MemoryStore {
    async fn invite(&self, invitation: &Invitation) -> Result<(), PortError> {
        self.tables().invitations.insert(invitation.id, *invitation);
        Ok(())
    }

    async fn invitations(&self) -> Result<Vec<Invitation>, PortError> {
        let mut invitations: Vec<Invitation> = self.tables().invitations.values().copied().collect();
        invitations.sort_by_key(|invitation| (invitation.created_at, invitation.id));
        Ok(invitations)
    }

    async fn withdraw(&self, id: &InvitationId) -> Result<bool, PortError> {
        Ok(self.tables().invitations.remove(id).is_some())
    }
}

impl ReadStatus for MemoryStore {
    async fn status(&self, id: &EnrolmentId) -> Result<Status, PortError> {
        let tables = self.tables();
        Ok(tables
            .enrolments
            .get(id)
            .map(|stored| stored.status.clone())
            .unwrap_or_default())
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
        let kept = |tables: &Tables| tables.enrolments.len() + tables.invitations.len();
        let before = kept(&tables);
        let is_unused = |stored: &Stored| {
            stored
                .enrolment
                .made_by
                .unused_until()
                .is_some_and(|until| until <= now)
        };
        tables.enrolments.retain(|_, stored| !is_unused(stored));
        tables.invitations.retain(|_, invitation| now < invitation.expires_at);
        tables.left.retain(|_, until| now < *until);
        let mut dropped = (before - kept(&tables)) as u64;
        for stored in tables.enrolments.values_mut() {
            let rows = |s: &Stored| {
                s.requests.len()
                    + s.seen.len()
                    + s.status.other_mail.len()
                    + usize::from(s.status.confirmation.is_some())
            };
            let before = rows(stored);
            stored.requests.retain(|_, r| !r.is_expired(now));
            stored.seen.retain(|seen| seen.until > now);
            stored.status = std::mem::take(&mut stored.status).at(now);
            dropped += (before - rows(stored)) as u64;
        }
        Ok(dropped)
    }
}

impl CheckHealth for MemoryStore {
    async fn check(&self) -> Result<(), PortError> {
        Ok(())
    }
}
