//! The function `web`: everything over HTTP but `POST /prepare-arlo-mfa`.
//!
//! Its role needs, and may have no more than:
//! - the table: `dynamodb:GetItem`, `dynamodb:PutItem`, `dynamodb:UpdateItem`, `dynamodb:DeleteItem`;
//! - the bucket, below `poll/`: `s3:PutObject`, `s3:DeleteObject`.

use std::process::ExitCode;

use relay_aws::connection::Connection;
use relay_aws::settings::Settings;
use relay_aws::{http, runtime};

fn main() -> ExitCode {
    runtime::run(async |environment| {
        let connection = Connection::of_function(&environment)?;
        http::serve_web(connection, Settings::read(&environment)?).await
    })
}
