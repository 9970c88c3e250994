//! The store for the rules: one DynamoDB table, and a bucket with a poll document for each login request.
//!
//! | item | `pk` | `sk` | what |
//! |---|---|---|---|
//! | account | `account#<hash>` | `enrolment` | the enrolment, a list of its login requests, the outcomes of its mail |
//! | token | `token#<hash>` | `account` | the account whose token it is |
//! | mailbox | `mailbox#<local part>` | `account` | the account whose relay address it is |
//! | request | `request#<id>` | `request` | one login request; `expires` |
//! | seen mail | `seen#<hash>` | `<mail>` | that the account has seen it, and which request it ended; `expires` |
//!
//! `expires` (seconds since 1970) is the table's time to live. Tokens and relay addresses are pointers rather than an
//! index: an index is not consistent, and a token that was just revoked must not be found.
//!
//! Each kind of item has partitions of its own. By them the template gives each function's role the rights that it
//! needs to each kind, and no more. A new kind or attribute needs a line in the template.
//!
//! Every change is one conditional write or one transaction, so a function that ends in between leaves no half change.
//! The document in S3 is written after the table and from it. Its name is the request's id, from which the poll key
//! cannot be computed. A mail that is processed again writes the document again.

mod documents;
mod end;
mod enrolments;
mod items;
mod keys;
mod stage;
mod status;
mod transaction;

use relay::ports::{CancelRequests, CheckHealth, ForOperator, ForwardMail, PortError, ReadRequests};
use relay::{LoginRequest, PollKey, RequestId};
use std::error::Error;

use self::documents::Documents;
use self::items::Item;
use crate::fault::away;
use crate::operator::Operator;

/// The error when a call of the table fails.
const TABLE_AWAY: &str = "the table does not answer";
/// How often one change is tried when others change the same items at the same time.
const MAX_ATTEMPTS: u32 = 8;

/// The store of one deployment. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AwsStore {
    client: aws_sdk_dynamodb::Client,
    table: String,
    documents: Documents,
    operator: Option<Operator>,
}

/// Where a deployment keeps its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The name of the table.
    pub table: String,
    /// The name of the bucket.
    pub bucket: String,
    /// What the keys of the poll documents begin with.
    pub poll_prefix: String,
}

impl Places {
    /// The key of the document of a request.
    pub(crate) fn document(&self, id: &RequestId) -> String {
        format!("{}{id}", self.poll_prefix)
    }
}

impl AwsStore {
    /// A store over these clients. Without an operator no mail is forwarded.
    #[must_use]
    pub fn new(
        table: aws_sdk_dynamodb::Client,
        bucket: aws_sdk_s3::Client,
        places: Places,
        operator: Option<Operator>,
    ) -> Self {
        Self {
            client: table,
            table: places.table.clone(),
            documents: Documents::new(bucket, places),
            operator,
        }
    }

    /// One item, as it is now.
    async fn item(&self, key: keys::Key) -> Result<Option<Item>, PortError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key.into()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| away(TABLE_AWAY, &error))?;
        Ok(found.item.map(Item::new))
    }
}

impl ReadRequests for AwsStore {
    async fn read(&self, key: &PollKey) -> Result<Option<LoginRequest>, PortError> {
        let id = key.request_id();
        let item = self.item(keys::request(&id)).await?;
        item.map(|item| item.login_request(id)).transpose()
    }
}

impl CancelRequests for AwsStore {
    async fn cancel(&self, key: &PollKey) -> Result<(), PortError> {
        let id = key.request_id();
        if let Some(item) = self.item(keys::request(&id)).await? {
            let request = item.login_request(id)?;
            self.drop_request(&request.account, &id, request.staged_at).await?;
            self.documents.delete(&id).await?;
        }
        Ok(())
    }
}

impl ForwardMail for AwsStore {
    async fn forward(&self, mail: ForOperator<'_>) -> Result<(), PortError> {
        let Some(operator) = &self.operator else {
            return Ok(());
        };
        operator.forward(mail).await.inspect_err(|error| {
            tracing::error!(%error, cause = error.source(), "a mail for the operator is not sent");
        })
    }
}

impl CheckHealth for AwsStore {
    async fn check(&self) -> Result<(), PortError> {
        self.item(keys::nothing()).await.map(drop)
    }
}
