//! What was answered, and the settings file that says it.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use arlo_client::mailbox_watch::UserAtHost;
use toml::Value;
use url::{Host, Url};

use crate::cli::MailboxArgs;

/// The port that clients call which take no port from a URL, pyaarlo among them.
const HTTP_PORT: u16 = 80;
/// The port of a user who may not use that one, or of a relay behind a proxy.
const OTHER_HTTP_PORT: u16 = 8080;
/// Where HTTPS is served.
const HTTPS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 443);
/// SMTP (RFC 5321 section 4.5.4.2).
const SMTP_PORT: u16 = 25;

/// The units that open ports below 1024.
const HTTP_SOCKET: &str = "arlo-relay-http.socket";
const HTTPS_SOCKET: &str = "arlo-relay-https.socket";
const SMTP_SOCKET: &str = "arlo-relay-smtp.socket";
/// All of them.
pub(super) const SOCKETS: [&str; 3] = [HTTP_SOCKET, HTTPS_SOCKET, SMTP_SOCKET];

/// A relay on this machine, as it is to be.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) data_dir: PathBuf,
    pub(super) source: Source,
    pub(super) http: SocketAddr,
    /// How clients reach it, if that is not where HTTP is served.
    pub(super) public_url: Option<String>,
    /// Who makes the public URL an `https://` one.
    pub(super) tls: Tls,
    pub(super) starter: Starter,
}

/// Who starts the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Starter {
    /// The unit of systemd, which opens ports below 1024 for it and hands it secrets.
    Unit,
    /// This user, who is root.
    Root,
    /// This user.
    User,
}

/// Who takes the TLS of clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tls {
    /// Nobody: clients are on this machine, or in a network at home.
    None,
    /// A proxy on this machine.
    Proxy,
    /// The relay, with a certificate by ACME.
    Acme,
}

/// Where the mail comes from.
#[derive(Debug)]
pub(super) enum Source {
    Mailbox { at: UserAtHost, access: Box<MailboxArgs> },
    Domain { domain: String },
    MailServer { domain: String, socket: PathBuf },
}

impl Source {
    /// The domain whose mail comes to the relay, if it has one.
    pub(super) fn domain(&self) -> Option<&str> {
        match self {
            Self::Mailbox { .. } => None,
            Self::Domain { domain } | Self::MailServer { domain, .. } => Some(domain),
        }
    }

    /// Where SMTP is served for mail from outside.
    pub(super) fn smtp(&self) -> Option<SocketAddr> {
        let everywhere = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), SMTP_PORT);
        matches!(self, Self::Domain { .. }).then_some(everywhere)
    }
}

/// Where HTTP is served, given how clients reach it. By `https://` they reach a proxy on this machine first.
pub(super) fn http(public_url: Option<&str>, starter: Starter) -> SocketAddr {
    // A socket of systemd would be open to the network.
    let own_port = if starter == Starter::Root {
        HTTP_PORT
    } else {
        OTHER_HTTP_PORT
    };
    match public_url {
        None => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), own_port),
        Some(url) if is_https(url) => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), OTHER_HTTP_PORT),
        Some(url) => {
            let (host, port) = parts(url).map_or((None, HTTP_PORT), |(host, port)| (Some(host), port));
            SocketAddr::new(listening_for(host), port)
        }
    }
}

/// The host of a public URL and its port, which is the one of its scheme where it names none. An error does not repeat
/// the URL, which may hold a password.
pub(super) fn parts(url: &str) -> Result<(Host, u16), String> {
    let read = Url::parse(url).map_err(|error| format!("the public URL cannot be read: {error}"))?;
    let host = read.host().map(|host| host.to_owned());
    let port = read.port_or_known_default().filter(|port| *port != 0);
    host.zip(port)
        .ok_or_else(|| "the public URL needs a host, and a port from 1 to 65535".to_owned())
}

/// Whether TLS is taken in front of the relay or by it. The scheme may be written in capitals.
pub(super) fn is_https(url: &str) -> bool {
    url.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"))
}

/// The address on which calls to the host arrive.
fn listening_for(host: Option<Host>) -> IpAddr {
    let ip = match host {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).to_canonical(),
        // RFC 6761 section 6.3: the name and all below it are this machine. The parser has made it lower case.
        Some(Host::Domain(name)) if format!(".{}", name.trim_end_matches('.')).ends_with(".localhost") => {
            Ipv4Addr::LOCALHOST.into()
        }
        Some(Host::Domain(_)) | None => Ipv4Addr::UNSPECIFIED.into(),
    };
    match ip {
        ip if ip.is_loopback() => ip,
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    }
}

impl Plan {
    /// How clients reach the relay.
    pub(super) fn url(&self) -> String {
        let served = || match self.http.port() {
            HTTP_PORT => format!("http://{}", self.http.ip()),
            _ => format!("http://{}", self.http),
        };
        self.public_url.clone().unwrap_or_else(served)
    }

    /// Whether clients that take no port from a URL reach it.
    pub(super) fn needs_no_port(&self) -> bool {
        let url = self.url();
        let authority = url.split("://").nth(1).and_then(|rest| rest.split('/').next());
        // An IPv6 address has colons of its own, in brackets.
        let behind_host = authority.and_then(|authority| authority.rsplit(']').next());
        behind_host.is_some_and(|rest| !rest.contains(':'))
    }

    /// The sockets' units that this needs.
    pub(super) fn sockets(&self) -> Vec<&'static str> {
        if self.starter != Starter::Unit {
            return Vec::new();
        }
        let needed = [
            (self.http.port() == HTTP_PORT, HTTP_SOCKET),
            (self.tls == Tls::Acme, HTTPS_SOCKET),
            (self.source.smtp().is_some(), SMTP_SOCKET),
        ];
        needed
            .into_iter()
            .filter(|(is_needed, _)| *is_needed)
            .map(|(_, name)| name)
            .collect()
    }

    /// The name in the public URL.
    fn https_name(&self) -> Option<String> {
        let url = self.public_url.as_deref()?;
        let (host, _) = parts(url).ok().filter(|_| is_https(url))?;
        Some(host.to_string())
    }

    /// The settings file.
    pub(super) fn settings(&self) -> String {
        let mut file = File::default();
        file.comment("Settings of arlo-relay, written by arlo-relay setup. docs/settings.md lists all settings.");
        file.path("data_dir", &self.data_dir);
        file.comment("Where clients reach the relay.");
        for socket in self.sockets() {
            file.comment(&format!("{socket} has to be enabled: systemd opens that port."));
        }
        // A port that systemd opens is no setting.
        let opens = |port: u16| self.starter != Starter::Unit || port >= 1024;
        if opens(self.http.port()) {
            file.text("http", &self.http.to_string());
        }
        if let Some(url) = &self.public_url {
            file.text("public_url", url);
        }
        match self.tls {
            Tls::None => {}
            Tls::Proxy => {
                file.comment("A proxy on this machine says for whom it calls. docs/tls.md shows its settings.");
                file.list("trusted_proxies", &["127.0.0.1", "::1"]);
            }
            Tls::Acme => {
                file.comment("The certificate is one of Let's Encrypt, whose terms of service you agree to by this.");
                if opens(HTTPS.port()) {
                    file.text("https", &HTTPS.to_string());
                }
                // Mail servers see the certificate too, by the domain's name.
                let name = self.https_name();
                let mut names: Vec<&str> = name.as_deref().into_iter().chain(self.source.domain()).collect();
                names.dedup();
                file.list("acme_domains", &names);
            }
        }
        match &self.source {
            Source::Domain { domain } => {
                file.comment("The domain whose mail comes here; its MX record names this machine.");
                file.text("domain", domain);
                if let Some(smtp) = self.source.smtp().filter(|smtp| opens(smtp.port())) {
                    file.text("smtp", &smtp.to_string());
                }
            }
            Source::MailServer { domain, socket } => {
                file.comment(
                    "The mail server of this machine delivers the mail of this domain to the socket, by LMTP.",
                );
                file.text("domain", domain);
                file.path("lmtp", socket);
            }
            Source::Mailbox { at, access } => mailbox(&mut file, at, access),
        }
        file.0
    }
}

fn mailbox(file: &mut File, at: &UserAtHost, access: &MailboxArgs) {
    file.comment("The mailbox where Arlo's mail arrives.");
    file.line("[[imap]]");
    file.text("user", &at.user);
    file.text("host", &at.host);
    if let Some(port) = at.port {
        file.value("port", &Value::Integer(port.into()));
    }
    if let Some(account) = &access.account {
        file.text("account", account.as_str());
    }
    let files = [
        ("password_file", &access.password_file),
        ("oauth2_token_file", &access.oauth2_token_file),
        ("ca_file", &access.ca_file),
    ];
    for (key, path) in files {
        if let Some(path) = path {
            file.path(key, path);
        }
    }
    if access.mailbox != "INBOX" {
        file.text("mailbox", &access.mailbox);
    }
    let switches = [
        ("plaintext", access.plaintext),
        ("mark_seen", access.mark_seen),
        ("delete", access.delete),
    ];
    for (key, _) in switches.into_iter().filter(|(_, is_set)| *is_set) {
        file.value(key, &Value::Boolean(true));
    }
}

/// A TOML file with a word about what is in it, which a serializer does not write.
#[derive(Default)]
struct File(String);

impl File {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn comment(&mut self, text: &str) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.line(&format!("# {text}"));
    }

    fn value(&mut self, key: &str, value: &Value) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "{key} = {value}");
    }

    fn text(&mut self, key: &str, text: &str) {
        self.value(key, &Value::String(text.to_owned()));
    }

    fn list(&mut self, key: &str, texts: &[&str]) {
        let texts = texts.iter().map(|text| Value::String((*text).to_owned()));
        self.value(key, &Value::Array(texts.collect()));
    }

    fn path(&mut self, key: &str, path: &Path) {
        self.text(key, &path.to_string_lossy());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_served_where_the_url_leads() {
        for (url, starter, expected) in [
            (None, Starter::Root, "127.0.0.1:80"),
            (None, Starter::User, "127.0.0.1:8080"),
            (None, Starter::Unit, "127.0.0.1:8080"),
            (Some("https://relay.example.org"), Starter::Root, "127.0.0.1:8080"),
            (Some("HTTPS://relay.example.org"), Starter::Root, "127.0.0.1:8080"),
            (Some("http://192.0.2.7"), Starter::Unit, "0.0.0.0:80"),
            (Some("http://127.0.0.1"), Starter::Root, "127.0.0.1:80"),
            (Some("http://relay.home.example:8099/"), Starter::User, "0.0.0.0:8099"),
            (Some("http://[2001:db8::7]:8099"), Starter::User, "[::]:8099"),
            (Some("http://[::1]"), Starter::Root, "[::1]:80"),
            (Some("http://LOCALHOST:8099"), Starter::User, "127.0.0.1:8099"),
            (Some("http://relay.Localhost:8099"), Starter::User, "127.0.0.1:8099"),
            (Some("http://notlocalhost:8099"), Starter::User, "0.0.0.0:8099"),
        ] {
            assert_eq!(http(url, starter).to_string(), expected, "{url:?}");
        }
    }

    #[test]
    fn a_port_that_does_not_exist_is_refused() {
        for url in ["http://relay.home.example:65536", "http://relay.home.example:0"] {
            assert!(parts(url).is_err(), "{url}");
        }
    }

    #[test]
    fn the_port_of_http_is_left_out_of_a_url() {
        let plan = |http: &str| Plan {
            data_dir: PathBuf::from("/d"),
            source: Source::Domain {
                domain: "relay.example.org".to_owned(),
            },
            http: http.parse().unwrap(),
            public_url: None,
            tls: Tls::None,
            starter: Starter::User,
        };
        assert_eq!(plan("127.0.0.1:80").url(), "http://127.0.0.1");
        assert_eq!(plan("127.0.0.1:8080").url(), "http://127.0.0.1:8080");
    }

    #[test]
    fn a_certificate_is_asked_for_each_name_once() {
        let plan = |url: &str| Plan {
            data_dir: PathBuf::from("/d"),
            source: Source::Domain {
                domain: "relay.example.org".to_owned(),
            },
            http: "127.0.0.1:8080".parse().unwrap(),
            public_url: Some(url.to_owned()),
            tls: Tls::Acme,
            starter: Starter::User,
        };
        for (url, names) in [
            ("https://relay.example.org", "[\"relay.example.org\"]"),
            (
                "https://codes.example.org/arlo",
                "[\"codes.example.org\", \"relay.example.org\"]",
            ),
        ] {
            let settings = plan(url).settings();
            assert!(settings.contains(&format!("acme_domains = {names}\n")), "{settings}");
        }
    }

    #[test]
    fn systemd_opens_the_low_ports_of_its_unit() {
        let mut plan = Plan {
            data_dir: PathBuf::from("/d"),
            source: Source::Domain {
                domain: "relay.example.org".to_owned(),
            },
            http: "0.0.0.0:80".parse().unwrap(),
            public_url: Some("https://relay.example.org".to_owned()),
            tls: Tls::Acme,
            starter: Starter::Unit,
        };
        let names = [
            "arlo-relay-http.socket",
            "arlo-relay-https.socket",
            "arlo-relay-smtp.socket",
        ];
        assert_eq!(plan.sockets(), names);
        let keys = |plan: &Plan| plan.settings().parse::<toml::Table>().unwrap();
        assert!(
            !["http", "https", "smtp"]
                .iter()
                .any(|key| keys(&plan).contains_key(*key))
        );
        plan.starter = Starter::Root;
        assert!(plan.sockets().is_empty());
        assert!(
            ["http", "https", "smtp"]
                .iter()
                .all(|key| keys(&plan).contains_key(*key))
        );
    }

    #[test]
    fn a_quote_in_a_name_stays_in_its_text() {
        let plan = Plan {
            data_dir: PathBuf::from("/data\"\n[evil]"),
            source: Source::MailServer {
                domain: "relay.example.org".to_owned(),
                socket: PathBuf::from("/run/arlo-relay/lmtp.sock"),
            },
            http: "127.0.0.1:80".parse().unwrap(),
            public_url: Some("https://relay.example.org".to_owned()),
            tls: Tls::None,
            starter: Starter::User,
        };
        let table: toml::Table = plan.settings().parse().unwrap();
        assert_eq!(table.len(), 5, "{table:?}");
        assert_eq!(table["data_dir"].as_str(), Some("/data\"\n[evil]"));
    }
}
