//! The life of a login request, checked exhaustively: whatever the order of the steps, and wherever a function dies.
//!
//! Two clients of one account announce a login each, and one gives it up. Two mails come, and one of them twice: what
//! is done may come again, and what is not done is tried again. One function dies at any place. Time passes, up to the
//! end of the requests. The rules are the real ones (`probe`), the store is a stand-in with the steps of the one on
//! AWS, or does each call in one step as SQLite does (`model`). Every order of the steps is gone through, depth first;
//! a state that was seen before is not gone through again. Where something does not hold, the steps to it are printed.
//!
//! `cargo test -p relay --test life -- --nocapture` prints how many states there were.
//!
//! Three things do not hold, and nothing promises them:
//! - Two copies of one mail to the shared address, worked on at once, may end a login of each of two enrolments, if the
//!   second login begins between the two looks into the store: what a mail has ended is remembered at one enrolment.
//! - Where the poll document is written after the table, a login that is given up between the two can still be read by
//!   its poll URL until it expires.
//! - Where, besides, a login that is begun anew with its key has the document of the one before, a function that stood
//!   still between the two steps may write the code of the one before over the new one's, which then waits in vain.

// A test, and its numbers on standard output.
#![allow(
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unreachable,
    clippy::unwrap_used
)]

mod model;
mod probe;
mod world;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use relay::MailEvent;

use self::model::{State, Step, Task};
use self::world::{Call, Name, Outcome, Scenario, World};

/// Each enrolment has its own address.
const OWN_ADDRESSES: Scenario = Scenario {
    clients: [0, 1],
    mails: [Some(0), Some(1)],
    one_key: false,
    times: &[0, 400],
    deliveries: [2, 1],
    copies_at_once: true,
    in_one_step: false,
    own_documents: true,
    deaths: 1,
    cancels: true,
};

/// What holds in every state.
fn check(state: &State, world: &World) {
    for (mail, (ended, shown)) in state.ended.iter().zip(&state.shown).enumerate() {
        assert!(ended.iter().count() <= 1, "mail {mail} has ended two logins");
        assert!(
            shown.iter().count() <= 1,
            "two logins have read the code of mail {mail}"
        );
        assert!(
            shown.iter().all(|life| ended.contains(life)),
            "a code was read of a login that it did not end"
        );
        if let Some(own) = world.scenario.mails[mail] {
            let mut owners = ended.iter().map(|life| world.owner_of(life));
            assert!(
                owners.all(|owner| owner == own),
                "a mail to an own address has ended another enrolment's login"
            );
        }
    }
    for (call, task) in world.calls.iter().zip(&state.tasks) {
        if let (Call::Cancel(client), Task::Ended(_)) = (call, task) {
            let polled = state.polled(world.request_of(*client), world);
            let read = polled.filter(|(life, _)| !state.overtaken.contains(*life));
            assert_eq!(read, None, "a code is read of a login that was given up");
        }
        assert_ne!(*task, Task::Ended(Outcome::PutOff), "a mail is put off for ever");
    }
    let mut tasks = world.calls.iter().zip(&state.tasks);
    if tasks.all(|(call, task)| task.is_over() || matches!(call, Call::Cancel(_))) {
        check_end(state, world);
    }
}

/// What holds once every mail has been tried to the end.
fn check_end(state: &State, world: &World) {
    for (mail, ended) in state.ended.iter().enumerate() {
        let counted = |event| {
            let mut tasks = world.calls.iter().zip(&state.tasks);
            tasks.any(|one| one == (&Call::Deliver(mail), &Task::Ended(Outcome::Counted(event))))
        };
        let Some(life) = ended.iter().next() else {
            assert!(
                counted(MailEvent::NothingWaiting),
                "mail {mail} did nothing, and nobody is told"
            );
            continue;
        };
        assert!(
            counted(MailEvent::CodeDelivered) || counted(MailEvent::Duplicate),
            "mail {mail} is not counted"
        );
        if world.is_expired(life, state.now) || is_given_up(state, life, world) {
            continue;
        }
        let polled = state.polled(world.request(life), world);
        let code = Name::try_from(mail).unwrap();
        assert_eq!(polled, Some((life, code)), "a login waits whose mail has come");
    }
}

/// Whether its client gave the login up, or began it anew.
fn is_given_up(state: &State, life: Name, world: &World) -> bool {
    let request = world.request(life);
    let began = |life| world.pending(life).staged_at;
    let is_newer = |other: Name| began(other) > began(life) && world.request(other) == request;
    let mut tasks = world.calls.iter().zip(&state.tasks);
    tasks.any(|(call, task)| match call {
        Call::Cancel(client) => *task != Task::NotBegun && world.request_of(*client) == request,
        _ => false,
    }) || state.items.iter().any(|item| {
        let ended = item.seen.iter().map(|seen| world.ended_by(seen));
        item.open.iter().chain(ended).any(is_newer)
    })
}

/// Goes through every state. Says how many there are.
fn explore(world: &World) -> usize {
    let mut seen: HashSet<State> = HashSet::new();
    let mut came: Vec<(usize, Step)> = Vec::new();
    let mut stack = vec![(0, Step::Begin, State::first(world))];
    while let Some((before, how, mut state)) = stack.pop() {
        state.read(world);
        if !seen.insert(state) {
            continue;
        }
        let place = came.len();
        came.push((before, how));
        let next = catch_unwind(AssertUnwindSafe(|| {
            check(&state, world);
            state.successors(world)
        }));
        match next {
            Ok(next) => stack.extend(next.into_iter().map(|(how, state)| (place, how, state))),
            Err(fault) => {
                let steps = std::iter::successors(Some(place), |at| (*at > 0).then(|| came[*at].0));
                let steps: Vec<_> = steps.map(|at| came[at].1).collect();
                println!("{:?}", world.scenario);
                steps.iter().rev().for_each(|step| println!("{step:?}"));
                resume_unwind(fault);
            }
        }
    }
    seen.len()
}

fn run(name: &str, scenario: Scenario) {
    let began = std::time::Instant::now();
    let states = explore(&World::new(scenario));
    println!("{name}: {states} states, {:?}", began.elapsed());
}

const ONE_ENROLMENT: Scenario = Scenario {
    clients: [0, 0],
    mails: [Some(0), Some(0)],
    ..OWN_ADDRESSES
};

/// The mails come a way that all enrolments of the account share.
const SHARED: Scenario = Scenario {
    mails: [None, None],
    copies_at_once: false,
    ..OWN_ADDRESSES
};

/// The one login of the pyaarlo REST API is begun, and begun anew.
const ONE_KEY: Scenario = Scenario {
    one_key: true,
    cancels: false,
    ..ONE_ENROLMENT
};

fn in_one_step(scenario: Scenario) -> Scenario {
    Scenario {
        in_one_step: true,
        ..scenario
    }
}

#[test]
fn each_enrolment_has_its_own_mail() {
    run("own addresses, one step", in_one_step(OWN_ADDRESSES));
    run("own addresses", OWN_ADDRESSES);
}

#[test]
fn the_logins_of_one_enrolment_have_a_mail_each() {
    run("one enrolment, one step", in_one_step(ONE_ENROLMENT));
    let at_once = Scenario {
        times: &[0],
        ..ONE_ENROLMENT
    };
    run("one enrolment, no time", at_once);
}

#[test]
fn the_logins_of_all_enrolments_share_the_mail() {
    run("shared, one step", in_one_step(SHARED));
    run("shared", SHARED);
}

#[test]
fn a_login_that_is_begun_anew_has_its_own_mail() {
    run("one key, one step", in_one_step(ONE_KEY));
    run("one key", ONE_KEY);
}

/// Who looks for the limit that is described above finds it.
#[test]
#[should_panic(expected = "has ended two logins")]
fn copies_at_once_at_the_shared_address_may_end_two_logins() {
    let scenario = Scenario {
        copies_at_once: true,
        deliveries: [1, 2],
        ..SHARED
    };
    run("shared, copies at once", in_one_step(scenario));
}

#[test]
#[should_panic(expected = "a login waits whose mail has come")]
fn one_document_for_a_login_and_the_next_may_lose_a_code() {
    let scenario = Scenario {
        own_documents: false,
        ..ONE_KEY
    };
    run("one key, one document", scenario);
}
