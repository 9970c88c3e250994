//! The function `receipt-rules`: CloudFormation's custom resource for the stack's receipt rule and the bucket's
//! contents.
//!
//! Its role needs, and may have no more than:
//! - `ses:ListReceiptRuleSets`, `ses:DescribeActiveReceiptRuleSet`, `ses:DescribeReceiptRuleSet`,
//!   `ses:CreateReceiptRuleSet`, `ses:DeleteReceiptRuleSet`, `ses:SetActiveReceiptRuleSet`, `ses:CreateReceiptRule`,
//!   `ses:UpdateReceiptRule` and `ses:DeleteReceiptRule`, for which AWS accepts no narrower resource than `*`;
//! - the bucket: `s3:ListBucketVersions`; its objects: `s3:DeleteObject` and `s3:DeleteObjectVersion`.

use std::process::ExitCode;

use relay_aws::connection::Connection;
use relay_aws::{receipt_rules, runtime};

fn main() -> ExitCode {
    runtime::run(async |start| {
        let connection = Connection::over(start.transport, &start.environment)?;
        receipt_rules::serve(&start.events, connection).await
    })
}
