//! What one client may use of a server, by its network and in all.
//!
//! [`Client`] says whom a connection counts as, [`ClientShares`] and [`KeyShares`] count what is held at the moment,
//! and [`Buckets`] bound how often something is done. None of them does any input or output, reads a clock or waits: a
//! share that is used up is refused at once.
//!
//! Every table here is bounded. A share table has entries only for what is held, so it is bounded by the limit for all
//! clients; a bucket table has a capacity.

mod buckets;
mod client;
mod shares;

pub use buckets::{Buckets, Rate};
pub use client::Client;
pub use shares::{ClientLimits, ClientShare, ClientShares, Full, KeyShare, KeyShares};
