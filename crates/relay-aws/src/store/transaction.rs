//! Transactions: all of their writes or none, each with its condition.

use std::time::Duration;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use relay::ports::PortError;

use super::items::Item;
use super::{AwsStore, MAX_ATTEMPTS, TABLE_AWAY};
use crate::fault::away;

/// The first wait after a conflict; it doubles.
pub(super) const FIRST_WAIT: Duration = Duration::from_millis(20);

/// The error when the last attempt met a conflict too.
pub(super) const CONTENDED: &str = "others change the same items of the table again and again";

/// The result of a transaction.
pub(super) enum Outcome {
    /// Everything was written.
    Done,
    /// Nothing was written. For each write, in order, whether its condition held.
    Refused(Vec<Refusal>),
}

/// Whether one write was refused.
pub(super) struct Refusal {
    /// Its condition did not hold.
    pub(super) by_condition: bool,
    /// The item as it was, if there is one.
    pub(super) item: Option<Item>,
}

/// The write met another one, and may succeed after it.
fn is_conflict(reason: &CancellationReason) -> bool {
    matches!(
        reason.code(),
        Some("TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded")
    )
}

impl AwsStore {
    /// Writes everything or nothing, and reports which conditions did not hold. A write that met another one is tried
    /// again.
    pub(super) async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<Outcome, PortError> {
        let mut wait = FIRST_WAIT;
        for _ in 0..MAX_ATTEMPTS {
            let sent = self
                .client
                .transact_write_items()
                .set_transact_items(Some(writes.clone()))
                .send()
                .await;
            let Err(error) = sent else { return Ok(Outcome::Done) };
            let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
            else {
                return Err(away(TABLE_AWAY, &error));
            };
            let reasons = cancelled.cancellation_reasons();
            let refusals: Vec<Refusal> = reasons.iter().map(Refusal::from).collect();
            if refusals.iter().any(|refusal| refusal.by_condition) {
                return Ok(Outcome::Refused(refusals));
            }
            if !reasons.iter().any(is_conflict) {
                return Err(away(TABLE_AWAY, &error));
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        Err(PortError::contended(CONTENDED))
    }
}

impl From<&CancellationReason> for Refusal {
    fn from(reason: &CancellationReason) -> Self {
        Self {
            by_condition: reason.code() == Some("ConditionalCheckFailed"),
            item: reason.item().filter(|item| !item.is_empty()).cloned().map(Item::new),
        }
    }
}

/// A builder lacks a field that it needs: an error in this crate.
pub(super) fn incomplete(_: aws_sdk_dynamodb::error::BuildError) -> PortError {
    PortError::broken("a write was put together wrongly")
}

pub(super) fn put(put: aws_sdk_dynamodb::types::builders::PutBuilder) -> Result<TransactWriteItem, PortError> {
    let put: Put = put
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
        .map_err(incomplete)?;
    Ok(TransactWriteItem::builder().put(put).build())
}

pub(super) fn update(update: aws_sdk_dynamodb::types::builders::UpdateBuilder) -> Result<TransactWriteItem, PortError> {
    let update: Update = update
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
        .map_err(incomplete)?;
    Ok(TransactWriteItem::builder().update(update).build())
}

pub(super) fn check(
    check: aws_sdk_dynamodb::types::builders::ConditionCheckBuilder,
) -> Result<TransactWriteItem, PortError> {
    let check: ConditionCheck = check.build().map_err(incomplete)?;
    Ok(TransactWriteItem::builder().condition_check(check).build())
}

pub(super) fn delete(delete: aws_sdk_dynamodb::types::builders::DeleteBuilder) -> Result<TransactWriteItem, PortError> {
    let delete: Delete = delete.build().map_err(incomplete)?;
    Ok(TransactWriteItem::builder().delete(delete).build())
}
