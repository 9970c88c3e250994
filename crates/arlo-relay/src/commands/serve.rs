//! `serve`: the whole relay on this machine.

use std::env;
use std::path::{Path, PathBuf};
use std::thread;

use relay::{JoinLimits, Lifetime};
use relay_http::PublicUrl;
use relay_server::authentication::NameServers;
use relay_server::operator::{Credentials, Settings as Operator};
use relay_server::serve::{Config, LmtpSocket, start_on};
use relay_server::supervisor::{Sockets, Supervisor};
use relay_server::tls::{Certificate, Reload, Source, acme};
use secrecy::SecretString;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::{DataDirArgs, ServeArgs};
use crate::exposure::{Reached, SET_PUBLIC_URL, lost_url};
use crate::failure::Failure;
use crate::mailboxes;
use crate::memory;
use crate::output::Output;
use crate::owner::Owner;
use crate::secret_file;
use crate::settings::MailboxTable;

pub(crate) async fn run(
    args: ServeArgs,
    tables: Vec<MailboxTable>,
    sockets: Sockets,
    output: &Output,
) -> Result<(), Failure> {
    // Before anything is opened: an early signal must not kill what has begun.
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::operation)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::operation)?;
    memory::leave_no_core_file();
    let config = config(args, tables, sockets.has_https())?;
    // Without anything to read again, the signal ends the command as it ends any other.
    let supervisor = config.supervisor.clone();
    let hangup = if config.certificate.is_some() || supervisor.is_present() {
        Some(signal(SignalKind::hangup()).map_err(Failure::operation)?)
    } else {
        None
    };
    let (has_certificate, public_url) = (config.certificate.is_some(), config.public_url.clone());
    let server = start_on(config, sockets).await.map_err(Failure::operation)?;
    tracing::info!(public_url = %server.public_url(), domain = server.relay().domain().as_str(), "serving");
    let reached = Reached {
        http: server.http_address(),
        smtp: server.smtp_address(),
        has_certificate,
        public_url: public_url.as_ref().map(PublicUrl::as_str),
    };
    let given = server.public_url().as_str();
    let lost = lost_url(given, server.http_address(), server.https_address()).filter(|_| public_url.is_none());
    let lost = lost.map(|lost| format!("{lost}. {SET_PUBLIC_URL}"));
    for warning in reached.warnings().into_iter().chain(lost) {
        tracing::warn!("{warning}");
    }
    let lmtp = server.lmtp_path().map(|path| format!(" lmtp={}", path.display()));
    let https = server.https_address().map(|address| format!(" https={address}"));
    let metrics = server.metrics_address().map(|address| format!(" metrics={address}"));
    ready(
        *output,
        format!(
            "ready http={} smtp={}{}{}{}",
            server.http_address(),
            server.smtp_address(),
            lmtp.unwrap_or_default(),
            https.unwrap_or_default(),
            metrics.unwrap_or_default(),
        ),
    );
    let reload = server.reload();
    let reloading = hangup.map(|hangup| tokio::spawn(reload_at(hangup, reload, supervisor)));
    let served = server
        .run(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
        .await;
    if let Some(reloading) = reloading {
        reloading.abort();
    }
    served.map_err(Failure::operation)
}

/// Reads the certificate again at each signal.
async fn reload_at(mut hangup: Signal, reload: Option<Reload>, supervisor: Supervisor) {
    while hangup.recv().await.is_some() {
        supervisor.reloading();
        if let Some(reload) = &reload {
            tracing::info!("looking for another certificate");
            reload.now().await;
        }
        supervisor.ready();
    }
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

/// The data directory. As root in another user's, the relay would make files there that this user cannot read.
fn data_dir(args: &DataDirArgs) -> Result<PathBuf, Failure> {
    let path = args.path()?;
    if args.chosen().is_none() && Owner::other_than_root(&path).is_some() {
        return Err(Failure::usage(format!(
            "{} belongs to another user: start arlo-relay.service, or name a directory with --data-dir",
            path.display()
        )));
    }
    Ok(path)
}

fn config(args: ServeArgs, tables: Vec<MailboxTable>, has_https_socket: bool) -> Result<Config, Failure> {
    let certificate = certificate(&args, has_https_socket)?;
    Ok(Config {
        operator: operator(&args)?,
        data_dir: data_dir(&args.data_dir)?,
        certificate,
        name_servers: if args.name_servers.is_empty() {
            NameServers::System
        } else {
            NameServers::Addresses(args.name_servers)
        },
        metrics: args.metrics,
        lmtp: args.lmtp.map(|path| LmtpSocket {
            path,
            mode: args.lmtp_mode.0,
        }),
        mailboxes: mailboxes::watched(args.mailbox, tables)?,
        http: args.http,
        https: args.https,
        smtp: args.smtp,
        domain: args.domain,
        former_domain: args.former_domain,
        public_url: args.public_url,
        shared: args.shared_mailbox,
        lifetime: Lifetime::from_secs(args.lifetime.into()).map_err(Failure::usage)?,
        senders: args.senders,
        mail_servers: args.mail_servers,
        trusted_proxies: args.trusted_proxies,
        supervisor: Supervisor::from_environment(),
        registration: args.registration,
        join_limits: JoinLimits {
            in_all: args.max_enrolments,
            a_day: args.max_joins_a_day,
            of_network: args.max_joins_of_network,
        },
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// Where the certificate comes from, if there is one.
fn certificate(args: &ServeArgs, has_https_socket: bool) -> Result<Option<Source>, Failure> {
    let files = match (&args.tls_certificate, &args.tls_key) {
        (Some(chain), Some(key)) => Some(Certificate {
            chain: chain.clone(),
            key: key.clone(),
        }),
        (None, None) => None,
        _ => return Err(Failure::usage("--tls-certificate and --tls-key go together")),
    };
    let has_https = args.https.is_some() || has_https_socket;
    match (files, args.acme_domains.as_slice(), has_https) {
        (None, [], true) => Err(Failure::usage(
            "--https needs a certificate: set --tls-certificate and --tls-key, or --acme-domain",
        )),
        (None, [], false) => Ok(None),
        (Some(files), [], _) => Ok(Some(Source::Files(files))),
        (Some(_), ..) => Err(Failure::usage(
            "--tls-certificate and --acme-domain are two ways to get one certificate: set one of them",
        )),
        (None, _, false) => Err(Failure::usage(
            "--acme-domain needs --https: the authority looks at the name there",
        )),
        (None, domains, true) => Ok(Some(Source::Acme(acme::Settings {
            domains: domains.to_vec(),
            contact: args.acme_contact.clone(),
            directory: args.acme_directory.clone(),
            roots: args.acme_roots.clone(),
        }))),
    }
}

/// Where the operator's mail goes. Its smarthost is read here: an error of the argument itself would repeat a password
/// that somebody wrote into the URL.
fn operator(args: &ServeArgs) -> Result<Option<Operator>, Failure> {
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
    Ok(Some(Operator {
        to: forward_to.clone(),
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
