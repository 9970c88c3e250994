//! Login requests: made, read, given up, watched.

use relay::ports::{CancelRequests, PortError, ReadRequests, StageRequests, WatchRequests};
use relay::{
    AuditEvent, AuditKind, Capacity, LoginRequest, MAX_PENDING, NewRequest, Pending, PollKey, RequestId, StageOutcome,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::rows::{self, REQUEST, micros};
use super::{SqliteStore, enrolments, events};

/// How many requests of one enrolment are kept. Beyond that, the oldest ended one is dropped: the past of an enrolment
/// does not make its next login slower, and does not fill the disk.
const MAX_KEPT: usize = 64;

/// The first of the ended requests to expire, if there are `?2` of them.
pub(super) const DROP_ENDED: &str = "DELETE FROM requests WHERE id = (
     SELECT id FROM (
         SELECT id, min(expires_at), count(*) AS many
         FROM (SELECT id, expires_at FROM requests WHERE enrolment = ?1 AND ended = 1 LIMIT 64)
     ) WHERE many >= ?2)";

pub(super) const MAKE: &str = "REPLACE INTO requests (id, enrolment, staged_at, expires_at) VALUES (?1, ?2, ?3, ?4)";

impl StageRequests for SqliteStore {
    async fn stage(&self, new: &NewRequest) -> Result<StageOutcome, PortError> {
        let new = new.clone();
        let id = new.poll_key.request_id();
        let changed = move |staged: &Staged| [Some(id), staged.instead_of].into_iter().flatten();
        let staged = self.write_requests(move |db| stage(db, &new, id), changed).await?;
        Ok(staged.outcome)
    }
}

struct Staged {
    outcome: StageOutcome,
    /// The request that was dropped for it.
    instead_of: Option<RequestId>,
}

impl From<StageOutcome> for Staged {
    fn from(outcome: StageOutcome) -> Self {
        Self {
            outcome,
            instead_of: None,
        }
    }
}

fn stage(db: &Connection, new: &NewRequest, id: RequestId) -> rusqlite::Result<Staged> {
    let enrolment = new.poll_key.enrolment();
    let event = |kind| AuditEvent {
        at: new.staged_at,
        kind,
        network: new.network,
    };
    let Some(record) = enrolments::find(db, &enrolment)? else {
        return Ok(StageOutcome::NotEnrolled.into());
    };
    if !record.enrolment.has_token(&new.token) {
        if record.notes_wrong_token(&new.token, new.staged_at) {
            events::note(db, &enrolment, &event(AuditKind::WrongToken))?;
        }
        return Ok(StageOutcome::NotEnrolled.into());
    }
    if !new.account.contains(&record.enrolment.account) {
        return Ok(StageOutcome::NotEnrolled.into());
    }
    let others: Vec<Pending> = enrolments::pending(db, &enrolment)?
        .into_iter()
        .filter(|other| other.id != id)
        .collect();
    let instead_of = match Capacity::beside(&others, new.staged_at) {
        Capacity::Free => None,
        Capacity::InsteadOf(other) => {
            db.prepare_cached("DELETE FROM requests WHERE id = ?1")?
                .execute([other.as_bytes()])?;
            Some(other)
        }
        Capacity::Full(until) => return Ok(StageOutcome::Full(until).into()),
    };
    // One that is made is one at most that ends.
    db.prepare_cached(DROP_ENDED)?
        .execute(params![enrolment.as_bytes(), MAX_KEPT - MAX_PENDING])?;
    db.prepare_cached(MAKE)?.execute(params![
        id.as_bytes(),
        enrolment.as_bytes(),
        micros(new.staged_at),
        micros(new.expires_at)
    ])?;
    events::note(db, &enrolment, &event(AuditKind::Prestaged))?;
    Ok(Staged {
        outcome: StageOutcome::Accepted,
        instead_of,
    })
}

impl ReadRequests for SqliteStore {
    async fn read(&self, key: &PollKey) -> Result<Option<LoginRequest>, PortError> {
        let id = key.request_id();
        self.read(move |db| {
            db.prepare_cached(&format!("SELECT {REQUEST} FROM requests WHERE id = ?1"))?
                .query_row([id.as_bytes()], rows::login_request)
                .optional()
        })
        .await
    }
}

impl CancelRequests for SqliteStore {
    async fn cancel(&self, key: &PollKey) -> Result<(), PortError> {
        let id = key.request_id();
        let cancel = move |db: &Connection| {
            db.prepare_cached("DELETE FROM requests WHERE id = ?1")?
                .execute([id.as_bytes()])
        };
        self.write_requests(cancel, move |_| [id]).await.map(drop)
    }
}

impl WatchRequests for SqliteStore {
    fn watch(&self, id: &RequestId) -> impl Future<Output = ()> + Send + 'static {
        self.inner.waiters.wait(*id)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};
    use std::time::Duration;

    use relay::EnrolmentId;
    use relay::ports::{CheckHealth, Sweep};
    use relay::testing::CountingRandom;

    use super::*;
    use crate::sqlite::tests::fresh;

    #[tokio::test]
    async fn what_another_process_ends_wakes_the_waiters_with_the_next_sweep() {
        let (store, dir) = fresh().await;
        let random = CountingRandom::default();
        let key = PollKey::generate(EnrolmentId::generate(&random).unwrap(), &random).unwrap();
        let mut woken = pin!(store.watch(&key.request_id()));
        let mut is_woken = || {
            let polled = woken.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            polled.is_ready()
        };
        let now = "2027-01-15T08:00:00Z".parse().unwrap();
        // What it writes itself wakes nobody without need.
        for _ in 0..3 {
            store
                .cancel(&PollKey::generate(key.enrolment(), &random).unwrap())
                .await
                .unwrap();
            store.check().await.unwrap();
            store.sweep(now).await.unwrap();
            assert!(!is_woken());
        }
        let other = SqliteStore::open(&store.inner.path).unwrap();
        other.check().await.unwrap();
        store.sweep(now).await.unwrap();
        assert!(is_woken());
        drop(dir);
    }

    #[tokio::test]
    async fn a_change_whose_caller_gives_up_wakes_the_waiters() {
        let (store, _dir) = fresh().await;
        let random = CountingRandom::default();
        let key = PollKey::generate(EnrolmentId::generate(&random).unwrap(), &random).unwrap();
        let woken = store.watch(&key.request_id());
        {
            let mut cancelling = pin!(store.cancel(&key));
            // Polled once, the job is in the queue.
            let polled = cancelling.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
        }
        tokio::time::timeout(Duration::from_secs(20), woken).await.unwrap();
        assert!(store.inner.waiters.is_empty());
    }
}
