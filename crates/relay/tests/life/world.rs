//! What is the same in all states: the enrolments, the calls, and the names of what comes up.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use arlo_mail::{Account, Code};
use bytes::Bytes;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use relay::ports::{Inline, PortError, Random, Record, SeenMail, TakeOutcome};
use relay::{
    AccessToken, Addresses, DeploymentKey, Enrolment, EnrolmentId, Keys, MadeBy, MadeWith, MailEvent, Pending, PollKey,
    RelayLocalPart, RequestId, Shown,
};

use crate::probe::{Next, Probe, Reply};

/// A place in one of the lists of names. Small, so that a state is small.
pub(crate) type Name = u8;
/// A list of answers.
pub(crate) type Log = u32;

/// A set of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Names(u32);

impl Names {
    pub(crate) fn contains(self, name: Name) -> bool {
        self.0 & (1 << name) != 0
    }

    pub(crate) fn insert(&mut self, name: Name) {
        self.0 |= 1 << name;
    }

    pub(crate) fn remove(&mut self, name: Name) {
        self.0 &= !(1 << name);
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(Name) -> bool) {
        self.iter()
            .filter(|name| !keep(*name))
            .for_each(|name| self.remove(name));
    }

    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Name> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let name = (left != 0).then(|| left.trailing_zeros())?;
            left &= left - 1;
            Name::try_from(name).ok()
        })
    }
}

/// What the store answers, in names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Staged,
    Cancelled,
    /// What is open and what was seen, of each enrolment; of the one that was asked for, each time.
    Found([(Names, Names); ENROLMENTS]),
    Taken(TakeOutcome),
    Finished,
}

/// Who does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Call {
    /// A client announces a login.
    Prestage(usize),
    /// It gives the login up.
    Cancel(usize),
    /// A mail is delivered.
    Deliver(usize),
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    Staged,
    Cancelled,
    Counted(MailEvent),
    PutOff,
}

/// What there is to tell apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scenario {
    /// Whose login each client's is.
    pub(crate) clients: [usize; 2],
    /// To whose own address each mail goes; `None` for a way that all enrolments of the account share.
    pub(crate) mails: [Option<usize>; 2],
    /// Whether the pyaarlo REST API is used: both clients begin the one login of it, the second one anew.
    pub(crate) one_key: bool,
    /// The seconds at which something may happen.
    pub(crate) times: &'static [i64],
    /// How often each mail is delivered.
    pub(crate) deliveries: [usize; 2],
    /// Whether two copies of a mail may be worked on at once.
    pub(crate) copies_at_once: bool,
    /// Whether the store does each call in one step, as SQLite does, or writes the poll document after the table.
    pub(crate) in_one_step: bool,
    /// Whether a login that is begun anew has a document of its own, beside the one of the login before.
    pub(crate) own_documents: bool,
    /// How many functions die.
    pub(crate) deaths: u8,
    /// Whether the first client gives its login up.
    pub(crate) cancels: bool,
}

const START: i64 = 1_800_000_000;
const ACCOUNT: &str = "casey@example.org";
const CODES: [&str; 2] = ["111111", "222222"];
/// Both enrolments are the account's.
pub(crate) const ENROLMENTS: usize = 2;

pub(crate) struct World {
    pub(crate) scenario: Scenario,
    keys: Keys,
    pub(crate) enrolments: Vec<Enrolment>,
    tokens: Vec<AccessToken>,
    raw: Vec<Bytes>,
    pub(crate) calls: Vec<Call>,
    request_of_client: Vec<Name>,
    named: RefCell<Named>,
    logs: RefCell<Logs>,
    known: RefCell<Known>,
}

/// What each call does after each list of answers.
type Known = HashMap<(Call, Log), Rc<Next<Outcome>>>;

/// What has a name, in the order of the names.
#[derive(Default)]
struct Named {
    lives: Vec<Pending>,
    request_of_life: Vec<Name>,
    requests: Vec<RequestId>,
    seen: Vec<SeenMail>,
    life_of_seen: Vec<Name>,
}

#[derive(Default)]
struct Logs {
    all: Vec<Entry>,
    after: HashMap<(Option<Log>, Name), Vec<Log>>,
}

/// One answer after others, or the begin of a call.
struct Entry {
    before: Option<Log>,
    answer: Option<Answer>,
    at: Name,
}

fn name<T: Copy + PartialEq>(list: &mut Vec<T>, value: T) -> Name {
    let place = list.iter().position(|one| *one == value).unwrap_or_else(|| {
        list.push(value);
        list.len() - 1
    });
    place.try_into().unwrap()
}

struct Zeros;

impl Random for Zeros {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), PortError> {
        buffer.fill(0);
        Ok(())
    }
}

fn after(at: Timestamp, microseconds: usize) -> Timestamp {
    at.saturating_add(SignedDuration::from_micros(microseconds.try_into().unwrap()))
        .unwrap()
}

impl World {
    pub(crate) fn new(scenario: Scenario) -> Self {
        let keys = Keys::new(&DeploymentKey::new([7; 32]));
        let start = Timestamp::from_second(START).unwrap();
        let account = Account::parse(ACCOUNT).unwrap();
        let ids = (1..=ENROLMENTS).map(|n| EnrolmentId::from_bytes([n.try_into().unwrap(); 10]));
        let tokens: Vec<AccessToken> = ids
            .map(|id| AccessToken::generate(&keys, id, &Zeros).unwrap())
            .collect();
        let enrolments = tokens.iter().map(|token| Enrolment {
            id: token.enrolment(),
            label: None,
            account: keys.hash(&account),
            made_with: MadeWith::all(keys.current_id()),
            token: token.hash(),
            address: Addresses::FIRST,
            sender: None,
            own_address_only: false,
            require_dkim: false,
            made_by: MadeBy::Operator,
            created_at: start,
            rotated_at: None,
            suspended_at: None,
        });
        let enrolments = enrolments.collect();
        let mail = |n: usize, code| {
            let date = start.to_zoned(TimeZone::UTC);
            let date = date.strftime("%a, %d %b %Y %H:%M:%S +0000");
            format!(
                "From: Arlo <do_not_reply@arlo.com>\r\nTo: {ACCOUNT}\r\nSubject: Your code\r\nDate: {date}\r\n\
                 Message-ID: <{n}@arlo.com>\r\n\r\nYour one-time authentication code is:\r\n\r\n{code}\r\n"
            )
        };
        let raw = CODES.into_iter().enumerate().map(|(n, code)| mail(n, code).into());
        let mut calls = vec![Call::Prestage(0), Call::Prestage(1)];
        for (mail, times) in scenario.deliveries.into_iter().enumerate() {
            calls.extend(std::iter::repeat_n(Call::Deliver(mail), times));
        }
        if scenario.cancels {
            calls.push(Call::Cancel(0));
        }
        let mut world = Self {
            scenario,
            calls,
            request_of_client: Vec::new(),
            raw: raw.collect(),
            keys,
            enrolments,
            tokens,
            named: RefCell::default(),
            logs: RefCell::default(),
            known: RefCell::default(),
        };
        let requests = [0, 1].map(|client| world.request_with(world.poll_key(client).request_id()));
        world.request_of_client.extend(requests);
        world
    }

    pub(crate) fn time(&self, at: Name) -> Timestamp {
        Timestamp::from_second(START + self.scenario.times[usize::from(at)]).unwrap()
    }

    pub(crate) fn life(&self, pending: Pending) -> Name {
        let request = self.request_with(pending.id);
        let named = &mut *self.named.borrow_mut();
        let life = name(&mut named.lives, pending);
        if usize::from(life) == named.request_of_life.len() {
            named.request_of_life.push(request);
        }
        life
    }

    pub(crate) fn pending(&self, life: Name) -> Pending {
        self.named.borrow().lives[usize::from(life)]
    }

    pub(crate) fn request(&self, life: Name) -> Name {
        self.named.borrow().request_of_life[usize::from(life)]
    }

    /// In which document it is.
    pub(crate) fn document(&self, life: Name) -> usize {
        let document = if self.scenario.own_documents {
            life
        } else {
            self.request(life)
        };
        document.into()
    }

    pub(crate) fn request_with(&self, id: RequestId) -> Name {
        name(&mut self.named.borrow_mut().requests, id)
    }

    pub(crate) fn request_of(&self, client: usize) -> Name {
        self.request_of_client[client]
    }

    pub(crate) fn seen(&self, seen: SeenMail) -> Name {
        let life = self.life(seen.request);
        let named = &mut *self.named.borrow_mut();
        let seen = name(&mut named.seen, seen);
        if usize::from(seen) == named.life_of_seen.len() {
            named.life_of_seen.push(life);
        }
        seen
    }

    pub(crate) fn seen_mail(&self, seen: Name) -> SeenMail {
        self.named.borrow().seen[usize::from(seen)]
    }

    /// The life of a request that this mail has ended.
    pub(crate) fn ended_by(&self, seen: Name) -> Name {
        self.named.borrow().life_of_seen[usize::from(seen)]
    }

    pub(crate) fn is_expired(&self, life: Name, now: Name) -> bool {
        self.pending(life).expires_at <= self.time(now)
    }

    pub(crate) fn mail_of(code: &Code) -> Name {
        let place = CODES.iter().position(|text| *text == code.expose()).unwrap();
        place.try_into().unwrap()
    }

    /// Whose login this is.
    pub(crate) fn owner_of(&self, life: Name) -> usize {
        let is_its = |client: &usize| self.request_of(*client) == self.request(life);
        self.scenario.clients[[0, 1].into_iter().find(is_its).unwrap()]
    }

    /// Whose enrolment it is.
    pub(crate) fn owner(&self, id: EnrolmentId) -> usize {
        self.enrolments.iter().position(|one| one.id == id).unwrap()
    }

    fn record(&self, owner: usize, (open, seen): (Names, Names)) -> Record {
        Record {
            enrolment: self.enrolments[owner].clone(),
            pending: open.iter().map(|life| self.pending(life)).collect(),
            seen: seen.iter().map(|seen| self.seen_mail(seen)).collect(),
            wrong_token_at: None,
        }
    }

    /// The list of answers of a call that begins, or that list with one more.
    pub(crate) fn log(&self, before: Option<Log>, answer: Option<Answer>, at: Name) -> Log {
        let Logs { all, after } = &mut *self.logs.borrow_mut();
        let after = after.entry((before, at)).or_default();
        let known = after.iter().find(|log| all[**log as usize].answer == answer);
        known.copied().unwrap_or_else(|| {
            let log = all.len().try_into().unwrap();
            all.push(Entry { before, answer, at });
            after.push(log);
            log
        })
    }

    /// What a call does after these answers.
    pub(crate) fn next(&self, call: Call, log: Log) -> Rc<Next<Outcome>> {
        if let Some(next) = self.known.borrow().get(&(call, log)) {
            return Rc::clone(next);
        }
        let (began, answers) = self.answers(log);
        let next = Rc::new(self.run(call, began, answers));
        self.known.borrow_mut().insert((call, log), Rc::clone(&next));
        next
    }

    /// When the call began, and what it was answered.
    fn answers(&self, log: Log) -> (Timestamp, Vec<(Reply, Timestamp)>) {
        let logs = &self.logs.borrow().all;
        let (mut replies, mut place) = (Vec::new(), log);
        loop {
            let entry = &logs[place as usize];
            let (Some(answer), Some(before)) = (entry.answer, entry.before) else {
                replies.reverse();
                return (self.time(entry.at), replies);
            };
            replies.push((self.reply(answer), self.time(entry.at)));
            place = before;
        }
    }

    fn reply(&self, answer: Answer) -> Reply {
        match answer {
            Answer::Staged => Reply::Staged,
            Answer::Cancelled => Reply::Cancelled,
            Answer::Found(found) => {
                let records = found.into_iter().enumerate();
                Reply::Found(records.map(|(owner, found)| self.record(owner, found)).collect())
            }
            Answer::Taken(outcome) => Reply::Taken(outcome),
            Answer::Finished => Reply::Finished,
        }
    }

    fn shown(&self, client: usize) -> Shown<'_> {
        Shown {
            token: &self.tokens[self.scenario.clients[client]],
            network: None,
        }
    }

    fn poll_key(&self, client: usize) -> PollKey {
        let account = Account::parse(ACCOUNT).unwrap();
        let token = self.shown(client).token;
        if self.scenario.one_key {
            return PollKey::for_rest_api(&self.keys, token.enrolment(), &account, &token.hash());
        }
        PollKey::generate(token.enrolment(), &crate::probe::counting(client)).unwrap()
    }

    fn run(&self, call: Call, began: Timestamp, replies: Vec<(Reply, Timestamp)>) -> Next<Outcome> {
        let account = Account::parse(ACCOUNT).unwrap();
        match call {
            // No two logins begin at the same microsecond.
            Call::Prestage(client) => Probe::run(&self.keys, after(began, client), replies, client, async |relay| {
                let staged = if self.scenario.one_key {
                    relay.clear(&account, self.shown(client)).await
                } else {
                    relay.prestage(&account, self.shown(client)).await
                };
                staged.unwrap();
                Outcome::Staged
            }),
            Call::Cancel(client) => Probe::run(&self.keys, began, replies, client, async |relay| {
                relay.cancel(&self.poll_key(client)).await.unwrap();
                Outcome::Cancelled
            }),
            Call::Deliver(mail) => Probe::run(&self.keys, began, replies, mail, async |relay| {
                let received = match self.scenario.mails[mail] {
                    Some(owner) => {
                        let local_part = RelayLocalPart::new(&self.keys, self.enrolments[owner].id, 0);
                        let recipient = relay::Recipient::new(local_part.expose());
                        let addressee = relay.look_up(&recipient).await.unwrap().unwrap();
                        let delivery = relay::Delivery {
                            reverse_path: None,
                            client: None,
                            raw: &self.raw[mail],
                        };
                        let receipt = relay.receive(addressee, delivery, &crate::probe::Nobody, &Inline).await;
                        receipt.map(Some)
                    }
                    None => {
                        let from = Some("do_not_reply@arlo.com");
                        let wanted = relay.wants(&account, from, None).await.unwrap().unwrap();
                        let received = relay
                            .receive_from_mailbox(wanted, &self.raw[mail], &crate::probe::Nobody, &Inline)
                            .await;
                        received.map(|received| received.receipt)
                    }
                };
                match received {
                    Ok(receipt) => Outcome::Counted(receipt.unwrap().event.unwrap()),
                    Err(_) => Outcome::PutOff,
                }
            }),
        }
    }
}
