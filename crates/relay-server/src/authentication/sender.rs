//! Whether the client may send for the domain it names (SPF, RFC 7208).

use std::borrow::Borrow;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use mail_auth::spf::verify::SpfParameters;
use mail_auth::spf::{Mechanism, Qualifier};
use mail_auth::{MessageAuthenticator, Parameters, ResolverCache, SpfResult, Txt};
use relay::account::{MAX_ADDRESS, canonical_domain};
use tokio::time::{Instant, timeout_at};

/// What the policy of the sender's domain says of the client.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// This domain lets the client send.
    Pass(String),
    /// It does not, says nothing certain, or names no domain.
    NoPass,
    /// The policy, or a part of it, could not be looked up.
    Unresolved,
}

pub(super) async fn check(
    dns: &MessageAuthenticator,
    client: IpAddr,
    helo: &str,
    reverse_path: Option<&str>,
    deadline: Instant,
) -> Sender {
    // A listener on [::] sees an IPv4 client as ::ffff:192.0.2.1, of which no policy speaks.
    let client = client.to_canonical();
    // HELO may be an address literal, which is no domain and passes nothing.
    let helo = canonical_domain(helo).unwrap_or_default();
    let (domain, sender) = match reverse_path.filter(|path| !path.is_empty()) {
        Some(path) if path.len() > MAX_ADDRESS => return Sender::NoPass,
        Some(path) => match path.rsplit_once('@') {
            Some((local, domain)) => match canonical_domain(domain) {
                Some(domain) => (domain.clone(), format!("{local}@{domain}")),
                None => return Sender::NoPass,
            },
            None => return Sender::NoPass,
        },
        None if helo.is_empty() => return Sender::NoPass,
        None => (helo.clone(), String::new()),
    };
    let parameters = if sender.is_empty() {
        SpfParameters::verify_ehlo(client, &helo, "unknown")
    } else {
        SpfParameters::verify_mail_from(client, &helo, "unknown", &sender)
    };
    let policies = Policies::default();
    let parameters = Parameters::new(parameters).with_txt_cache(&policies);
    match timeout_at(deadline, Box::pin(dns.check_host(parameters))).await {
        Ok(output) => match output.result() {
            SpfResult::Pass if policies.are_followed() => Sender::Pass(domain),
            SpfResult::TempError => Sender::Unresolved,
            _ => Sender::NoPass,
        },
        Err(_elapsed) => Sender::Unresolved,
    }
}

/// The policies that were read for one answer; it caches nothing, which the resolver does.
///
/// mail-auth takes a pass inside an include of an include for the whole answer, with the qualifier of the inner include
/// only. Where an outer one could say `?include:` or `-include:`, such a pass is not the domain's word.
#[derive(Default)]
struct Policies {
    read: AtomicUsize,
    has_qualified_include: AtomicBool,
}

impl Policies {
    fn are_followed(&self) -> bool {
        self.read.load(Ordering::Relaxed) < 3 || !self.has_qualified_include.load(Ordering::Relaxed)
    }
}

impl ResolverCache<Box<str>, Txt> for Policies {
    fn get<Q>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
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
            self.read.fetch_add(1, Ordering::Relaxed);
            let qualified = policy.directives.iter().any(|directive| {
                directive.qualifier != Qualifier::Pass && matches!(directive.mechanism, Mechanism::Include { .. })
            });
            self.has_qualified_include.fetch_or(qualified, Ordering::Relaxed);
        }
    }
}
