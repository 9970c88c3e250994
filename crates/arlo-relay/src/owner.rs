//! The owner of a data directory.
//!
//! A file that root makes in a directory of the user who serves is one that `serve` cannot read. So root goes on as
//! that user.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::cli::DATA_DIR;
use crate::failure::Failure;

/// Whether this is root.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A user and a group of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    uid: u32,
    gid: u32,
}

impl Owner {
    /// The owner of the path, if this is root and the owner is not.
    pub(crate) fn other_than_root(path: &Path) -> Option<Self> {
        if !is_root() {
            return None;
        }
        let found = fs::metadata(path).ok()?;
        let owner = Self {
            uid: found.uid(),
            gid: found.gid(),
        };
        (owner.uid != 0).then_some(owner)
    }

    /// Lets the command run as this user, without root's groups.
    pub(crate) fn runs(self, command: &mut Command) -> &mut Command {
        command.uid(self.uid).gid(self.gid)
    }
}

/// Goes on as the owner of the directory, if this is root and the owner is not: the same command begins anew.
pub(crate) fn become_owner(directory: &Path) -> Result<(), Failure> {
    let Some(owner) = Owner::other_than_root(directory) else {
        return Ok(());
    };
    let itself = env::current_exe().map_err(|error| failed(directory, &error))?;
    let mut command = Command::new(itself);
    command.args(env::args_os().skip(1));
    // Where it was not named, it is root's own default, and that user has another one.
    command.env(DATA_DIR, directory);
    let error = owner.runs(&mut command).exec();
    Err(failed(directory, &error))
}

fn failed(directory: &Path, error: &std::io::Error) -> Failure {
    Failure::operation(format!(
        "{} belongs to another user, and this cannot go on as that user: {error}",
        directory.display()
    ))
}
