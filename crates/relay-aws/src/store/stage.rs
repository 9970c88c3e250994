//! Making login requests.
//!
//! The usual case is one round trip: the update and the document at once. The update reads nothing: it is made if the
//! token and the account are right and fewer than [`MAX_PENDING`] requests are listed, expired ones among them. Where
//! it is refused, the answer has the item as it was: expired requests are dropped and it is tried again.
//!
//! The function that begins requests may write `requests` alone. So an event that it has to keep, of a request that it
//! drops or of a wrong token, is kept in `past` there, and moved to the others by the next mail.

use jiff::Timestamp;
use relay::ports::{PortError, StageRequests};
use relay::{AuditEvent, AuditKind, Capacity, MAX_PENDING, NewRequest, Pending, RequestId, StageOutcome};

use super::item::{ACCOUNT, Item, OPEN, Open, PAST, REQUESTS, Requests, STAGED, TOKEN, open_entry, request_name};
use super::update::{Outcome, Update};
use super::values::{bytes, number, time};
use super::{AwsStore, MAX_ATTEMPTS, events};

impl StageRequests for AwsStore {
    async fn stage(&self, new: &NewRequest) -> Result<StageOutcome, PortError> {
        let id = new.poll_key.request_id();
        // Nobody reads a document without a request: no URL is made for it.
        let (staging, written) = tokio::join!(self.stage_in_table(new), self.documents.begin(&id, new.staged_at));
        // A table that did not answer may have stored the request all the same.
        if matches!((&staging, &written), (Ok(StageOutcome::Accepted), Err(_)) | (Err(_), _)) {
            self.unstage(new).await;
        }
        let staging = staging?;
        written.map(|()| staging)
    }
}

impl AwsStore {
    async fn stage_in_table(&self, new: &NewRequest) -> Result<StageOutcome, PortError> {
        let name = request_name(&new.poll_key.request_id());
        let mut update = self.staging(new, &name);
        let (open, entry) = (update.path(&[REQUESTS, OPEN]), update.path(&[REQUESTS, OPEN, &name]));
        let room = update.value(number(i64::try_from(MAX_PENDING).unwrap_or(i64::MAX)));
        update.only_if(format!("size({open}) < {room} AND attribute_not_exists({entry})"));
        for _ in 0..MAX_ATTEMPTS {
            let item = match update.send().await? {
                Outcome::Done => return Ok(StageOutcome::Accepted),
                Outcome::Refused(None) => return Ok(StageOutcome::NotEnrolled),
                Outcome::Refused(Some(item)) => item,
            };
            let requests = item.requests()?;
            if requests.token != Some(new.token) {
                self.note_wrong_token(&item, &requests, new).await?;
                return Ok(StageOutcome::NotEnrolled);
            }
            if !new.account.contains(&requests.account) {
                return Ok(StageOutcome::NotEnrolled);
            }
            update = match dropped(&requests, new) {
                Ok(dropped) => self.staging_instead(new, &item, &requests, &dropped)?,
                Err(until) => return Ok(StageOutcome::Full(until)),
            };
        }
        Err(PortError::contended("too many logins of one enrolment begin at once"))
    }

    /// Adds the request, if the token and the account are right.
    fn staging(&self, new: &NewRequest, name: &str) -> Update {
        let mut update = self.update(&new.poll_key.enrolment());
        update.only_if_equal(&[REQUESTS, TOKEN], bytes(new.token.as_bytes()));
        let account = update.path(&[REQUESTS, ACCOUNT]);
        let hashes: Vec<String> = new
            .account
            .iter()
            .map(|hash| update.value(bytes(hash.as_bytes())))
            .collect();
        update.only_if(format!("{account} IN ({})", hashes.join(", ")));
        update.set(&[REQUESTS, OPEN, name], open_entry(new));
        update
    }

    /// Adds the request in place of these, if all of them are still as they were read.
    fn staging_instead(
        &self,
        new: &NewRequest,
        item: &Item,
        requests: &Requests,
        dropped: &[&Open],
    ) -> Result<Update, PortError> {
        let id = new.poll_key.request_id();
        let mut update = self.staging(new, &request_name(&id));
        for open in dropped {
            let name = request_name(&open.pending.id);
            update.only_if_equal(&[REQUESTS, OPEN, &name, STAGED], time(open.pending.staged_at));
            if open.pending.id != id {
                update.remove(&[REQUESTS, OPEN, &name]);
            }
        }
        let (open, count) = (update.path(&[REQUESTS, OPEN]), requests.open.len());
        let count = update.value(number(i64::try_from(count).unwrap_or(i64::MAX)));
        update.only_if(format!("size({open}) = {count}"));
        if !dropped.is_empty() {
            let gone = dropped.iter().map(|open| open.event);
            update.only_if_equal(&[REQUESTS, PAST], item.requests_member(PAST)?);
            let past = events::newest(gone.chain(requests.past.iter().copied()));
            update.set(&[REQUESTS, PAST], events::written(&past));
        }
        Ok(update)
    }

    /// Keeps that a wrong token was shown, where that was not noted a moment ago.
    async fn note_wrong_token(&self, item: &Item, requests: &Requests, new: &NewRequest) -> Result<(), PortError> {
        if !item.record()?.notes_wrong_token(&new.token, new.staged_at) {
            return Ok(());
        }
        let noted = AuditEvent {
            at: new.staged_at,
            kind: AuditKind::WrongToken,
            network: new.network,
        };
        let past = events::newest(std::iter::once(noted).chain(requests.past.iter().copied()));
        let mut update = self.update(&new.poll_key.enrolment());
        update.only_if_equal(&[REQUESTS, PAST], item.requests_member(PAST)?);
        update.set(&[REQUESTS, PAST], events::written(&past));
        // Where it is refused, another one was noted at this moment.
        update.send().await.map(drop)
    }

    /// Removes a request that nobody can poll, if it was stored: while pending, it would receive the code of the
    /// client's next attempt.
    async fn unstage(&self, new: &NewRequest) {
        let id = new.poll_key.request_id();
        if let Err(error) = self.drop_request(new, &id).await {
            tracing::warn!(request = %id, %error, "a login request that nobody can poll stays until it expires");
        }
    }

    async fn drop_request(&self, new: &NewRequest, id: &RequestId) -> Result<(), PortError> {
        let name = request_name(id);
        let mut update = self.update(&new.poll_key.enrolment());
        update.only_if_equal(&[REQUESTS, OPEN, &name, STAGED], time(new.staged_at));
        update.remove(&[REQUESTS, OPEN, &name]);
        update.send().await.map(drop)
    }
}

/// The listed requests that give way to the new one; or the time when there will be room.
fn dropped<'a>(requests: &'a Requests, new: &NewRequest) -> Result<Vec<&'a Open>, Timestamp> {
    let (id, now) = (new.poll_key.request_id(), new.staged_at);
    let others = requests.open.iter().map(|open| open.pending);
    let others: Vec<Pending> = others.filter(|pending| pending.id != id).collect();
    let instead = match Capacity::beside(&others, now) {
        Capacity::Free => id,
        Capacity::InsteadOf(other) => other,
        Capacity::Full(until) => return Err(until),
    };
    let gives_way = |pending: &Pending| pending.expires_at <= now || pending.id == instead || pending.id == id;
    Ok(requests.open.iter().filter(|open| gives_way(&open.pending)).collect())
}
