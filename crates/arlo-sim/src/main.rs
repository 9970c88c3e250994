//! The simulated Arlo cloud as a separate process, for clients in other languages.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use arlo_sim::{Config, Fault, Generation, Mqtt, MqttTransport, SCRIPT_HELP, User};
use clap::{Parser, Subcommand, ValueEnum};
use secrecy::SecretString;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// A simulated Arlo cloud that sends its one-time codes by real SMTP.
///
/// The account's password comes from ARLO_PASSWORD. Prints `ready http=URL` on standard output once it listens, with
/// `mqtt=URL` and `control=URL` where there are such, and ends on SIGTERM or SIGINT.
///
/// The control port answers HTTP: POST /play takes a script and answers 204 once it has been played, or 400 with the
/// reason; GET /state gives the open event streams, the faults and the devices as JSON; GET /requests gives the
/// requests until now. `arlo-sim play` sends a script there.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:\n  ARLO_PASSWORD=pw arlo-sim --smtp 127.0.0.1:2525 --account casey@gmail.com \
                  --deliver-to k3y@relay.localhost --fault two-mails\n  ARLO_PASSWORD=pw arlo-sim --smtp \
                  127.0.0.1:2525 --account casey@gmail.com --deliver-to k3y@relay.localhost --house v2 --mqtt wss \
                  --ca-file ca.pem --control 127.0.0.1:8099"
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Where to listen for HTTP; port 0 picks a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    http: SocketAddr,
    /// The SMTP listener that receives the mails.
    #[arg(long, value_name = "ADDR", required = true)]
    smtp: Option<SocketAddr>,
    /// The account that may log in.
    #[arg(long, value_name = "EMAIL", required = true)]
    account: Option<String>,
    /// The address to which the account's mailbox forwards Arlo's mail.
    #[arg(long, value_name = "RELAY_ADDRESS", required = true)]
    deliver_to: Option<String>,
    /// What goes wrong; can be given several times. A wrong name gets the list of the names.
    #[arg(long, value_name = "NAME")]
    fault: Vec<Fault>,
    /// Give the account a whole house: each kind of device, and modes of this generation. Otherwise it has a base
    /// station and two cameras.
    #[arg(long, value_name = "GENERATION")]
    house: Option<House>,
    /// Add so many cameras to the house.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "house")]
    more_cameras: u16,
    /// Run an MQTT broker, over websockets (wss) or over TLS alone (ssl), and name it in the session.
    #[arg(long, value_name = "SCHEME")]
    mqtt: Option<Scheme>,
    /// Where the broker listens.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0", requires = "mqtt")]
    mqtt_listen: SocketAddr,
    /// Where to write the certificate that a client of the broker must trust.
    #[arg(long, value_name = "FILE", requires = "mqtt")]
    ca_file: Option<PathBuf>,
    /// Open the control port on this loopback address; port 0 picks a free one.
    #[arg(long, value_name = "ADDR")]
    control: Option<SocketAddr>,
    /// Run scenes this many times faster than in life.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    speed: u32,
    /// Let hubs publish nothing until a client has registered, and two minutes after that no more, as Arlo does.
    #[arg(long)]
    hubs_need_registration: bool,
    /// How long an access token is valid.
    #[arg(long, value_name = "SECONDS", default_value_t = 7200)]
    token_lifetime: u64,
    /// How long the URL of a recording is valid.
    #[arg(long, value_name = "SECONDS", default_value_t = 86400)]
    media_lifetime: u64,
    /// How many bytes a recording has.
    #[arg(long, value_name = "N", default_value_t = 16 * 1024)]
    recording_bytes: usize,
    /// End when standard input ends, so that the process does not outlive its parent.
    #[arg(long)]
    until_eof: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play a script in a running cloud, and wait until it has been played.
    #[command(after_help = format!(
        "A script has one act a line; # begins a comment. A DEVICE is an id or a name, between \" if it has blanks.\n\n\
         {SCRIPT_HELP}\nExample: printf 'motion \"Front door\"\\nrecord Garden 10 Person\\n' | arlo-sim play - \
         --control 127.0.0.1:8099"
    ))]
    Play {
        /// The script; - for standard input.
        script: PathBuf,
        /// The control port of the running cloud.
        #[arg(long, value_name = "URL", env = "ARLO_SIM_CONTROL")]
        control: String,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum House {
    /// Modes of a base station.
    V2,
    /// Modes of a location; with a broker there are no server-sent events.
    V3,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Scheme {
    /// MQTT over websockets.
    Wss,
    /// MQTT in TLS alone.
    Ssl,
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
    if let Some(Command::Play { script, control }) = arguments.command {
        let text = if script.as_os_str() == "-" {
            io::read_to_string(io::stdin())
        } else {
            std::fs::read_to_string(&script)
        };
        let text = text.map_err(|error| format!("the script {} cannot be read: {error}", script.display()))?;
        return Ok(arlo_sim::play_remotely(&control, &text).await?);
    }
    serve(arguments).await
}

async fn serve(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let (faults, until_eof) = (arguments.fault.clone(), arguments.until_eof);
    let cloud = arlo_sim::start(config(arguments)?).await?;
    for fault in faults {
        cloud.faults().set(fault);
    }
    let mut stdout = io::stdout();
    write!(stdout, "ready http={}", cloud.url())?;
    if let Some(url) = cloud.mqtt_url() {
        write!(stdout, " mqtt={url}")?;
    }
    if let Some(url) = cloud.control_url() {
        write!(stdout, " control={url}")?;
    }
    writeln!(stdout)?;
    stdout.flush()?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
        () = end_of_input(), if until_eof => {}
    }
    cloud.shutdown().await;
    Ok(())
}

fn config(arguments: Arguments) -> Result<Config, &'static str> {
    // From the environment only, because every user of the machine can see a command line.
    let password = std::env::var("ARLO_PASSWORD").map_err(|_| "the account's password must be in ARLO_PASSWORD")?;
    // The parser has seen to it that these are there.
    let missing = "--smtp, --account and --deliver-to are needed";
    let account = arguments.account.ok_or(missing)?;
    let deliver_to = arguments.deliver_to.ok_or(missing)?;
    let user = User::new(&account, SecretString::from(password)).deliver_to(&deliver_to);
    let user = match arguments.house {
        Some(House::V2) => user.house(Generation::V2),
        Some(House::V3) => user.house(Generation::V3),
        None => user,
    };
    let user = user.more_cameras(arguments.more_cameras);
    let mut config = Config::new(arguments.smtp.ok_or(missing)?, vec![user]);
    config.http = arguments.http;
    config.mqtt = arguments.mqtt.map(|scheme| {
        let mut mqtt = Mqtt::new(match scheme {
            Scheme::Wss => MqttTransport::WebSocket,
            Scheme::Ssl => MqttTransport::Tls,
        });
        mqtt.address = arguments.mqtt_listen;
        mqtt.ca_file = arguments.ca_file;
        mqtt
    });
    config.control = arguments.control;
    config.speed = arguments.speed;
    config.hubs_need_registration = arguments.hubs_need_registration;
    config.token_lifetime = Duration::from_secs(arguments.token_lifetime);
    config.media_lifetime = Duration::from_secs(arguments.media_lifetime);
    config.recording_bytes = arguments.recording_bytes;
    Ok(config)
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
