//! The arguments. Each setting is documented here and nowhere else: help, man page and completions come from this file.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use arlo_mail::{Account, Sender};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::imap::{LoginImapArgs, ServeImapArgs};

/// Receives the mail with Arlo's login code and hands the code to the login that waits for it.
///
/// Settings are taken from a flag, else from the environment variable that the flag's help names, else from the file
/// given by --config. Secrets are never taken from a flag.
#[derive(Debug, Parser)]
#[command(name = "arlo-relay", version, max_term_width = 100, propagate_version = true)]
pub(crate) struct Cli {
    /// A TOML file with settings of serve and deliver; docs/settings.md lists them
    #[arg(long, value_name = "FILE", env = "ARLO_RELAY_CONFIG", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// How much is logged to standard error [default: info for serve, warn for everything else]
    #[arg(long, value_name = "LEVEL", env = "ARLO_RELAY_LOG", global = true)]
    pub(crate) log: Option<LogLevel>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole relay on this machine
    #[command(after_help = SERVE_EXAMPLE)]
    Serve(Box<ServeArgs>),
    /// Enrol an account, or list, revoke and rotate enrolments
    #[command(after_help = ENROLL_EXAMPLE)]
    Enroll(EnrollArgs),
    /// Show what the relay makes of one raw mail
    #[command(after_help = EXTRACT_EXAMPLE)]
    Extract(ExtractArgs),
    /// Hand one mail from a mail server's pipe to the relay
    #[command(after_help = DELIVER_EXAMPLE)]
    Deliver(DeliverArgs),
    /// Log in to Arlo
    #[command(after_help = LOGIN_EXAMPLE)]
    Login(LoginArgs),
    /// List the account's devices
    #[command(after_help = DEVICES_EXAMPLE)]
    Devices(LoginArgs),
    /// Check a deployment end to end, and say what is wrong and how to mend it
    #[command(after_help = DOCTOR_EXAMPLE)]
    Doctor(DoctorArgs),
    /// Show the whole story in one terminal, with a simulated Arlo
    #[command(after_help = DEMO_EXAMPLE)]
    Demo(DemoArgs),
    /// Print the completions of a shell
    #[command(after_help = COMPLETIONS_EXAMPLE)]
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the manual page
    #[command(after_help = MAN_EXAMPLE)]
    Man,
}

impl Command {
    /// Whether the result is wanted as one JSON object.
    pub(crate) fn json(&self) -> bool {
        match self {
            Self::Enroll(args) => args.json,
            Self::Extract(args) => args.json,
            Self::Deliver(args) => args.json,
            Self::Login(args) | Self::Devices(args) => args.json,
            Self::Doctor(args) => args.json,
            Self::Demo(args) => args.json,
            Self::Serve(_) | Self::Completions { .. } | Self::Man => false,
        }
    }

    /// What is logged where nobody says.
    pub(crate) fn default_log(&self) -> LogLevel {
        if matches!(self, Self::Serve(_)) {
            LogLevel::Info
        } else {
            LogLevel::Warn
        }
    }
}

const SERVE_EXAMPLE: &str = "\
Example, for one household:
  arlo-relay serve --data-dir ~/arlo-relay --domain relay.example.org --smtp 0.0.0.0:25

It prints one line once all listeners accept:
  ready http=127.0.0.1:8080 smtp=0.0.0.0:25

With --lmtp, the line ends with lmtp=PATH.

SIGTERM lets what is under way end, and exits 0.";

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Where HTTP is served; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS", env = "ARLO_RELAY_HTTP")]
    pub(crate) http: Option<SocketAddr>,
    /// Where SMTP is served; port 0 picks a free one [default: 127.0.0.1:2525]
    #[arg(long, value_name = "ADDRESS", env = "ARLO_RELAY_SMTP")]
    pub(crate) smtp: Option<SocketAddr>,
    /// A Unix socket where the mail server of this machine delivers by LMTP [default: none]
    #[arg(long, value_name = "PATH", env = "ARLO_RELAY_LMTP")]
    pub(crate) lmtp: Option<PathBuf>,
    /// Who may deliver there, as the socket's mode in octal digits [default: 0660]
    #[arg(long, value_name = "MODE", env = "ARLO_RELAY_LMTP_MODE")]
    pub(crate) lmtp_mode: Option<FileMode>,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// The name of the relay address that all enrolments share [default: arlo]
    #[arg(long, value_name = "NAME", env = "ARLO_RELAY_SHARED_MAILBOX")]
    pub(crate) shared_mailbox: Option<String>,
    /// How many seconds a login waits for its code, from 10 to 900 [default: 300]
    #[arg(long, value_name = "SECONDS", env = "ARLO_RELAY_LIFETIME")]
    pub(crate) lifetime: Option<u32>,
    /// One more sender whose mail counts as Arlo's, for all enrolments; may be repeated
    #[arg(
        long = "sender",
        value_name = "ADDRESS",
        env = "ARLO_RELAY_SENDERS",
        value_delimiter = ','
    )]
    pub(crate) senders: Vec<String>,
    /// The operator: gets the mail that is no Arlo code, as Gmail's question whether it may forward. Needs --smarthost
    #[arg(long, value_name = "ADDRESS", env = "ARLO_RELAY_FORWARD_TO")]
    pub(crate) forward_to: Option<String>,
    /// Who sends the operator's mail: `smtps://HOST`, `smtp+starttls://HOST` or `smtp://HOST`, each with :PORT if
    /// unusual. The password comes from ARLO_RELAY_SMARTHOST_PASSWORD, or from the file named in
    /// smarthost_password_file
    #[arg(long, value_name = "URL", env = "ARLO_RELAY_SMARTHOST")]
    pub(crate) smarthost: Option<String>,
    /// The user at the smarthost
    #[arg(long, value_name = "NAME", env = "ARLO_RELAY_SMARTHOST_USER")]
    pub(crate) smarthost_user: Option<String>,
    /// A file that holds the password at the smarthost
    #[arg(long, value_name = "FILE", env = "ARLO_RELAY_SMARTHOST_PASSWORD_FILE")]
    pub(crate) smarthost_password_file: Option<PathBuf>,
    /// The certificate chain for STARTTLS, PEM. Needs --tls-key
    #[arg(long, value_name = "FILE", env = "ARLO_RELAY_TLS_CERTIFICATE")]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// The certificate's private key, PEM
    #[arg(long, value_name = "FILE", env = "ARLO_RELAY_TLS_KEY")]
    pub(crate) tls_key: Option<PathBuf>,
    /// A name server for DKIM and SPF, as 192.0.2.53:53; may be repeated [default: those of the machine]
    #[arg(
        long = "name-server",
        value_name = "ADDRESS",
        env = "ARLO_RELAY_NAME_SERVERS",
        value_delimiter = ','
    )]
    pub(crate) name_servers: Vec<SocketAddr>,
    /// A mail server of your own that sends mail on to the relay, or a block of addresses, such as 10.0.0.0/8; may be
    /// repeated. SPF does not say who sent what comes from there, nor from this machine
    #[arg(
        long = "mail-server",
        value_name = "NETWORK",
        env = "ARLO_RELAY_MAIL_SERVERS",
        value_delimiter = ','
    )]
    pub(crate) mail_servers: Vec<String>,
    /// Who may enrol over HTTP: nobody, or everyone who reaches the relay [default: closed]
    #[arg(long, value_name = "WHO", env = "ARLO_RELAY_REGISTRATION")]
    pub(crate) registration: Option<Registration>,
    #[command(flatten)]
    pub(crate) imap: ServeImapArgs,
}

/// Who may enrol over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Registration {
    Closed,
    Open,
}

/// Which relay on AWS.
#[derive(Debug, Args)]
pub(crate) struct StackArgs {
    /// The relay of this CloudFormation stack instead of one on this machine, with your own AWS credentials. The
    /// command has to be built with --features aws
    #[arg(long, value_name = "NAME")]
    pub(crate) stack: Option<String>,
    /// The stack's region [default: that of your AWS profile]
    #[arg(long, value_name = "REGION", requires = "stack")]
    pub(crate) region: Option<String>,
}

/// The permissions of a file, in octal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct FileMode(pub(crate) u32);

impl std::str::FromStr for FileMode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = (3..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        u32::from_str_radix(text, 8)
            .ok()
            .filter(|mode| digits && *mode <= 0o777)
            .map(Self)
            .ok_or("a mode is three octal digits, as 660")
    }
}

impl TryFrom<String> for FileMode {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Which relay on this machine.
#[derive(Debug, Args)]
pub(crate) struct PlaceArgs {
    /// Where the relay keeps its database and its key [default: arlo-relay in the user's data directory]
    #[arg(long, value_name = "DIR", env = "ARLO_RELAY_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The domain whose mail comes to the relay [default: relay.localhost]
    #[arg(long, value_name = "DOMAIN", env = "ARLO_RELAY_DOMAIN")]
    pub(crate) domain: Option<String>,
    /// How clients reach the relay, as `https://relay.example.org` [default: where HTTP is served]
    #[arg(long, value_name = "URL", env = "ARLO_RELAY_PUBLIC_URL")]
    pub(crate) public_url: Option<String>,
}

const ENROLL_EXAMPLE: &str = "\
Examples:
  arlo-relay enroll casey@gmail.com --data-dir ~/arlo-relay
  arlo-relay enroll casey@gmail.com --rotate
  arlo-relay enroll --list --json
  arlo-relay enroll casey@gmail.com --stack arlo-relay --region eu-west-1

The token is shown once and stored only as a hash: a lost one is replaced with --rotate. Works
while serve runs. --stack is there where arlo-relay was built with --features aws.";

#[derive(Debug, Args)]
pub(crate) struct EnrollArgs {
    /// The mail address of the Arlo login
    #[arg(value_parser = Account::parse, required_unless_present = "list")]
    pub(crate) account: Option<Account>,
    /// List the enrolments: accounts are stored only as hashes, so each shows its relay address
    #[arg(long, conflicts_with_all = ["account", "revoke", "rotate", "sender"])]
    pub(crate) list: bool,
    /// End the enrolment, with all that waits for it
    #[arg(long, conflicts_with_all = ["rotate", "sender"])]
    pub(crate) revoke: bool,
    /// Replace the token; the relay address stays
    #[arg(long, conflicts_with = "sender")]
    pub(crate) rotate: bool,
    /// One more sender whose mail counts as Arlo's, as iCloud's Hide My Email needs it
    #[arg(long, value_name = "ADDRESS", value_parser = Sender::parse)]
    pub(crate) sender: Option<Sender>,
    /// Take its mail at its own relay address alone, and not at the address that all enrolments share
    #[arg(long, conflicts_with_all = ["list", "revoke", "rotate"])]
    pub(crate) own_address_only: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    #[command(flatten)]
    pub(crate) stack: StackArgs,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const DOCTOR_EXAMPLE: &str = "\
Examples:
  arlo-relay doctor --data-dir ~/arlo-relay
  arlo-relay doctor --stack arlo-relay --region eu-west-1
  arlo-relay doctor --arlo

It changes nothing. Exits 0 if nothing is wrong, 1 if something is.";

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    #[command(flatten)]
    pub(crate) stack: StackArgs,
    /// Ask Arlo instead, without account and password, whether it lets this machine in, and say whether it asks for
    /// codes
    #[arg(long, conflicts_with_all = ["data_dir", "stack"])]
    pub(crate) arlo: bool,
    /// Where Arlo authenticates, for --arlo [default: Arlo's own]
    #[arg(long, value_name = "URL", env = "ARLO_AUTH_HOST")]
    pub(crate) auth_host: Option<String>,
    /// Where Arlo's API is, for --arlo [default: Arlo's own]
    #[arg(long, value_name = "URL", env = "ARLO_HOST")]
    pub(crate) host: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const EXTRACT_EXAMPLE: &str = "\
Examples:
  arlo-relay extract mail.eml
  arlo-relay extract --json < mail.eml

Exits 0 for a code, a forwarding confirmation and any other mail, 1 for what is no mail at all.";

#[derive(Debug, Args)]
pub(crate) struct ExtractArgs {
    /// The raw mail [default: standard input]
    pub(crate) file: Option<PathBuf>,
    /// One more sender whose mail counts as Arlo's; may be repeated
    #[arg(long = "sender", value_name = "ADDRESS", value_parser = Sender::parse)]
    pub(crate) senders: Vec<Sender>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const DELIVER_EXAMPLE: &str = "\
Example, as an alias of postfix:
  arlo: \"|/usr/local/bin/arlo-relay deliver --token-file /etc/arlo-relay/token\"

Example, by hand:
  arlo-relay deliver --url https://relay.example.org --token-file token < mail.eml

The token comes from ARLO_RELAY_TOKEN or from the file. One at the end of the URL works too, but
every user of the machine can read it there. The exit codes
are those of sysexits.h: 0 the relay took the mail, whatever it was; 64 wrong usage; 65 no mail, or
one over 6 MiB; 75 the relay is away, try again later; 77 the relay refused the token; 78 a setting
is wrong.";

#[derive(Args)]
pub(crate) struct DeliverArgs {
    /// Where the relay is [default: http://127.0.0.1:8080]
    #[arg(long, value_name = "URL", env = "ARLO_RELAY_URL", hide_env_values = true)]
    pub(crate) url: Option<String>,
    /// A file that holds the access token
    #[arg(long, value_name = "FILE", env = "ARLO_RELAY_TOKEN_FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// How many seconds it may take in all, from 1 to 600 [default: 30]
    #[arg(long, value_name = "SECONDS", env = "ARLO_RELAY_TIMEOUT")]
    pub(crate) timeout: Option<u32>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// The URL may end with the token: `Debug` shows nothing of it.
impl std::fmt::Debug for DeliverArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeliverArgs(…)")
    }
}

/// Whether the arguments are those of `deliver`, even where they are wrong.
pub(crate) fn is_delivery(args: impl IntoIterator<Item = OsString>) -> bool {
    let matches = Cli::command().ignore_errors(true).try_get_matches_from(args);
    matches.is_ok_and(|matches| matches.subcommand_name() == Some("deliver"))
}

const LOGIN_EXAMPLE: &str = "\
Example, while Arlo asks for no codes, as it has since 2026-10-06:
  export ARLO_PASSWORD=…
  arlo-relay login --account casey@gmail.com --session-file ~/.arlo-session.json

With the prestage URL and the token that enroll printed, which works in either case:
  export ARLO_RELAY_TOKEN=arelay_…
  arlo-relay login --account casey@gmail.com --session-file ~/.arlo-session.json \\
      --codes relay:https://relay.example.org/prepare-arlo-mfa

Other sources:
  --codes rest-api:relay.example.org     pyaarlo's REST API, with the same token
  --codes console                        a person types the code, from a mail or a text message
  --codes push                           no code: a person approves the login in the Arlo app

With a session file the next login is made only when the session has ended, and needs a code only
once in two weeks. One login at a time uses it; another one waits and uses the same session. After
a login that failed, the next one is held back: a minute or more, and with a password that Arlo
refused for a day, unless it is another password.";

const DEVICES_EXAMPLE: &str = "\
Example:
  arlo-relay devices --account casey@gmail.com --codes console --session-file ~/.arlo-session.json";

#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    /// The mail address of the Arlo login. The password comes from ARLO_PASSWORD, or is asked for
    #[arg(long, value_name = "ADDRESS", env = "ARLO_ACCOUNT")]
    pub(crate) account: String,
    /// Where the code comes from: relay:PRESTAGE-URL or rest-api:HOST, pyaarlo's REST API (for both the token comes
    /// from ARLO_RELAY_TOKEN or --token-file), imap:USER@HOST or imap:USER@HOST:PORT (password from IMAP_PASSWORD, or
    /// an OAuth 2.0 token from IMAP_OAUTH2_TOKEN), console, or push for no code but the Arlo app. Not needed as long as
    /// Arlo asks for none
    #[arg(long, value_name = "SOURCE", env = "ARLO_RELAY_CODES", hide_env_values = true)]
    pub(crate) codes: Option<CodesFrom>,
    /// A file that holds the relay's access token; - is standard input. ARLO_RELAY_TOKEN goes before it
    #[arg(long, value_name = "FILE", env = "ARLO_RELAY_TOKEN_FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// The second factor to use, where the account has several: its address (as a relay address), number or nickname,
    /// or email, sms or push
    #[arg(long, value_name = "NAME")]
    pub(crate) factor: Option<String>,
    /// Where Arlo authenticates [default: Arlo's own]
    #[arg(long, value_name = "URL", env = "ARLO_AUTH_HOST")]
    pub(crate) auth_host: Option<String>,
    /// Where Arlo's API is [default: Arlo's own]
    #[arg(long, value_name = "URL", env = "ARLO_HOST")]
    pub(crate) host: Option<String>,
    /// Where the session is kept, so that it is used again until it ends
    #[arg(long, value_name = "FILE", env = "ARLO_SESSION_FILE")]
    pub(crate) session_file: Option<PathBuf>,
    /// Log in even within the pause after a login that failed: for a person, never for a loop
    #[arg(long)]
    pub(crate) force: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    // Last, since its heading holds for all that follow.
    #[command(flatten)]
    pub(crate) imap: LoginImapArgs,
}

/// Where a login's code comes from. A relay's URL may hold its token: `Debug` shows nothing of it.
#[derive(Clone)]
pub(crate) enum CodesFrom {
    Relay(String),
    Imap(arlo_client::mailbox_watch::UserAtHost),
    RestApi(String),
    Console,
    Push,
}

impl std::fmt::Debug for CodesFrom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Relay(_) => "Relay(…)",
            Self::Imap(_) => "Imap(…)",
            Self::RestApi(_) => "RestApi(…)",
            Self::Console => "Console",
            Self::Push => "Push",
        })
    }
}

impl std::str::FromStr for CodesFrom {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("relay", url)) if url.starts_with("http://") || url.starts_with("https://") => {
                Ok(Self::Relay(url.to_owned()))
            }
            Some(("relay", _)) => Err("relay: needs the http:// or https:// URL that enroll printed"),
            Some(("imap", mailbox)) => match mailbox.parse() {
                Ok(at) => Ok(Self::Imap(at)),
                Err(_) => Err("imap: needs USER@HOST or USER@HOST:PORT, as in imap:casey@gmail.com@imap.gmail.com"),
            },
            Some(("rest-api", host)) if !host.is_empty() => Ok(Self::RestApi(host.to_owned())),
            Some(("rest-api", _)) => Err("rest-api: needs the host of the REST API, as relay.example.org"),
            None if text == "console" => Ok(Self::Console),
            None if text == "push" => Ok(Self::Push),
            _ => Err("use relay:PRESTAGE-URL, rest-api:HOST, imap:USER@HOST, console or push"),
        }
    }
}

const DEMO_EXAMPLE: &str = "\
Example:
  arlo-relay demo

It needs no account and no network: the relay and a simulated Arlo run on free ports of this
machine, with a directory of their own that is removed at the end.";

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const COMPLETIONS_EXAMPLE: &str = "\
Example:
  arlo-relay completions bash > /etc/bash_completion.d/arlo-relay";

const MAN_EXAMPLE: &str = "\
Example:
  arlo-relay man > arlo-relay.1 && man ./arlo-relay.1";
