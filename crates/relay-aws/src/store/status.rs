//! What an enrolment's mail has come to: attributes of its account item.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use relay::ports::{PortError, ReadStatus, RecordMail};
use relay::{AccountHash, Kept, MailEvent, OtherMail, Status};

use super::items::{self, CONFIRMATION};
use super::transaction::{CONTENDED, FIRST_WAIT};
use super::{AwsStore, MAX_ATTEMPTS, TABLE_AWAY, keys};
use crate::fault::away;

impl RecordMail for AwsStore {
    async fn record(
        &self,
        account: &AccountHash,
        event: MailEvent,
        kept: Option<Kept<'_>>,
        at: Timestamp,
    ) -> Result<(), PortError> {
        let mut change = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::account(account).into()))
            .expression_attribute_names("#pk", keys::PARTITION)
            .expression_attribute_names("#count", items::count_attribute(event))
            .expression_attribute_names("#last", items::last_attribute(event))
            .expression_attribute_values(":one", items::number(1))
            .expression_attribute_values(":at", items::time(at))
            .condition_expression("attribute_exists(#pk)");
        change = match kept {
            None => change.update_expression("ADD #count :one SET #last = :at"),
            Some(Kept::Confirmation(kept)) => change
                .expression_attribute_names("#confirmation", CONFIRMATION)
                .expression_attribute_values(":kept", items::confirmation(kept))
                .update_expression("ADD #count :one SET #last = :at, #confirmation = :kept"),
            Some(Kept::OtherMail(kept)) => with_other_mail(change, kept),
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

/// The newest mail comes first, each of the others moves on by one, and the last is gone. What an update reads of an
/// item is as it was before, whatever the update writes: this is one step, and no two mails at once lose one another.
fn with_other_mail(mut change: UpdateItemFluentBuilder, kept: &OtherMail) -> UpdateItemFluentBuilder {
    let mut update = "ADD #count :one SET #last = :at, #other0 = :kept".to_owned();
    for (n, name) in items::other_mail_names().enumerate() {
        change = change.expression_attribute_names(format!("#other{n}"), name);
        if n > 0 {
            update.push_str(&format!(", #other{n} = if_not_exists(#other{}, :none)", n - 1));
        }
    }
    change
        .expression_attribute_values(":kept", items::other_mail(kept))
        .expression_attribute_values(":none", AttributeValue::Null(true))
        .update_expression(update)
}

impl ReadStatus for AwsStore {
    async fn status(&self, account: &AccountHash) -> Result<Status, PortError> {
        let item = self.item(keys::account(account)).await?;
        Ok(item.map(|item| item.status()).unwrap_or_default())
    }
}
