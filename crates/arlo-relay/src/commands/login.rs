//! `login`: the client library on a terminal.

use std::env;
use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use arlo_cameras::{Account, Options};
use arlo_client::mailbox_watch::{Secret, UserAtHost};
use arlo_client::{ConsoleSource, Device, ErrorKind, ImapSource, Login, RelaySource, RestApiSource, Session, Step};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::cli::{CodesFrom, LoginArgs, LoginMailboxArgs};
use crate::failure::Failure;
use crate::mailboxes;
use crate::output::{Output, STRONG, styled};
use crate::secret_file;
use crate::token;

/// The error when Arlo asks for a code and no source of codes is set.
const NO_CODES: &str = "Arlo asks for a code: name where it comes from with --codes, as --codes console to type it here; \
                        arlo-relay login --help lists the others";

pub(crate) async fn login(args: LoginArgs, output: &Output) -> Result<(), Failure> {
    let session = Box::pin(run(args)).await?;
    output.result(&object(&session), || {
        let how = match (session.reused(), session.mfa()) {
            (true, _) => "with the saved session",
            (false, true) => "with a code",
            (false, false) => "without a code",
        };
        format!(
            "Logged in {how} as {}, until {}.",
            styled(STRONG, session.user_id()),
            session.expires_at()
        )
    })
}

async fn run(args: LoginArgs) -> Result<Session, Failure> {
    let progress = Progress::start();
    let login = prepare(args, &progress)?;
    let result = Box::pin(login.run()).await;
    progress.0.finish_and_clear();
    result.map_err(failed)
}

/// Whether a command that cannot open its account ends, or waits until it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    AtOnce,
    InTime,
}

/// Logs in, and opens the account with its devices.
pub(crate) async fn account(args: LoginArgs, options: Options, opening: Opening) -> Result<Account, Failure> {
    let progress = Progress::start();
    let login = prepare(args, &progress)?;
    let bar = progress.0.clone();
    let waits = move |error: &arlo_cameras::Error, wait: Duration| {
        let seconds = wait.as_secs();
        bar.suspend(|| tracing::warn!(%error, seconds, "the account cannot be opened yet: it is tried again"));
        bar.set_message("waiting to try again");
    };
    let result = match opening {
        Opening::AtOnce => Box::pin(Account::open(login, options)).await,
        Opening::InTime => Box::pin(Account::open_in_time(login, options, waits)).await,
    };
    progress.0.finish_and_clear();
    result.map_err(|error| {
        let is_login = std::error::Error::source(&error)
            .and_then(|source| source.downcast_ref::<arlo_client::Error>())
            .is_some_and(|source| source.kind() == ErrorKind::NoCodeSource);
        Failure::operation(if is_login {
            NO_CODES.to_owned()
        } else {
            error.to_string()
        })
    })
}

/// The login that the arguments describe.
fn prepare(args: LoginArgs, progress: &Progress) -> Result<Login, Failure> {
    let password = password(args.password_file.as_deref())?;
    let relay_token = || relay_token(args.token_file.as_deref());
    let mut login = Login::new(args.account, password);
    login = match args.codes {
        None => login,
        Some(CodesFrom::Imap(at)) => login.codes(mailbox(args.mailbox, at)?),
        Some(CodesFrom::Console) => login.codes(ConsoleSource::new()),
        Some(CodesFrom::Relay(url)) => {
            let source = RelaySource::new(&url).map_err(Failure::usage)?;
            login.codes(match relay_token()? {
                Some(token) => source.token(token),
                None => source,
            })
        }
        Some(CodesFrom::RestApi(host)) => {
            let token = relay_token()?.ok_or_else(|| {
                Failure::usage(
                    "set ARLO_RELAY_TOKEN to the token that the REST API wants, or name its file with --token-file",
                )
            })?;
            login.codes(RestApiSource::new(&host, token).map_err(Failure::usage)?)
        }
        Some(CodesFrom::Push) => login.approved_in_app(),
    };
    if let Some(factor) = args.factor {
        login = login.factor(factor);
    }
    if let Some(host) = args.auth_host {
        login = login.auth_host(host);
    }
    if let Some(host) = args.host {
        login = login.api_host(host);
    }
    if let Some(file) = args.session_file {
        login = login.session_file(file);
    }
    if args.force {
        login = login.force();
    }
    login.check().map_err(Failure::usage)?;
    let bar = progress.0.clone();
    Ok(login.on_step(move |step| show(&bar, step)))
}

fn failed(error: arlo_client::Error) -> Failure {
    match error.kind() {
        ErrorKind::NoCodeSource => Failure::operation(NO_CODES),
        _ => Failure::operation(error),
    }
}

/// The account's mailbox, read as the relay reads mail.
fn mailbox(args: LoginMailboxArgs, at: UserAtHost) -> Result<ImapSource, Failure> {
    let (settings, sender) = mailboxes::for_login(args, at, || {
        let is_terminal = std::io::stdin().is_terminal();
        let asked = is_terminal.then(|| rpassword::prompt_password("Password of the mailbox: "));
        asked?.ok().map(|password| Secret::Value(password.into()))
    })?;
    let source = ImapSource::new(settings).map_err(Failure::usage)?;
    Ok(match sender {
        Some(sender) => source.sender(sender),
        None => source,
    })
}

/// The access token of the relay, if the URL does not contain it: from the environment, else from the file.
fn relay_token(file: Option<&Path>) -> Result<Option<SecretString>, Failure> {
    match (token::from_env(), file) {
        (Some(token), _) => Ok(Some(token)),
        (None, Some(path)) => token::from_file_or_stdin(path).map(Some).map_err(Failure::operation),
        (None, None) => Ok(None),
    }
}

/// From the environment, else from the file, else from the terminal.
fn password(file: Option<&Path>) -> Result<SecretString, Failure> {
    match (env::var("ARLO_PASSWORD"), file) {
        (Ok(password), _) if !password.is_empty() => Ok(password.into()),
        (_, Some(path)) => secret_file::password(path),
        _ if std::io::stdin().is_terminal() => rpassword::prompt_password("Arlo password: ")
            .map(Into::into)
            .map_err(|error| Failure::operation(format!("the password cannot be read: {error}"))),
        _ => Err(Failure::usage(
            "set ARLO_PASSWORD, name a file with --password-file, or run this in a terminal to be asked for it",
        )),
    }
}

/// One line on standard error that shows what the login waits for; nothing if that is no terminal.
struct Progress(ProgressBar);

impl Progress {
    fn start() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        Self(bar)
    }
}

fn show(bar: &ProgressBar, step: &Step) {
    if bar.is_finished() {
        // A later login of a command that goes on.
        tracing::info!("{step}");
        return;
    }
    if step.is_warning() {
        bar.suspend(|| tracing::warn!("{step}"));
    }
    bar.set_message(step.to_string());
    // While a person types the code, nothing may be drawn over it.
    if matches!(step, Step::WaitingForCode) {
        bar.disable_steady_tick();
    } else {
        bar.enable_steady_tick(Duration::from_millis(100));
    }
    tracing::info!("{step}");
}

fn object(session: &Session) -> Value {
    json!({
        "user_id": session.user_id(),
        "expires_at": session.expires_at(),
        "mfa": session.mfa(),
        "reused": session.reused(),
    })
}

/// The devices as a person reads them.
pub(crate) fn table(devices: &[Device]) -> String {
    if devices.is_empty() {
        return "The account has no devices.".to_owned();
    }
    let mut table = super::table(&["name", "type", "model", "state", "device id"]);
    for device in devices {
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        table.add_row([
            text(&device.name),
            text(&device.device_type),
            text(&device.model),
            text(&device.state),
            device.device_id.clone(),
        ]);
    }
    table.to_string()
}
