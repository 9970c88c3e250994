//! What callers may use of this machine: memory for bodies, waiting calls, and how often they call.
//!
//! Each limit is by client and its network, by enrolment, or both. Who the client is, the listener says in the
//! request's extensions. A call without it comes from this machine, or through something that has limits of its own: it
//! counts only towards what all use together.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use client_limits::{Buckets, Client, ClientLimits, ClientShare, ClientShares, KeyShare, KeyShares, Rate};
use relay::{EnrolmentId, RequestId};

use crate::failure::Failure;

/// Clients and enrolments that are remembered for having called often.
const REMEMBERED: usize = 16 * 1024;
/// Seconds after which there may be memory, or a place to wait, again.
const SOON: u64 = 2;

/// The limits. Every field has a default that a household never meets.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of mails in memory at once, of calls whose token is known (4 MiB of a client, 8 MiB of its network, 24 MiB
    /// in all).
    pub mail_bodies: ClientLimits,
    /// Bytes of their other bodies (256 KiB, 512 KiB, 8 MiB). They have a memory of their own, since mails are large
    /// and may come slowly.
    pub bodies: ClientLimits,
    /// The same of calls whose body is read before a token is known: to join, the forms of the page, and `/add` with
    /// the token in its form (256 KiB, 512 KiB, 8 MiB).
    pub bodies_of_strangers: ClientLimits,
    /// Mails that one enrolment may hand in at once (2).
    pub mails_at_once: usize,
    /// Other bodies that one enrolment may send at once (32).
    pub bodies_at_once: usize,
    /// Calls that wait for a code at once (64 of a client, 256 of its network, 12,288 in all).
    pub waits: ClientLimits,
    /// Calls that wait for the code of one login request (8), and of one account (64).
    pub waits_of_request: usize,
    /// See [`Self::waits_of_request`].
    pub waits_of_enrolment: usize,
    /// Calls of one client (300 at once, and 100 a second). Its network may make four times as many.
    pub calls: Rate,
    /// Calls of one client with a token that is refused (60 at once, and one a second).
    pub refused: Rate,
    /// Logins that one enrolment begins (200 at once, and 10 a second).
    pub prestages: Rate,
    /// Codes that one enrolment hands in (200 at once, and 10 a second).
    pub codes: Rate,
    /// Mails that one enrolment hands in (500 at once, and 20 a second).
    pub mails: Rate,
}

impl Default for Limits {
    fn default() -> Self {
        let rate = |burst, a_second| Rate {
            burst,
            every: Duration::from_secs(1) / a_second,
        };
        let small = ClientLimits {
            narrow: 256 << 10,
            wide: 512 << 10,
            all: 8 << 20,
        };
        Self {
            mail_bodies: ClientLimits {
                narrow: 4 << 20,
                wide: 8 << 20,
                all: 24 << 20,
            },
            bodies: small,
            bodies_of_strangers: small,
            mails_at_once: 2,
            bodies_at_once: 32,
            waits: ClientLimits {
                narrow: 64,
                wide: 256,
                all: 12_288,
            },
            waits_of_request: 8,
            waits_of_enrolment: 64,
            calls: rate(300, 100),
            refused: rate(60, 1),
            prestages: rate(200, 10),
            codes: rate(200, 10),
            mails: rate(500, 20),
        }
    }
}

/// What an enrolment does that is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Prestage,
    HandInCode,
    HandInMail,
}

/// What is used.
#[derive(Debug)]
pub(crate) struct Shares {
    pub(crate) mail_bodies: ClientShares,
    pub(crate) bodies: ClientShares,
    pub(crate) bodies_of_strangers: ClientShares,
    mails_at_once: KeyShares<EnrolmentId>,
    bodies_at_once: KeyShares<EnrolmentId>,
    waits: ClientShares,
    waits_of_request: KeyShares<RequestId>,
    waits_of_enrolment: KeyShares<EnrolmentId>,
    calls: Buckets<IpAddr>,
    calls_of_network: Buckets<IpAddr>,
    refused: Buckets<IpAddr>,
    prestages: Buckets<EnrolmentId>,
    codes: Buckets<EnrolmentId>,
    mails: Buckets<EnrolmentId>,
}

/// A place to wait for a code; given back when dropped.
#[derive(Debug)]
pub(crate) struct Wait {
    _share: ClientShare,
    _of_request: KeyShare<RequestId>,
    _of_enrolment: KeyShare<EnrolmentId>,
}

impl Shares {
    pub(crate) fn new(limits: &Limits) -> Self {
        let of_network = Rate {
            burst: limits.calls.burst.saturating_mul(4),
            every: limits.calls.every / 4,
        };
        Self {
            mail_bodies: ClientShares::new(limits.mail_bodies),
            bodies: ClientShares::new(limits.bodies),
            bodies_of_strangers: ClientShares::new(limits.bodies_of_strangers),
            mails_at_once: KeyShares::new(limits.mails_at_once),
            bodies_at_once: KeyShares::new(limits.bodies_at_once),
            waits: ClientShares::new(limits.waits),
            waits_of_request: KeyShares::new(limits.waits_of_request),
            waits_of_enrolment: KeyShares::new(limits.waits_of_enrolment),
            calls: Buckets::new(limits.calls, REMEMBERED),
            calls_of_network: Buckets::new(of_network, REMEMBERED),
            refused: Buckets::new(limits.refused, REMEMBERED),
            prestages: Buckets::new(limits.prestages, REMEMBERED),
            codes: Buckets::new(limits.codes, REMEMBERED),
            mails: Buckets::new(limits.mails, REMEMBERED),
        }
    }

    /// Counts a call, before anything is done for it.
    pub(crate) fn call(&self, client: Client) -> Result<(), Failure> {
        let now = now();
        if let (Some(narrow), Some(wide)) = (client.narrow(), client.wide()) {
            self.calls.take(narrow, now).map_err(too_often)?;
            self.calls_of_network.take(wide, now).map_err(too_often)?;
        }
        Ok(())
    }

    /// Counts a call whose token was refused; how it is to be answered.
    pub(crate) fn refused(&self, client: Client) -> Failure {
        let counted = client.narrow().map(|narrow| self.refused.take(narrow, now()));
        match counted {
            Some(Err(wait)) => too_often(wait),
            _ => Failure::Denied,
        }
    }

    /// Whether an enrolment may do this now. Nothing is counted: made-up tokens must not fill a table.
    pub(crate) fn may(&self, act: Act, enrolment: &EnrolmentId) -> Result<(), Failure> {
        self.buckets(act).check(enrolment, now()).map_err(too_often)
    }

    /// Counts what an enrolment did. Its token was good.
    pub(crate) fn did(&self, act: Act, enrolment: EnrolmentId) {
        // What was let through just before another call took the last is not worth a refusal.
        let _ = self.buckets(act).take(enrolment, now());
    }

    fn buckets(&self, act: Act) -> &Buckets<EnrolmentId> {
        match act {
            Act::Prestage => &self.prestages,
            Act::HandInCode => &self.codes,
            Act::HandInMail => &self.mails,
        }
    }

    /// The right to hand in one mail.
    pub(crate) fn mail(&self, enrolment: &EnrolmentId) -> Result<KeyShare<EnrolmentId>, Failure> {
        self.mails_at_once.take(enrolment).ok_or(Failure::TooOften(SOON))
    }

    /// The right to send another body than a mail.
    pub(crate) fn body(&self, enrolment: &EnrolmentId) -> Result<KeyShare<EnrolmentId>, Failure> {
        self.bodies_at_once.take(enrolment).ok_or(Failure::TooOften(SOON))
    }

    /// A place to wait; `None` where there is none.
    pub(crate) fn wait(&self, client: Client, request: &RequestId, enrolment: &EnrolmentId) -> Option<Wait> {
        Some(Wait {
            _share: self.waits.take(client, 1).ok()?,
            _of_request: self.waits_of_request.take(request)?,
            _of_enrolment: self.waits_of_enrolment.take(enrolment)?,
        })
    }
}

/// The clock of the runtime, which tests can stop.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Seconds, rounded up.
fn too_often(wait: Duration) -> Failure {
    Failure::TooOften(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}
