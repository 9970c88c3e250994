//! Enrolments: made, listed, changed, removed.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use relay::ports::{ManageEnrolments, PortError};
use relay::{AuditEvent, Enrolment, EnrolmentId, RequestId};

use super::find::without_requests;
use super::item::{ACCOUNT, ENROLMENT, EVENTS, Item, OPEN, PAST, REQUESTS, SEEN, TOKEN, admitted, fields};
use super::update::Outcome;
use super::values::{self, Map};
use super::{AwsStore, MAX_ATTEMPTS, TABLE_AWAY, events};
use crate::fault::away;

impl ManageEnrolments for AwsStore {
    async fn add(&self, enrolment: &Enrolment) -> Result<(), PortError> {
        let put = self.client.put_item().table_name(&self.table);
        put.set_item(Some(Item::of(enrolment)))
            .expression_attribute_names("#id", ENROLMENT)
            .condition_expression("attribute_not_exists(#id)")
            .send()
            .await
            .map(drop)
            .map_err(|error| away(TABLE_AWAY, &error))
    }

    async fn list(&self) -> Result<Vec<Enrolment>, PortError> {
        let scan = self.client.scan().table_name(&self.table).consistent_read(true);
        let mut items = scan.into_paginator().items().send();
        let mut enrolments = Vec::new();
        while let Some(item) = items.next().await {
            enrolments.push(Item::new(item.map_err(|error| away(TABLE_AWAY, &error))?).enrolment()?);
        }
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
            for (name, value) in fields(new) {
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
            found = match update.send().await? {
                Outcome::Done => {
                    self.forget(&ended).await;
                    return Ok(true);
                }
                Outcome::Refused(item) => item,
            };
        }
        Err(PortError::contended(
            "logins of the enrolment begin and end again and again",
        ))
    }

    async fn remove(&self, id: &EnrolmentId) -> Result<bool, PortError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete.key(ENROLMENT, values::text(id.to_string()));
        let deleted = delete.return_values(ReturnValue::AllOld).send().await;
        let deleted = deleted.map_err(|error| away(TABLE_AWAY, &error))?;
        let Some(item) = deleted.attributes.filter(|item| !item.is_empty()).map(Item::new) else {
            return Ok(false);
        };
        self.forget(&item.documents().unwrap_or_default()).await;
        Ok(true)
    }
}

impl AwsStore {
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
