//! Whether the client may send for the domain of the reverse-path (SPF, RFC 7208).
//!
//! The names to which a policy refers count among the names of one mail. If there are too many, the answer is no. They
//! are enough for `gmail.com` alone (its policy, the one to which it redirects, and two of its blocks of addresses),
//! and not always with a key of Arlo's as well. But a mail that Gmail forwards has Arlo's signature and needs no SPF.

use std::net::IpAddr;

use arlo_mail::{MAX_ADDRESS, canonical_domain};
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{MessageAuthenticator, Parameters, SpfResult};
use tokio::time::{Instant, timeout_at};

use super::names::Names;

/// Whether the policy of the reverse-path's own domain allows the client to send. If it cannot be looked up now, it
/// does not.
pub(super) async fn may_send(
    dns: &MessageAuthenticator,
    names: &Names,
    client: IpAddr,
    helo: &str,
    reverse_path: &str,
    deadline: Instant,
) -> bool {
    // A listener on [::] sees an IPv4 client as ::ffff:192.0.2.1, which no policy names.
    let client = client.to_canonical();
    // HELO may be an address literal, which is no domain.
    let helo = canonical_domain(helo).unwrap_or_default();
    let Some((local, domain)) = reverse_path
        .rsplit_once('@')
        .filter(|_| reverse_path.len() <= MAX_ADDRESS)
    else {
        return false;
    };
    let Some(domain) = canonical_domain(domain) else {
        return false;
    };
    let sender = format!("{local}@{domain}");
    let parameters = Parameters::new(SpfParameters::verify_mail_from(client, &helo, "unknown", &sender))
        .with_txt_cache(names)
        .with_mx_cache(names)
        .with_ptr_cache(names)
        .with_ipv4_cache(names)
        .with_ipv6_cache(names);
    match timeout_at(deadline, Box::pin(dns.check_host(parameters))).await {
        Ok(output) => output.result() == SpfResult::Pass && names.are_followed(),
        Err(_elapsed) => false,
    }
}
