//! The relay of a data directory.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use relay::ports::{CheckHealth, Clock};
use relay::{Overview, SystemClock};
use relay_server::data_dir::{self, Addresses, DataDir, Listeners, is_local};
use relay_server::reach::on_this_machine;
use relay_server::sqlite::{Outbox, SqliteStore};
use relay_server::{StartError, StartErrorKind};

use super::{Check, dial, former_key, last_mail, machine, mx, tls};
use crate::cli::LocalRelayArgs;
use crate::commands::minute;
use crate::exposure::{SET_PUBLIC_URL, lost_url};
use crate::failure::Failure;
use crate::owner::become_owner;

/// `time_from` is the web server whose clock is compared, in place of Arlo's.
pub(super) async fn checks(local: &LocalRelayArgs, time_from: Option<&str>) -> Result<Vec<Check>, Failure> {
    let path = local.data_dir.path()?;
    become_owner(&path)?;
    let mut checks = vec![directory(&path)];
    let data = match DataDir::open_existing(&path).await {
        Ok(data) => data,
        Err(error) if error.kind() == StartErrorKind::NoDatabase => {
            checks.push(Check::wrong(
                "database",
                format!("there is none in {}", path.display()),
                "Start the relay once: arlo-relay serve --data-dir DIR; or name another directory with --data-dir.",
            ));
            return Ok(checks);
        }
        Err(error) => {
            checks.push(Check::wrong("database", error.to_string(), mend(&error)));
            return Ok(checks);
        }
    };
    checks.push(machine::space(&path));
    checks.push(database(&data.store).await);
    checks.push(machine::backup(data_dir::newest_backup(&path), SystemClock.now()));
    checks.extend(match data.store.outbox().await {
        Ok(outbox) => operator(outbox),
        Err(error) => Some(Check::wrong(
            OPERATOR,
            error.to_string(),
            "See the check of the database.",
        )),
    });
    let served = data.addresses().await.ok().flatten();
    let served_domain = served.as_ref().map(|served| served.domain.clone());
    let domain = local.domain.clone().or(served_domain).unwrap_or_default();
    let domain = domain.as_str();
    // A relay of this machine alone asks nobody outside.
    let time_from = time_from.or((!is_local(domain)).then_some(machine::ARLO));
    checks.extend(match Overview::read(&data.store, &data.keys, SystemClock.now()).await {
        Ok(overview) => [
            machine::clock(overview.last_mail.map(|tally| tally.last_at), time_from).await,
            last_mail(&overview),
        ]
        .into_iter()
        .chain(former_key(&overview))
        .collect(),
        Err(error) => vec![Check::wrong(
            "mail",
            error.to_string(),
            "See the check of the database.",
        )],
    });
    let runs = match data.lock() {
        Ok(_) => false,
        Err(error) => error.kind() == StartErrorKind::InUse,
    };
    match served.as_ref().and_then(|served| served.listeners) {
        Some(listeners) if runs => checks.extend(listening(listeners).await),
        _ if runs => checks.push(Check::warning(
            "serve",
            "it runs, but an older version started it, which did not record its addresses",
            "Start it again.",
        )),
        _ => checks.push(Check::wrong(
            "serve",
            "it does not run",
            "Start it: arlo-relay serve --data-dir DIR. To run it permanently, make it a service of the system.",
        )),
    }
    checks.extend(
        served
            .as_ref()
            .filter(|_| local.public_url.is_none())
            .and_then(public_url),
    );
    let listeners = served.as_ref().and_then(|served| served.listeners).filter(|_| runs);
    checks.extend(exchange(domain).await);
    checks.extend(tls::checks(listeners, domain).await);
    Ok(checks)
}

fn directory(path: &Path) -> Check {
    const NAME: &str = "directory";
    let probe = path.join(format!(".doctor-{}", std::process::id()));
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&probe);
    let written = written.and_then(|_| fs::remove_file(&probe));
    match written {
        Ok(()) => Check::ok(NAME, format!("{} can be written", path.display())),
        Err(error) => Check::wrong(
            NAME,
            format!("{} cannot be written: {error}", path.display()),
            "Run this as the user who runs serve, or let that user own the directory.",
        ),
    }
}

fn mend(error: &StartError) -> &'static str {
    match error.kind() {
        StartErrorKind::WrongKey => {
            "Restore hash.key, or hash.former.key, from the backup that the database comes from."
        }
        StartErrorKind::Unreleased => "Move it away, start the relay once, and enrol each account anew.",
        StartErrorKind::Newer | StartErrorKind::NotOurs | StartErrorKind::Damaged => {
            "Use the version that wrote it or a newer one, or restore the database from a backup."
        }
        StartErrorKind::Full => "Free some room on the disk.",
        _ => "Run this as the user who runs serve.",
    }
}

async fn database(store: &SqliteStore) -> Check {
    const NAME: &str = "database";
    match store.check().await {
        Ok(()) => Check::ok(NAME, "it can be read and written, and its key is the right one"),
        Err(error) => Check::wrong(NAME, error.to_string(), "Check that the disk has room and no faults."),
    }
}

const OPERATOR: &str = "operator";

/// The mail that the operator did not get; no check if there never was any.
fn operator(outbox: Outbox) -> Option<Check> {
    let waiting = match outbox.mails {
        0 => "no mail waits to be sent".to_owned(),
        mails => format!("{mails} mails ({} KiB) wait to be sent", outbox.bytes.div_ceil(1024)),
    };
    match (outbox.dropped_at, outbox.mails) {
        (None, 0) => None,
        (None, _) => Some(Check::ok(OPERATOR, waiting)),
        (Some(at), _) => Some(Check::warning(
            OPERATOR,
            format!(
                "{waiting}; {} were dropped so far, the last one at {}",
                outbox.dropped,
                minute(at)
            ),
            "See in the log of serve that the smarthost takes mail. Where it does, somebody sends the relay too much mail \
             that is no Arlo code.",
        )),
    }
}

/// Whether clients on other machines are given a URL that leads each to itself; no check where they are not.
fn public_url(served: &Addresses) -> Option<Check> {
    let Listeners { http, https, .. } = served.listeners?;
    let lost = lost_url(&served.public_url, http, https)?;
    Some(Check::warning("public url", lost, SET_PUBLIC_URL))
}

async fn listening(Listeners { http, smtp, .. }: Listeners) -> Vec<Check> {
    let (health, greeting) = tokio::join!(
        dial::is_healthy(on_this_machine(http)),
        dial::greeting(on_this_machine(smtp)),
    );
    let http_check = match health {
        Ok(true) => Check::ok("http", format!("it answers on {http}")),
        Ok(false) => Check::wrong(
            "http",
            format!("{http} answers, but does not report that it is healthy"),
            "Read the log of serve.",
        ),
        Err(error) => Check::wrong(
            "http",
            format!("{http} does not answer: {error}"),
            "Read the log of serve, and start it again.",
        ),
    };
    let smtp_check = match greeting {
        Ok(line) if line.starts_with("220 ") => Check::ok("smtp", format!("it greets on {smtp}")),
        Ok(_) => Check::wrong(
            "smtp",
            format!("{smtp} answers, but takes no mail now"),
            "Read the log of serve.",
        ),
        Err(error) => Check::wrong(
            "smtp",
            format!("{smtp} does not answer: {error}"),
            "Read the log of serve, and start it again.",
        ),
    };
    vec![http_check, smtp_check]
}

/// Whether mail can be brought to the server, as far as this machine can know: it cannot see whether a firewall on the
/// way lets others in.
async fn port_25(server: &str) -> Check {
    const NAME: &str = "port 25";
    let addresses = match dial::addresses(server).await {
        Ok(addresses) => addresses,
        Err(error) => {
            let mend = "Add an A or AAAA record with the address at which others reach this machine.";
            return Check::wrong(
                NAME,
                format!("{server}, which the MX record names, has no address: {error}"),
                mend,
            );
        }
    };
    if addresses.iter().all(|address| !dial::is_public(*address)) {
        return Check::wrong(
            NAME,
            format!("{server} has no address that others can reach"),
            "Let its A or AAAA record name the address at which others reach this machine.",
        );
    }
    match dial::greeting((server, 25)).await {
        Ok(line) if line.starts_with("220") => Check::ok(
            NAME,
            format!(
                "{server} takes mail from this machine; whether it is open to others can be seen from elsewhere only"
            ),
        ),
        Ok(_) => Check::wrong(
            NAME,
            format!("{server} answers, but takes no mail now"),
            "Read that server's log.",
        ),
        Err(error) => Check::warning(
            NAME,
            format!("{server} cannot be reached from here: {error}"),
            "Let TCP port 25 through to serve's SMTP listener. Some providers block port 25 for everyone: then check from \
             elsewhere.",
        ),
    }
}

/// Whether mail for the domain reaches this relay: its MX record, and port 25 of the server that it names.
pub(in crate::commands) async fn exchange(domain: &str) -> Vec<Check> {
    const NAME: &str = "mx";
    if is_local(domain) {
        return vec![Check::warning(
            NAME,
            format!("{domain} is a name of this machine alone"),
            "For mail from outside, serve a domain of your own with --domain, and give it an MX record.",
        )];
    }
    let servers = match mx::servers(domain).await {
        Ok(servers) => servers,
        Err(error) => {
            let found = format!("the MX record of {domain} cannot be looked up: {error}");
            return vec![Check::warning(NAME, found, "Check the name servers of this machine.")];
        }
    };
    let Some(server) = servers.first() else {
        let mend = format!("Add the record: {domain}. MX 10 NAME. where NAME is the public name of this machine.");
        return vec![Check::wrong(NAME, format!("{domain} has no MX record"), mend)];
    };
    let port = port_25(server).await;
    vec![
        Check::ok(NAME, format!("mail for {domain} goes to {}", servers.join(", "))),
        port,
    ]
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use relay::{Domain, Registration};

    use super::*;
    use crate::commands::doctor::Verdict;

    #[test]
    fn a_url_that_other_machines_cannot_use_is_reported() {
        let served = |url: &str, http: &str| Addresses {
            domain: Domain::default(),
            public_url: url.to_owned(),
            registration: Registration::default(),
            listeners: Some(Listeners {
                http: http.parse().unwrap(),
                https: None,
                smtp: "127.0.0.1:2525".parse().unwrap(),
            }),
        };
        let check = public_url(&served("http://127.0.0.1:8080", "0.0.0.0:8080")).unwrap();
        assert!(
            check.verdict == Verdict::Warning && check.mend.unwrap().contains("--public-url"),
            "{}",
            check.found
        );
        assert_eq!(public_url(&served("http://127.0.0.1:8080", "127.0.0.1:8080")), None);
        assert_eq!(public_url(&served("https://relay.example.org", "0.0.0.0:8080")), None);
    }

    #[test]
    fn mail_for_the_operator_that_was_dropped_is_reported() {
        let outbox = |mails, dropped: u64| Outbox {
            mails,
            bytes: mails * 1000,
            dropped,
            dropped_at: (dropped > 0).then_some(Timestamp::UNIX_EPOCH),
        };
        assert!(operator(outbox(0, 0)).is_none());
        assert_eq!(operator(outbox(3, 0)).unwrap().verdict, Verdict::Ok);
        let dropped = operator(outbox(0, 7)).unwrap();
        assert_eq!(dropped.verdict, Verdict::Warning);
        assert!(dropped.found.contains("7 were dropped"), "{}", dropped.found);
    }
}
