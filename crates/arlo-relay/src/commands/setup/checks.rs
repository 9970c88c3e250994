//! What can be checked of a relay before it is started: its ports, and the DNS of its domain.

use std::fs;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::plan::{Plan, Source, Starter, Tls};
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
    if let Source::MailServer { socket, .. } = &plan.source {
        checks.push(directory_of(socket, plan.starter));
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

/// Whether the socket's directory is there, and a mail server of another user can enter it.
fn directory_of(socket: &Path, starter: Starter) -> Check {
    const NAME: &str = "lmtp";
    let mend = "Name a socket as lmtp in the settings, in a directory that the relay can write and the mail server can \
                enter: docs/mta.md shows one.";
    let Some(directory) = socket.parent() else {
        return Check::wrong(NAME, format!("{} is no path of a socket", socket.display()), mend);
    };
    if starter == Starter::Unit {
        return Check::ok(NAME, format!("arlo-relay.service makes {}", directory.display()));
    }
    match fs::metadata(directory) {
        Ok(found) if found.permissions().mode() & 0o011 == 0 => Check::warning(
            NAME,
            format!(
                "only its owner can enter {}, so no mail server reaches the socket",
                directory.display()
            ),
            mend,
        ),
        Ok(_) => Check::ok(NAME, format!("the socket's directory {} is there", directory.display())),
        Err(error) => Check::wrong(
            NAME,
            format!("the socket's directory {} cannot be used: {error}", directory.display()),
            mend,
        ),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_of_a_socket_is_there_and_open_to_a_mail_server() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("run/lmtp");
        let judged = |starter| serde_json::to_value(directory_of(&socket, starter)).unwrap();
        assert_eq!(judged(Starter::Unit)["verdict"], "ok");
        assert_eq!(judged(Starter::Root)["verdict"], "wrong");
        let directory = socket.parent().unwrap();
        fs::create_dir(directory).unwrap();
        for (mode, verdict) in [(0o700, "warning"), (0o750, "ok"), (0o755, "ok")] {
            fs::set_permissions(directory, fs::Permissions::from_mode(mode)).unwrap();
            let judged = judged(Starter::User);
            assert_eq!(judged["verdict"], verdict, "{judged}");
        }
    }
}
