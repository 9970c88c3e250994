//! DKIM and SPF through a real resolver and a name server on loopback.

// A test may panic where it is not what it should be, also in its helpers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod dns;
mod sender;
mod signatures;

use std::net::{IpAddr, Ipv4Addr};

/// The client of every test that does not care for SPF: no policy here names it.
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
