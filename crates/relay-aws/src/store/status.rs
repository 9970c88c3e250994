//! What an enrolment's mail has come to: attributes of its account item.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use jiff::Timestamp;
use relay::account::AccountHash;
use relay::enrolment::{Confirmation, MailEvent, Status};
use relay::ports::{PortError, ReadStatus, RecordMail};

use super::items::{self, CONFIRMATION};
use super::transaction::{CONTENDED, FIRST_WAIT};
use super::{AwsStore, MAX_ATTEMPTS, TABLE_AWAY, keys};
use crate::fault::away;

impl RecordMail for AwsStore {
    async fn record(
        &self,
        account: &AccountHash,
        event: MailEvent,
        confirmation: Option<&Confirmation>,
        at: Timestamp,
    ) -> Result<(), PortError> {
        let mut change = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::account(account).into()))
            .expression_attribute_names("#pk", keys::PARTITION)
            .expression_attribute_names("#count", items::count_of(event))
            .expression_attribute_names("#last", items::last_of(event))
            .expression_attribute_values(":one", items::number(1))
            .expression_attribute_values(":at", items::time(at))
            .condition_expression("attribute_exists(#pk)");
        change = match confirmation {
            None => change.update_expression("ADD #count :one SET #last = :at"),
            Some(kept) => change
                .expression_attribute_names("#confirmation", CONFIRMATION)
                .expression_attribute_values(":kept", items::confirmation(kept))
                .update_expression("ADD #count :one SET #last = :at, #confirmation = :kept"),
        };
        let mut wait = FIRST_WAIT;
        for _ in 0..MAX_ATTEMPTS {
            let Err(error) = change.clone().send().await else {
                return Ok(());
            };
            match error.as_service_error() {
                // No enrolment any more: nothing to count for.
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => return Ok(()),
                // A login of the account begins or ends right now. The SDK leaves that to its caller.
                Some(UpdateItemError::TransactionConflictException(_)) => tokio::time::sleep(wait).await,
                _ => return Err(away(TABLE_AWAY, &error)),
            }
            wait *= 2;
        }
        Err(PortError::contended(CONTENDED))
    }
}

impl ReadStatus for AwsStore {
    async fn status(&self, account: &AccountHash) -> Result<Status, PortError> {
        let item = self.item(keys::account(account)).await?;
        Ok(item.map(|item| item.status()).unwrap_or_default())
    }
}
