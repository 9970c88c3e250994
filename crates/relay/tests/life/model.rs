//! A state of the model, and what may happen next in it.
//!
//! The store is the one on AWS: an enrolment is one item that each update changes whole or not at all, and what a
//! client polls is a document beside it. So a call of the store is one or two steps, and between any two of them
//! anything else may happen, or the function may die. A store that does each call in one step is a part of that.

use relay::ports::{SeenMail, TakeOutcome};
use relay::{MailEvent, Pending};

use crate::probe::{Ask, Next};
use crate::world::{Answer, Call, ENROLMENTS, Log, Name, Names, Outcome, World};

/// Calls at most.
const CALLS: usize = 7;
/// Lives of requests at most.
const LIVES: usize = 4;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) now: Name,
    /// How many functions may still die.
    deaths: u8,
    pub(crate) items: [Item; ENROLMENTS],
    documents: [Option<Document>; LIVES],
    pub(crate) tasks: [Task; CALLS],
    /// The lives of requests that each mail has ended.
    pub(crate) ended: [Names; 2],
    /// The lives of requests for which the code of each mail could be polled.
    pub(crate) shown: [Names; 2],
    /// Lives whose document was about to be written when their client gave them up.
    pub(crate) overtaken: Names,
}

/// An enrolment's requests that wait, each life of a request by its own name, and the mails that ended one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Item {
    pub(crate) open: Names,
    pub(crate) seen: Names,
    /// Lives that were ended and then given up.
    gone: Names,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Document {
    life: Name,
    code: Option<Name>,
}

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Task {
    NotBegun,
    Running {
        log: Log,
        done: Done,
        /// What waited when it began.
        waited: Names,
    },
    Died,
    Ended(Outcome),
}

/// Which steps of the present call of the store are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Done {
    Nothing,
    Table,
    Document,
}

/// How one state follows another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Begin,
    TimePasses,
    Dies(Call),
    Does(Call, &'static str),
}

impl Task {
    pub(crate) fn is_over(&self) -> bool {
        matches!(self, Self::Died | Self::Ended(_))
    }
}

impl State {
    pub(crate) fn first(world: &World) -> Self {
        Self {
            now: 0,
            deaths: world.scenario.deaths,
            items: Default::default(),
            documents: [None; LIVES],
            tasks: [Task::NotBegun; CALLS],
            ended: Default::default(),
            shown: Default::default(),
            overtaken: Names::default(),
        }
    }

    /// Every state that may follow, and how.
    pub(crate) fn successors(&self, world: &World) -> Vec<(Step, Self)> {
        let mut after = Vec::new();
        if usize::from(self.now) + 1 < world.scenario.times.len() {
            let now = self.now + 1;
            after.push((Step::TimePasses, Self { now, ..*self }));
        }
        for (place, call) in world.calls.iter().copied().enumerate() {
            let does = |(step, state)| (Step::Does(call, step), state);
            match self.tasks[place] {
                Task::NotBegun if self.may_begin(place, world) => {
                    let log = world.log(None, None, self.now);
                    let mut begun = *self;
                    begun.tasks[place] = Task::Running {
                        log,
                        done: Done::Nothing,
                        waited: self.items[0].open.with(self.items[1].open),
                    };
                    after.extend(begun.steps(place, log, Done::Nothing, world).into_iter().map(does));
                }
                Task::Running { log, done, .. } => {
                    if self.deaths > 0 {
                        let mut died = *self;
                        died.deaths -= 1;
                        // A mail is tried again until it was taken.
                        died.tasks[place] = match call {
                            Call::Deliver(_) => Task::NotBegun,
                            Call::Prestage(_) | Call::Cancel(_) => Task::Died,
                        };
                        after.push((Step::Dies(call), died));
                    }
                    after.extend(self.steps(place, log, done, world).into_iter().map(does));
                }
                Task::NotBegun | Task::Died | Task::Ended(_) => {}
            }
        }
        after
    }

    fn may_begin(&self, place: usize, world: &World) -> bool {
        let call = world.calls[place];
        let first = place.checked_sub(1).filter(|before| world.calls[*before] == call);
        match call {
            // One client begins its login anew once it has begun it.
            Call::Prestage(client) => client == 0 || !world.scenario.one_key || self.tasks[0].is_over(),
            Call::Cancel(client) => self.tasks[client] == Task::Ended(Outcome::Staged),
            // Arlo sends the mail of a login once that was announced.
            Call::Deliver(mail) if first.is_none() => self.tasks[mail].is_over(),
            Call::Deliver(_) => first.is_some_and(|first| match self.tasks[first] {
                Task::NotBegun => false,
                Task::Running { .. } => world.scenario.copies_at_once,
                Task::Died | Task::Ended(_) => true,
            }),
        }
    }

    /// What a call of the store does next. Where the store does all in one step, nothing comes between.
    fn steps(&self, place: usize, log: Log, done: Done, world: &World) -> Vec<(&'static str, Self)> {
        let next = world.next(world.calls[place], log);
        let Next::Ask(ask) = &*next else {
            return Vec::new();
        };
        if !world.scenario.in_one_step {
            return self.step(place, done, ask, world);
        }
        let (mut state, mut done) = (*self, done);
        loop {
            state = state.step(place, done, ask, world).swap_remove(0).1;
            match state.tasks[place] {
                Task::Running { done: next, .. } if next != Done::Nothing => done = next,
                _ => return vec![("all", state)],
            }
        }
    }

    /// The next step of a call of the store, where it has more than one.
    fn step(&self, place: usize, done: Done, ask: &Ask, world: &World) -> Vec<(&'static str, Self)> {
        let mut next = *self;
        match (ask, done) {
            // Both at once, so either may be the first.
            (Ask::Stage(new), _) => {
                let life = world.life(Pending {
                    id: new.poll_key.request_id(),
                    staged_at: new.staged_at,
                    expires_at: new.expires_at,
                });
                let owner = world.owner(new.poll_key.enrolment());
                let mut written = *self;
                written.begin(life, world);
                next.items[owner].stage(life, world);
                match done {
                    Done::Nothing => {
                        written.set(place, Done::Document);
                        next.set(place, Done::Table);
                        return vec![("document", written), ("table", next)];
                    }
                    Done::Table => {
                        written.answer(place, Answer::Staged, world);
                        return vec![("document", written)];
                    }
                    Done::Document => next.answer(place, Answer::Staged, world),
                }
            }
            (Ask::Cancel(key), Done::Nothing) => {
                let request = world.request_with(key.request_id());
                let item = &mut next.items[world.owner(key.enrolment())];
                item.open.retain(|life| world.request(life) != request);
                let ended = item.seen.iter().map(|seen| world.ended_by(seen));
                ended
                    .filter(|life| world.request(*life) == request)
                    .for_each(|life| item.gone.insert(life));
                next.set(place, Done::Table);
            }
            (Ask::Cancel(key), _) => {
                let request = world.request_with(key.request_id());
                let about = self.about_to_write(world);
                about
                    .iter()
                    .filter(|life| world.request(*life) == request)
                    .for_each(|life| next.overtaken.insert(life));
                next.documents.iter_mut().for_each(|one| {
                    one.take_if(|document| world.request(document.life) == request);
                });
                next.answer(place, Answer::Cancelled, world);
            }
            (Ask::Find(id), _) => {
                let Item { open, seen, .. } = self.items[world.owner(*id)];
                next.answer(place, Answer::Found([(open, seen); ENROLMENTS]), world);
            }
            (Ask::OfAccount, _) => {
                let found = self.items.map(|item| (item.open, item.seen));
                next.answer(place, Answer::Found(found), world);
            }
            (Ask::Take(_, _, None), _) => unreachable!("it was answered at once"),
            (Ask::Take(id, at, Some(ending)), Done::Nothing) => {
                let life = world.life(ending.request);
                let item = &mut next.items[world.owner(*id)];
                let is_copy = item
                    .seen
                    .iter()
                    .map(|seen| world.seen_mail(seen))
                    .any(|seen| seen.mail == ending.mail && seen.until > *at);
                if !item.open.contains(life) || is_copy {
                    next.answer(place, Answer::Taken(TakeOutcome::Outdated), world);
                } else {
                    item.open.remove(life);
                    item.seen.insert(world.seen(SeenMail {
                        mail: ending.mail,
                        until: ending.seen_until,
                        request: ending.request,
                    }));
                    let code = ending.outcome.as_ref().unwrap();
                    next.ended[usize::from(World::mail_of(code))].insert(life);
                    next.set(place, Done::Table);
                }
                return vec![("table", next)];
            }
            (Ask::Take(_, _, Some(ending)), _) => {
                let code = World::mail_of(ending.outcome.as_ref().unwrap());
                next.write(world.life(ending.request), code, world);
                next.answer(place, Answer::Taken(TakeOutcome::Done), world);
                return vec![("document", next)];
            }
            (Ask::Finish(id, seen, _), Done::Nothing) => {
                let life = world.life(seen.request);
                if self.items[world.owner(*id)].standing(life, world) == Some(life) && !world.is_expired(life, self.now)
                {
                    next.set(place, Done::Table);
                } else {
                    next.answer(place, Answer::Finished, world);
                }
            }
            (Ask::Finish(_, seen, code), _) => {
                next.write(world.life(seen.request), World::mail_of(code), world);
                next.answer(place, Answer::Finished, world);
            }
        }
        vec![("goes on", next)]
    }

    fn set(&mut self, place: usize, step: Done) {
        if let Task::Running { done, .. } = &mut self.tasks[place] {
            *done = step;
        }
    }

    /// Gives the rules their answer, and lets them go on to what they ask next.
    fn answer(&mut self, place: usize, answer: Answer, world: &World) {
        let Task::Running { log, done, .. } = &mut self.tasks[place] else {
            return;
        };
        *log = world.log(Some(*log), Some(answer), self.now);
        *done = Done::Nothing;
        let next = world.next(world.calls[place], *log);
        match &*next {
            Next::Done(outcome) => {
                if *outcome == Outcome::Counted(MailEvent::NothingWaiting) {
                    self.assert_nothing_waited(place, world);
                }
                self.tasks[place] = Task::Ended(*outcome);
            }
            // A count changes nothing that others see: no need to look at what comes before it.
            Next::Ask(Ask::Take(_, _, None)) => self.answer(place, Answer::Taken(TakeOutcome::Done), world),
            Next::Ask(_) => {}
        }
    }

    /// The document of a request that begins, unless there is one already.
    fn begin(&mut self, life: Name, world: &World) {
        let document = Document { life, code: None };
        self.documents[world.document(life)].get_or_insert(document);
    }

    fn write(&mut self, life: Name, code: Name, world: &World) {
        let code = Some(code);
        self.documents[world.document(life)] = Some(Document { life, code });
    }

    /// Notes what can be polled.
    pub(crate) fn read(&mut self, world: &World) {
        for document in self.documents {
            if let Some((life, code)) = document.and_then(|document| self.read_of(document, world)) {
                self.shown[usize::from(code)].insert(life);
            }
        }
    }

    /// What is read of a request now: of which life of it, and the code.
    pub(crate) fn polled(&self, request: Name, world: &World) -> Option<(Name, Name)> {
        let documents = self.documents.iter().flatten();
        let mut its = documents.filter(|document| world.request(document.life) == request);
        its.find_map(|document| self.read_of(*document, world))
    }

    fn read_of(&self, document: Document, world: &World) -> Option<(Name, Name)> {
        let Document { life, code } = document;
        // What is not read by its own URL is looked up first.
        let is_read =
            || !world.scenario.one_key || self.items.iter().any(|item| item.standing(life, world) == Some(life));
        let code = code.filter(|_| !world.is_expired(life, self.now) && is_read());
        code.map(|code| (life, code))
    }

    /// The lives that a mail has ended in the table alone, as yet.
    fn about_to_write(&self, world: &World) -> Names {
        let mut lives = Names::default();
        for (task, call) in self.tasks.iter().zip(&world.calls) {
            let Task::Running {
                log, done: Done::Table, ..
            } = task
            else {
                continue;
            };
            match &*world.next(*call, *log) {
                Next::Ask(Ask::Take(_, _, Some(ending))) => lives.insert(world.life(ending.request)),
                Next::Ask(Ask::Finish(_, seen, _)) => lives.insert(world.life(seen.request)),
                _ => {}
            }
        }
        lives
    }

    /// That no request waited from the begin of the mail's delivery until now which it could have ended.
    fn assert_nothing_waited(&self, place: usize, world: &World) {
        let (Call::Deliver(mail), Task::Running { waited, .. }) = (world.calls[place], self.tasks[place]) else {
            return;
        };
        for (owner, item) in self.items.iter().enumerate() {
            if world.scenario.mails[mail].is_some_and(|own| own != owner) {
                continue;
            }
            let waits: Vec<_> = item
                .open
                .iter()
                .filter(|life| waited.contains(*life))
                .map(|life| world.pending(life))
                .collect();
            let chosen = Pending::choose(&waits, world.time(0), world.time(self.now));
            assert_eq!(
                chosen, None,
                "a login waits, and its mail {mail} was counted as nobody's"
            );
        }
    }
}

impl Item {
    fn stage(&mut self, life: Name, world: &World) {
        let request = world.request(life);
        self.open.retain(|other| world.request(other) != request);
        self.open.insert(life);
    }

    /// The newest life of the request, if that was ended and not given up.
    fn standing(&self, life: Name, world: &World) -> Option<Name> {
        let request = world.request(life);
        let is_its = |life: &Name| world.request(*life) == request;
        if self.open.iter().any(|open| is_its(&open)) {
            return None;
        }
        let ended = self.seen.iter().map(|seen| world.ended_by(seen)).filter(is_its);
        let newest = ended.max_by_key(|life| world.pending(*life).staged_at);
        newest.filter(|life| !self.gone.contains(*life))
    }
}
