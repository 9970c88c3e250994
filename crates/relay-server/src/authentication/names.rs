//! The names that may be looked up for one mail.
//!
//! The sender of a mail decides which names are looked up: by the selector of a signature, and by the policy of the
//! sender's own domain. So the names of one mail are counted, and names beyond the limit are not looked up. mail-auth
//! asks a cache before it asks the DNS. This cache stores nothing, since the resolver has a cache; it only answers for
//! the names beyond the limit.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use mail_auth::spf::{Mechanism, Qualifier};
use mail_auth::{DnsError, Error, MX, RecordSet, ResolverCache, Txt};

/// How many names may be looked up for one mail.
pub(super) const MAX_NAMES: usize = 4;

/// The names that were looked up, and what their policies (RFC 7208) were like.
#[derive(Default)]
pub(super) struct Names(Mutex<State>);

#[derive(Default)]
struct State {
    asked: HashSet<u64>,
    exceeded: bool,
    policies: usize,
    has_qualified_include: bool,
}

impl Names {
    /// Whether a pass of the policies that were read is a pass of the domain itself.
    ///
    /// It is not if a name was not looked up. mail-auth uses a pass inside an include of an include as the whole
    /// answer, with the qualifier of the inner include only. If an outer include may have another qualifier
    /// (`?include:` or `-include:`), such a pass does not count either.
    pub(super) fn are_followed(&self) -> bool {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        !state.exceeded && (state.policies < 3 || !state.has_qualified_include)
    }

    /// Whether this name is one too many.
    fn exceeds(&self, name: &(impl Hash + ?Sized)) -> bool {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = hasher.finish();
        if state.asked.len() < MAX_NAMES || state.asked.contains(&name) {
            state.asked.insert(name);
            return false;
        }
        state.exceeded = true;
        true
    }
}

impl ResolverCache<Box<str>, Txt> for Names {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.exceeds(name)
            .then_some(Txt::Error(Error::Dns(DnsError::InvalidRecordType)))
    }

    fn remove<Q>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: Box<str>, value: Txt, _: std::time::Instant) {
        if let Txt::Spf(policy) = value {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            state.policies += 1;
            state.has_qualified_include |= policy.directives.iter().any(|directive| {
                directive.qualifier != Qualifier::Pass && matches!(directive.mechanism, Mechanism::Include { .. })
            });
        }
    }
}

/// No records for a name beyond the limit; the pass that could follow does not count.
macro_rules! no_records_beyond {
    ($key:ty, $record:ty) => {
        impl ResolverCache<$key, RecordSet<$record>> for Names {
            fn get<Q>(&self, name: &Q) -> Option<RecordSet<$record>>
            where
                $key: Borrow<Q>,
                Q: Hash + Eq + ?Sized,
            {
                self.exceeds(name).then(|| RecordSet {
                    rrset: [].into(),
                    dnssec_status: Default::default(),
                })
            }

            fn remove<Q>(&self, _: &Q) -> Option<RecordSet<$record>>
            where
                $key: Borrow<Q>,
                Q: Hash + Eq + ?Sized,
            {
                None
            }

            fn insert(&self, _: $key, _: RecordSet<$record>, _: std::time::Instant) {}
        }
    };
}

no_records_beyond!(Box<str>, MX);
no_records_beyond!(Box<str>, Ipv4Addr);
no_records_beyond!(Box<str>, Ipv6Addr);
no_records_beyond!(IpAddr, Box<str>);
