//! An enrolment's item, to the rules' types and back.

use arlo_mail::{Link, MailId, Provider, Sender};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use relay::ports::{PortError, Record, SeenMail};
use relay::{
    AccountHash, Addresses, AuditEvent, AuditKind, ClientNetwork, Confirmation, Enrolment, EnrolmentId, Fault, KeyId,
    Label, MadeBy, MadeWith, NewRequest, OtherMail, Pending, RequestId, Status, Tally, TokenHash,
};

use super::events;
use super::values::{AttributeValue, Map, Members, bytes, map, number, seconds, text, time};

pub(super) const ENROLMENT: &str = "enrolment";
pub(super) const VERSION: &str = "version";
pub(super) const ACCOUNT: &str = "account";
pub(super) const TOKEN: &str = "token";
pub(super) const REQUESTS: &str = "requests";
pub(super) const OPEN: &str = "open";
pub(super) const PAST: &str = "past";
pub(super) const STAGED: &str = "staged";
pub(super) const SEEN: &str = "seen";
pub(super) const EVENTS: &str = "events";
pub(super) const COUNTS: &str = "counts";
pub(super) const OTHER: &str = "other";
pub(super) const CONFIRMATION: &str = "confirmation";
pub(super) const JOINED: &str = "joined";
/// The table's time to live, in seconds since 1970.
pub(super) const GONE: &str = "gone";
/// The account's hash where the index shall not have it.
const OWNER: &str = "owner";
const UNTIL: &str = "until";
const NETWORK: &str = "network";

/// The name of a request inside `open`.
pub(super) fn request_name(id: &RequestId) -> String {
    HEXLOWER.encode(id.as_bytes())
}

/// A pending request as it is in `open`.
pub(super) fn open_entry(new: &NewRequest) -> AttributeValue {
    let mut entry = Map::from([
        (STAGED.to_owned(), time(new.staged_at)),
        (UNTIL.to_owned(), time(new.expires_at)),
    ]);
    let network = new.network.map(events::write_network);
    entry.extend(network.map(|network| (NETWORK.to_owned(), bytes(network))));
    AttributeValue::M(entry)
}

/// A pending request with the event of its making.
pub(super) struct Open {
    pub(super) pending: Pending,
    pub(super) event: AuditEvent,
}

/// `requests`, as it was read.
pub(super) struct Requests {
    /// The hash of the token that may begin requests; none while the enrolment is suspended.
    pub(super) token: Option<TokenHash>,
    pub(super) account: AccountHash,
    pub(super) open: Vec<Open>,
    pub(super) past: Vec<AuditEvent>,
}

impl Requests {
    /// What happened, as far as it is here.
    pub(super) fn events(&self) -> impl Iterator<Item = AuditEvent> {
        self.open.iter().map(|open| open.event).chain(self.past.iter().copied())
    }
}

/// A mail that ended a request.
#[derive(Clone)]
pub(super) struct Ended {
    pub(super) seen: SeenMail,
    /// Why it ended without a code.
    pub(super) fault: Option<Fault>,
}

impl Ended {
    /// 73 bytes: the mail, until when it is known, the request with both of its times, and how it ended.
    fn write(&self) -> Vec<u8> {
        let SeenMail { mail, until, request } = self.seen;
        let time = |at: Timestamp| at.as_microsecond().to_be_bytes();
        let fault = match self.fault {
            None => 0,
            Some(Fault::ConflictingCodes) => 1,
        };
        [
            mail.as_bytes().as_slice(),
            &time(until),
            request.id.as_bytes(),
            &time(request.staged_at),
            &time(request.expires_at),
            &[fault],
        ]
        .concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        fn part<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
            let (part, rest) = bytes.split_first_chunk()?;
            *bytes = rest;
            Some(part)
        }
        let time = |bytes: [u8; 8]| Timestamp::from_microsecond(i64::from_be_bytes(bytes)).ok();
        let rest = &mut &*bytes;
        let mail = MailId::from_bytes(*part(rest)?);
        let until = time(*part(rest)?)?;
        let request = Pending {
            id: RequestId::from_bytes(*part(rest)?),
            staged_at: time(*part(rest)?)?,
            expires_at: time(*part(rest)?)?,
        };
        let fault = match rest {
            [0] => None,
            [1] => Some(Fault::ConflictingCodes),
            _ => return None,
        };
        let seen = SeenMail { mail, until, request };
        Some(Self { seen, fault })
    }

    /// With its request gone. A copy of the mail is known all the same.
    pub(super) fn without_request(mut self) -> Self {
        self.seen.request.expires_at = self.seen.request.staged_at;
        self
    }

    fn has_request(&self) -> bool {
        self.seen.request.expires_at > self.seen.request.staged_at
    }
}

/// How one request stands.
pub(super) enum Standing {
    Pending(Pending),
    Ended(Ended),
}

/// An item as it was read.
#[derive(Clone)]
pub(super) struct Item(Map);

fn unreadable() -> PortError {
    PortError::broken("an item of the table cannot be read: was it written by another version?")
}

impl Item {
    pub(super) fn new(map: Map) -> Self {
        Self(map)
    }

    /// The item of a new enrolment.
    pub(super) fn of(enrolment: &Enrolment, network: Option<ClientNetwork>) -> Map {
        let made = AuditEvent {
            at: enrolment.created_at,
            kind: AuditKind::Enrolled,
            network,
        };
        let mut item = Map::from([
            (ENROLMENT.to_owned(), text(enrolment.id.to_string())),
            (VERSION.to_owned(), number(0)),
            (EVENTS.to_owned(), events::written(&[made])),
        ]);
        let mut requests = Map::from([
            (ACCOUNT.to_owned(), bytes(enrolment.account.as_bytes())),
            (OPEN.to_owned(), AttributeValue::M(Map::new())),
            (PAST.to_owned(), bytes([])),
        ]);
        requests.extend(admitted(enrolment).map(|token| (TOKEN.to_owned(), token)));
        item.insert(REQUESTS.to_owned(), AttributeValue::M(requests));
        let fields = fields(enrolment).into_iter();
        item.extend(fields.filter_map(|(name, value)| Some((name.to_owned(), value?))));
        item
    }

    pub(super) fn version(&self) -> i64 {
        self.0.number(VERSION).unwrap_or_default()
    }

    pub(super) fn id(&self) -> Option<EnrolmentId> {
        EnrolmentId::parse(self.0.text(ENROLMENT)?)
    }

    pub(super) fn enrolment(&self) -> Result<Enrolment, PortError> {
        let item = &self.0;
        let read = || {
            let keys: [u8; 24] = item.bytes("made_with")?;
            let mut keys = keys.as_chunks().0.iter().copied().map(KeyId::from_bytes);
            let former = match (item.number("former_address"), item.time("former_until")) {
                (Some(version), Some(until)) => Some((version, until)),
                _ => None,
            };
            Some(Enrolment {
                id: self.id()?,
                label: item.text("label").and_then(Label::stored),
                account: AccountHash::from_bytes(item.bytes(ACCOUNT).or_else(|| item.bytes(OWNER))?),
                made_with: MadeWith {
                    account: keys.next()?,
                    token: keys.next()?,
                    address: keys.next()?,
                },
                token: TokenHash::from_bytes(item.bytes(TOKEN)?),
                address: Addresses {
                    current: item.number("address")?,
                    former,
                },
                sender: item.text("sender").map(Sender::parse).transpose().ok()?,
                own_address_only: item.contains_key("own_address_only"),
                require_dkim: item.contains_key("require_dkim"),
                made_by: self.made_by(),
                created_at: item.time("created")?,
                rotated_at: item.time("rotated"),
                suspended_at: item.time("suspended"),
            })
        };
        read().ok_or_else(unreadable)
    }

    pub(super) fn member_bytes<const N: usize>(&self, name: &str) -> Option<[u8; N]> {
        self.0.bytes(name)
    }

    pub(super) fn made_by(&self) -> MadeBy {
        if !self.0.contains_key(JOINED) {
            return MadeBy::Operator;
        }
        let gone = self.0.number(GONE);
        MadeBy::Account {
            unused_until: gone.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        }
    }

    pub(super) fn requests(&self) -> Result<Requests, PortError> {
        let requests = self.0.map(REQUESTS);
        let read = || {
            let requests = requests?;
            let open = requests.map(OPEN)?.iter().map(|(name, value)| {
                let (id, entry) = (HEXLOWER.decode(name.as_bytes()).ok()?, value.map()?);
                let pending = Pending {
                    id: RequestId::from_bytes(id.try_into().ok()?),
                    staged_at: entry.time(STAGED)?,
                    expires_at: entry.time(UNTIL)?,
                };
                let network = entry.get(NETWORK).and_then(AttributeValue::bytes);
                let event = AuditEvent {
                    at: pending.staged_at,
                    kind: AuditKind::Prestaged,
                    network: network.and_then(events::read_network),
                };
                Some(Open { pending, event })
            });
            Some(Requests {
                token: requests.bytes(TOKEN).map(TokenHash::from_bytes),
                account: AccountHash::from_bytes(requests.bytes(ACCOUNT)?),
                open: open.collect::<Option<_>>()?,
                past: events::read(requests.blob(PAST)?),
            })
        };
        read().ok_or_else(unreadable)
    }

    /// A member of `requests` as it was read, for a condition that it still is so.
    pub(super) fn requests_member(&self, name: &str) -> Result<AttributeValue, PortError> {
        let member = self.0.map(REQUESTS).and_then(|requests| requests.get(name));
        member.cloned().ok_or_else(unreadable)
    }

    /// The mails that ended a request.
    pub(super) fn seen(&self) -> Vec<Ended> {
        let list = self.0.list(SEEN).unwrap_or_default().iter();
        list.filter_map(|seen| Ended::read(seen.bytes()?)).collect()
    }

    /// The events that are no request's.
    pub(super) fn events(&self) -> Vec<AuditEvent> {
        self.0.blob(EVENTS).map(events::read).unwrap_or_default()
    }

    /// How often what happened, and when last.
    pub(super) fn counts(&self) -> Vec<Tally> {
        self.0.blob(COUNTS).map(events::read_counts).unwrap_or_default()
    }

    /// The newest life of a request; `None` where it is gone.
    pub(super) fn standing(&self, id: &RequestId) -> Result<Option<Standing>, PortError> {
        let mut open = self.requests()?.open.into_iter().map(|open| open.pending);
        if let Some(pending) = open.find(|pending| pending.id == *id) {
            return Ok(Some(Standing::Pending(pending)));
        }
        let ended = self.seen().into_iter().filter(|ended| ended.seen.request.id == *id);
        let newest = ended.max_by_key(|ended| ended.seen.request.staged_at);
        Ok(newest.filter(Ended::has_request).map(Standing::Ended))
    }

    /// The ids of all requests that may have a document.
    pub(super) fn documents(&self) -> Result<Vec<RequestId>, PortError> {
        let open = self.requests()?.open.into_iter().map(|open| open.pending.id);
        let ended = self.seen().into_iter().filter(Ended::has_request);
        Ok(open.chain(ended.map(|ended| ended.seen.request.id)).collect())
    }

    pub(super) fn record(&self) -> Result<Record, PortError> {
        let requests = self.requests()?;
        let events = self.events().into_iter().chain(requests.events());
        let wrong_token_at = events.filter(|event| event.kind == AuditKind::WrongToken);
        Ok(Record {
            enrolment: self.enrolment()?,
            wrong_token_at: wrong_token_at.map(|event| event.at).max(),
            pending: requests.open.iter().map(|open| open.pending).collect(),
            seen: self.seen().into_iter().map(|ended| ended.seen).collect(),
        })
    }

    pub(super) fn other_mail(&self) -> Vec<OtherMail> {
        let read = |kept: &AttributeValue| {
            let kept = kept.map()?;
            let links = kept.list("links")?.iter();
            Some(OtherMail {
                sender: kept.text("sender")?.to_owned(),
                subject: kept.text("subject")?.to_owned(),
                links: links.filter_map(|link| Link::parse(link.text()?)).collect(),
                at: kept.time("at")?,
            })
        };
        let kept = self.0.list(OTHER).unwrap_or_default().iter();
        kept.filter_map(read).collect()
    }

    pub(super) fn confirmation(&self) -> Option<Confirmation> {
        let kept = self.0.map(CONFIRMATION)?;
        Some(Confirmation {
            provider: Provider::from_name(kept.text("provider")?)?,
            code: kept.text("code").map(str::to_owned),
            link: kept.text("link").map(str::to_owned),
            at: kept.time("at")?,
        })
    }

    pub(super) fn status(&self) -> Result<Status, PortError> {
        Ok(Status {
            mail: self.counts(),
            confirmation: self.confirmation(),
            other_mail: self.other_mail(),
            events: events::newest(self.events().into_iter().chain(self.requests()?.events())),
        })
    }
}

/// The enrolment's own fields, and what each is; `None` where it has none.
pub(super) fn fields(enrolment: &Enrolment) -> [(&'static str, Option<AttributeValue>); 16] {
    let Enrolment {
        account,
        made_with,
        token,
        address,
        ..
    } = enrolment;
    let keys = [made_with.account, made_with.token, made_with.address].map(|key| *key.as_bytes());
    let former = address.former;
    [
        ("label", enrolment.label.as_ref().map(|label| text(label.as_str()))),
        (
            ACCOUNT,
            (!enrolment.own_address_only).then(|| bytes(account.as_bytes())),
        ),
        (OWNER, enrolment.own_address_only.then(|| bytes(account.as_bytes()))),
        (TOKEN, Some(bytes(token.as_bytes()))),
        ("address", Some(number(address.current.into()))),
        ("made_with", Some(bytes(keys.concat()))),
        ("former_address", former.map(|(version, _)| number(version.into()))),
        ("former_until", former.map(|(_, until)| time(until))),
        ("sender", enrolment.sender.as_ref().map(|sender| text(sender.as_str()))),
        (
            "own_address_only",
            enrolment.own_address_only.then_some(AttributeValue::Bool(true)),
        ),
        (
            "require_dkim",
            enrolment.require_dkim.then_some(AttributeValue::Bool(true)),
        ),
        (
            JOINED,
            (enrolment.made_by != MadeBy::Operator).then_some(AttributeValue::Bool(true)),
        ),
        (GONE, enrolment.made_by.unused_until().map(seconds)),
        ("created", Some(time(enrolment.created_at))),
        ("rotated", enrolment.rotated_at.map(time)),
        ("suspended", enrolment.suspended_at.map(time)),
    ]
}

/// The token with which requests may be begun.
pub(super) fn admitted(enrolment: &Enrolment) -> Option<AttributeValue> {
    let may = enrolment.suspended_at.is_none();
    may.then(|| bytes(enrolment.token.as_bytes()))
}

pub(super) fn seen_list(seen: &[Ended]) -> AttributeValue {
    AttributeValue::L(seen.iter().map(|ended| bytes(ended.write())).collect())
}

pub(super) fn confirmation(kept: &Confirmation) -> AttributeValue {
    let mut value = Map::from([
        ("provider".to_owned(), text(kept.provider.name())),
        ("at".to_owned(), time(kept.at)),
    ]);
    value.extend(kept.code.as_ref().map(|code| ("code".to_owned(), text(code))));
    value.extend(kept.link.as_ref().map(|link| ("link".to_owned(), text(link))));
    AttributeValue::M(value)
}

pub(super) fn other_list(mails: &[OtherMail]) -> AttributeValue {
    let written = mails.iter().map(|mail| {
        let links = mail.links.iter().map(|link| text(link.url())).collect();
        map([
            ("sender", text(&mail.sender)),
            ("subject", text(&mail.subject)),
            ("links", AttributeValue::L(links)),
            ("at", time(mail.at)),
        ])
    });
    AttributeValue::L(written.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_written_here_is_said_to_be_unreadable() {
        let empty = Item::new(Map::new());
        assert!(empty.enrolment().is_err() && empty.requests().is_err() && empty.status().is_err());
        assert!(empty.seen().is_empty() && empty.events().is_empty());
    }

    #[test]
    fn an_ended_request_reads_back() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let ended = Ended {
            seen: SeenMail {
                mail: MailId::from_bytes([1; 32]),
                until: at(400),
                request: Pending {
                    id: RequestId::from_bytes([2; 16]),
                    staged_at: at(1),
                    expires_at: at(301),
                },
            },
            fault: Some(Fault::ConflictingCodes),
        };
        let written = ended.write();
        let read = Ended::read(&written).unwrap();
        assert_eq!((written.len(), read.seen, read.fault), (73, ended.seen, ended.fault));
        assert!(read.has_request() && !read.without_request().has_request());
        assert!(Ended::read(&written[..72]).is_none() && Ended::read(&[]).is_none());
    }
}
