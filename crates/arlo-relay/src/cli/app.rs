//! The arguments of `app`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;

pub(super) const EXAMPLE: &str = "\
Example, as the image of the Home Assistant app runs it:
  arlo-relay app --options /data/options.json --data-dir /data --media-dir /media/arlo

It reads what the user set in Home Assistant, enrols the account once, and runs serve, record and
mqtt as that asks for. Its page shows the lines for hass-aarlo, ready to paste.";

/// The Supervisor's address in the network of apps. Only it may open the page.
const SUPERVISOR: IpAddr = IpAddr::V4(Ipv4Addr::new(172, 30, 32, 2));

#[derive(Debug, Args)]
pub(crate) struct AppArgs {
    /// The options, as the Supervisor writes them
    #[arg(long, value_name = "FILE", default_value = "/data/options.json")]
    pub(crate) options: PathBuf,
    /// Where everything that has to stay is kept
    #[arg(long, value_name = "DIR", default_value = "/data")]
    pub(crate) data_dir: PathBuf,
    /// Where recordings are kept
    #[arg(long, value_name = "DIR", default_value = "/media/arlo")]
    pub(crate) media_dir: PathBuf,
    /// Where the relay serves HTTP. pyaarlo calls port 80 and no other
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:80")]
    pub(crate) http: SocketAddr,
    /// Where the relay serves SMTP
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:25")]
    pub(crate) smtp: SocketAddr,
    /// Where the page in Home Assistant is served
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:8099")]
    pub(crate) ingress: SocketAddr,
    /// Who alone may open that page: the Supervisor, which lets in who has logged in to Home Assistant
    #[arg(long, value_name = "IP", default_value_t = SUPERVISOR)]
    pub(crate) ingress_from: IpAddr,
    /// The Supervisor's API. Its token comes from SUPERVISOR_TOKEN
    #[arg(long, value_name = "URL", default_value = "http://supervisor")]
    pub(crate) supervisor: String,
}
