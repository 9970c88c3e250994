//! Items to the rules' types and back. Times are microseconds since 1970, but for `expires`.

use std::collections::HashMap;

use arlo_mail::{Code, Link, Provider, Sender};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use relay::ports::PortError;
use relay::{
    AccountHash, Confirmation, Enrolment, Fault, LoginRequest, MAX_OTHER_MAIL, MailEvent, OtherMail, Pending,
    RelayLocalPart, RequestId, RequestState, Status, Tally, TokenHash,
};

pub(super) const ACCOUNT: &str = "account";
pub(super) const TOKEN: &str = "token";
pub(super) const MAILBOX: &str = "mailbox";
pub(super) const SENDER: &str = "sender";
pub(super) const OWN_ADDRESS_ONLY: &str = "own_address_only";
pub(super) const CREATED: &str = "created";
pub(super) const ROTATED: &str = "rotated";
pub(super) const REQUESTS: &str = "requests";
pub(super) const STAGED: &str = "staged";
pub(super) const UNTIL: &str = "until";
pub(super) const ENDED: &str = "ended";
pub(super) const REQUEST: &str = "request";
pub(super) const CODE: &str = "code";
pub(super) const FAULT: &str = "fault";
pub(super) const CONFIRMATION: &str = "confirmation";
/// The time to live: seconds since 1970.
pub(super) const EXPIRES: &str = "expires";

/// The attribute that counts an event.
pub(super) fn count_attribute(event: MailEvent) -> String {
    format!("count:{}", event.name())
}

/// The attribute with the time of an event's last.
pub(super) fn last_attribute(event: MailEvent) -> String {
    format!("last:{}", event.name())
}

/// The attributes of the mails that were no code, the newest first.
pub(super) fn other_mail_names() -> impl DoubleEndedIterator<Item = String> + ExactSizeIterator {
    (0..MAX_OTHER_MAIL).map(|n| format!("other-mail:{n}"))
}

pub(super) type Map = HashMap<String, AttributeValue>;

pub(super) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(super) fn bytes(bytes: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

pub(super) fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(super) fn time(at: Timestamp) -> AttributeValue {
    number(at.as_microsecond())
}

/// The first whole second at which the item is gone.
pub(super) fn expires(at: Timestamp) -> AttributeValue {
    number(at.as_second() + i64::from(at.subsec_nanosecond() > 0))
}

/// An item as it was read.
#[derive(Clone)]
pub(super) struct Item(Map);

fn unreadable() -> PortError {
    PortError::broken("an item of the table cannot be read: was it written by a newer version?")
}

impl Item {
    pub(super) fn new(map: Map) -> Self {
        Self(map)
    }

    fn text(&self, name: &str) -> Option<&str> {
        Some(self.0.get(name)?.as_s().ok()?.as_str())
    }

    fn bytes<const N: usize>(&self, name: &str) -> Option<[u8; N]> {
        self.0.get(name)?.as_b().ok()?.as_ref().try_into().ok()
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.0.get(name)?.as_n().ok()?.parse().ok()
    }

    fn time(&self, name: &str) -> Option<Timestamp> {
        Timestamp::from_microsecond(self.number(name)?).ok()
    }

    fn map(&self, name: &str) -> Option<Self> {
        Some(Self(self.0.get(name)?.as_m().ok()?.clone()))
    }

    /// Whose item a pointer points at.
    pub(super) fn account(&self) -> Result<AccountHash, PortError> {
        self.bytes(ACCOUNT).map(AccountHash::from_bytes).ok_or_else(unreadable)
    }

    fn token(&self) -> Option<TokenHash> {
        self.bytes(TOKEN).map(TokenHash::from_bytes)
    }

    /// Whether a seen mail is still known as one. The table drops it some time after that.
    pub(super) fn is_remembered(&self, now: Timestamp) -> bool {
        self.time(UNTIL).is_some_and(|until| until > now)
    }

    /// The request that a seen mail ended.
    pub(super) fn ended_request(&self) -> Option<RequestId> {
        self.bytes(REQUEST).map(RequestId::from_bytes)
    }

    /// The partition key of an account item, back to the account.
    fn owner(&self) -> Option<AccountHash> {
        let hex = self.text(super::keys::PARTITION)?.strip_prefix("account#")?;
        let hash: [u8; 32] = HEXLOWER.decode(hex.as_bytes()).ok()?.try_into().ok()?;
        Some(AccountHash::from_bytes(hash))
    }

    pub(super) fn enrolment(&self) -> Result<Enrolment, PortError> {
        let sender = self.text(SENDER).map(Sender::parse).transpose();
        let read = || {
            Some(Enrolment {
                account: self.owner()?,
                token: self.token()?,
                local_part: RelayLocalPart::parse(self.text(MAILBOX)?)?,
                sender: sender.ok()?,
                own_address_only: self.0.contains_key(OWN_ADDRESS_ONLY),
                created_at: self.time(CREATED)?,
                rotated_at: self.time(ROTATED),
            })
        };
        read().ok_or_else(unreadable)
    }

    pub(super) fn login_request(&self, id: RequestId) -> Result<LoginRequest, PortError> {
        let state = match (self.text(CODE), self.text(FAULT)) {
            (None, None) => Some(RequestState::Pending),
            (Some(code), _) => Code::parse(code).map(RequestState::Complete),
            (None, Some(fault)) => Fault::from_name(fault).map(RequestState::Error),
        };
        let read = || {
            Some(LoginRequest {
                id,
                account: AccountHash::from_bytes(self.bytes(ACCOUNT)?),
                staged_at: self.time(STAGED)?,
                expires_at: self.time(UNTIL)?,
                state: state?,
            })
        };
        read().ok_or_else(unreadable)
    }

    /// The account's login requests in short.
    pub(super) fn requests(&self) -> Result<Requests, PortError> {
        let map = self.map(REQUESTS).ok_or_else(unreadable)?.0;
        let entry = |(name, value): (&String, &AttributeValue)| {
            let item = Self(value.as_m().ok()?.clone());
            let id: [u8; 16] = HEXLOWER.decode(name.as_bytes()).ok()?.try_into().ok()?;
            Some(Entry {
                pending: Pending {
                    id: RequestId::from_bytes(id),
                    staged_at: item.time(STAGED)?,
                    expires_at: item.time(UNTIL)?,
                },
                ended: item.0.contains_key(ENDED),
            })
        };
        let entries: Option<Vec<Entry>> = map.iter().map(entry).collect();
        Ok(Requests {
            entries: entries.ok_or_else(unreadable)?,
            map,
        })
    }

    pub(super) fn status(&self) -> Status {
        let mail = MailEvent::ALL.into_iter().filter_map(|event| {
            Some(Tally {
                event,
                count: self.number(&count_attribute(event))?,
                last_at: self.time(&last_attribute(event))?,
            })
        });
        let confirmation = self.map(CONFIRMATION).and_then(|kept| {
            Some(Confirmation {
                provider: Provider::from_name(kept.text("provider")?)?,
                code: kept.text("code").map(str::to_owned),
                link: kept.text("link").map(str::to_owned),
                at: kept.time("at")?,
            })
        });
        let other_mail = other_mail_names().filter_map(|name| {
            let kept = self.map(&name)?;
            let links = kept.0.get("links")?.as_l().ok()?;
            Some(OtherMail {
                sender: kept.text("sender")?.to_owned(),
                subject: kept.text("subject")?.to_owned(),
                links: links.iter().filter_map(|link| Link::parse(link.as_s().ok()?)).collect(),
                at: kept.time("at")?,
            })
        });
        Status {
            mail: mail.collect(),
            confirmation,
            other_mail: other_mail.collect(),
        }
    }
}

/// One login request as its account item has it.
pub(super) struct Entry {
    pub(super) pending: Pending,
    pub(super) ended: bool,
}

/// The login requests of an account item: those that are not expired, and others that nobody has dropped yet.
pub(super) struct Requests {
    pub(super) entries: Vec<Entry>,
    /// As it stands in the item, for a condition that it still does.
    pub(super) map: Map,
}

/// A pending request as its account item has it.
pub(super) fn entry(staged_at: Timestamp, expires_at: Timestamp) -> AttributeValue {
    AttributeValue::M(HashMap::from([
        (STAGED.to_owned(), time(staged_at)),
        (UNTIL.to_owned(), time(expires_at)),
    ]))
}

pub(super) fn account_item(enrolment: &Enrolment) -> Map {
    let mut item: Map = super::keys::account(&enrolment.account).into();
    item.extend([
        (TOKEN.to_owned(), bytes(enrolment.token.as_bytes())),
        (MAILBOX.to_owned(), text(enrolment.local_part.expose())),
        (CREATED.to_owned(), time(enrolment.created_at)),
        (REQUESTS.to_owned(), AttributeValue::M(HashMap::new())),
    ]);
    if let Some(sender) = &enrolment.sender {
        item.insert(SENDER.to_owned(), text(sender.as_str()));
    }
    if enrolment.own_address_only {
        item.insert(OWN_ADDRESS_ONLY.to_owned(), AttributeValue::Bool(true));
    }
    if let Some(at) = enrolment.rotated_at {
        item.insert(ROTATED.to_owned(), time(at));
    }
    item
}

pub(super) fn pointer(key: super::keys::Key, account: &AccountHash) -> Map {
    let mut item: Map = key.into();
    item.insert(ACCOUNT.to_owned(), bytes(account.as_bytes()));
    item
}

pub(super) fn confirmation(kept: &Confirmation) -> AttributeValue {
    let mut map = HashMap::from([
        ("provider".to_owned(), text(kept.provider.name())),
        ("at".to_owned(), time(kept.at)),
    ]);
    map.extend(kept.code.as_ref().map(|code| ("code".to_owned(), text(code))));
    map.extend(kept.link.as_ref().map(|link| ("link".to_owned(), text(link))));
    AttributeValue::M(map)
}

pub(super) fn other_mail(kept: &OtherMail) -> AttributeValue {
    let links = kept.links.iter().map(|link| text(link.url())).collect();
    AttributeValue::M(HashMap::from([
        ("sender".to_owned(), text(&kept.sender)),
        ("subject".to_owned(), text(&kept.subject)),
        ("links".to_owned(), AttributeValue::L(links)),
        ("at".to_owned(), time(kept.at)),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_to_live_never_ends_an_item_before_its_time() {
        for (nanoseconds, expected) in [(0, 5), (1, 6), (999_999_999, 6)] {
            let at = Timestamp::new(5, nanoseconds).unwrap();
            assert_eq!(expires(at), AttributeValue::N(expected.to_string()));
        }
    }

    #[test]
    fn what_was_not_written_here_is_said_to_be_unreadable() {
        let empty = Item::new(Map::new());
        assert!(empty.enrolment().is_err() && empty.requests().is_err() && empty.account().is_err());
        assert!(empty.login_request(RequestId::from_bytes([0; 16])).is_err());
        assert_eq!(empty.status(), Status::default());
    }
}
