//! The simulated Arlo cloud as a separate process, for clients in other languages.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use arlo_sim::{Config, Fault, User};
use clap::Parser;
use secrecy::SecretString;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// A simulated Arlo cloud that sends its one-time codes by real SMTP.
///
/// The account's password comes from ARLO_PASSWORD. Prints `ready http=URL` on standard output once it listens and ends
/// on SIGTERM or SIGINT.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Example: ARLO_PASSWORD=pw arlo-sim --smtp 127.0.0.1:2525 --account casey@gmail.com \
                  --deliver-to k3y@relay.localhost --fault two-mails"
)]
struct Arguments {
    /// Where to listen for HTTP; port 0 picks a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    http: SocketAddr,
    /// The SMTP listener that receives the mails.
    #[arg(long, value_name = "ADDR")]
    smtp: SocketAddr,
    /// The account that may log in.
    #[arg(long, value_name = "EMAIL")]
    account: String,
    /// The address to which the account's mailbox forwards Arlo's mail.
    #[arg(long, value_name = "RELAY_ADDRESS")]
    deliver_to: String,
    /// What goes wrong; can be given several times.
    #[arg(long, value_name = "NAME")]
    fault: Vec<Fault>,
    /// End when standard input ends, so that the process does not outlive its parent.
    #[arg(long)]
    until_eof: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    // From the environment only, because every user of the machine can see a command line.
    let password = std::env::var("ARLO_PASSWORD").map_err(|_| "the account's password must be in ARLO_PASSWORD")?;
    let user = User::new(&arguments.account, SecretString::from(password)).deliver_to(&arguments.deliver_to);
    let mut config = Config::new(arguments.smtp, vec![user]);
    config.http = arguments.http;
    let mut terminate = signal(SignalKind::terminate())?;
    let cloud = arlo_sim::start(config).await?;
    for fault in arguments.fault {
        cloud.faults().set(fault);
    }
    let mut stdout = io::stdout();
    writeln!(stdout, "ready http={}", cloud.url())?;
    stdout.flush()?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
        () = end_of_input(), if arguments.until_eof => {}
    }
    cloud.shutdown().await;
    Ok(())
}

/// Waits for the end of standard input. A separate thread reads it, and the process can end without that thread.
async fn end_of_input() {
    let (ended, end) = oneshot::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 1024];
        while matches!(io::stdin().read(&mut buffer), Ok(1..)) {}
        // After another reason to end there is no receiver.
        let _ = ended.send(());
    });
    let _ = end.await;
}
