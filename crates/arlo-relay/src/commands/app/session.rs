//! The session file that `record` and `mqtt` share. It follows the account of the options: who changes that account
//! has no shell here to remove the file, and both commands refuse the session of another account.

use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;

/// What this needs of the file.
#[derive(Deserialize)]
struct Kept {
    account: String,
}

/// Removes the file if it belongs to another account. What cannot be read is left to the login, which keeps it aside.
pub(super) fn follow(account: &str, file: &Path) {
    let kept: Option<Kept> = fs::read(file).ok().and_then(|text| serde_json::from_slice(&text).ok());
    if kept.is_none_or(|kept| kept.account.eq_ignore_ascii_case(account)) {
        return;
    }
    match fs::remove_file(file) {
        Ok(()) => tracing::info!("the session of the former account is removed"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(%error, "the session of the former account cannot be removed"),
    }
}
