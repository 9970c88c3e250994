//! What a mail does to an enrolment.
//!
//! One update counts the mail, adds its event, remembers it, and takes the request that it ends out of the pending
//! ones. It is made only if the item is still as it was read, but for requests that were begun since. Then the poll
//! document is written. If the function ends before that, Lambda tries the mail again: it is then a copy, and for a
//! copy the document is written again.

use arlo_mail::Code;
use jiff::Timestamp;
use relay::ports::{Ending, MAX_SEEN, MailTaken, PortError, SeenMail, TakeMail, TakeOutcome};
use relay::{AuditKind, Confirmation, EnrolmentId, Fault, Kept, MAX_OTHER_MAIL, Pending, RequestState};

use super::item::{
    CONFIRMATION, COUNTS, EVENTS, Ended, GONE, Item, OPEN, OTHER, Open, PAST, REQUESTS, SEEN, STAGED, Standing,
    confirmation, other_list, request_name, seen_list,
};
use super::update::{Outcome, Update};
use super::values::{bytes, time};
use super::{AwsStore, MAX_ATTEMPTS, events};

impl TakeMail for AwsStore {
    async fn take(&self, taken: &MailTaken<'_>) -> Result<TakeOutcome, PortError> {
        let mut found = self.recent.take(&taken.enrolment);
        let mut is_current = false;
        for _ in 0..MAX_ATTEMPTS {
            let item = match found.take() {
                Some(item) => item,
                None if is_current => return Ok(TakeOutcome::NotEnrolled),
                None => {
                    is_current = true;
                    found = self.item(&taken.enrolment).await?;
                    continue;
                }
            };
            let ending = taken.ends.as_ref();
            if !ending.map_or(Ok(true), |ending| may_end(&item, ending, taken.event.at))? {
                if is_current {
                    return Ok(TakeOutcome::Outdated);
                }
                continue;
            }
            is_current = true;
            match self.taking(&item, taken)?.send().await? {
                Outcome::Done => {
                    if let Some(Ending { request, outcome, .. }) = ending {
                        self.write_outcome(&request.id, request.staged_at, outcome).await?;
                    }
                    return Ok(TakeOutcome::Done);
                }
                Outcome::Refused(item) => found = item,
            }
        }
        Err(PortError::contended("too many mails of one enrolment at once"))
    }

    async fn finish(
        &self,
        enrolment: &EnrolmentId,
        seen: &SeenMail,
        outcome: &Result<Code, Fault>,
        at: Timestamp,
    ) -> Result<(), PortError> {
        let (id, began) = (&seen.request.id, seen.request.staged_at);
        let standing = self.item(enrolment).await?.map(|item| item.standing(id));
        match standing.transpose()?.flatten() {
            Some(Standing::Ended(ended))
                if ended.seen.request.staged_at == began && ended.seen.request.expires_at > at =>
            {
                self.write_outcome(id, began, outcome).await
            }
            _ => Ok(()),
        }
    }
}

/// Whether the request still waits, and the mail has ended none before.
fn may_end(item: &Item, ending: &Ending, now: Timestamp) -> Result<bool, PortError> {
    let Pending { id, staged_at, .. } = ending.request;
    // The item has whole microseconds.
    let is_it =
        |open: &Open| open.pending.id == id && open.pending.staged_at.as_microsecond() == staged_at.as_microsecond();
    let was_seen = |ended: &Ended| ended.seen.mail == ending.mail && ended.seen.until > now;
    Ok(item.requests()?.open.iter().any(is_it) && !item.seen().iter().any(was_seen))
}

impl AwsStore {
    async fn write_outcome(
        &self,
        id: &relay::RequestId,
        began: Timestamp,
        outcome: &Result<Code, Fault>,
    ) -> Result<(), PortError> {
        let state = match outcome {
            Ok(code) => RequestState::Complete(code.clone()),
            Err(fault) => RequestState::Error(*fault),
        };
        self.documents.write(id, began, state).await
    }

    fn taking(&self, item: &Item, taken: &MailTaken<'_>) -> Result<Update, PortError> {
        let now = taken.event.at;
        let requests = item.requests()?;
        let ends = |open: &&Open| {
            let ending = taken.ends.as_ref();
            open.pending.expires_at <= now || ending.is_some_and(|ending| open.pending.id == ending.request.id)
        };
        let gone: Vec<&Open> = requests.open.iter().filter(ends).collect();

        let mut update = self.update(&taken.enrolment);
        update.only_since(item);
        for open in &gone {
            let name = request_name(&open.pending.id);
            update.only_if_equal(&[REQUESTS, OPEN, &name, STAGED], time(open.pending.staged_at));
            update.remove(&[REQUESTS, OPEN, &name]);
        }
        if !requests.past.is_empty() {
            update.only_if_equal(&[REQUESTS, PAST], item.requests_member(PAST)?);
            update.set(&[REQUESTS, PAST], bytes([]));
        }
        let happened = std::iter::once(taken.event)
            .chain(gone.iter().map(|open| open.event))
            .chain(requests.past.iter().copied())
            .chain(item.events());
        update.set(&[EVENTS], events::written(&events::newest(happened)));
        if let Some(seen) = seen_after(item, taken) {
            update.set(&[SEEN], seen_list(&seen));
        }
        if let AuditKind::Mail(event) = taken.event.kind {
            update.set(&[COUNTS], events::counted(&item.counts(), event, now));
            if item.made_by() != item.made_by().used() {
                update.remove(&[GONE]);
            }
        }
        let is_over = |question: Confirmation| question.is_over(now);
        match taken.kept {
            Some(Kept::Confirmation(kept)) => update.set(&[CONFIRMATION], confirmation(kept)),
            _ if item.confirmation().is_some_and(is_over) => update.remove(&[CONFIRMATION]),
            _ => {}
        }
        let before = item.other_mail();
        let mut other = before.clone();
        other.retain(|mail| !mail.is_over(now));
        if let Some(Kept::OtherMail(kept)) = taken.kept {
            other.insert(0, kept.clone());
        }
        other.truncate(MAX_OTHER_MAIL);
        if other != before {
            update.set(&[OTHER], other_list(&other));
        }
        Ok(update)
    }
}

/// The mails that are remembered after this one; `None` where that is no change.
fn seen_after(item: &Item, taken: &MailTaken<'_>) -> Option<Vec<Ended>> {
    let mut seen = item.seen();
    let before = seen.len();
    seen.retain(|ended| ended.seen.until > taken.event.at);
    let Some(ending) = &taken.ends else {
        return (seen.len() != before).then_some(seen);
    };
    seen.push(Ended {
        seen: SeenMail {
            mail: ending.mail,
            until: ending.seen_until,
            request: ending.request,
        },
        fault: ending.outcome.as_ref().err().copied(),
    });
    if seen.len() > MAX_SEEN {
        seen.sort_by_key(|ended| ended.seen.until);
        seen.remove(0);
    }
    Some(seen)
}
