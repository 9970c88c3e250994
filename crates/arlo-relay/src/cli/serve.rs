//! The arguments of `serve`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use arlo_mail::Sender;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, value_parser};
use relay::operator_mail::Address;
use relay::{Domain, JoinLimits, Lifetime, LocalPart, Registration};
use relay_http::PublicUrl;
use relay_server::authentication::Network;
use relay_server::smtp::DEFAULT_MODE;
use relay_server::tls::acme;

use super::deployment::DataDirArgs;
use super::mailbox::ServeMailboxArgs;

/// Where a relay serves HTTP by default.
pub(crate) const DEFAULT_HTTP: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

pub(super) const EXAMPLE: &str = "\
Example, for one household:
  arlo-relay serve --data-dir ~/arlo-relay --domain relay.example.org --smtp 0.0.0.0:25

The same with HTTPS, and a certificate by ACME:
  arlo-relay serve --data-dir ~/arlo-relay --domain relay.example.org --smtp 0.0.0.0:25 \\
    --https 0.0.0.0:443 --acme-domain relay.example.org

It prints one line once all listeners accept:
  ready http=127.0.0.1:8080 smtp=0.0.0.0:25

The line goes on with lmtp=PATH, https=ADDRESS and metrics=ADDRESS, where there are --lmtp, --https and --metrics.

SIGTERM lets what is under way end, and exits 0. With a certificate, SIGHUP reads its files again.";

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Where HTTP is served; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", env = "ARLO_RELAY_HTTP", default_value_t = DEFAULT_HTTP)]
    pub(crate) http: SocketAddr,
    /// Where HTTPS is served too, such as 0.0.0.0:443; port 0 picks a free one. Needs --tls-certificate or
    /// --acme-domain [default: none]
    #[arg(long, value_name = "ADDRESS", env = "ARLO_RELAY_HTTPS")]
    pub(crate) https: Option<SocketAddr>,
    /// Where SMTP is served; port 0 picks a free one
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "ARLO_RELAY_SMTP",
        default_value = "127.0.0.1:2525"
    )]
    pub(crate) smtp: SocketAddr,
    /// A Unix socket where the mail server of this machine delivers by LMTP [default: none]
    #[arg(long, value_name = "PATH", env = "ARLO_RELAY_LMTP")]
    pub(crate) lmtp: Option<PathBuf>,
    /// Who may deliver there, as the socket's mode in octal digits
    #[arg(long, value_name = "MODE", env = "ARLO_RELAY_LMTP_MODE", default_value = format!("{DEFAULT_MODE:04o}"))]
    pub(crate) lmtp_mode: FileMode,
    /// Where Prometheus reads metrics, as GET /metrics; port 0 picks a free one [default: none]. Anyone who reaches it
    /// can read them: how much mail comes and what becomes of it, and nothing of anybody's
    #[arg(long, value_name = "ADDRESS", env = "ARLO_RELAY_METRICS")]
    pub(crate) metrics: Option<SocketAddr>,
    #[command(flatten)]
    pub(crate) data_dir: DataDirArgs,
    /// The domain whose mail comes to the relay [default: the one that it was last started with, else relay.localhost].
    /// Relay addresses end with it: another one is refused where somebody is enrolled
    #[arg(long, value_name = "DOMAIN", env = "ARLO_RELAY_DOMAIN", value_parser = Domain::parse)]
    pub(crate) domain: Option<Domain>,
    /// The domain that the relay moves away from, to the one in --domain [default: none]. Mail to the relay addresses
    /// there is refused from then on: each member has to forward to the new address
    #[arg(long, value_name = "DOMAIN", env = "ARLO_RELAY_FORMER_DOMAIN", value_parser = Domain::parse)]
    pub(crate) former_domain: Option<Domain>,
    /// How clients reach the relay, such as `https://relay.example.org` [default: where HTTPS is
    /// served, else HTTP; on every address, by --domain, or by loopback where no other machine knows the domain]
    #[arg(long, value_name = "URL", env = "ARLO_RELAY_PUBLIC_URL", value_parser = PublicUrl::parse)]
    pub(crate) public_url: Option<PublicUrl>,
    /// The name of the relay address that all enrolments share
    #[arg(
        long,
        value_name = "NAME",
        env = "ARLO_RELAY_SHARED_MAILBOX",
        default_value = LocalPart::default().as_str().to_owned(),
        value_parser = LocalPart::parse
    )]
    pub(crate) shared_mailbox: LocalPart,
    /// How many seconds a login waits for its code, from 10 to 900
    #[arg(
        long,
        value_name = "SECONDS",
        env = "ARLO_RELAY_LIFETIME",
        default_value = Lifetime::default().get().as_secs().to_string(),
        value_parser = value_parser!(u32).range(Lifetime::MIN.get().as_secs()..=Lifetime::MAX.get().as_secs())
    )]
    pub(crate) lifetime: u32,
    /// One more sender whose mail counts as Arlo's, for all enrolments; may be repeated
    #[arg(
        long = "sender",
        value_name = "ADDRESS",
        env = "ARLO_RELAY_SENDERS",
        value_delimiter = ',',
        value_parser = Sender::parse
    )]
    pub(crate) senders: Vec<Sender>,
    /// The operator's address. The operator gets the mail that is no Arlo code, such as Gmail's question whether it may
    /// forward. Needs --smarthost
    #[arg(long, value_name = "ADDRESS", env = "ARLO_RELAY_FORWARD_TO", value_parser = Address::parse)]
    pub(crate) forward_to: Option<Address>,
    /// The mail server that sends the operator's mail: `smtps://HOST`, `smtp+starttls://HOST` or `smtp://HOST`, each
    /// with :PORT if unusual. The password comes from ARLO_RELAY_SMARTHOST_PASSWORD, or from the file named in
    /// smarthost_password_file
    #[arg(long, value_name = "URL", env = "ARLO_RELAY_SMARTHOST")]
    pub(crate) smarthost: Option<String>,
    /// The user at the smarthost
    #[arg(long, value_name = "NAME", env = "ARLO_RELAY_SMARTHOST_USER")]
    pub(crate) smarthost_user: Option<String>,
    /// A file that holds the password at the smarthost
    #[arg(long, value_name = "FILE", env = "ARLO_RELAY_SMARTHOST_PASSWORD_FILE")]
    pub(crate) smarthost_password_file: Option<PathBuf>,
    /// The certificate chain for HTTPS and STARTTLS, PEM. Needs --tls-key. Both files are read again when they change
    #[arg(long, value_name = "FILE", env = "ARLO_RELAY_TLS_CERTIFICATE")]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// The certificate's private key, PEM
    #[arg(long, value_name = "FILE", env = "ARLO_RELAY_TLS_KEY")]
    pub(crate) tls_key: Option<PathBuf>,
    /// A name for which the relay gets a certificate by ACME, for HTTPS and STARTTLS; may be repeated. Port 443 of the
    /// name must lead to --https. You agree to the terms of service of the authority
    #[arg(
        long = "acme-domain",
        value_name = "DOMAIN",
        env = "ARLO_RELAY_ACME_DOMAINS",
        value_delimiter = ',',
        value_parser = Domain::parse
    )]
    pub(crate) acme_domains: Vec<Domain>,
    /// A mail address where the authority may reach you [default: none]
    #[arg(long, value_name = "ADDRESS", env = "ARLO_RELAY_ACME_CONTACT")]
    pub(crate) acme_contact: Option<String>,
    /// The directory of the authority
    #[arg(long, value_name = "URL", env = "ARLO_RELAY_ACME_DIRECTORY", default_value = acme::DEFAULT_DIRECTORY)]
    pub(crate) acme_directory: String,
    /// Trust only the roots in this PEM file for the authority's directory, for an authority of your own [default:
    /// Mozilla's roots]
    #[arg(long, value_name = "FILE", env = "ARLO_RELAY_ACME_ROOTS")]
    pub(crate) acme_roots: Option<PathBuf>,
    /// A name server for DKIM and SPF, such as 192.0.2.53:53; may be repeated [default: those of the machine]
    #[arg(
        long = "name-server",
        value_name = "ADDRESS",
        env = "ARLO_RELAY_NAME_SERVERS",
        value_delimiter = ','
    )]
    pub(crate) name_servers: Vec<SocketAddr>,
    /// A mail server of your own that sends mail on to the relay, or a block of addresses, such as 10.0.0.0/8; may be
    /// repeated. SPF cannot show who sent a mail that comes from there, or from this machine
    #[arg(
        long = "mail-server",
        value_name = "NETWORK",
        env = "ARLO_RELAY_MAIL_SERVERS",
        value_delimiter = ','
    )]
    pub(crate) mail_servers: Vec<Network>,
    /// A proxy before HTTP, or a block of addresses, that says in Forwarded or X-Forwarded-For for whom it calls; may
    /// be repeated. The limits then hold for its clients. Nobody else is believed
    #[arg(
        long = "trusted-proxy",
        value_name = "NETWORK",
        env = "ARLO_RELAY_TRUSTED_PROXIES",
        value_delimiter = ','
    )]
    pub(crate) trusted_proxies: Vec<Network>,
    /// Who may enrol himself, on the relay's page or by HTTP: nobody, who is invited (see arlo-relay invite), or
    /// everyone who reaches the relay
    #[arg(
        long,
        value_name = "WHO",
        env = "ARLO_RELAY_REGISTRATION",
        default_value = Registration::default().name(),
        value_parser = PossibleValuesParser::new(Registration::ALL.map(Registration::name))
            .map(|name| Registration::from_name(&name).unwrap_or_default())
    )]
    pub(crate) registration: Registration,
    /// How many enrolments there may be at once that their accounts made themselves
    #[arg(
        long,
        value_name = "N",
        env = "ARLO_RELAY_MAX_ENROLMENTS",
        default_value_t = JoinLimits::default().in_all
    )]
    pub(crate) max_enrolments: u32,
    /// How many may enrol themselves in a day (UTC)
    #[arg(
        long,
        value_name = "N",
        env = "ARLO_RELAY_MAX_JOINS_A_DAY",
        default_value_t = JoinLimits::default().a_day
    )]
    pub(crate) max_joins_a_day: u32,
    /// How many of these may come from one network: a /24 of IPv4, a /48 of IPv6
    #[arg(
        long,
        value_name = "N",
        env = "ARLO_RELAY_MAX_JOINS_OF_NETWORK",
        default_value_t = JoinLimits::default().of_network
    )]
    pub(crate) max_joins_of_network: u32,
    // Last, since its heading holds for all that follow.
    #[command(flatten)]
    pub(crate) mailbox: ServeMailboxArgs,
}

/// The permissions of a file, in octal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileMode(pub(crate) u32);

impl FromStr for FileMode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = (3..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        u32::from_str_radix(text, 8)
            .ok()
            .filter(|mode| digits && *mode <= 0o777)
            .map(Self)
            .ok_or("a mode is three octal digits, such as 660")
    }
}
