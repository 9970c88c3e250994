//! `app`: what the container of the Home Assistant app runs. It has no shell, so this reads the options, enrols the
//! account, runs the other commands as processes and serves the page in Home Assistant.

mod children;
mod enrolment;
mod ingress;
mod options;
mod session;
mod supervisor;
mod words;

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use relay_server::reach::on_this_machine;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use self::children::{Program, Variable};
use self::enrolment::Enrolment;
use self::ingress::{Mail, Shown};
use self::options::Options;
use crate::cli::{AppArgs, DATA_DIR};
use crate::failure::Failure;
use crate::memory;
use crate::output::Output;

/// Where files are called by camera, month and time.
const PATTERN: &str = "${NN}/${Y}-${m}/${F}-${t}";
/// How often an MQTT service is looked for that is not there yet.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

pub(crate) async fn run(args: AppArgs, output: &Output) -> Result<(), Failure> {
    // Before anything is opened: an early signal must not kill what has begun.
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::operation)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::operation)?;
    memory::leave_no_core_file();
    let options = Options::read(&args.options)?;
    let relay_dir = args.data_dir.join("relay");
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&relay_dir)
        .map_err(|error| Failure::operation(format!("{} cannot be made: {error}", relay_dir.display())))?;
    let public_url = options.public_url.clone().map_or_else(own_url, Ok)?;
    let program = Program::this_one()?.with(of_relay(&args, &options, &relay_dir, &public_url));
    let enrolment = match &options.arlo_account {
        Some(account) => {
            session::follow(account, &session_file(&args));
            Some(Enrolment::of(account, &args.data_dir.join("enrolment.json"), &program).await?)
        }
        None => {
            tracing::warn!("the option arlo_account is not set: nobody is enrolled");
            None
        }
    };
    let listener = TcpListener::bind(args.ingress)
        .await
        .map_err(|error| Failure::operation(format!("{} cannot be served: {error}", args.ingress)))?;
    let ingress = listener.local_addr().map_err(Failure::operation)?;

    let (stop, stopped) = watch::channel(false);
    let mut parts = JoinSet::new();
    let serve = program.with(of_mailbox(&options));
    parts.spawn(serve.keep_running(vec!["serve".to_owned()], stopped.clone()));
    let account = program.with(of_account(&args, &options, enrolment.as_ref()));
    if options.record.enabled {
        let arguments = record(&args.media_dir, options.record.days());
        parts.spawn(account.clone().keep_running(arguments, stopped.clone()));
    }
    if options.mqtt && options.arlo_password.is_some() {
        parts.spawn(bridge(account, args.supervisor.clone(), stopped.clone()));
    }
    let shown = Shown {
        from: args.ingress_from,
        http: args.http,
        public_url,
        mail: match (options.watched(), &options.domain) {
            (Some(_), _) => Mail::Mailbox,
            (None, Some(domain)) => Mail::Domain(domain.clone()),
            (None, None) => Mail::Nowhere,
        },
        enrolment,
    };
    let page = tokio::spawn(ingress::serve(listener, shown, stopped));
    output.line(&format!("ready ingress={ingress}"))?;

    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    // Without a receiver nothing is left to stop.
    let _ = stop.send(true);
    while parts.join_next().await.is_some() {}
    page.await.map_err(Failure::operation)?
}

/// How Home Assistant reaches the relay: the Supervisor gives a container the name that other containers know it by.
fn own_url() -> Result<String, Failure> {
    let name = fs::read_to_string("/etc/hostname")
        .map_err(|error| Failure::operation(format!("/etc/hostname cannot be read: {error}")))?;
    Ok(format!("http://{}", name.trim()))
}

/// What `serve` and `enroll` need.
fn of_relay(args: &AppArgs, options: &Options, relay_dir: &Path, public_url: &str) -> Vec<Variable> {
    let mut variables = vec![
        variable("ARLO_RELAY_HTTP", args.http.to_string()),
        variable("ARLO_RELAY_SMTP", args.smtp.to_string()),
        variable(DATA_DIR, relay_dir.display().to_string()),
        variable("ARLO_RELAY_PUBLIC_URL", public_url),
    ];
    let chosen = [
        ("ARLO_RELAY_DOMAIN", &options.domain),
        ("ARLO_RELAY_FORMER_DOMAIN", &options.former_domain),
        ("ARLO_RELAY_LOG", &options.log),
    ];
    let chosen = chosen
        .into_iter()
        .filter_map(|(name, text)| Some((name, text.as_ref()?)));
    variables.extend(chosen.map(|(name, text)| variable(name, text.as_str())));
    variables
}

/// What `serve` needs besides.
fn of_mailbox(options: &Options) -> Vec<Variable> {
    let (Some(watched), Some(password)) = (options.watched(), &options.mailbox.password) else {
        return Vec::new();
    };
    let mut variables = vec![
        variable("ARLO_RELAY_IMAP", watched),
        ("ARLO_RELAY_IMAP_PASSWORD", password.clone()),
    ];
    let account = options.arlo_account.as_ref();
    variables.extend(account.map(|account| variable("ARLO_RELAY_IMAP_ACCOUNT", account.as_str())));
    let ca_file = options.mailbox.ca_file.as_ref();
    variables.extend(ca_file.map(|file| variable("ARLO_RELAY_IMAP_CA_FILE", file.as_str())));
    variables
}

/// What `record` and `mqtt` need: the account, and its codes from this relay.
fn of_account(args: &AppArgs, options: &Options, enrolment: Option<&Enrolment>) -> Vec<Variable> {
    let (Some(account), Some(password), Some(enrolment)) = (&options.arlo_account, &options.arlo_password, enrolment)
    else {
        return Vec::new();
    };
    let relay = on_this_machine(args.http);
    vec![
        variable("ARLO_ACCOUNT", account.as_str()),
        ("ARLO_PASSWORD", password.clone()),
        variable("ARLO_SESSION_FILE", session_file(args).display().to_string()),
        variable("ARLO_RELAY_CODES", format!("relay:http://{relay}/prepare-arlo-mfa")),
        ("ARLO_RELAY_TOKEN", enrolment.token.clone()),
    ]
}

/// What `record` and `mqtt` share.
fn session_file(args: &AppArgs) -> PathBuf {
    args.data_dir.join("session.json")
}

fn record(media: &Path, keep_days: u16) -> Vec<String> {
    let pattern = format!("{}/{PATTERN}", media.display());
    ["record", "--to", &pattern, "--keep-days", &keep_days.to_string()]
        .map(str::to_owned)
        .to_vec()
}

/// Waits until Home Assistant has an MQTT service, then bridges to it.
async fn bridge(account: Program, url: String, mut stopped: watch::Receiver<bool>) {
    let found = loop {
        match supervisor::mqtt(&url).await {
            Ok(Some(found)) => break found,
            Ok(None) => tracing::info!("Home Assistant has no MQTT service yet"),
            Err(error) => tracing::warn!(%error, "the MQTT service is not known"),
        }
        tokio::select! {
            () = sleep(LOOK_AGAIN) => {}
            _ = stopped.changed() => return,
        }
    };
    let user = found.username.as_deref().unwrap_or_default();
    let broker = found.url(&utf8_percent_encode(user, NON_ALPHANUMERIC).to_string());
    let password = found.password.map(|password| ("ARLO_RELAY_MQTT_PASSWORD", password));
    let mqtt = account.with(password);
    mqtt.keep_running(vec!["mqtt".to_owned(), "--broker".to_owned(), broker], stopped)
        .await;
}

fn variable(name: &'static str, value: impl Into<String>) -> Variable {
    (name, SecretString::from(value.into()))
}
