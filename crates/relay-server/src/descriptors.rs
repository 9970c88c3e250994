//! How many connections the process can have open: its limit of open files (RLIMIT_NOFILE) decides.
//!
//! Connections never use the last descriptor. Some are left for the database, for name servers, for mailboxes and for
//! connections that are refused because there are too many.

use rustix::process::{Resource, getrlimit, setrlimit};

/// The limit if the system does not report one.
const UNKNOWN: usize = 1024;
/// Connections if there are more than enough descriptors.
const MOST_HTTP: usize = 16_384;
const MOST_SMTP: usize = 256;
const MOST_LMTP: usize = 32;

/// Raises the limit as far as this process may, and returns it.
pub(crate) fn raise() -> usize {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let mut raised = limit;
        raised.current = raised.maximum;
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::debug!(%error, "the limit of open files stays as it is");
        }
    }
    let current = getrlimit(Resource::Nofile).current;
    current.map_or(usize::MAX, |current| usize::try_from(current).unwrap_or(UNKNOWN))
}

/// How many connections each listener may have open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Connections {
    pub(crate) http: usize,
    pub(crate) smtp: usize,
    pub(crate) lmtp: usize,
}

impl Connections {
    /// The connections for which so many descriptors are enough.
    pub(crate) fn within(descriptors: usize) -> Self {
        let rest = (descriptors / 8).max(64);
        let free = descriptors.saturating_sub(rest);
        let smtp = (free / 4).clamp(4, MOST_SMTP);
        let lmtp = (free / 16).clamp(2, MOST_LMTP);
        // A look-up for a mail has a socket of its own.
        let http = free.saturating_sub(2 * (smtp + lmtp)).clamp(4, MOST_HTTP);
        Self { http, smtp, lmtp }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_for_the_rest() {
        for (descriptors, http, smtp, lmtp) in [
            (usize::MAX, 16_384, 256, 32),
            (1 << 20, 16_384, 256, 32),
            (20_000, 16_384, 256, 32),
            (4096, 3008, 256, 32),
            (1024, 384, 224, 32),
            (256, 72, 48, 12),
        ] {
            let connections = Connections::within(descriptors);
            assert_eq!(connections, Connections { http, smtp, lmtp }, "{descriptors}");
            assert!(http + 2 * (smtp + lmtp) + 64 <= descriptors);
        }
        for few in 0..256 {
            let Connections { http, smtp, lmtp } = Connections::within(few);
            assert!(http > 0 && smtp > 0 && lmtp > 0);
        }
    }

    #[test]
    fn the_limit_is_raised_and_told() {
        let raised = raise();
        assert!(raised > 0);
        assert_eq!(raise(), raised);
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }
}
