//! The arguments of `backup` and `restore`.

use std::path::PathBuf;

use clap::Args;

use super::deployment::DataDirArgs;

pub(super) const BACKUP_EXAMPLE: &str = "\
Example, each night:
  arlo-relay backup --data-dir /var/lib/arlo-relay /srv/backup/arlo-relay.backup

Works while serve runs. The file holds the relay's key: whoever has it can make tokens and relay
addresses of this relay, and can tell which accounts are enrolled. Keep it as safe as the data directory.";

pub(super) const RESTORE_EXAMPLE: &str = "\
Examples:
  arlo-relay restore /srv/backup/arlo-relay.backup --data-dir /var/lib/arlo-relay
  arlo-relay restore /srv/backup/arlo-relay.backup --data-dir /var/lib/arlo-relay --replace

Stop serve before. If it is killed, the next start finds the old relay or the restored one, and
never a part of it. What happened since the backup is undone: a token that was replaced since then is
valid again, and so is an enrolment that was revoked.";

#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// The file to write; an older backup there is replaced, and nothing else is
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) data_dir: DataDirArgs,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) data_dir: DataDirArgs,
    /// Set a relay aside that is in the data directory already, in a directory before-restore-TIME there
    #[arg(long)]
    pub(crate) replace: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}
