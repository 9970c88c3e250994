//! The arguments of `setup`.

use std::path::PathBuf;

use arlo_mail::Account;
use clap::{Args, Subcommand, ValueEnum};

use super::deployment::DataDirArgs;
use super::mailbox::ServeMailboxArgs;

pub(super) const EXAMPLE: &str = "\
Examples:
  arlo-relay setup
  arlo-relay setup --account casey@gmail.com --imap-password-file ~/gmail-app-password
  arlo-relay setup --account casey@gmail.com --mail forward --domain relay.example.org \\
      --public-url https://relay.example.org --acme
  arlo-relay setup aws

In a terminal it asks for what the arguments leave out. Elsewhere it asks nothing, and names what is
missing. It writes the settings file, enrols the account, checks what can be checked, and shows the
next step. Nothing is written before the mailbox has been opened once.";

pub(super) const AWS_EXAMPLE: &str = "\
Example, in the directory of arlo-relay's source:
  arlo-relay setup aws --region eu-west-1 --address arlo@relay.example.org --bucket my-sam-artifacts

It asks for what is missing, shows the call of ./deploy.sh and makes it. A parameter of template.yaml
is given as NAME=VALUE behind --parameter; docs/aws.md lists them.";

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct SetupArgs {
    #[command(subcommand)]
    pub(crate) on: Option<SetupOn>,
    #[command(flatten)]
    pub(crate) machine: SetupMachineArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SetupOn {
    /// Deploy the relay to AWS
    #[command(after_help = AWS_EXAMPLE)]
    Aws(SetupAwsArgs),
}

/// Set up the relay on this machine.
#[derive(Debug, Args)]
pub(crate) struct SetupMachineArgs {
    /// The mail address of the Arlo login
    // A mailbox has an argument with the id `account`, too.
    #[arg(id = "arlo_account", long = "account", value_name = "ACCOUNT", value_parser = Account::parse)]
    pub(crate) account: Option<Account>,
    /// How Arlo's mail comes to the relay
    #[arg(long, value_name = "WAY")]
    pub(crate) mail: Option<MailWay>,
    /// The domain whose mail comes to the relay. Only with --mail forward
    #[arg(long, value_name = "DOMAIN", env = "ARLO_RELAY_DOMAIN")]
    pub(crate) domain: Option<String>,
    /// How clients reach the relay [default: by a port of this machine, for programs on it]
    #[arg(long, value_name = "URL", env = "ARLO_RELAY_PUBLIC_URL")]
    pub(crate) public_url: Option<String>,
    /// Serve HTTPS on port 443 with a certificate of Let's Encrypt for the name in --public-url, instead of behind a
    /// proxy
    #[arg(long, requires = "public_url")]
    pub(crate) acme: bool,
    /// The settings file to write [default: /etc/arlo-relay/relay.toml for root, else in the user's configuration
    /// directory]
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    /// Replace a settings file that says something else; the former one stays beside it
    #[arg(long)]
    pub(crate) replace: bool,
    /// Check nothing outside this machine: no login to the mailbox, no DNS
    #[arg(long)]
    pub(crate) offline: bool,
    #[command(flatten)]
    pub(crate) data_dir: DataDirArgs,
    #[command(flatten)]
    pub(crate) mailbox: ServeMailboxArgs,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// How Arlo's mail comes to the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MailWay {
    /// The relay reads it in the mailbox where it arrives
    Imap,
    /// The mailbox forwards it to a domain of yours, which this machine receives the mail of
    Forward,
    /// A mail server on this machine hands it over
    Server,
}

/// Deploy the relay to AWS.
#[derive(Debug, Args)]
pub(crate) struct SetupAwsArgs {
    /// The region; SES must receive mail there [default: the one of AWS_REGION or AWS_DEFAULT_REGION]
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// The name of the CloudFormation stack
    #[arg(long, value_name = "NAME", default_value = "arlo-relay")]
    pub(crate) stack: String,
    /// The relay address; all mail of its domain comes to the relay
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) address: Option<String>,
    /// A bucket in that region for what SAM uploads
    #[arg(long, value_name = "BUCKET")]
    pub(crate) bucket: Option<String>,
    /// A parameter of template.yaml; may be repeated
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    pub(crate) parameters: Vec<String>,
    /// The mail address of the Arlo login, to enrol once the stack is there
    #[arg(long, value_name = "ACCOUNT", value_parser = Account::parse)]
    pub(crate) account: Option<Account>,
    /// The directory that holds deploy.sh and template.yaml
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) source: PathBuf,
    /// Show the call and make none
    #[arg(long)]
    pub(crate) dry_run: bool,
}
