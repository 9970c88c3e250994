//! The relay's HTTP API: one axum [`Router`](axum::Router) over the rules, the same behind a listener and in a Lambda.
//!
//! Two APIs answer here. Our own prestages a login (`POST /prepare-arlo-mfa`), reads it by its poll URL, shows an
//! enrolled person what became of the mail, and lets strangers join; its errors are problem documents (RFC 9457). The
//! pyaarlo REST API (`/clear`, `/get`, `/add`, `/mail`, `/register_done`) answers HTTP 200 whatever happens, because
//! its client crashes on anything else.
//!
//! Invariants: a token, poll key, code or address is never in a log line, an error text or a span; every body has a
//! limit in size and time; a wait is woken by the store and never polls; no answer may be cached; every answer has an
//! id that its log lines have too.

mod api;
mod body;
mod caller;
mod changes;
mod failure;
mod health;
mod healthz;
mod host;
mod joining;
mod known;
mod limits;
mod longpoll;
mod observe;
mod openapi;
mod page;
mod poll;
mod prestage;
mod probes;
mod pyaarlo;
mod request_id;
mod router;
mod signatures;
mod status;
mod trace;
mod urls;
mod work;

pub use api::{Api, Settings};
pub use health::Vitals;
pub use host::at_its_own_address;
pub use joining::{Enrolled, Pyaarlo, Shown};
pub use known::Known;
pub use limits::Limits;
pub use longpoll::MAX_WAIT;
pub use observe::{Answered, Limit, Observe, WaitEnd};
pub use page::hass_aarlo;
pub use poll::Progress;
pub use router::{prestage_router, router, turned_away, web_router};
pub use signatures::{CheckSignatures, VerdictsFuture};
pub use urls::{LocalPollUrls, PollUrl, PollUrls, PublicUrl, PublicUrlError};
pub use work::{ClientWork, PoolFuture, WorkPool};
