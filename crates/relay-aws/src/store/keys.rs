//! The keys of the items.

use std::collections::HashMap;

use arlo_mail::MailId;
use aws_sdk_dynamodb::types::AttributeValue;
use data_encoding::HEXLOWER;
use relay::{AccountHash, RelayLocalPart, RequestId, TokenHash};

/// The partition key's attribute.
pub(super) const PARTITION: &str = "pk";
/// The sort key's attribute.
pub(super) const SORT: &str = "sk";
/// The sort key of an account item.
pub(super) const ENROLMENT: &str = "enrolment";

/// The key of one item. It may hold a secret, so it has no `Debug`.
#[derive(Clone)]
pub(super) struct Key {
    partition: String,
    sort: String,
}

impl From<Key> for HashMap<String, AttributeValue> {
    fn from(key: Key) -> Self {
        Self::from([
            (PARTITION.to_owned(), AttributeValue::S(key.partition)),
            (SORT.to_owned(), AttributeValue::S(key.sort)),
        ])
    }
}

fn key(partition: String, sort: impl Into<String>) -> Key {
    Key {
        partition,
        sort: sort.into(),
    }
}

/// The partition of the mails that an account has seen. It is not that of the account, since a function that remembers
/// a mail has no right to replace the account's item.
pub(super) fn seen_partition(account: &AccountHash) -> String {
    format!("seen#{}", HEXLOWER.encode(account.as_bytes()))
}

/// The name of a request inside an account item.
pub(super) fn name(id: &RequestId) -> String {
    HEXLOWER.encode(id.as_bytes())
}

pub(super) fn account(account: &AccountHash) -> Key {
    key(format!("account#{}", HEXLOWER.encode(account.as_bytes())), ENROLMENT)
}

pub(super) fn token(token: &TokenHash) -> Key {
    key(format!("token#{}", HEXLOWER.encode(token.as_bytes())), "account")
}

pub(super) fn mailbox(local_part: &RelayLocalPart) -> Key {
    key(format!("mailbox#{}", local_part.expose()), "account")
}

pub(super) fn request(id: &RequestId) -> Key {
    key(format!("request#{}", name(id)), "request")
}

pub(super) fn seen(account: &AccountHash, mail: &MailId) -> Key {
    key(seen_partition(account), HEXLOWER.encode(mail.as_bytes()))
}

/// A key under which nothing is stored.
pub(super) fn nothing() -> Key {
    key("health".to_owned(), "health")
}
