//! The name servers that are asked.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use mail_auth::MessageAuthenticator;
use mail_auth::hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use mail_auth::hickory_resolver::system_conf::read_system_conf;

use crate::error::StartError;

/// How many answers are cached, whatever senders make us look up.
const CACHE_ENTRIES: u64 = 1024;
/// A key that was withdrawn is used no longer than this, whatever its TTL.
const MAX_TTL: Duration = Duration::from_secs(3600);
/// A key that has just been published is found after this at the latest.
const MAX_NEGATIVE_TTL: Duration = Duration::from_secs(60);
/// The time limit of one question to one server. A question is repeated up to [`ATTEMPTS`] times.
const TIMEOUT: Duration = Duration::from_secs(2);
const ATTEMPTS: usize = 2;

/// Where to look names up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum NameServers {
    /// Those of the machine's configuration (`/etc/resolv.conf`). If it names none, the one on the machine itself, as
    /// resolv.conf(5) specifies.
    #[default]
    System,
    /// These, over UDP and TCP.
    Addresses(Vec<SocketAddr>),
}

pub(super) fn build(servers: &NameServers) -> Result<MessageAuthenticator, StartError> {
    let unusable = || {
        StartError::setting(
            "the resolver cannot be set up: name at least one name server, or none at all to use the machine's own",
        )
    };
    let (config, mut options) = match servers {
        NameServers::Addresses(addresses) if addresses.is_empty() => return Err(unusable()),
        NameServers::Addresses(addresses) => (explicit(addresses), ResolverOpts::default()),
        NameServers::System => read_system_conf().unwrap_or_else(|error| {
            tracing::warn!(%error, "no name server is set up on this machine; asking 127.0.0.1:53");
            let own = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 53);
            (explicit(&[own]), ResolverOpts::default())
        }),
    };
    options.timeout = TIMEOUT;
    options.attempts = ATTEMPTS;
    options.cache_size = CACHE_ENTRIES;
    options.positive_max_ttl = Some(MAX_TTL);
    options.negative_max_ttl = Some(MAX_NEGATIVE_TTL);
    options.use_hosts_file = ResolveHosts::Never;
    MessageAuthenticator::new(config, options).map_err(|error| unusable().caused_by(error))
}

fn explicit(addresses: &[SocketAddr]) -> ResolverConfig {
    let servers = addresses.iter().map(|address| {
        let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
            connection.port = address.port();
            connection
        });
        NameServerConfig::new(address.ip(), true, connections.into())
    });
    ResolverConfig::from_name_servers(servers.collect())
}
