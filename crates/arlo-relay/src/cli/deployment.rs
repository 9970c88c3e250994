//! Which relay a command is about: one on this machine, or one on AWS.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::failure::Failure;

/// Where a relay on this machine keeps its data.
#[derive(Debug, Args)]
pub(crate) struct DataDirArgs {
    /// Where the relay keeps its database and its key [default: arlo-relay in the user's data directory]
    #[arg(long, value_name = "DIR", env = "ARLO_RELAY_DATA_DIR")]
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
        directories::ProjectDirs::from("", "", "arlo-relay")
            .map(|own| own.data_dir().to_owned())
            .ok_or_else(|| Failure::usage("this user has no home directory: say where the data is with --data-dir"))
    }
}

/// Which relay on this machine.
#[derive(Debug, Args)]
pub(crate) struct LocalRelayArgs {
    #[command(flatten)]
    pub(crate) data_dir: DataDirArgs,
    /// The domain whose mail comes to the relay [default: the one that serve was last started with]
    #[arg(long, value_name = "DOMAIN", env = "ARLO_RELAY_DOMAIN")]
    pub(crate) domain: Option<String>,
    /// How clients reach the relay [default: the URL that serve was last started with]
    #[arg(long, value_name = "URL", env = "ARLO_RELAY_PUBLIC_URL")]
    pub(crate) public_url: Option<String>,
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
