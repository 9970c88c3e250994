//! The store for the rules: one DynamoDB table with one item for each enrolment, and a bucket with a poll document for
//! each login request.
//!
//! | attribute | what | who writes it |
//! |---|---|---|
//! | `enrolment` | its id: the key | |
//! | `account`, `token`, `address`, `label`, … | the enrolment's own fields | the operator |
//! | `requests` | `open`: pending requests; `past`: events of prestage; `token`, `account`: see below | all functions |
//! | `seen` | the mails that ended a request, with that request | `inbound`, `web` |
//! | `events`, `counts` | what happened, how often, when last | `inbound`, `web` |
//! | `other`, `confirmation` | what is kept of mail that is no code | `inbound`, `web` |
//! | `joined` | that its account made it itself | `web` |
//! | `gone` | when it is removed, unless a mail reaches it before | `web`, `inbound` |
//! | `version` | how often all but `requests` was written | all but `prestage` |
//!
//! Every change is one conditional update of one item. The template gives each function's role the attributes that it
//! needs; a new attribute needs a line there. IAM cannot tell an attribute that an update compares from one that it
//! writes. So what prestage compares, the hashes of the token and of the account, is in `requests` a second time: it
//! can write that copy, which no one else reads, and not the enrolment's own fields.
//!
//! A code is in no item: the poll document alone has it. Its name is the request's id, from which the poll key cannot
//! be computed. It is written after the item and from it; a mail that is processed again writes it again.
//!
//! An item stays small: what has expired is dropped with the next change that a mail makes, and every list has a bound.
//! `accounts` is an index by the account's hash. Only what names the same account when it is read itself counts. An
//! enrolment whose mail is taken at its own relay address alone is not in it: its hash is in `owner`, so that what
//! strangers make in somebody's name costs the shared address nothing.
//!
//! `gone` is the table's time to live: DynamoDB deletes an item some time after it. `joining` describes the items that
//! are no enrolments.

mod documents;
mod events;
mod find;
mod item;
mod joining;
mod manage;
mod recent;
mod stage;
mod take;
mod update;
mod values;

use std::error::Error;

use relay::ports::{CheckHealth, ForOperator, ForwardMail, PortError};
use relay::{EnrolmentId, RequestId};
use serde::Serialize;

use self::documents::Documents;
use self::item::Item;
use self::recent::Recent;
use self::update::Update;
use self::values::AttributeValue;
use crate::aws::{Bucket, DynamoDb, away};
use crate::operator::Operator;

/// The index by the account's hash.
const ACCOUNTS: &str = "accounts";
/// The error when a call of the table fails.
const TABLE_AWAY: &str = "the table does not answer";
/// How often one change is tried when others change the same item at the same time.
const MAX_ATTEMPTS: u32 = 8;

/// The store of one deployment. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AwsStore {
    client: DynamoDb,
    table: String,
    documents: Documents,
    recent: Recent,
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

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Get<'a> {
    table_name: &'a str,
    key: Key,
    consistent_read: bool,
}

/// What names an item.
#[derive(Serialize)]
struct Key {
    enrolment: AttributeValue,
}

impl AwsStore {
    /// A store over these clients. Without an operator no mail is forwarded.
    #[must_use]
    pub fn new(table: DynamoDb, bucket: Bucket, places: Places, operator: Option<Operator>) -> Self {
        Self {
            client: table,
            table: places.table.clone(),
            documents: Documents::new(bucket, places),
            recent: Recent::default(),
            operator,
        }
    }

    /// An enrolment's item, as it is now.
    async fn item(&self, id: &EnrolmentId) -> Result<Option<Item>, PortError> {
        self.item_of_key(id.to_string()).await
    }

    async fn item_of_key(&self, key: String) -> Result<Option<Item>, PortError> {
        let get = Get {
            table_name: &self.table,
            key: Key {
                enrolment: values::text(key),
            },
            consistent_read: true,
        };
        let found = self.client.get_item(&get).await.map_err(away(TABLE_AWAY))?;
        Ok(found.map(Item::new))
    }

    /// A change of an enrolment's item.
    fn update(&self, id: &EnrolmentId) -> Update {
        self.update_of_key(id.to_string())
    }

    fn update_of_key(&self, key: String) -> Update {
        Update::new(self.client.clone(), self.table.clone(), key)
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
        // No enrolment has this id.
        self.item_of_key("health".to_owned()).await.map(drop)
    }
}
