//! `serve`: the whole relay on this machine.

use std::env;
use std::path::Path;
use std::thread;

use relay::operator_mail::{Address, Addresses};
use relay::{Domain, JoinLimits, Lifetime, LocalPart};
use relay_server::authentication::NameServers;
use relay_server::operator::{Credentials, Settings as Operator};
use relay_server::serve::{Config, LmtpSocket, start};
use relay_server::smtp::Certificate;
use secrecy::SecretString;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::ServeArgs;
use crate::exposure::Reached;
use crate::failure::Failure;
use crate::mailboxes;
use crate::memory;
use crate::output::Output;
use crate::secret_file;
use crate::settings::MailboxTable;

pub(crate) async fn run(args: ServeArgs, tables: Vec<MailboxTable>, output: &Output) -> Result<(), Failure> {
    // Before anything is opened: an early signal must not kill what has begun.
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::operation)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::operation)?;
    memory::leave_no_core_file();
    let config = config(args, tables)?;
    let (has_certificate, public_url) = (config.certificate.is_some(), config.public_url.clone());
    let server = start(config).await.map_err(Failure::operation)?;
    tracing::info!(public_url = %server.public_url(), domain = server.relay().domain().as_str(), "serving");
    let reached = Reached {
        http: server.http_address(),
        smtp: server.smtp_address(),
        has_certificate,
        public_url: public_url.as_deref(),
    };
    for warning in reached.warnings() {
        tracing::warn!("{warning}");
    }
    let lmtp = server.lmtp_path().map(|path| format!(" lmtp={}", path.display()));
    ready(
        *output,
        format!(
            "ready http={} smtp={}{}",
            server.http_address(),
            server.smtp_address(),
            lmtp.unwrap_or_default()
        ),
    );
    server
        .run(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
        .await
        .map_err(Failure::operation)
}

/// Prints the line. The relay serves even if standard output is full or nobody reads it.
fn ready(output: Output, line: String) {
    let print = move || {
        if let Err(error) = output.line(&line) {
            tracing::warn!(%error, "the ready line could not be printed");
        }
    };
    if let Err(error) = thread::Builder::new().name("ready".to_owned()).spawn(print) {
        tracing::warn!(%error, "the ready line could not be printed");
    }
}

fn config(args: ServeArgs, tables: Vec<MailboxTable>) -> Result<Config, Failure> {
    let domain = domain(&args.domain)?;
    Ok(Config {
        operator: operator(&args, &domain)?,
        data_dir: args.data_dir.path()?,
        certificate: match (args.tls_certificate, args.tls_key) {
            (Some(chain), Some(key)) => Some(Certificate { chain, key }),
            (None, None) => None,
            _ => return Err(Failure::usage("--tls-certificate and --tls-key go together")),
        },
        name_servers: if args.name_servers.is_empty() {
            NameServers::System
        } else {
            NameServers::Addresses(args.name_servers)
        },
        lmtp: args.lmtp.map(|path| LmtpSocket {
            path,
            mode: args.lmtp_mode.0,
        }),
        mailboxes: mailboxes::watched(args.mailbox, tables)?,
        http: args.http,
        smtp: args.smtp,
        domain,
        public_url: args.public_url,
        shared: LocalPart::parse(&args.shared_mailbox)
            .map_err(|error| Failure::operation(format!("the shared relay address {error}")))?,
        lifetime: Lifetime::from_secs(args.lifetime.into())
            .map_err(|error| Failure::operation(format!("the lifetime of a login request {error}")))?,
        senders: args.senders,
        mail_servers: args.mail_servers,
        registration: args.registration,
        join_limits: JoinLimits {
            in_all: args.max_enrolments,
            a_day: args.max_joins_a_day,
            of_network: args.max_joins_of_network,
        },
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// The domain whose mail comes to the relay.
pub(super) fn domain(text: &str) -> Result<Domain, Failure> {
    Domain::parse(text).map_err(|error| Failure::operation(format!("the domain {text:?} {error}")))
}

/// Where the operator's mail goes. Its smarthost is read here: an error of the argument itself would repeat a password
/// that somebody wrote into the URL.
fn operator(args: &ServeArgs, domain: &Domain) -> Result<Option<Operator>, Failure> {
    let (forward_to, smarthost) = match (&args.forward_to, &args.smarthost) {
        (Some(forward_to), Some(smarthost)) => (forward_to, smarthost),
        (None, None) => return Ok(None),
        _ => return Err(Failure::usage("--forward-to and --smarthost go together")),
    };
    let credentials = match &args.smarthost_user {
        Some(user) => {
            let password = smarthost_password(args.smarthost_password_file.as_deref())?;
            Some(Credentials::new(user.clone(), password))
        }
        None => None,
    };
    let addresses = Address::parse(forward_to).and_then(|to| Addresses::new(Address::postmaster(domain), to, domain));
    let addresses = addresses.map_err(|error| Failure::operation(format!("the operator's address {error}")))?;
    Ok(Some(Operator {
        addresses,
        smarthost: smarthost.parse().map_err(Failure::usage)?,
        credentials,
    }))
}

fn smarthost_password(file: Option<&Path>) -> Result<SecretString, Failure> {
    if let Ok(password) = env::var("ARLO_RELAY_SMARTHOST_PASSWORD") {
        return Ok(password.into());
    }
    let Some(path) = file else {
        return Err(Failure::usage(
            "--smarthost-user needs a password: set ARLO_RELAY_SMARTHOST_PASSWORD or --smarthost-password-file",
        ));
    };
    secret_file::password(path)
}
