//! What every store must do, whatever it is made of.
//!
//! Each case is a function over a fresh, empty store. [`crate::conformance`] makes a test of each.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a suite of tests")]

use arlo_mail::{Account, Code, Link, MailId, Provider, Sender};
use jiff::{SignedDuration, Timestamp};

use super::{CountingRandom, FixedClock};
use crate::enrolment::{
    Confirmation, Enrolment, Kept, MAX_OTHER_MAIL, MailEvent, OTHER_MAIL_KEPT, OtherMail, Status, Tally,
};
use crate::hash_key::{AccountHash, HashKey};
use crate::ports::{Clock, MAX_SEEN, Settled, Settlement, Store};
use crate::request::{Fault, MAX_PENDING, NewRequest, Pending, Staging, State};
use crate::secret::{AccessToken, Mailbox, PollKey, TokenHash};

/// Makes one test of each case of the suite. Takes an async function that gives a fresh store and whatever has to
/// live as long as it. `swept elsewhere` leaves out what the store need not do where something behind it drops what has
/// expired.
#[macro_export]
macro_rules! conformance {
    ($fresh:path) => {
        $crate::conformance!($fresh, swept elsewhere);
        $crate::conformance!(
            $fresh;
            so_many_mails_of_an_account_are_remembered,
            the_sweep_drops_other_mail_after_a_week,
            the_sweep_drops_what_has_expired_and_nothing_else
        );
    };
    ($fresh:path, swept elsewhere) => {
        $crate::conformance!(
            $fresh;
            an_enrolment_is_found_by_account_token_and_mailbox,
            an_account_is_enrolled_once,
            enrolments_are_listed_oldest_first,
            a_new_token_replaces_the_old_one_and_ends_what_it_began,
            a_removed_enrolment_leaves_nothing,
            a_request_is_staged_only_with_the_enrolments_token,
            a_request_is_read_by_its_key_alone,
            a_request_staged_again_with_its_key_begins_anew,
            an_account_has_room_for_so_many_pending_requests,
            requests_of_a_clock_that_was_ahead_give_way,
            a_cancelled_request_is_gone_and_takes_no_mail,
            a_code_ends_the_chosen_request_and_no_other,
            a_fault_ends_a_request,
            a_mail_is_taken_once,
            a_mail_that_ends_nothing_leaves_nothing,
            a_mail_of_one_account_is_nothing_to_another,
            an_ended_or_replaced_request_is_not_ended_again,
            of_many_mails_at_once_one_ends_the_request,
            of_many_copies_at_once_one_is_taken,
            a_waiter_is_woken_when_its_request_ends,
            a_waiter_is_woken_when_its_request_is_removed,
            mail_is_counted_by_event,
            the_newest_confirmation_is_kept,
            the_newest_other_mail_is_kept_for_a_week,
            other_mail_goes_with_its_enrolment,
            nothing_is_counted_without_an_enrolment,
            a_store_that_is_there_is_healthy
        );
    };
    ($fresh:path; $($case:ident),+) => {$(
        #[tokio::test]
        async fn $case() {
            let (store, _guard) = $fresh().await;
            $crate::testing::$case(store).await;
        }
    )+};
}

/// Every third has no link, the others two.
fn other_mail(n: i64, at: Timestamp) -> OtherMail {
    let links = ["a", "b"].iter().filter(|_| n % 3 != 2);
    OtherMail {
        sender: format!("care{n}@post.example"),
        subject: format!("Allow forwarding {n}? ✓"),
        links: links
            .map(|path| Link::parse(&format!("https://post.example/{path}?n={n}")).unwrap())
            .collect(),
        at,
    }
}

fn now() -> Timestamp {
    FixedClock::default().now()
}

fn later(seconds: i64) -> Timestamp {
    now().saturating_add(SignedDuration::from_secs(seconds)).unwrap()
}

fn account(name: &str) -> AccountHash {
    HashKey::new([7; 32]).hash(&Account::parse(&format!("{name}@example.org")).unwrap())
}

fn code(digits: &str) -> Code {
    Code::parse(digits).unwrap()
}

/// One enrolled account and what a test does with it.
struct Member {
    random: CountingRandom,
    enrolment: Enrolment,
}

impl Member {
    fn new(name: &str, seed: u8) -> Self {
        let hash = account(name);
        let random = CountingRandom::default();
        // Members of one test must not share secrets.
        for _ in 0..u32::from(seed) * 100 {
            let _ = Mailbox::generate(&random);
        }
        let enrolment = Enrolment {
            account: hash,
            token: AccessToken::generate(&random).unwrap().hash(),
            mailbox: Mailbox::generate(&random).unwrap(),
            sender: Some(Sender::parse("hidden+a@icloud.example").unwrap()),
            own_address_only: seed == 0,
            created_at: now(),
            rotated_at: None,
        };
        Self { random, enrolment }
    }

    async fn enrolled(store: &impl Store, name: &str, seed: u8) -> Self {
        let member = Self::new(name, seed);
        assert!(store.add(&member.enrolment).await.unwrap());
        member
    }

    fn request(&self, staged_at: Timestamp) -> NewRequest {
        NewRequest {
            account: self.enrolment.account,
            token: self.enrolment.token,
            poll_key: PollKey::generate(&self.random).unwrap(),
            staged_at,
            expires_at: staged_at.saturating_add(SignedDuration::from_secs(300)).unwrap(),
        }
    }

    async fn staged(&self, store: &impl Store, staged_at: Timestamp) -> NewRequest {
        let request = self.request(staged_at);
        assert_eq!(store.stage(&request).await.unwrap(), Staging::Staged);
        request
    }

    fn settlement(&self, mail: u8, request: Option<&NewRequest>, outcome: Result<Code, Fault>) -> Settlement {
        Settlement {
            account: self.enrolment.account,
            mail: MailId::from_bytes([mail; 32]),
            now: now(),
            seen_until: later(3600),
            request: request.map(|r| Pending {
                id: r.poll_key.request_id(),
                staged_at: r.staged_at,
                expires_at: r.expires_at,
            }),
            outcome,
        }
    }
}

async fn state(store: &impl Store, request: &NewRequest) -> Option<State> {
    store.read(&request.poll_key).await.unwrap().map(|r| r.state)
}

macro_rules! cases {
    ($($(#[$doc:meta])* $name:ident($store:ident) $body:block)+) => {$(
        $(#[$doc])*
        #[allow(clippy::missing_panics_doc)]
        pub async fn $name($store: impl Store) $body
    )+};
}

cases! {
    /// By each of its three keys, with every field as it was.
    an_enrolment_is_found_by_account_token_and_mailbox(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let e = &casey.enrolment;
        assert_eq!(store.by_account(&e.account).await.unwrap().as_ref(), Some(e));
        assert_eq!(store.by_token(&e.token).await.unwrap().as_ref(), Some(e));
        assert_eq!(store.by_mailbox(&e.mailbox).await.unwrap().as_ref(), Some(e));
        let stranger = Member::new("robin", 1).enrolment;
        assert_eq!(store.by_account(&stranger.account).await.unwrap(), None);
        assert_eq!(store.by_token(&stranger.token).await.unwrap(), None);
        assert_eq!(store.by_mailbox(&stranger.mailbox).await.unwrap(), None);
    }

    /// The second attempt changes nothing.
    an_account_is_enrolled_once(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let again = Member::new("casey", 1);
        assert!(!store.add(&again.enrolment).await.unwrap());
        assert_eq!(store.list().await.unwrap(), [casey.enrolment]);
        assert_eq!(store.by_token(&again.enrolment.token).await.unwrap(), None);
    }

    /// By the time of their making.
    enrolments_are_listed_oldest_first(store) {
        assert_eq!(store.list().await.unwrap(), []);
        let mut younger = Member::new("casey", 0).enrolment;
        younger.created_at = later(10);
        younger.sender = None;
        let older = Member::new("robin", 1).enrolment;
        for enrolment in [&younger, &older] {
            assert!(store.add(enrolment).await.unwrap());
        }
        assert_eq!(store.list().await.unwrap(), [older, younger]);
    }

    /// Nobody who knew the old token can read on.
    a_new_token_replaces_the_old_one_and_ends_what_it_began(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let request = casey.staged(&store, now()).await;
        let new = AccessToken::generate(&casey.random).unwrap().hash();
        assert!(store.replace_token(&casey.enrolment.account, &new, later(5)).await.unwrap());
        assert_eq!(store.by_token(&casey.enrolment.token).await.unwrap(), None);
        let found = store.by_token(&new).await.unwrap().unwrap();
        assert_eq!(found, Enrolment { token: new, rotated_at: Some(later(5)), ..casey.enrolment.clone() });
        assert_eq!(state(&store, &request).await, None);
        assert_eq!(store.stage(&casey.request(now())).await.unwrap(), Staging::Denied);
        assert!(!store.replace_token(&account("robin"), &new, now()).await.unwrap());
    }

    /// No request, no status, no way back in; another account's stay.
    a_removed_enrolment_leaves_nothing(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let robin = Member::enrolled(&store, "robin", 1).await;
        let request = casey.staged(&store, now()).await;
        let other = robin.staged(&store, now()).await;
        store.record(&casey.enrolment.account, MailEvent::NoCode, None, now()).await.unwrap();
        assert!(store.remove(&casey.enrolment.account).await.unwrap());
        assert!(!store.remove(&casey.enrolment.account).await.unwrap());
        assert_eq!(store.by_mailbox(&casey.enrolment.mailbox).await.unwrap(), None);
        assert_eq!(state(&store, &request).await, None);
        assert_eq!(store.status(&casey.enrolment.account).await.unwrap(), Status::default());
        assert_eq!(store.stage(&casey.request(now())).await.unwrap(), Staging::Denied);
        assert_eq!(state(&store, &other).await, Some(State::Pending));
        // Enrolled anew, it begins anew.
        assert!(store.add(&casey.enrolment).await.unwrap());
        assert_eq!(store.pending(&casey.enrolment.account).await.unwrap(), []);
    }

    /// Not without an enrolment, not with another's token.
    a_request_is_staged_only_with_the_enrolments_token(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let robin = Member::enrolled(&store, "robin", 1).await;
        let stranger = Member::new("alex", 2);
        assert_eq!(store.stage(&stranger.request(now())).await.unwrap(), Staging::Denied);
        let crossed = NewRequest { token: robin.enrolment.token, ..casey.request(now()) };
        assert_eq!(store.stage(&crossed).await.unwrap(), Staging::Denied);
        let unknown = NewRequest { token: TokenHash::from_bytes([9; 32]), ..casey.request(now()) };
        assert_eq!(store.stage(&unknown).await.unwrap(), Staging::Denied);
        assert_eq!(store.pending(&casey.enrolment.account).await.unwrap(), []);
        casey.staged(&store, now()).await;
    }

    /// With every field as it was.
    a_request_is_read_by_its_key_alone(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let new = casey.staged(&store, now()).await;
        let read = store.read(&new.poll_key).await.unwrap().unwrap();
        assert_eq!(read.id, new.poll_key.request_id());
        assert_eq!((read.account, read.staged_at, read.expires_at), (new.account, new.staged_at, new.expires_at));
        assert_eq!(read.state, State::Pending);
        assert_eq!(store.read(&casey.request(now()).poll_key).await.unwrap(), None);
    }

    /// What was read by the key before is gone.
    a_request_staged_again_with_its_key_begins_anew(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let first = casey.staged(&store, now()).await;
        assert_eq!(store.settle(&casey.settlement(1, Some(&first), Ok(code("111111")))).await.unwrap(), Settled::Done);
        let again = NewRequest { staged_at: later(60), expires_at: later(360), ..first.clone() };
        assert_eq!(store.stage(&again).await.unwrap(), Staging::Staged);
        let read = store.read(&first.poll_key).await.unwrap().unwrap();
        assert_eq!((read.staged_at, read.expires_at, read.state), (later(60), later(360), State::Pending));
        assert_eq!(store.pending(&casey.enrolment.account).await.unwrap().len(), 1);
    }

    /// What expired or ended gives its place back, and another account's never counts.
    an_account_has_room_for_so_many_pending_requests(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let mut requests = Vec::new();
        for second in 0..MAX_PENDING {
            requests.push(casey.staged(&store, later(i64::try_from(second).unwrap())).await);
        }
        assert_eq!(store.stage(&casey.request(later(20))).await.unwrap(), Staging::Crowded(later(300)));
        let robin = Member::enrolled(&store, "robin", 1).await;
        robin.staged(&store, later(20)).await;
        // A request that begins anew takes its own place.
        let again = NewRequest { staged_at: later(21), ..requests[3].clone() };
        assert_eq!(store.stage(&again).await.unwrap(), Staging::Staged);
        let ended = casey.settlement(1, Some(&requests[1]), Ok(code("111111")));
        assert_eq!(store.settle(&ended).await.unwrap(), Settled::Done);
        casey.staged(&store, later(22)).await;
        assert!(matches!(store.stage(&casey.request(later(299))).await.unwrap(), Staging::Crowded(_)));
        // The first has expired, though nothing swept it away.
        casey.staged(&store, later(300)).await;
    }

    /// Nothing is refused because the clock was once an hour ahead, and nothing is dropped without need.
    requests_of_a_clock_that_was_ahead_give_way(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let mut ahead = Vec::new();
        for second in 0..MAX_PENDING {
            ahead.push(casey.staged(&store, later(3600 + i64::try_from(second).unwrap())).await);
        }
        for second in 0..MAX_PENDING {
            casey.staged(&store, later(i64::try_from(second).unwrap())).await;
            let pending = store.pending(&casey.enrolment.account).await.unwrap();
            let left = pending.iter().filter(|p| ahead.iter().any(|a| a.poll_key.request_id() == p.id)).count();
            assert_eq!((pending.len(), left), (MAX_PENDING, MAX_PENDING - 1 - second));
        }
        assert_eq!(store.stage(&casey.request(later(20))).await.unwrap(), Staging::Crowded(later(300)));
    }

    /// And its waiter is told. A second time, and for a key that reads nothing, it is as good as done.
    a_cancelled_request_is_gone_and_takes_no_mail(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let (given_up, other) = (casey.staged(&store, now()).await, casey.staged(&store, now()).await);
        let woken = store.watch(&given_up.poll_key.request_id());
        store.cancel(&given_up.poll_key).await.unwrap();
        woken.await;
        assert_eq!(state(&store, &given_up).await, None);
        assert_eq!(store.pending(&casey.enrolment.account).await.unwrap().len(), 1);
        let late = casey.settlement(1, Some(&given_up), Ok(code("111111")));
        assert_eq!(store.settle(&late).await.unwrap(), Settled::Lost);
        store.cancel(&given_up.poll_key).await.unwrap();
        store.cancel(&casey.request(now()).poll_key).await.unwrap();
        assert_eq!(state(&store, &other).await, Some(State::Pending));
    }

    /// Two logins of one account at once each have their own.
    a_code_ends_the_chosen_request_and_no_other(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let (one, two) = (casey.staged(&store, now()).await, casey.staged(&store, later(1)).await);
        let mut pending = store.pending(&casey.enrolment.account).await.unwrap();
        pending.sort_by_key(|p| p.staged_at);
        assert_eq!(pending.iter().map(|p| p.id).collect::<Vec<_>>(), [one.poll_key.request_id(), two.poll_key.request_id()]);
        assert_eq!(store.settle(&casey.settlement(1, Some(&one), Ok(code("012345")))).await.unwrap(), Settled::Done);
        assert_eq!(state(&store, &one).await, Some(State::Complete(code("012345"))));
        assert_eq!(state(&store, &two).await, Some(State::Pending));
        assert_eq!(store.settle(&casey.settlement(2, Some(&two), Ok(code("222222")))).await.unwrap(), Settled::Done);
        assert_eq!(state(&store, &one).await, Some(State::Complete(code("012345"))));
        assert_eq!(state(&store, &two).await, Some(State::Complete(code("222222"))));
        assert_eq!(store.pending(&casey.enrolment.account).await.unwrap(), []);
    }

    /// And says which.
    a_fault_ends_a_request(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let request = casey.staged(&store, now()).await;
        let settlement = casey.settlement(1, Some(&request), Err(Fault::ConflictingCodes));
        assert_eq!(store.settle(&settlement).await.unwrap(), Settled::Done);
        assert_eq!(state(&store, &request).await, Some(State::Error(Fault::ConflictingCodes)));
    }

    /// Until it is forgotten.
    a_mail_is_taken_once(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let (one, two) = (casey.staged(&store, now()).await, casey.staged(&store, later(1)).await);
        assert_eq!(store.settle(&casey.settlement(1, Some(&one), Ok(code("111111")))).await.unwrap(), Settled::Done);
        let copy = casey.settlement(1, Some(&two), Ok(code("111111")));
        assert_eq!(store.settle(&copy).await.unwrap(), Settled::Duplicate);
        assert_eq!(state(&store, &two).await, Some(State::Pending));
        let much_later = Settlement { now: later(3600), ..copy };
        assert_eq!(store.settle(&much_later).await.unwrap(), Settled::Done);
    }

    /// The Date keeps it out of later logins, and nobody fills a store with mail that does nothing.
    a_mail_that_ends_nothing_leaves_nothing(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        for _ in 0..3 {
            assert_eq!(store.settle(&casey.settlement(1, None, Ok(code("111111")))).await.unwrap(), Settled::Done);
        }
        let request = casey.staged(&store, now()).await;
        let taken = casey.settlement(1, Some(&request), Ok(code("111111")));
        assert_eq!(store.settle(&taken).await.unwrap(), Settled::Done);
        // A copy that finds nothing to end is known as a copy all the same, until it is forgotten.
        let copy = casey.settlement(1, None, Ok(code("111111")));
        assert_eq!(store.settle(&copy).await.unwrap(), Settled::Duplicate);
        let much_later = Settlement { now: later(3600), ..copy };
        assert_eq!(store.settle(&much_later).await.unwrap(), Settled::Done);
    }

    /// And the newest of them.
    so_many_mails_of_an_account_are_remembered(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let robin = Member::enrolled(&store, "robin", 1).await;
        let others = robin.staged(&store, now()).await;
        assert_eq!(store.settle(&robin.settlement(0, Some(&others), Ok(code("111111")))).await.unwrap(), Settled::Done);
        let count = u8::try_from(MAX_SEEN).unwrap() + 3;
        for mail in 0..count {
            let request = casey.staged(&store, now()).await;
            let until = later(3600 + i64::from(mail));
            let taken = Settlement { seen_until: until, ..casey.settlement(mail, Some(&request), Ok(code("111111"))) };
            assert_eq!(store.settle(&taken).await.unwrap(), Settled::Done);
        }
        for (mail, expected) in [(0, Settled::Done), (2, Settled::Done), (3, Settled::Duplicate), (count - 1, Settled::Duplicate)] {
            let copy = casey.settlement(mail, None, Ok(code("111111")));
            assert_eq!(store.settle(&copy).await.unwrap(), expected, "{mail}");
        }
        let copy = robin.settlement(0, None, Ok(code("111111")));
        assert_eq!(store.settle(&copy).await.unwrap(), Settled::Duplicate);
    }

    /// Two accounts may be sent the same mail.
    a_mail_of_one_account_is_nothing_to_another(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let robin = Member::enrolled(&store, "robin", 1).await;
        let (one, two) = (casey.staged(&store, now()).await, robin.staged(&store, now()).await);
        assert_eq!(store.settle(&casey.settlement(1, Some(&one), Ok(code("111111")))).await.unwrap(), Settled::Done);
        assert_eq!(state(&store, &two).await, Some(State::Pending));
        assert_eq!(store.settle(&robin.settlement(1, Some(&two), Ok(code("222222")))).await.unwrap(), Settled::Done);
        assert_eq!(state(&store, &one).await, Some(State::Complete(code("111111"))));
    }

    /// The mail that lost is not marked as seen: it may end another.
    an_ended_or_replaced_request_is_not_ended_again(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let (one, two) = (casey.staged(&store, now()).await, casey.staged(&store, later(1)).await);
        assert_eq!(store.settle(&casey.settlement(1, Some(&one), Ok(code("111111")))).await.unwrap(), Settled::Done);
        let late = casey.settlement(2, Some(&one), Ok(code("222222")));
        assert_eq!(store.settle(&late).await.unwrap(), Settled::Lost);
        assert_eq!(state(&store, &one).await, Some(State::Complete(code("111111"))));
        let again = NewRequest { staged_at: later(60), ..two.clone() };
        assert_eq!(store.stage(&again).await.unwrap(), Staging::Staged);
        assert_eq!(store.settle(&casey.settlement(2, Some(&two), Ok(code("222222")))).await.unwrap(), Settled::Lost);
        assert_eq!(state(&store, &again).await, Some(State::Pending));
        let unknown = casey.settlement(2, Some(&casey.request(now())), Ok(code("222222")));
        assert_eq!(store.settle(&unknown).await.unwrap(), Settled::Lost);
        assert_eq!(store.settle(&casey.settlement(2, Some(&again), Ok(code("222222")))).await.unwrap(), Settled::Done);
    }

    /// And the others are told that they lost.
    of_many_mails_at_once_one_ends_the_request(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let request = casey.staged(&store, now()).await;
        let [a, b, c, d] = [1, 2, 3, 4].map(|mail| casey.settlement(mail, Some(&request), Ok(code("111111"))));
        let settled = tokio::join!(store.settle(&a), store.settle(&b), store.settle(&c), store.settle(&d));
        let settled = [settled.0, settled.1, settled.2, settled.3].map(Result::unwrap);
        assert_eq!(settled.iter().filter(|s| **s == Settled::Done).count(), 1, "{settled:?}");
        assert_eq!(settled.iter().filter(|s| **s == Settled::Lost).count(), 3, "{settled:?}");
    }

    /// Whichever request each copy was about to end.
    of_many_copies_at_once_one_is_taken(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let (one, two) = (casey.staged(&store, now()).await, casey.staged(&store, later(1)).await);
        let three = casey.staged(&store, later(2)).await;
        let [a, b, c] = [&one, &two, &three].map(|r| casey.settlement(1, Some(r), Ok(code("111111"))));
        let settled = tokio::join!(store.settle(&a), store.settle(&b), store.settle(&c));
        let settled = [settled.0, settled.1, settled.2].map(Result::unwrap);
        assert_eq!(settled.iter().filter(|s| **s == Settled::Done).count(), 1, "{settled:?}");
        assert_eq!(settled.iter().filter(|s| **s == Settled::Duplicate).count(), 2, "{settled:?}");
    }

    /// Even if the change came before the first poll.
    a_waiter_is_woken_when_its_request_ends(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let request = casey.staged(&store, now()).await;
        let woken = store.watch(&request.poll_key.request_id());
        store.settle(&casey.settlement(1, Some(&request), Ok(code("111111")))).await.unwrap();
        woken.await;
        assert_eq!(state(&store, &request).await, Some(State::Complete(code("111111"))));
    }

    /// So that it can tell its client that there is nothing to wait for.
    a_waiter_is_woken_when_its_request_is_removed(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let request = casey.staged(&store, now()).await;
        let woken = store.watch(&request.poll_key.request_id());
        store.remove(&casey.enrolment.account).await.unwrap();
        woken.await;
        assert_eq!(state(&store, &request).await, None);
    }

    /// With the time of the last.
    mail_is_counted_by_event(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let hash = casey.enrolment.account;
        assert_eq!(store.status(&hash).await.unwrap(), Status::default());
        for (event, at) in [(MailEvent::NotFromArlo, 0), (MailEvent::CodeDelivered, 1), (MailEvent::NotFromArlo, 2)] {
            store.record(&hash, event, None, later(at)).await.unwrap();
        }
        assert_eq!(store.status(&hash).await.unwrap().mail, [
            Tally { event: MailEvent::CodeDelivered, count: 1, last_at: later(1) },
            Tally { event: MailEvent::NotFromArlo, count: 2, last_at: later(2) },
        ]);
    }

    /// With every field as it was; what comes later without one leaves it.
    the_newest_confirmation_is_kept(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let hash = casey.enrolment.account;
        let confirmation = |link: &str, at| Confirmation {
            provider: Provider::Gmail,
            code: Some("123456789".to_owned()),
            link: Some(link.to_owned()),
            at: later(at),
        };
        let event = MailEvent::ForwardingConfirmation;
        let (first, second) = (confirmation("https://mail.google.com/mail/vf-1", 1), confirmation("", 2));
        for newest in [&first, &second] {
            store.record(&hash, event, Some(Kept::Confirmation(newest)), newest.at).await.unwrap();
        }
        store.record(&hash, MailEvent::NoCode, None, later(3)).await.unwrap();
        assert_eq!(store.status(&hash).await.unwrap().confirmation, Some(second));
        let bare = Confirmation { code: None, link: None, ..confirmation("", 4) };
        store.record(&hash, event, Some(Kept::Confirmation(&bare)), later(4)).await.unwrap();
        assert_eq!(store.status(&hash).await.unwrap().confirmation, Some(bare));
    }

    /// Newest first, with every field as it was; neither the confirmation nor a mail without anything to keep touches
    /// it.
    the_newest_other_mail_is_kept_for_a_week(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let hash = casey.enrolment.account;
        let event = MailEvent::NotFromArlo;
        let mails: Vec<OtherMail> = (0..9).map(|n| other_mail(n, later(n))).collect();
        for (n, mail) in mails.iter().enumerate() {
            store.record(&hash, event, Some(Kept::OtherMail(mail)), mail.at).await.unwrap();
            store.record(&hash, MailEvent::NoCode, None, mail.at).await.unwrap();
            let newest: Vec<OtherMail> = mails[..=n].iter().rev().take(MAX_OTHER_MAIL).cloned().collect();
            let status = store.status(&hash).await.unwrap();
            assert_eq!(status.other_mail, newest, "{n}");
            for (kept, newest) in status.other_mail.iter().zip(&newest) {
                assert_eq!((&kept.sender, &kept.subject), (&newest.sender, &newest.subject));
            }
        }
        let status = store.status(&hash).await.unwrap();
        assert_eq!(status.mail.iter().map(|tally| tally.count).collect::<Vec<_>>(), [9, 9]);
        assert_eq!(status.confirmation, None);
        let week = OTHER_MAIL_KEPT.as_secs();
        assert_eq!(status.clone().at(later(6 + week - 1)).other_mail.len(), 3);
        assert_eq!(status.clone().at(later(6 + week)).other_mail, [mails[8].clone(), mails[7].clone()]);
        assert_eq!(status.at(later(8 + week)).other_mail, []);
    }

    /// One that was enrolled again does not see what came before.
    other_mail_goes_with_its_enrolment(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let hash = casey.enrolment.account;
        let (event, mail) = (MailEvent::NotFromArlo, other_mail(1, now()));
        store.record(&hash, event, Some(Kept::OtherMail(&mail)), mail.at).await.unwrap();
        store.remove(&hash).await.unwrap();
        store.record(&hash, event, Some(Kept::OtherMail(&mail)), mail.at).await.unwrap();
        Member::enrolled(&store, "casey", 0).await;
        assert_eq!(store.status(&hash).await.unwrap(), Status::default());
    }

    /// And leaves what is younger.
    the_sweep_drops_other_mail_after_a_week(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let hash = casey.enrolment.account;
        for n in [0, 100] {
            let mail = other_mail(n, later(n));
            store.record(&hash, MailEvent::NoCode, Some(Kept::OtherMail(&mail)), mail.at).await.unwrap();
        }
        let week = OTHER_MAIL_KEPT.as_secs();
        assert_eq!(store.sweep(later(week - 1)).await.unwrap(), 0);
        assert_eq!(store.sweep(later(week)).await.unwrap(), 1);
        assert_eq!(store.status(&hash).await.unwrap().other_mail, [other_mail(100, later(100))]);
        assert_eq!(store.sweep(later(week + 100)).await.unwrap(), 1);
        assert_eq!(store.status(&hash).await.unwrap().other_mail, []);
        assert_eq!(store.list().await.unwrap(), [casey.enrolment]);
    }

    /// A mail that arrives while its account is revoked.
    nothing_is_counted_without_an_enrolment(store) {
        store.record(&account("casey"), MailEvent::NoCode, None, now()).await.unwrap();
        assert_eq!(store.status(&account("casey")).await.unwrap(), Status::default());
        let casey = Member::enrolled(&store, "casey", 0).await;
        assert_eq!(store.status(&casey.enrolment.account).await.unwrap(), Status::default());
    }

    /// Requests and seen mails, each at its own time.
    the_sweep_drops_what_has_expired_and_nothing_else(store) {
        let casey = Member::enrolled(&store, "casey", 0).await;
        let (old, young) = (casey.staged(&store, now()).await, casey.staged(&store, later(100)).await);
        store.settle(&casey.settlement(1, Some(&old), Ok(code("111111")))).await.unwrap();
        assert_eq!(store.sweep(later(299)).await.unwrap(), 0);
        assert_eq!(store.sweep(later(300)).await.unwrap(), 1);
        assert_eq!(state(&store, &old).await, None);
        assert_eq!(state(&store, &young).await, Some(State::Pending));
        let copy = casey.settlement(1, Some(&young), Ok(code("111111")));
        assert_eq!(store.settle(&copy).await.unwrap(), Settled::Duplicate);
        assert_eq!(store.sweep(later(3600)).await.unwrap(), 2);
        assert_eq!(store.list().await.unwrap(), [casey.enrolment]);
    }

    /// The check of `/healthz`.
    a_store_that_is_there_is_healthy(store) {
        store.check().await.unwrap();
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::MemoryStore;

    fn fresh() -> std::future::Ready<(MemoryStore, ())> {
        std::future::ready((MemoryStore::default(), ()))
    }

    crate::conformance!(fresh);
}
