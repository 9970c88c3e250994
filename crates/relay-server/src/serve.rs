//! The whole relay in one process: its listeners over one store, a sweeper, and the operator's mail.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arlo_mail::{Sender, Senders};
use client_limits::Client;
use relay::ports::Clock;
use relay::{
    Deployment, Domain, JoinLimits, Lifetime, LocalPart, Registration, Relay, Settings, SystemClock, SystemRandom,
};
use relay_http::{Api, PublicUrl, Vitals};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::accepting::Accepting;
use crate::authentication::{Authenticator, NameServers, Network};
use crate::data_dir::{Addresses, DataDir, Listeners};
use crate::error::StartError;
use crate::liveness::{Beat, Pulse};
use crate::metrics::Metrics;
use crate::operator::{self, OperatorMail};
use crate::reach::{self, Scheme};
use crate::smtp_delivery::RelayDelivery;
use crate::sqlite::SqliteStore;
use crate::supervisor::{Sockets, Supervisor, listen};
use crate::tasks::{Ended, Tasks};
use crate::tls::{self, Reload, Upkeep};
use crate::workers::Workers;
use crate::{descriptors, http, imap, metrics, outgoing, smtp, sweep};

/// The time for work on mails at shutdown, after all callers have ended.
const WORK_DRAIN: Duration = Duration::from_secs(2);

/// Connections for metrics at once.
const READERS_OF_METRICS: usize = 16;

/// The settings of a relay on one machine.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where HTTP is served; port 0 picks a free one.
    pub http: SocketAddr,
    /// Where HTTPS is served too, if it is; port 0 picks a free one. Needs a certificate.
    pub https: Option<SocketAddr>,
    /// Where SMTP is served; port 0 picks a free one.
    pub smtp: SocketAddr,
    /// Where Prometheus reads the metrics, if it does; port 0 picks a free one.
    pub metrics: Option<SocketAddr>,
    /// The socket where the mail server of this machine delivers by LMTP, if it does.
    pub lmtp: Option<LmtpSocket>,
    /// The directory of the database and the key.
    pub data_dir: PathBuf,
    /// The domain whose mail the relay receives; if unset, the one of the last start.
    pub domain: Option<Domain>,
    /// The domain that the relay moves away from. Without it, a relay whose enrolments have relay addresses of another
    /// domain does not start.
    pub former_domain: Option<Domain>,
    /// How clients reach it; if unset, by HTTPS, or by HTTP where there is no HTTPS. See [`reach`].
    pub public_url: Option<PublicUrl>,
    /// The local part of the address that all enrolments share.
    pub shared: LocalPart,
    /// How long a login request lives.
    pub lifetime: Lifetime,
    /// Senders whose mail counts as Arlo's, in addition to Arlo's own.
    pub senders: Vec<Sender>,
    /// The operator, who gets the mail that is no code; nobody, if unset.
    pub operator: Option<operator::Settings>,
    /// The certificate for HTTPS and STARTTLS.
    pub certificate: Option<tls::Source>,
    /// The name servers for DKIM and SPF.
    pub name_servers: NameServers,
    /// The operator's own mail servers, in addition to this machine: SPF cannot show who sends through them.
    pub mail_servers: Vec<Network>,
    /// The proxies before HTTP that say for whom they call. Nobody else is believed.
    pub trusted_proxies: Vec<Network>,
    /// Who may enrol himself.
    pub registration: Registration,
    /// How many may.
    pub join_limits: JoinLimits,
    /// What started it, and wants to know how it is.
    pub supervisor: Supervisor,
    /// Mailboxes whose mail is received too, in addition to mail by SMTP.
    pub mailboxes: Vec<imap::Mailbox>,
    /// The version that the relay reports.
    pub version: &'static str,
}

/// A Unix socket for LMTP.
#[derive(Debug, Clone)]
pub struct LmtpSocket {
    /// Its path.
    pub path: PathBuf,
    /// Its mode: whoever may write to it may deliver.
    pub mode: u32,
}

/// A relay whose listeners accept.
#[derive(Debug)]
pub struct Server {
    relay: Relay<SqliteStore>,
    store: SqliteStore,
    public_url: PublicUrl,
    http: Accepting<TcpListener>,
    http_address: SocketAddr,
    https: Option<Https>,
    http_limits: http::Limits,
    proxies: http::Proxies,
    certificate: Option<Upkeep>,
    supervisor: Supervisor,
    smtp: smtp::Listener,
    lmtp: Option<smtp::LmtpListener>,
    metrics: Option<(Accepting<TcpListener>, SocketAddr)>,
    authenticator: Authenticator,
    operator: Option<OperatorMail>,
    mailboxes: Vec<imap::Mailbox>,
    version: &'static str,
    _lock: File,
}

/// The listener of HTTPS.
struct Https {
    socket: Accepting<TcpListener>,
    address: SocketAddr,
    tls: TlsAcceptor,
}

relay::redacted_debug!(Https, |https| address = https.address);

/// Checks the settings, opens the data directory and binds the listeners.
///
/// # Errors
/// A [`StartError`]; then nothing listens, and the data is unchanged.
pub async fn start(config: Config) -> Result<Server, StartError> {
    start_on(config, Sockets::default()).await
}

/// As [`start`], on sockets that are open already. Each takes the place of its address in the settings.
///
/// # Errors
/// A [`StartError`]; then nothing listens, and the data is unchanged.
pub async fn start_on(config: Config, sockets: Sockets) -> Result<Server, StartError> {
    let Sockets {
        http: http_socket,
        https: https_socket,
        smtp: smtp_socket,
    } = sockets;
    let authenticator = Authenticator::new(&config.name_servers)?.with_mail_servers(&config.mail_servers);
    imap::check(&config.mailboxes)?;
    let https_address = https_socket.as_ref().and_then(|socket| socket.local_addr().ok());
    let https_address = https_address.or(config.https);
    if https_address.is_some() && config.certificate.is_none() {
        return Err(StartError::setting("HTTPS needs a certificate"));
    }

    let data = DataDir::open(&config.data_dir).await?;
    let lock = data.lock()?;
    let domain = data
        .domain_to_serve(config.domain, config.former_domain.as_ref())
        .await?;
    let operator = config
        .operator
        .map(|settings| OperatorMail::new(settings, &domain))
        .transpose()?;
    let name = config.certificate.as_ref().and_then(tls::Source::name);
    let certificate = config
        .certificate
        .map(|source| source.open(&config.data_dir))
        .transpose()?;
    let identity = certificate.as_ref().map(Upkeep::identity);
    let descriptors = descriptors::raise();
    let connections = descriptors::Connections::within(descriptors);
    tracing::debug!(descriptors, ?connections, "limits of connections");
    let (http, http_address) = listen("HTTP", config.http, http_socket).await?;
    let https = match https_address.zip(identity) {
        Some((address, identity)) => {
            let (socket, address) = listen("HTTPS", address, https_socket).await?;
            let (socket, tls) = (Accepting::new(socket), identity.for_https()?);
            Some(Https { socket, address, tls })
        }
        None => None,
    };
    let smtp = smtp::Config {
        address: config.smtp,
        hostname: domain.to_string(),
        identity: identity.cloned(),
        limits: smtp::Limits::with_connections(connections.smtp),
    };
    let smtp = smtp::bind_on(smtp, smtp_socket).await?;
    let lmtp = match config.lmtp {
        Some(LmtpSocket { path, mode }) => {
            let lmtp = smtp::bind_lmtp(smtp::LmtpConfig {
                path,
                mode,
                hostname: domain.to_string(),
                limits: smtp::Limits::with_connections(connections.lmtp),
            });
            Some(lmtp.await?)
        }
        None => None,
    };
    let metrics = match config.metrics {
        Some(address) => {
            let (socket, address) = listen("metrics", address, None).await?;
            Some((Accepting::new(socket), address))
        }
        None => None,
    };

    let public_url = match config.public_url {
        Some(url) => url,
        None => PublicUrl::parse(&match &https {
            Some(https) => reach::url(Scheme::Https, https.address, name.as_deref(), &domain),
            None => reach::url(Scheme::Http, http_address, None, &domain),
        })
        .map_err(StartError::setting)?,
    };
    data.set_addresses(&Addresses {
        domain: domain.clone(),
        public_url: public_url.as_str().to_owned(),
        registration: config.registration,
        listeners: Some(Listeners {
            http: http_address,
            https: https.as_ref().map(|https| https.address),
            smtp: smtp.local_addr(),
        }),
    })
    .await?;
    let senders = config.senders.into_iter().fold(Senders::default(), Senders::with);
    let settings = Settings {
        deployment: Deployment {
            keys: data.keys,
            domain,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        },
        shared: config.shared,
        lifetime: config.lifetime,
        senders,
        registration: config.registration,
        join_limits: config.join_limits,
        forwards: operator.is_some(),
    };
    Ok(Server {
        relay: Relay::new(settings, data.store.clone()),
        store: data.store,
        public_url,
        http: Accepting::new(http),
        http_address,
        https,
        http_limits: http::Limits::with_connections(connections.http),
        proxies: http::Proxies::new(&config.trusted_proxies),
        certificate,
        supervisor: config.supervisor,
        smtp,
        lmtp,
        metrics,
        authenticator,
        operator,
        mailboxes: config.mailboxes,
        version: config.version,
        _lock: lock,
    })
}

impl Server {
    /// Where HTTP is served.
    #[must_use]
    pub fn http_address(&self) -> SocketAddr {
        self.http_address
    }

    /// Where HTTPS is served, if it is.
    #[must_use]
    pub fn https_address(&self) -> Option<SocketAddr> {
        self.https.as_ref().map(|https| https.address)
    }

    /// Lets it read the certificate's files again, or ask for a certificate again; `None` if it has none.
    #[must_use]
    pub fn reload(&self) -> Option<Reload> {
        self.certificate
            .as_ref()
            .map(|certificate| certificate.reload().clone())
    }

    /// Where SMTP is served.
    #[must_use]
    pub fn smtp_address(&self) -> SocketAddr {
        self.smtp.local_addr()
    }

    /// Where LMTP is served, if it is.
    #[must_use]
    pub fn lmtp_path(&self) -> Option<&Path> {
        self.lmtp.as_ref().map(smtp::LmtpListener::path)
    }

    /// Where the metrics are, if they are served.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(|(_, address)| *address)
    }

    /// How clients reach it.
    #[must_use]
    pub fn public_url(&self) -> &PublicUrl {
        &self.public_url
    }

    /// The relay itself.
    #[must_use]
    pub fn relay(&self) -> &Relay<SqliteStore> {
        &self.relay
    }

    /// Serves until `shutdown` ends, then drains: it accepts no new connections, and calls and mails under way end.
    ///
    /// # Errors
    /// If a part of it ended before: nothing is served any more, and the process has to be started again.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), Ended> {
        let mut tasks = Tasks::new();
        let sweeper = Beat::new(Instant::now());
        let mut pulse = vec![
            ("http", self.http.beat()),
            ("smtp", self.smtp.beat()),
            ("sweeper", sweeper.clone()),
        ];
        pulse.extend(self.https.as_ref().map(|https| ("https", https.socket.beat())));
        pulse.extend(self.lmtp.as_ref().map(|lmtp| ("lmtp", lmtp.beat())));
        let pulse = Arc::new(Pulse::new(pulse));
        let counts = self.http.counts();
        let mut listeners = vec![("http", counts.clone()), ("smtp", self.smtp.counts())];
        listeners.extend(self.lmtp.as_ref().map(|lmtp| ("lmtp", lmtp.counts())));
        let metrics = Metrics::new(self.version);
        self.store.count_in(metrics.clone());
        let public_url = self.public_url.clone();
        let api = Api::new(
            self.relay.clone(),
            relay_http::Settings {
                public_url: self.public_url,
                version: self.version,
                shutdown: tasks.stopping(),
            },
        );
        let workers = Workers::new();
        let api = api
            .with_long_poll()
            .watching(Arc::clone(&pulse) as Arc<dyn Vitals>)
            .observed(Arc::new(metrics.clone()))
            .with_pool(Arc::new(workers.clone()))
            .with_signatures(Arc::new(self.authenticator.clone()));
        let router = relay_http::at_its_own_address(relay_http::router(Arc::new(api)), &public_url);
        let front = http::Front::new(router, self.proxies, self.http_limits, counts);
        let serving = http::serve(self.http, front.clone(), None, tasks.stopped());
        tasks.spawn("the HTTP listener", serving);
        if let Some(https) = self.https {
            let serving = http::serve(https.socket, front, Some(https.tls), tasks.stopped());
            tasks.spawn("the HTTPS listener", serving);
        }
        if let Some(certificate) = self.certificate {
            tasks.spawn("the upkeep of the certificate", certificate.run(tasks.stopped()));
        }
        let authenticator = self.authenticator;
        let delivery = RelayDelivery::new(
            self.relay.clone(),
            authenticator.clone(),
            workers.clone(),
            metrics.clone(),
        );
        if let Some(lmtp) = self.lmtp {
            tasks.spawn("the LMTP listener", lmtp.run(delivery.clone(), tasks.stopped()));
        }
        tasks.spawn("the SMTP listener", self.smtp.run(delivery, tasks.stopped()));
        let store = self.store;
        if let Some((listener, _)) = self.metrics {
            let sources = metrics::Sources {
                store: store.clone(),
                workers: workers.clone(),
                vitals: Arc::clone(&pulse) as Arc<dyn Vitals>,
                listeners,
            };
            let limits = http::Limits::with_connections(READERS_OF_METRICS);
            let router = metrics::router(metrics.clone(), sources);
            let front = http::Front::new(router, http::Proxies::new(&[]), limits, listener.counts());
            let serving = http::serve(listener, front, None, tasks.stopped());
            tasks.spawn("the listener for metrics", serving);
        }
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let sweeping = sweep::run(store.clone(), Arc::clone(&clock), sweeper, tasks.stopped());
        tasks.spawn("the sweeper", sweeping);
        tasks.spawn(
            "the writing thread of the database",
            writing(store.clone(), tasks.stopped()),
        );
        for mailbox in self.mailboxes {
            let work = workers.share(Client::default());
            let watching = imap::run(
                self.relay.clone(),
                store.clone(),
                mailbox,
                authenticator.clone(),
                work,
                metrics.clone(),
                tasks.stopped(),
            );
            tasks.spawn("the watcher of a mailbox", watching);
        }
        if let Some(operator) = self.operator {
            let sending = outgoing::run(store.clone(), operator, clock, tasks.stopped());
            tasks.spawn("the sender of the operator's mail", sending);
        }
        let supervisor = self.supervisor;
        let watched = supervisor.clone().watch(pulse, tasks.stopped());
        tasks.spawn("the watchdog", watched);
        supervisor.ready();
        let shutdown = async {
            shutdown.await;
            supervisor.stopping();
        };
        let result = tasks.run(shutdown).await;
        workers.drain(WORK_DRAIN).await;
        store.close().await;
        result
    }
}

/// Runs as long as the store can write.
async fn writing(store: SqliteStore, stopped: impl Future<Output = ()>) {
    tokio::select! {
        () = stopped => {}
        () = store.ended() => {}
    }
}
