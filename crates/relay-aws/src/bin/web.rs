//! The function `web`: everything over HTTP but `POST /prepare-arlo-mfa`.
//!
//! Its role needs, and may have no more than:
//! - the table: `dynamodb:GetItem` of accounts, tokens, requests and seen mails; all of prestage's writes;
//!   `dynamodb:PutItem` of seen mails; `dynamodb:UpdateItem` of the outcomes of an account's mail and of how a request
//!   ended;
//! - the parameter with the hash key: `ssm:GetParameter`;
//! - the bucket, below `poll/`: `s3:PutObject`, `s3:DeleteObject`.

use std::process::ExitCode;

use relay_aws::connection::Connection;
use relay_aws::settings::Settings;
use relay_aws::{http, runtime};

fn main() -> ExitCode {
    runtime::run(async |environment| {
        let connection = Connection::for_lambda(&environment)?;
        let settings = Settings::load(&environment, &connection).await?;
        http::serve_web(connection, settings).await
    })
}
