//! Enrolments: made, listed, changed, removed.

use relay::ports::{ManageEnrolments, PortError};
use relay::{AuditEvent, Enrolment, EnrolmentId, MadeBy, RequestId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::find::{Page, without_requests};
use super::item::{ACCOUNT, ENROLMENT, EVENTS, Item, OPEN, PAST, REQUESTS, SEEN, TOKEN, admitted, fields};
use super::update::Outcome;
use super::values::{self, AttributeValue, Map};
use super::{AwsStore, MAX_ATTEMPTS, TABLE_AWAY, events};
use crate::aws::away;

/// The error where an id that was just made is taken.
pub(super) const NOT_NEW: &str = "the table has an item of this id";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Scan<'a> {
    table_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exclusive_start_key: Option<Map>,
    #[serde(flatten)]
    asked: &'a Value,
}

#[derive(Deserialize)]
struct Deleted {
    #[serde(rename = "Attributes")]
    attributes: Option<Map>,
}

impl ManageEnrolments for AwsStore {
    async fn add(&self, enrolment: &Enrolment) -> Result<(), PortError> {
        let added = self.put(&Item::of(enrolment, None)).await?;
        added.then_some(()).ok_or(PortError::broken(NOT_NEW))
    }

    async fn list(&self) -> Result<Vec<Enrolment>, PortError> {
        let mut enrolments = Vec::new();
        self.scan(json!({ "ConsistentRead": true }), |page| {
            let items = page.items.iter().cloned().map(Item::new);
            for item in items.filter(|item| item.id().is_some()) {
                enrolments.push(item.enrolment()?);
            }
            Ok(true)
        })
        .await?;
        enrolments.sort_by_key(|enrolment| (enrolment.created_at, enrolment.id));
        Ok(enrolments)
    }

    async fn replace(&self, read: &Enrolment, new: &Enrolment, event: &AuditEvent) -> Result<bool, PortError> {
        let mut found = self.item(&read.id).await?;
        for _ in 0..MAX_ATTEMPTS {
            let Some(item) = found else { return Ok(false) };
            if item.enrolment()? != *read {
                return Ok(false);
            }
            let ends_all = new.token != read.token || new.suspended_at.is_some();
            let ended = if ends_all { item.documents()? } else { Vec::new() };
            let mut update = self.update(&read.id);
            update.only_since(&item);
            // Only what changes: the role of an owner's call may write no more.
            let changes = fields(new)
                .into_iter()
                .zip(fields(read))
                .filter(|(new, old)| new != old);
            for ((name, value), _) in changes {
                update.set_or_remove(name, value);
            }
            update.set(&[REQUESTS, ACCOUNT], values::bytes(new.account.as_bytes()));
            match admitted(new) {
                Some(token) => update.set(&[REQUESTS, TOKEN], token),
                None => update.remove(&[REQUESTS, TOKEN]),
            }
            let mut happened = vec![*event];
            happened.extend(item.events());
            if ends_all {
                happened.extend(item.requests()?.events());
                update.set(&[SEEN], without_requests(&item, |_| true));
                for (member, empty) in [(OPEN, AttributeValue::M(Map::new())), (PAST, values::bytes([]))] {
                    update.only_if_equal(&[REQUESTS, member], item.requests_member(member)?);
                    update.set(&[REQUESTS, member], empty);
                }
            }
            update.set(&[EVENTS], events::written(&events::newest(happened)));
            match update.send().await? {
                Outcome::Refused(item) if !is_replaced(item.as_ref(), read, new)? => found = item,
                Outcome::Done | Outcome::Refused(_) => {
                    self.forget(&ended).await;
                    return Ok(true);
                }
            }
        }
        Err(PortError::contended(
            "logins of the enrolment begin and end again and again",
        ))
    }

    async fn remove(&self, id: &EnrolmentId) -> Result<bool, PortError> {
        let Some(item) = self.item(id).await? else {
            return Ok(false);
        };
        // First: where the rest is cut off, the enrolment is still there. One that cannot be read can be removed.
        let remembered_until = item.enrolment().ok().and_then(|read| read.remembered_until());
        if let Some(until) = remembered_until {
            self.remember_left(id, until).await?;
        }
        let Some(item) = self.delete(id.to_string()).await?.map(Item::new) else {
            return Ok(false);
        };
        if item.made_by() != MadeBy::Operator {
            self.count_one_less().await;
        }
        self.forget(&item.documents().unwrap_or_default()).await;
        Ok(true)
    }
}

/// Whether a refused change was made: its first attempt was, and the answer was lost. The fields are compared as they
/// are stored, with their times in whole microseconds.
fn is_replaced(item: Option<&Item>, read: &Enrolment, new: &Enrolment) -> Result<bool, PortError> {
    let stored = item.map(Item::enrolment).transpose()?;
    Ok(stored.is_some_and(|stored| stored != *read && fields(&stored) == fields(new)))
}

impl AwsStore {
    /// Adds an item; `false`, and nothing changed, if there is one of its key.
    pub(super) async fn put(&self, item: &Map) -> Result<bool, PortError> {
        let added = self.client.put_new(&self.table, ENROLMENT, item).await;
        added.map_err(away(TABLE_AWAY))
    }

    /// Deletes an item; what it was, if there was one.
    pub(super) async fn delete(&self, key: String) -> Result<Option<Map>, PortError> {
        let delete = json!({
            "TableName": self.table,
            "Key": { ENROLMENT: values::text(key) },
            "ReturnValues": "ALL_OLD",
        });
        let deleted = self.client.call("DynamoDB_20120810.DeleteItem", &delete).await;
        let deleted: Deleted = deleted.map_err(away(TABLE_AWAY))?;
        Ok(deleted.attributes.filter(|item| !item.is_empty()))
    }

    /// Reads the table page by page, as long as `more` says so of the last one.
    pub(super) async fn scan(
        &self,
        asked: Value,
        mut more: impl FnMut(&Page) -> Result<bool, PortError>,
    ) -> Result<(), PortError> {
        let mut start = None;
        loop {
            let scan = Scan {
                table_name: &self.table,
                exclusive_start_key: start,
                asked: &asked,
            };
            let page = self.client.call("DynamoDB_20120810.Scan", &scan).await;
            let page: Page = page.map_err(away(TABLE_AWAY))?;
            let goes_on = more(&page)?;
            start = page.last_evaluated_key.filter(|_| goes_on);
            if start.is_none() {
                return Ok(());
            }
        }
    }

    /// Deletes the documents of requests that are gone. The change is made, and its new token is shown but once: a
    /// document that stays dies with its poll URL.
    async fn forget(&self, requests: &[RequestId]) {
        for id in requests {
            if let Err(error) = self.documents.delete(id).await {
                tracing::warn!(request = %id, %error, "the poll document of an ended request stays for a day");
            }
        }
    }
}
