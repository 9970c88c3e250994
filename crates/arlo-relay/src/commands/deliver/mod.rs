//! `deliver`: passes one mail from a mail server's pipe to the relay.
//!
//! The mail server sees only the exit code ([`Sysexit`]), and a mail that it returns to the sender never reaches the
//! login that waits. So every failure that may end by itself is a temporary one, and is tried again here first: a login
//! waits for minutes, a queue runs every few minutes, and a relay that restarts is back in seconds. The relay knows a
//! mail that it took before, so nothing is done twice.
//!
//! Mail servers copy standard error into bounces and logs: it gets one sentence, without content and without a secret.

mod answer;
mod target;

use std::io::{self, IsTerminal, Read};
use std::thread;
use std::time::Duration;

use arlo_client::{ErrorKind, HttpTransport, Method, Request, Transport};
use arlo_mail::Senders;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout_at};

use self::answer::Answer;
use self::target::Target;
use crate::cli::DeliverArgs;
use crate::failure::{Failure, Sysexit};
use crate::output::Output;
use crate::token;

/// The largest mail that the relay takes, in bytes.
const MAX_MAIL: u64 = 6 << 20;
/// Between two attempts, doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

pub(crate) async fn run(args: DeliverArgs, output: &Output) -> Result<(), Failure> {
    let seconds = args.timeout;
    let deadline = Instant::now() + Duration::from_secs(seconds.into());
    let target = Target::find(args.url, args.token_file.as_deref())?;
    if io::stdin().is_terminal() {
        let message = "a mail is expected on standard input: call this from a mail server, or with < mail.eml";
        return Err(Failure::delivery(Sysexit::Usage, message));
    }
    let mail = mail(deadline, seconds).await?;
    let transport = HttpTransport::new().map_err(|error| Failure::delivery(Sysexit::Config, error))?;
    let result = send(&transport, &target, &mail, deadline).await?;
    tracing::info!(result, "the relay took the mail");
    // Not after a failure: a mail server then returns standard error to the sender.
    token::warn_of_arguments();
    if arlo_client::is_in_clear(target.url()) {
        tracing::warn!("the access token and the mail went to another machine without TLS: use its https:// address");
    }
    if output.is_json() {
        // The mail is delivered, whether or not somebody reads the result.
        let _ = output.result(&json!({ "result": result }), String::new);
    }
    Ok(())
}

/// Standard input to its end, if it is a mail.
async fn mail(deadline: Instant, seconds: u32) -> Result<Vec<u8>, Failure> {
    let (send, receive) = oneshot::channel();
    // A thread that nobody waits for: a pipe that never ends must not keep the process.
    thread::spawn(move || send.send(read()));
    let raw = match timeout_at(deadline, receive).await {
        Ok(Ok(read)) => read?,
        Ok(Err(_)) => return Err(Failure::delivery(Sysexit::TempFail, "standard input was not read")),
        Err(_) => {
            let message = format!("the mail on standard input did not end within {seconds} seconds");
            return Err(Failure::delivery(Sysexit::TempFail, message));
        }
    };
    match arlo_mail::read(&raw, &Senders::default()) {
        Ok(_) => Ok(raw),
        Err(_) => Err(Failure::delivery(
            Sysexit::DataError,
            "standard input holds no mail: it does not begin with a header",
        )),
    }
}

fn read() -> Result<Vec<u8>, Failure> {
    let failed = |error: io::Error| {
        let message = format!("standard input cannot be read: {error}");
        Failure::delivery(Sysexit::TempFail, message)
    };
    let mut stdin = io::stdin().lock();
    let mut raw = Vec::new();
    stdin
        .by_ref()
        .take(MAX_MAIL + 1)
        .read_to_end(&mut raw)
        .map_err(failed)?;
    if raw.len() as u64 > MAX_MAIL {
        // A mail server that cannot write to the end may ignore the exit code.
        io::copy(&mut stdin, &mut io::sink()).map_err(failed)?;
        let message = format!("the mail is larger than the {MAX_MAIL} bytes that the relay takes");
        return Err(Failure::delivery(Sysexit::DataError, message));
    }
    Ok(raw)
}

/// Tries until the relay has taken the mail or refused it, or the time is over. Returns the result for the mail.
async fn send(transport: &impl Transport, target: &Target, mail: &[u8], deadline: Instant) -> Result<String, Failure> {
    let mut pause = FIRST_PAUSE;
    loop {
        let (after, why) = match attempt(transport, target, mail, deadline).await? {
            Answer::Taken(result) => return Ok(result),
            Answer::Later { after, why } => (after, why),
        };
        let wait = after.max(pause);
        if Instant::now() + wait >= deadline {
            return Err(Failure::delivery(Sysexit::TempFail, why));
        }
        tracing::info!(why, "trying again");
        sleep(wait).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn attempt(
    transport: &impl Transport,
    target: &Target,
    mail: &[u8],
    deadline: Instant,
) -> Result<Answer, Failure> {
    let mut request = Request::new(Method::Post, target.url());
    request.headers = vec![
        ("content-type", "message/rfc822".to_owned()),
        ("accept", "application/json".to_owned()),
        ("authorization", format!("Bearer {}", target.token().expose())),
    ];
    request.body = mail.to_vec();
    request.timeout = deadline.saturating_duration_since(Instant::now());
    match transport.send(request).await {
        Ok(response) => answer::read(&response),
        Err(error) if error.kind() == ErrorKind::Configuration => Err(Failure::delivery(Sysexit::Config, error)),
        Err(error) => Ok(Answer::Later {
            after: Duration::ZERO,
            why: error.to_string(),
        }),
    }
}
