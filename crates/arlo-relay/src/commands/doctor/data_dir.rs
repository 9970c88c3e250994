//! The relay of a data directory.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use jiff::Timestamp;
use relay::ports::{CheckHealth, Clock};
use relay::{Overview, SystemClock};
use relay_server::data_dir::{Addresses, DataDir, Listeners};
use relay_server::sqlite::{Outbox, SqliteStore};
use relay_server::{StartError, StartErrorKind};

use super::{Check, MAX_CLOCK_ERROR, dial, former_key, last_mail, mx};
use crate::cli::{DEFAULT_DOMAIN, LocalRelayArgs};
use crate::commands::minute;
use crate::commands::owner::become_owner;
use crate::failure::Failure;

pub(super) async fn checks(local: &LocalRelayArgs) -> Result<Vec<Check>, Failure> {
    let path = local.data_dir.path()?;
    become_owner(&path)?;
    let mut checks = vec![directory(&path)];
    if !path.join("relay.sqlite3").exists() {
        checks.push(Check::wrong(
            "database",
            format!("there is none in {}", path.display()),
            "Start the relay once: arlo-relay serve --data-dir DIR; or name another directory with --data-dir.",
        ));
        return Ok(checks);
    }
    let data = match DataDir::open(&path).await {
        Ok(data) => data,
        Err(error) => {
            checks.push(Check::wrong("database", error.to_string(), mend(&error)));
            return Ok(checks);
        }
    };
    checks.push(database(&data.store).await);
    checks.extend(match data.store.outbox().await {
        Ok(outbox) => operator(outbox),
        Err(error) => Some(Check::wrong(
            OPERATOR,
            error.to_string(),
            "See the check of the database.",
        )),
    });
    checks.extend(match Overview::read(&data.store, &data.keys, SystemClock.now()).await {
        Ok(overview) => [
            clock(overview.last_mail.map(|tally| tally.last_at)),
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
    let served = data.addresses().await.ok().flatten();
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
    let served_domain = served.map(|Addresses { domain, .. }| domain.to_string());
    let domain = local.domain.clone().or(served_domain);
    checks.extend(exchange(domain.as_deref().unwrap_or(DEFAULT_DOMAIN)).await);
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

/// Whether the clock went back. Mails are matched with logins by its time.
fn clock(newest: Option<Timestamp>) -> Check {
    const NAME: &str = "clock";
    let ahead = newest.map(|newest| newest.duration_since(SystemClock.now()));
    match ahead.filter(|ahead| *ahead > MAX_CLOCK_ERROR) {
        None => Check::ok(NAME, format!("it shows {}", minute(SystemClock.now()))),
        Some(ahead) => Check::wrong(
            NAME,
            format!("it is {} s behind the newest mail in the database", ahead.as_secs()),
            "Set this machine's clock by NTP.",
        ),
    }
}

async fn listening(Listeners { http, smtp }: Listeners) -> Vec<Check> {
    let (health, greeting) = tokio::join!(
        dial::is_healthy(dial::on_this_machine(http)),
        dial::greeting(dial::on_this_machine(smtp)),
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

/// Whether mail for the domain reaches this relay: its MX record, and port 25 of the server that it names.
async fn exchange(domain: &str) -> Vec<Check> {
    const NAME: &str = "mx";
    if domain == "localhost" || domain.ends_with(".localhost") {
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
    let port = match dial::greeting((server.as_str(), 25)).await {
        Ok(line) if line.starts_with("220") => Check::ok("port 25", format!("{server} takes mail")),
        Ok(_) => Check::wrong(
            "port 25",
            format!("{server} answers, but takes no mail now"),
            "Read that server's log.",
        ),
        Err(error) => Check::warning(
            "port 25",
            format!("{server} cannot be reached from here: {error}"),
            "Let TCP port 25 through to serve's SMTP listener. Some providers block port 25 for everyone: then check from elsewhere.",
        ),
    };
    vec![
        Check::ok(NAME, format!("mail for {domain} goes to {}", servers.join(", "))),
        port,
    ]
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::commands::doctor::Verdict;

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

    #[test]
    fn a_clock_is_wrong_that_is_behind_what_was_recorded() {
        let from_now = |seconds| {
            Some(
                SystemClock
                    .now()
                    .saturating_add(SignedDuration::from_secs(seconds))
                    .unwrap(),
            )
        };
        assert_eq!(clock(None).verdict, Verdict::Ok);
        assert_eq!(clock(from_now(-1000)).verdict, Verdict::Ok);
        assert_eq!(clock(from_now(10)).verdict, Verdict::Ok);
        assert_eq!(clock(from_now(1000)).verdict, Verdict::Wrong);
    }
}
