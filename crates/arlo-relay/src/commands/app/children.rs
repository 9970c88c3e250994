//! The commands that the app runs, as processes of this same executable: started again with a growing pause if they
//! end, and ended in order at the stop.
//!
//! One that fails, as a login whose password is wrong, leaves the others as they are. Secrets reach them by their
//! environment, and none gets the Supervisor's token.

use std::env;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use secrecy::{ExposeSecret, SecretString};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::failure::Failure;

/// The pause after a process has ended for the first time, and the longest one.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// Who ran so long starts anew with the first pause.
const STEADY: Duration = Duration::from_secs(600);
/// `serve` takes up to half a minute to let calls and mails end.
const STOP_WITHIN: Duration = Duration::from_secs(40);
/// What a single call, as `enroll`, may take.
const CALL_WITHIN: Duration = Duration::from_secs(60);

/// A variable of the environment. It may be a secret, so `Debug` shows none.
pub(super) type Variable = (&'static str, SecretString);

/// This executable with an environment.
#[derive(Debug, Clone)]
pub(super) struct Program {
    path: PathBuf,
    variables: Vec<Variable>,
}

impl Program {
    pub(super) fn this_one() -> Result<Self, Failure> {
        let path = env::current_exe()
            .map_err(|error| Failure::operation(format!("the path of this executable is not known: {error}")))?;
        Ok(Self {
            path,
            variables: Vec::new(),
        })
    }

    /// The same with more variables.
    pub(super) fn with(&self, more: impl IntoIterator<Item = Variable>) -> Self {
        let mut program = self.clone();
        program.variables.extend(more);
        program
    }

    fn command(&self, arguments: &[impl AsRef<str>]) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(arguments.iter().map(AsRef::as_ref))
            .envs(self.variables.iter().map(|(name, value)| (name, value.expose_secret())))
            .env_remove("SUPERVISOR_TOKEN")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// What one call printed.
    ///
    /// # Errors
    /// It did not exit with 0 within a minute. Why is in the log, where its standard error goes.
    pub(super) async fn output(&self, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
        let name = arguments.first().copied().unwrap_or_default();
        let fault = |error: &dyn std::fmt::Display| Failure::operation(format!("arlo-relay {name} failed: {error}"));
        let output = self.command(arguments).stderr(Stdio::inherit()).output();
        let output = timeout(CALL_WITHIN, output).await.map_err(|error| fault(&error))?;
        let output = output.map_err(|error| fault(&error))?;
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(fault(&output.status))
        }
    }

    /// Runs a command until `stop` is set, and again whenever it ends before that.
    pub(super) async fn keep_running(self, arguments: Vec<String>, mut stop: watch::Receiver<bool>) {
        let name = arguments.first().cloned().unwrap_or_default();
        let mut pause = FIRST_PAUSE;
        while !*stop.borrow_and_update() {
            let began = Instant::now();
            match self.command(&arguments).spawn() {
                Ok(mut child) => {
                    tracing::info!(%name, "started");
                    tokio::select! {
                        ended = child.wait() => ended_alone(&name, ended),
                        _ = stop.changed() => {
                            end(&name, &mut child).await;
                            return;
                        }
                    }
                }
                Err(error) => tracing::error!(%name, %error, "it cannot be started"),
            }
            if began.elapsed() > STEADY {
                pause = FIRST_PAUSE;
            }
            tracing::info!(%name, seconds = pause.as_secs(), "it is started again after a pause");
            tokio::select! {
                () = sleep(pause) => {}
                _ = stop.changed() => return,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

fn ended_alone(name: &str, ended: std::io::Result<ExitStatus>) {
    match ended {
        Ok(status) => tracing::warn!(%name, %status, "it has ended by itself"),
        Err(error) => tracing::warn!(%name, %error, "it has ended by itself"),
    }
}

/// Lets it end what is under way, and kills it if that takes too long.
async fn end(name: &str, child: &mut Child) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid
        && let Err(error) = kill_process(pid, Signal::TERM)
    {
        tracing::warn!(%name, %error, "it cannot be asked to end");
    }
    if timeout(STOP_WITHIN, child.wait()).await.is_err() {
        tracing::warn!(%name, "it did not end in time, and is killed");
        if let Err(error) = child.kill().await {
            tracing::warn!(%name, %error, "it cannot be killed");
        }
    }
}
