//! Finding enrolments, their status and their requests.

use std::collections::HashMap;

use relay::ports::{CancelRequests, FindEnrolments, PortError, ReadRequests, ReadStatus, Record};
use relay::{AccountHash, AccountHashes, EnrolmentId, LoginRequest, PollKey, RequestState, Status};
use serde::{Deserialize, Serialize};

use super::item::{ACCOUNT, ENROLMENT, Item, OPEN, REQUESTS, SEEN, STAGED, Standing, request_name, seen_list};
use super::update::Outcome;
use super::values::{self, AttributeValue, Map, Members};
use super::{ACCOUNTS, AwsStore, MAX_ATTEMPTS, TABLE_AWAY};
use crate::aws::away;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Query<'a> {
    table_name: &'a str,
    index_name: &'a str,
    key_condition_expression: &'a str,
    expression_attribute_names: HashMap<&'a str, &'a str>,
    expression_attribute_values: &'a HashMap<&'a str, AttributeValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exclusive_start_key: Option<Map>,
}

/// One page of what was asked for.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Page {
    #[serde(default)]
    pub(super) items: Vec<Map>,
    /// How many they are, given or not.
    pub(super) count: u32,
    /// After which the next page begins; none after the last.
    pub(super) last_evaluated_key: Option<Map>,
}

impl FindEnrolments for AwsStore {
    async fn find(&self, id: &EnrolmentId) -> Result<Option<Record>, PortError> {
        let Some(item) = self.item(id).await? else {
            return Ok(None);
        };
        let record = item.record()?;
        self.recent.keep(*id, &item);
        Ok(Some(record))
    }

    async fn at_shared_address(&self, account: &AccountHashes) -> Result<Vec<Record>, PortError> {
        let mut records = Vec::new();
        for hash in account.iter() {
            for id in self.indexed(&hash).await? {
                let found = self.find(&id).await?;
                let is_its = |record: &Record| record.enrolment.account == hash && !record.enrolment.own_address_only;
                records.extend(found.filter(is_its));
            }
        }
        records.sort_by_key(|record| (record.enrolment.created_at, record.enrolment.id));
        Ok(records)
    }
}

impl AwsStore {
    /// The enrolments that the index has for an account. It follows the table within a moment.
    async fn indexed(&self, account: &AccountHash) -> Result<Vec<EnrolmentId>, PortError> {
        let hash = HashMap::from([(":account", values::bytes(account.as_bytes()))]);
        let mut query = Query {
            table_name: &self.table,
            index_name: ACCOUNTS,
            key_condition_expression: "#account = :account",
            expression_attribute_names: HashMap::from([("#account", ACCOUNT)]),
            expression_attribute_values: &hash,
            exclusive_start_key: None,
        };
        let mut ids = Vec::new();
        loop {
            let page: Page = self
                .client
                .call("DynamoDB_20120810.Query", &query)
                .await
                .map_err(away(TABLE_AWAY))?;
            let found = page.items.iter().filter_map(|key| key.text(ENROLMENT));
            ids.extend(found.filter_map(EnrolmentId::parse));
            if page.last_evaluated_key.is_none() {
                break;
            }
            query.exclusive_start_key = page.last_evaluated_key;
        }
        Ok(ids)
    }
}

impl ReadStatus for AwsStore {
    async fn status(&self, id: &EnrolmentId) -> Result<Status, PortError> {
        let item = self.item(id).await?;
        item.map_or_else(|| Ok(Status::default()), |item| item.status())
    }
}

impl ReadRequests for AwsStore {
    async fn read(&self, key: &PollKey) -> Result<Option<LoginRequest>, PortError> {
        let (id, enrolment) = (key.request_id(), key.enrolment());
        let standing = self.item(&enrolment).await?.map(|item| item.standing(&id));
        let (request, state) = match standing.transpose()?.flatten() {
            None => return Ok(None),
            Some(Standing::Pending(request)) => (request, RequestState::Pending),
            Some(Standing::Ended(ended)) => {
                let request = ended.seen.request;
                let state = match ended.fault {
                    Some(fault) => RequestState::Error(fault),
                    None => self.documents.read(&id, request.staged_at).await?,
                };
                (request, state)
            }
        };
        Ok(Some(LoginRequest {
            id,
            enrolment,
            staged_at: request.staged_at,
            expires_at: request.expires_at,
            state,
        }))
    }
}

impl CancelRequests for AwsStore {
    async fn cancel(&self, key: &PollKey) -> Result<(), PortError> {
        let (id, enrolment) = (key.request_id(), key.enrolment());
        let mut found = self.item(&enrolment).await?;
        for _ in 0..MAX_ATTEMPTS {
            let Some(item) = found else { return Ok(()) };
            let mut update = self.update(&enrolment);
            match item.standing(&id)? {
                None => return Ok(()),
                Some(Standing::Pending(request)) => {
                    let entry = request_name(&id);
                    update.only_if_equal(&[REQUESTS, OPEN, &entry, STAGED], values::time(request.staged_at));
                    update.remove(&[REQUESTS, OPEN, &entry]);
                }
                Some(Standing::Ended(_)) => {
                    update.only_since(&item);
                    update.set(&[SEEN], without_requests(&item, |of| *of == id));
                }
            }
            found = match update.send().await? {
                Outcome::Done => return self.documents.delete(&id).await,
                Outcome::Refused(item) => item,
            };
        }
        Err(PortError::contended("the request begins and ends again and again"))
    }
}

/// `seen`, with these requests gone.
pub(super) fn without_requests(item: &Item, gone: impl Fn(&relay::RequestId) -> bool) -> AttributeValue {
    let seen = item.seen().into_iter().map(|ended| match gone(&ended.seen.request.id) {
        true => ended.without_request(),
        false => ended,
    });
    seen_list(&seen.collect::<Vec<_>>())
}
