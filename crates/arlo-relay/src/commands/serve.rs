//! `serve`: the whole relay on this machine.

use std::env;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::thread;

use arlo_mail::Sender;
use jiff::SignedDuration;
use relay::request::DEFAULT_LIFETIME;
use relay_server::authentication::NameServers;
use relay_server::operator::{Credentials, Settings as Operator};
use relay_server::serve::{Config, DEFAULT_SHARED_MAILBOX, LmtpSocket, start};
use relay_server::smtp::{Certificate, DEFAULT_MODE};
use secrecy::SecretString;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{Registration, ServeArgs};
use crate::exposure::Reached;
use crate::failure::Failure;
use crate::imap;
use crate::memory;
use crate::output::Output;
use crate::settings::{self, File};

/// The domain of a relay that is told none: no mail from outside can be meant for it.
pub(crate) const DEFAULT_DOMAIN: &str = "relay.localhost";
/// Where HTTP is served where nobody says.
pub(crate) const DEFAULT_HTTP: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
const DEFAULT_SMTP: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 2525);

pub(crate) async fn run(args: Box<ServeArgs>, file: File, output: &Output) -> Result<(), Failure> {
    // Before anything is opened: a signal that comes early must not kill what has begun.
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::operation)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::operation)?;
    memory::leave_no_core_file();
    let config = config(*args, file)?;
    let (has_certificate, public_url) = (config.certificate.is_some(), config.public_url.clone());
    let server = start(config).await.map_err(Failure::operation)?;
    tracing::info!(public_url = %server.public_url(), domain = server.relay().settings().domain, "serving");
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

/// Prints the line. The relay serves all the same where standard output is full, or nobody reads it.
fn ready(output: Output, line: String) {
    let print = move || {
        if let Err(error) = output.line(&line) {
            tracing::warn!(%error, "the line that says ready could not be printed");
        }
    };
    if let Err(error) = thread::Builder::new().name("ready".to_owned()).spawn(print) {
        tracing::warn!(%error, "the line that says ready could not be printed");
    }
}

fn config(args: ServeArgs, file: File) -> Result<Config, Failure> {
    let data_dir = settings::data_dir(&args.place, &file)?;
    let domain = args
        .place
        .domain
        .or(file.domain)
        .unwrap_or_else(|| DEFAULT_DOMAIN.to_owned());
    let lifetime = args
        .lifetime
        .or(file.lifetime)
        .map_or(DEFAULT_LIFETIME, |s| SignedDuration::from_secs(s.into()));
    let senders = or(args.senders, file.senders)
        .iter()
        .map(|sender| Sender::parse(sender).map_err(|error| Failure::usage(format!("a sender is no address: {error}"))))
        .collect::<Result<_, _>>()?;
    let certificate = match (
        args.tls_certificate.or(file.tls_certificate),
        args.tls_key.or(file.tls_key),
    ) {
        (Some(chain), Some(key)) => Some(Certificate { chain, key }),
        (None, None) => None,
        _ => return Err(Failure::usage("--tls-certificate and --tls-key go together")),
    };
    let name_servers = match or(args.name_servers, file.name_servers) {
        servers if servers.is_empty() => NameServers::System,
        servers => NameServers::Addresses(servers),
    };
    let mail_servers = or(args.mail_servers, file.mail_servers)
        .iter()
        .map(|text| {
            text.parse()
                .map_err(|error| Failure::usage(format!("a mail server of your own: {error}")))
        })
        .collect::<Result<_, _>>()?;
    let operator = match (args.forward_to.or(file.forward_to), args.smarthost.or(file.smarthost)) {
        (Some(forward_to), Some(smarthost)) => Some(Operator {
            forward_to,
            from: format!("postmaster@{domain}"),
            smarthost: smarthost.parse().map_err(Failure::usage)?,
            credentials: match args.smarthost_user.or(file.smarthost_user) {
                Some(user) => {
                    let password_file = args.smarthost_password_file.or(file.smarthost_password_file);
                    Some(Credentials::new(user, smarthost_password(password_file)?))
                }
                None => None,
            },
        }),
        (None, None) => None,
        _ => return Err(Failure::usage("--forward-to and --smarthost go together")),
    };
    let mode = args.lmtp_mode.or(file.lmtp_mode).map_or(DEFAULT_MODE, |mode| mode.0);
    let lmtp = args.lmtp.or(file.lmtp).map(|path| LmtpSocket { path, mode });
    Ok(Config {
        http: args.http.or(file.http).unwrap_or(DEFAULT_HTTP),
        smtp: args.smtp.or(file.smtp).unwrap_or(DEFAULT_SMTP),
        lmtp,
        data_dir,
        domain,
        public_url: args.place.public_url.or(file.public_url),
        shared_mailbox: args
            .shared_mailbox
            .or(file.shared_mailbox)
            .unwrap_or_else(|| DEFAULT_SHARED_MAILBOX.to_owned()),
        lifetime,
        senders,
        operator,
        certificate,
        name_servers,
        mail_servers,
        mailboxes: imap::mailboxes(args.imap, file.imap)?,
        open_registration: args.registration.or(file.registration) == Some(Registration::Open),
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// A list given by flag or environment replaces the file's.
fn or<T>(told: Vec<T>, file: Vec<T>) -> Vec<T> {
    if told.is_empty() { file } else { told }
}

fn smarthost_password(file: Option<std::path::PathBuf>) -> Result<SecretString, Failure> {
    if let Ok(password) = env::var("ARLO_RELAY_SMARTHOST_PASSWORD") {
        return Ok(password.into());
    }
    let Some(path) = file else {
        return Err(Failure::usage(
            "--smarthost-user needs a password: set ARLO_RELAY_SMARTHOST_PASSWORD or --smarthost-password-file",
        ));
    };
    let text = fs::read_to_string(&path)
        .map_err(|error| Failure::operation(format!("{} cannot be read: {error}", path.display())))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned().into())
}
