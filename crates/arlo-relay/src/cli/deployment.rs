//! Which relay a command is about: one on this machine, or one on AWS.

use std::path::{Path, PathBuf};

use clap::Args;
use relay::Domain;
use relay_http::PublicUrl;
use relay_server::data_dir::is_used;

use crate::failure::Failure;
use crate::owner::is_root;

/// Where the relay of the system keeps its data: root's, and that of the unit of systemd.
pub(crate) const DATA_OF_THE_SYSTEM: &str = "/var/lib/arlo-relay";

/// The variable that names the data directory.
pub(crate) const DATA_DIR: &str = "ARLO_RELAY_DATA_DIR";

/// Where a relay on this machine keeps its data.
#[derive(Debug, Args)]
pub(crate) struct DataDirArgs {
    /// Where the relay keeps its database and its key [default: /var/lib/arlo-relay for root, else arlo-relay in the
    /// user's data directory]
    #[arg(long, value_name = "DIR", env = DATA_DIR)]
    data_dir: Option<PathBuf>,
}

impl DataDirArgs {
    /// The directory that was named.
    pub(crate) fn chosen(&self) -> Option<&Path> {
        self.data_dir.as_deref()
    }

    /// The directory.
    pub(crate) fn path(&self) -> Result<PathBuf, Failure> {
        if let Some(chosen) = &self.data_dir {
            return Ok(chosen.clone());
        }
        let own = directories::ProjectDirs::from("", "", "arlo-relay").map(|own| own.data_dir().to_owned());
        if is_root() {
            return Ok(of_root(own, DATA_OF_THE_SYSTEM.into()));
        }
        own.ok_or_else(|| Failure::usage("this user has no home directory: say where the data is with --data-dir"))
    }
}

/// Root's data directory. It was in root's home once: a relay that is there alone is still found.
fn of_root(former: Option<PathBuf>, of_the_system: PathBuf) -> PathBuf {
    match former {
        Some(former) if is_used(&former) && !is_used(&of_the_system) => former,
        _ => of_the_system,
    }
}

/// Which relay on this machine.
#[derive(Debug, Args)]
pub(crate) struct LocalRelayArgs {
    #[command(flatten)]
    pub(crate) data_dir: DataDirArgs,
    /// The domain whose mail comes to the relay [default: the one that serve was last started with]
    #[arg(long, value_name = "DOMAIN", env = "ARLO_RELAY_DOMAIN", value_parser = Domain::parse)]
    pub(crate) domain: Option<Domain>,
    /// How clients reach the relay [default: the URL that serve was last started with]
    #[arg(long, value_name = "URL", env = "ARLO_RELAY_PUBLIC_URL", value_parser = PublicUrl::parse)]
    pub(crate) public_url: Option<PublicUrl>,
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn root_finds_a_relay_of_before_unless_the_system_has_one() {
        let dir = tempfile::tempdir().unwrap();
        let (former, system) = (dir.path().join("home"), dir.path().join("system"));
        let chosen = || of_root(Some(former.clone()), system.clone());
        assert_eq!(chosen(), system);
        assert_eq!(of_root(None, system.clone()), system);
        fs::create_dir_all(&former).unwrap();
        assert_eq!(chosen(), system, "an empty directory holds no relay");
        fs::write(former.join("relay.sqlite3"), "").unwrap();
        assert_eq!(chosen(), former);
        fs::create_dir_all(&system).unwrap();
        fs::write(system.join("relay.sqlite3"), "").unwrap();
        assert_eq!(chosen(), system);
    }
}
