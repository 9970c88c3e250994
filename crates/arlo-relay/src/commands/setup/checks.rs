//! What can be checked of a relay before it is started: its ports, and the DNS of its domain.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use super::plan::{Plan, Source, Tls};
use crate::commands::doctor::{Check, exchange};
use crate::exposure::Reached;
use crate::owner::is_root;

/// The checks of the plan. The domain is looked up, if something outside this machine may be asked.
pub(super) async fn of(plan: &Plan, offline: bool) -> Vec<Check> {
    let mut checks = vec![port("http", plan.http)];
    checks.extend(plan.source.smtp().map(|smtp| port("smtp", smtp)));
    if let Source::Mailbox { .. } = plan.source {
        checks.push(if offline {
            Check::warning("mailbox", "it was not opened", "Start the relay, and read its log.")
        } else {
            Check::ok("mailbox", "it opens")
        });
    }
    let reached = Reached {
        http: plan.http,
        smtp: plan.source.smtp().unwrap_or(plan.http),
        has_certificate: plan.tls == Tls::Acme || plan.source.smtp().is_none(),
        public_url: plan.public_url.as_deref(),
    };
    let in_clear = reached.warnings().into_iter();
    checks.extend(in_clear.map(|warning| Check::warning("encryption", warning, "docs/tls.md says how.")));
    match plan.source.domain() {
        Some(domain) if !offline => checks.extend(exchange(domain).await),
        _ => {}
    }
    checks
}

/// Whether the address is free, and this user may listen there. A service that systemd starts may, where root may.
fn port(name: &'static str, address: SocketAddr) -> Check {
    match TcpListener::bind(address) {
        Ok(_) => Check::ok(name, format!("{address} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Check::warning(
            name,
            format!("another program listens on {address}"),
            "If it is no relay that runs already, stop it, or change the address in the settings.",
        ),
        Err(error) if error.kind() == ErrorKind::PermissionDenied && !is_root() => Check::warning(
            name,
            format!("this user may not listen on {address}"),
            "Run the relay as a service of systemd, as docs/service.md says, or change the address in the settings.",
        ),
        Err(error) => Check::wrong(
            name,
            format!("nothing can listen on {address}: {error}"),
            "Change the address in the settings.",
        ),
    }
}
