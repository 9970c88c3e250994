//! The function `prestage`: `POST /prepare-arlo-mfa`, and nothing else.
//!
//! Its role needs, and may have no more than:
//! - the table: `dynamodb:UpdateItem` of an item's `requests` and of nothing else of it;
//! - the parameters with the keys: `ssm:GetParameters`;
//! - the bucket, below `poll/`: `s3:PutObject`; and `s3:GetObject`, which a poll URL needs to be readable.

use std::process::ExitCode;

use relay_aws::connection::Connection;
use relay_aws::settings::Settings;
use relay_aws::{http, runtime};

fn main() -> ExitCode {
    runtime::run(async |start| {
        let connection = Connection::over(start.transport, &start.environment)?;
        let settings = Settings::load(&start.environment, &connection).await?;
        http::serve_prestage(&start.events, connection, settings).await
    })
}
