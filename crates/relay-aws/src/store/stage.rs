//! Making login requests.
//!
//! The usual case is one round trip: the transaction and the document at once. The account item takes a new request as
//! long as it lists fewer than [`MAX_PENDING`] in any state. Once it is full, expired requests are dropped from the
//! list and pending ones are counted.
//!
//! The token is checked at its own item. That item names the account and is deleted when the token is replaced or the
//! enrolment revoked. So the function that begins a request needs a right to the account's list of requests only.

use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update};
use jiff::Timestamp;
use relay::ports::{PortError, StageRequests};
use relay::{AccountHash, Capacity, MAX_PENDING, NewRequest, Pending, RequestId, StageOutcome};

use super::items::{self, ACCOUNT, EXPIRES, Map, REQUESTS, Requests, STAGED, UNTIL};
use super::transaction::{Outcome, check, delete, put, update};
use super::{AwsStore, MAX_ATTEMPTS, keys};

/// How many requests an account item lists at most, ended ones that have not expired included. The enrolment and all of
/// them must fit into the one transaction (of 100 writes) that revokes it.
const MAX_LISTED: usize = 64;

impl StageRequests for AwsStore {
    async fn stage(&self, new: &NewRequest) -> Result<StageOutcome, PortError> {
        let id = new.poll_key.request_id();
        // Nobody reads a document without a request: no URL is made for it.
        let (staging, written) = tokio::join!(self.stage_in_table(new), self.documents.begin(&id));
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
        let mut full: Option<Requests> = None;
        for _ in 0..MAX_ATTEMPTS {
            let list = match &full {
                None => self.list_if_room(new),
                Some(requests) => match room(requests, new) {
                    Ok(pruned) => self.replace_list(new, requests, pruned),
                    Err(until) => return Ok(StageOutcome::Full(until)),
                },
            };
            let writes = vec![self.check_token(new)?, list?, self.put_request(new)?];
            let refusals = match self.transact(writes).await? {
                Outcome::Done => return Ok(StageOutcome::Accepted),
                Outcome::Refused(refusals) => refusals,
            };
            let mut refusals = refusals.into_iter();
            let (token, account) = (refusals.next(), refusals.next());
            if token.is_none_or(|token| token.by_condition) {
                return Ok(StageOutcome::NotEnrolled);
            }
            match account.and_then(|refusal| refusal.item) {
                Some(item) => full = Some(item.requests()?),
                None => return Ok(StageOutcome::NotEnrolled),
            }
        }
        Err(PortError::contended("too many logins of one account begin at once"))
    }

    /// Checks that the token is the account's.
    fn check_token(&self, new: &NewRequest) -> Result<TransactWriteItem, PortError> {
        check(
            ConditionCheck::builder()
                .table_name(&self.table)
                .set_key(Some(keys::token(&new.token).into()))
                .expression_attribute_names("#account", ACCOUNT)
                .expression_attribute_values(":account", items::bytes(new.account.as_bytes()))
                .condition_expression("#account = :account"),
        )
    }

    fn update_list(&self, new: &NewRequest) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder()
            .table_name(&self.table)
            .set_key(Some(keys::account(&new.account).into()))
            .expression_attribute_names("#requests", REQUESTS)
    }

    /// Adds the request to the account's list, which was not read before.
    fn list_if_room(&self, new: &NewRequest) -> Result<TransactWriteItem, PortError> {
        let room = i64::try_from(MAX_PENDING).unwrap_or(i64::MAX);
        update(
            self.update_list(new)
                .expression_attribute_names("#id", keys::name(&new.poll_key.request_id()))
                .expression_attribute_values(":room", items::number(room))
                .expression_attribute_values(":entry", items::entry(new.staged_at, new.expires_at))
                .condition_expression("size(#requests) < :room OR attribute_exists(#requests.#id)")
                .update_expression("SET #requests.#id = :entry"),
        )
    }

    /// Replaces the account's list, if it is still the one that was read.
    fn replace_list(&self, new: &NewRequest, read: &Requests, list: Map) -> Result<TransactWriteItem, PortError> {
        update(
            self.update_list(new)
                .expression_attribute_values(":read", AttributeValue::M(read.map.clone()))
                .expression_attribute_values(":list", AttributeValue::M(list))
                .condition_expression("#requests = :read")
                .update_expression("SET #requests = :list"),
        )
    }

    fn put_request(&self, new: &NewRequest) -> Result<TransactWriteItem, PortError> {
        let mut item: Map = keys::request(&new.poll_key.request_id()).into();
        item.extend([
            (ACCOUNT.to_owned(), items::bytes(new.account.as_bytes())),
            (STAGED.to_owned(), items::time(new.staged_at)),
            (UNTIL.to_owned(), items::time(new.expires_at)),
            (EXPIRES.to_owned(), items::expires(new.expires_at)),
        ]);
        put(Put::builder().table_name(&self.table).set_item(Some(item)))
    }

    /// Removes a request that nobody can poll, if it was stored: while pending, it would receive the code of the
    /// client's next attempt.
    async fn unstage(&self, new: &NewRequest) {
        let id = new.poll_key.request_id();
        if let Err(error) = self.drop_request(&new.account, &id, new.staged_at).await {
            tracing::warn!(request = %id, %error, "a login request that nobody can poll stays until it expires");
        }
    }

    /// Deletes a request that began at this time, if it still exists.
    pub(super) async fn drop_request(
        &self,
        account: &AccountHash,
        id: &RequestId,
        staged_at: Timestamp,
    ) -> Result<(), PortError> {
        let unlist = update(
            Update::builder()
                .table_name(&self.table)
                .set_key(Some(keys::account(account).into()))
                .expression_attribute_names("#requests", REQUESTS)
                .expression_attribute_names("#id", keys::name(id))
                .expression_attribute_names("#staged", STAGED)
                .expression_attribute_values(":staged", items::time(staged_at))
                .condition_expression("#requests.#id.#staged = :staged")
                .update_expression("REMOVE #requests.#id"),
        )?;
        let drop = delete(
            Delete::builder()
                .table_name(&self.table)
                .set_key(Some(keys::request(id).into())),
        )?;
        self.transact(vec![unlist, drop]).await.map(|_| ())
    }
}

/// The account's list with the new request and without expired ones; or the time when there will be room.
fn room(read: &Requests, new: &NewRequest) -> Result<Map, Timestamp> {
    let id = new.poll_key.request_id();
    let others = || {
        let live = read
            .entries
            .iter()
            .filter(|entry| entry.pending.expires_at > new.staged_at);
        live.filter(|entry| entry.pending.id != id)
    };
    let pending: Vec<Pending> = others()
        .filter(|entry| !entry.ended)
        .map(|entry| entry.pending)
        .collect();
    let displaced = match Capacity::beside(&pending, new.staged_at) {
        Capacity::Free => None,
        Capacity::InsteadOf(other) => Some(other),
        Capacity::Full(until) => return Err(until),
    };
    let others = || others().filter(|entry| Some(entry.pending.id) != displaced);
    if others().count() >= MAX_LISTED {
        let first = others().map(|entry| entry.pending.expires_at).min();
        return Err(first.unwrap_or(new.expires_at));
    }
    let mut list: Map = others()
        .filter_map(|entry| read.map.get_key_value(&keys::name(&entry.pending.id)))
        .map(|(name, entry)| (name.clone(), entry.clone()))
        .collect();
    list.insert(keys::name(&id), items::entry(new.staged_at, new.expires_at));
    Ok(list)
}
