//! Enrolments: the account item, and a pointer for its token and its mailbox, always changed together.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem, Update};
use jiff::Timestamp;
use relay::ports::{FindEnrolments, ManageEnrolments, PortError};
use relay::{AccountHash, Enrolment, RelayLocalPart, RequestId, TokenHash};

use super::items::{self, Item, Map, REQUESTS, ROTATED, Requests, TOKEN};
use super::keys::{ENROLMENT, Key, PARTITION, SORT};
use super::transaction::{Outcome, delete, put, update};
use super::{AwsStore, MAX_ATTEMPTS, TABLE_AWAY, keys};
use crate::fault::away;

impl FindEnrolments for AwsStore {
    async fn by_account(&self, account: &AccountHash) -> Result<Option<Enrolment>, PortError> {
        let item = self.item(keys::account(account)).await?;
        item.map(|item| item.enrolment()).transpose()
    }

    async fn by_token(&self, token: &TokenHash) -> Result<Option<Enrolment>, PortError> {
        let found = self.pointed_at(keys::token(token)).await?;
        // The token may have been replaced between the two reads.
        Ok(found.filter(|enrolment| enrolment.token == *token))
    }

    async fn by_local_part(&self, local_part: &RelayLocalPart) -> Result<Option<Enrolment>, PortError> {
        let found = self.pointed_at(keys::mailbox(local_part)).await?;
        Ok(found.filter(|enrolment| enrolment.local_part == *local_part))
    }
}

impl ManageEnrolments for AwsStore {
    async fn add(&self, enrolment: &Enrolment) -> Result<bool, PortError> {
        let pointer = |key| items::pointer(key, &enrolment.account);
        let writes = vec![
            self.put_new(items::account_item(enrolment))?,
            self.put_new(pointer(keys::token(&enrolment.token)))?,
            self.put_new(pointer(keys::mailbox(&enrolment.local_part)))?,
        ];
        match self.transact(writes).await? {
            Outcome::Done => Ok(true),
            Outcome::Refused(refusals) if refusals.first().is_some_and(|account| account.by_condition) => Ok(false),
            Outcome::Refused(_) => Err(PortError::broken("a token or a relay address was made twice")),
        }
    }

    async fn list(&self) -> Result<Vec<Enrolment>, PortError> {
        let mut pages = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .expression_attribute_names("#sk", SORT)
            .expression_attribute_values(":enrolment", items::text(ENROLMENT))
            .filter_expression("#sk = :enrolment")
            .into_paginator()
            .items()
            .send();
        let mut enrolments = Vec::new();
        while let Some(item) = pages.next().await {
            enrolments.push(Item::new(item.map_err(|error| away(TABLE_AWAY, &error))?).enrolment()?);
        }
        enrolments.sort_by_key(|enrolment| (enrolment.created_at, enrolment.account));
        Ok(enrolments)
    }

    async fn replace_token(&self, account: &AccountHash, token: &TokenHash, at: Timestamp) -> Result<bool, PortError> {
        self.end_all(account, |enrolment, requests| {
            let change = Update::builder()
                .table_name(&self.table)
                .set_key(Some(keys::account(account).into()))
                .expression_attribute_names("#token", TOKEN)
                .expression_attribute_names("#requests", REQUESTS)
                .expression_attribute_names("#rotated", ROTATED)
                .expression_attribute_values(":old", items::bytes(enrolment.token.as_bytes()))
                .expression_attribute_values(":new", items::bytes(token.as_bytes()))
                .expression_attribute_values(":at", items::time(at))
                .expression_attribute_values(":read", AttributeValue::M(requests.map.clone()))
                .expression_attribute_values(":none", AttributeValue::M(HashMap::new()))
                .condition_expression("#token = :old AND #requests = :read")
                .update_expression("SET #token = :new, #rotated = :at, #requests = :none");
            Ok(vec![
                update(change)?,
                self.delete(keys::token(&enrolment.token))?,
                self.put_new(items::pointer(keys::token(token), account))?,
            ])
        })
        .await
    }

    async fn remove(&self, account: &AccountHash) -> Result<bool, PortError> {
        let removed = self
            .end_all(account, |enrolment, requests| {
                let drop = Delete::builder()
                    .table_name(&self.table)
                    .set_key(Some(keys::account(account).into()))
                    .expression_attribute_names("#token", TOKEN)
                    .expression_attribute_names("#requests", REQUESTS)
                    .expression_attribute_values(":old", items::bytes(enrolment.token.as_bytes()))
                    .expression_attribute_values(":read", AttributeValue::M(requests.map.clone()))
                    .condition_expression("#token = :old AND #requests = :read");
                Ok(vec![
                    delete(drop)?,
                    self.delete(keys::token(&enrolment.token))?,
                    self.delete(keys::mailbox(&enrolment.local_part))?,
                ])
            })
            .await?;
        self.forget_seen(account).await?;
        Ok(removed)
    }
}

impl AwsStore {
    async fn pointed_at(&self, pointer: Key) -> Result<Option<Enrolment>, PortError> {
        match self.item(pointer).await? {
            Some(pointer) => self.by_account(&pointer.account()?).await,
            None => Ok(None),
        }
    }

    fn put_new(&self, item: Map) -> Result<TransactWriteItem, PortError> {
        put(Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .expression_attribute_names("#pk", PARTITION)
            .condition_expression("attribute_not_exists(#pk)"))
    }

    fn delete(&self, key: Key) -> Result<TransactWriteItem, PortError> {
        delete(Delete::builder().table_name(&self.table).set_key(Some(key.into())))
    }

    /// Changes the enrolment and drops all of its requests, in one transaction; `false` without an enrolment.
    async fn end_all(
        &self,
        account: &AccountHash,
        change: impl Fn(&Enrolment, &Requests) -> Result<Vec<TransactWriteItem>, PortError>,
    ) -> Result<bool, PortError> {
        for _ in 0..MAX_ATTEMPTS {
            let Some(item) = self.item(keys::account(account)).await? else {
                return Ok(false);
            };
            let requests = item.requests()?;
            let mut writes = change(&item.enrolment()?, &requests)?;
            let ids: Vec<RequestId> = requests.entries.iter().map(|entry| entry.pending.id).collect();
            for id in &ids {
                writes.push(self.delete(keys::request(id))?);
            }
            if let Outcome::Done = self.transact(writes).await? {
                for id in &ids {
                    // The change is made, and its new token is shown but once. The document dies with its poll URL.
                    if let Err(error) = self.documents.delete(id).await {
                        tracing::warn!(request = %id, %error, "the poll document of an ended request stays for a day");
                    }
                }
                return Ok(true);
            }
        }
        Err(PortError::contended(
            "logins of the account begin and end again and again",
        ))
    }

    async fn forget_seen(&self, account: &AccountHash) -> Result<(), PortError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .expression_attribute_names("#pk", PARTITION)
            .expression_attribute_names("#sk", SORT)
            .expression_attribute_values(":pk", items::text(keys::seen_partition(account)))
            .key_condition_expression("#pk = :pk")
            .projection_expression("#pk, #sk")
            .into_paginator()
            .items()
            .send();
        while let Some(key) = pages.next().await {
            let key = key.map_err(|error| away(TABLE_AWAY, &error))?;
            let deleted = self.client.delete_item().table_name(&self.table).set_key(Some(key));
            deleted.send().await.map_err(|error| away(TABLE_AWAY, &error))?;
        }
        Ok(())
    }
}
