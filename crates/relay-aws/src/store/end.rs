//! Ending login requests.
//!
//! One transaction remembers the mail, ends the request and marks it as ended in the account's list. Then the document
//! is written. If the function ends before that, Lambda tries the mail again: it is then a duplicate, and a duplicate
//! writes the document of the request that the mail ended.

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use relay::ports::{EndOutcome, EndRequests, Ending, PortError};
use relay::{AccountHash, Pending, RequestState};

use super::items::{self, ACCOUNT, CODE, ENDED, EXPIRES, FAULT, Item, Map, REQUEST, REQUESTS, STAGED, UNTIL};
use super::transaction::{Outcome, put, update};
use super::{AwsStore, keys};

impl EndRequests for AwsStore {
    async fn pending(&self, account: &AccountHash) -> Result<Vec<Pending>, PortError> {
        let Some(item) = self.item(keys::account(account)).await? else {
            return Ok(Vec::new());
        };
        let entries = item.requests()?.entries.into_iter();
        Ok(entries
            .filter(|entry| !entry.ended)
            .map(|entry| entry.pending)
            .collect())
    }

    async fn end(&self, ending: &Ending) -> Result<EndOutcome, PortError> {
        let Some(request) = &ending.request else {
            let seen = self.item(keys::seen(&ending.account, &ending.mail)).await?;
            return match seen {
                Some(seen) if seen.is_remembered(ending.now) => self.duplicate(seen, ending).await,
                _ => Ok(EndOutcome::Done),
            };
        };
        let writes = vec![
            self.mark_seen(ending, request)?,
            self.end_request(ending, request)?,
            self.mark_ended(ending, request)?,
        ];
        let refusals = match self.transact(writes).await? {
            Outcome::Done => {
                let state = match &ending.outcome {
                    Ok(code) => RequestState::Complete(code.clone()),
                    Err(fault) => RequestState::Error(*fault),
                };
                self.documents.write(&request.id, state).await?;
                return Ok(EndOutcome::Done);
            }
            Outcome::Refused(refusals) => refusals,
        };
        let seen = refusals.into_iter().next().filter(|refusal| refusal.by_condition);
        match seen.and_then(|seen| seen.item) {
            Some(seen) => self.duplicate(seen, ending).await,
            None => Ok(EndOutcome::NotPending),
        }
    }
}

impl AwsStore {
    /// Writes the document of the request that the mail ended, which may be missing.
    async fn duplicate(&self, seen: Item, ending: &Ending) -> Result<EndOutcome, PortError> {
        if let Some(id) = seen.ended_request()
            && let Some(item) = self.item(keys::request(&id)).await?
        {
            let request = item.login_request(id)?;
            if request.state != RequestState::Pending && !request.is_expired(ending.now) {
                self.documents.write(&id, request.state).await?;
            }
        }
        Ok(EndOutcome::Duplicate)
    }

    fn mark_seen(&self, s: &Ending, request: &Pending) -> Result<TransactWriteItem, PortError> {
        let mut item: Map = keys::seen(&s.account, &s.mail).into();
        item.extend([
            (UNTIL.to_owned(), items::time(s.seen_until)),
            (EXPIRES.to_owned(), items::expires(s.seen_until)),
            (REQUEST.to_owned(), items::bytes(request.id.as_bytes())),
        ]);
        put(Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .expression_attribute_names("#pk", keys::PARTITION)
            .expression_attribute_names("#until", UNTIL)
            .expression_attribute_values(":now", items::time(s.now))
            .condition_expression("attribute_not_exists(#pk) OR #until <= :now"))
    }

    fn end_request(&self, s: &Ending, request: &Pending) -> Result<TransactWriteItem, PortError> {
        let (name, value) = match &s.outcome {
            Ok(code) => (CODE, code.expose()),
            Err(fault) => (FAULT, fault.name()),
        };
        update(
            Update::builder()
                .table_name(&self.table)
                .set_key(Some(keys::request(&request.id).into()))
                .expression_attribute_names("#account", ACCOUNT)
                .expression_attribute_names("#staged", STAGED)
                .expression_attribute_names("#code", CODE)
                .expression_attribute_names("#fault", FAULT)
                .expression_attribute_names("#outcome", name)
                .expression_attribute_values(":account", items::bytes(s.account.as_bytes()))
                .expression_attribute_values(":staged", items::time(request.staged_at))
                .expression_attribute_values(":outcome", items::text(value))
                .condition_expression(
                    "#account = :account AND #staged = :staged AND attribute_not_exists(#code) AND attribute_not_exists(#fault)",
                )
                .update_expression("SET #outcome = :outcome"),
        )
    }

    /// The entry stays until it expires, so that revoking an enrolment deletes its ended requests too.
    fn mark_ended(&self, s: &Ending, request: &Pending) -> Result<TransactWriteItem, PortError> {
        update(
            Update::builder()
                .table_name(&self.table)
                .set_key(Some(keys::account(&s.account).into()))
                .expression_attribute_names("#requests", REQUESTS)
                .expression_attribute_names("#id", keys::name(&request.id))
                .expression_attribute_names("#staged", STAGED)
                .expression_attribute_names("#ended", ENDED)
                .expression_attribute_values(":staged", items::time(request.staged_at))
                .expression_attribute_values(":true", AttributeValue::Bool(true))
                .condition_expression("#requests.#id.#staged = :staged AND attribute_not_exists(#requests.#id.#ended)")
                .update_expression("SET #requests.#id.#ended = :true"),
        )
    }
}
