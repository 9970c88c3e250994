//! A relay that serves, on free loopback ports.

use std::net::SocketAddr;
use std::path::Path;

use arlo_mail::Account;
use relay::{Credentials, Domain, JoinLimits, Lifetime, LocalPart, NewEnrolment, Registration, Relay};
use relay_server::authentication::NameServers;
use relay_server::serve::{Config, start};
use relay_server::sqlite::SqliteStore;
use relay_server::supervisor::Supervisor;
use tokio::sync::oneshot;

/// The settings of a relay on free loopback ports.
pub(crate) fn config(data_dir: &Path, name_server: SocketAddr) -> Config {
    Config {
        http: "127.0.0.1:0".parse().unwrap(),
        smtp: "127.0.0.1:0".parse().unwrap(),
        https: None,
        metrics: None,
        lmtp: None,
        data_dir: data_dir.to_owned(),
        domain: Some(Domain::parse("relay.example").unwrap()),
        former_domain: None,
        public_url: None,
        shared: LocalPart::default(),
        lifetime: Lifetime::default(),
        senders: vec![],
        operator: None,
        certificate: None,
        name_servers: NameServers::Addresses(vec![name_server]),
        mail_servers: vec![],
        trusted_proxies: vec![],
        registration: Registration::Closed,
        join_limits: JoinLimits::default(),
        supervisor: Supervisor::default(),
        mailboxes: vec![],
        version: "test",
    }
}

/// It serves until it is dropped. Its domain is `relay.example`.
pub(crate) struct Serving {
    pub(crate) relay: Relay<SqliteStore>,
    pub(crate) http: SocketAddr,
    pub(crate) smtp: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Serving {
    pub(crate) async fn start(data_dir: &Path, name_server: SocketAddr) -> Self {
        let server = start(config(data_dir, name_server)).await.unwrap();
        let (relay, http, smtp) = (server.relay().clone(), server.http_address(), server.smtp_address());
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        Self {
            relay,
            http,
            smtp,
            _stop: stop,
        }
    }

    pub(crate) async fn enrol(&self, account: &str) -> Credentials {
        let account = Account::parse(account).unwrap();
        let new = NewEnrolment::for_account(&account);
        self.relay.enroller().enrol(new).await.unwrap()
    }
}
