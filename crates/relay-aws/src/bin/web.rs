//! The function `web`: everything over HTTP but `POST /prepare-arlo-mfa`.
//!
//! Its role needs, and may have no more than:
//! - the table: `dynamodb:GetItem`; `dynamodb:UpdateItem` of all but the enrolment's own fields;
//! - the parameters with the keys: `ssm:GetParameters`;
//! - the bucket, below `poll/`: `s3:GetObject`, `s3:PutObject`, `s3:DeleteObject`.

use std::process::ExitCode;

use relay_aws::connection::Connection;
use relay_aws::settings::Settings;
use relay_aws::{http, runtime};

fn main() -> ExitCode {
    runtime::run(async |start| {
        let connection = Connection::over(start.transport, &start.environment)?;
        let settings = Settings::load(&start.environment, &connection).await?;
        http::serve_web(&start.events, connection, settings).await
    })
}
