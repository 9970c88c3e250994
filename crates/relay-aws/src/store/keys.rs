//! The keys of the items.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use data_encoding::HEXLOWER;
use relay::account::AccountHash;
use relay::mail::MailId;
use relay::secret::{Mailbox, RequestId, TokenHash};

/// The partition key's attribute.
pub(super) const PARTITION: &str = "pk";
/// The sort key's attribute.
pub(super) const SORT: &str = "sk";
/// The sort key of an account item.
pub(super) const ENROLMENT: &str = "enrolment";
/// What the sort key of a seen mail begins with.
pub(super) const SEEN: &str = "seen#";

/// The key of one item. It may hold a secret: no `Debug`.
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

/// The partition of an account.
pub(super) fn partition(account: &AccountHash) -> String {
    format!("account#{}", HEXLOWER.encode(account.as_bytes()))
}

/// The name of a request inside an account item.
pub(super) fn name(id: &RequestId) -> String {
    HEXLOWER.encode(id.as_bytes())
}

pub(super) fn account(account: &AccountHash) -> Key {
    key(partition(account), ENROLMENT)
}

pub(super) fn token(token: &TokenHash) -> Key {
    key(format!("token#{}", HEXLOWER.encode(token.as_bytes())), "account")
}

pub(super) fn mailbox(mailbox: &Mailbox) -> Key {
    key(format!("mailbox#{}", mailbox.expose()), "account")
}

pub(super) fn request(id: &RequestId) -> Key {
    key(format!("request#{}", name(id)), "request")
}

pub(super) fn seen(account: &AccountHash, mail: &MailId) -> Key {
    key(
        partition(account),
        format!("{SEEN}{}", HEXLOWER.encode(mail.as_bytes())),
    )
}

/// A key under which nothing stands.
pub(super) fn nothing() -> Key {
    key("health".to_owned(), "health")
}
