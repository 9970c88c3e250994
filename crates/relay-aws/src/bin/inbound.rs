//! The function `inbound`: one mail that SES has stored.
//!
//! Its role needs, and may have no more than:
//! - the table: `dynamodb:GetItem`; `dynamodb:Query` of the index by account; `dynamodb:UpdateItem` of all but the
//!   enrolment's own fields;
//! - the parameters with the keys: `ssm:GetParameters`;
//! - the bucket, below `mail/`: `s3:GetObject`, `s3:DeleteObject`; below `poll/`: `s3:PutObject`; the bucket itself:
//!   `s3:ListBucket`, without which S3 answers the same for a mail that is gone and for one that may not be read;
//! - where an operator is set: `ses:SendEmail` and `ses:SendRawEmail`;
//! - its dead-letter queue: `sqs:SendMessage`.

use std::process::ExitCode;

use relay_aws::connection::Connection;
use relay_aws::settings::Settings;
use relay_aws::{inbound, runtime};

fn main() -> ExitCode {
    runtime::run(async |start| {
        let connection = Connection::over(start.transport, &start.environment)?;
        let settings = Settings::load(&start.environment, &connection).await?;
        inbound::serve(&start.events, connection, settings).await
    })
}
