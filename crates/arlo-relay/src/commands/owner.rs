//! Root acts on a relay's data as the user to whom the data belongs.
//!
//! The service has a user of its own. What root wrote into its database's directory, the service could not open; and
//! root would follow links that the service made. So the command starts itself again as that user.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;

/// Comes back if this process is not root's, or if the directory is root's own or is not there yet.
pub(super) fn become_owner(directory: &Path) -> Result<(), Failure> {
    let Ok(metadata) = fs::metadata(directory) else {
        return Ok(());
    };
    let (user, group) = (metadata.uid(), metadata.gid());
    if user == 0 || !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let failed = |error| {
        Failure::operation(format!(
            "the command cannot go on as user {user}, who owns {}: {error}",
            directory.display()
        ))
    };
    let program = env::current_exe().map_err(failed)?;
    // Only comes back if it fails. With another user, the standard library drops root's other groups too.
    let error = Command::new(program)
        .args(env::args_os().skip(1))
        .uid(user)
        .gid(group)
        .exec();
    Err(failed(error))
}
