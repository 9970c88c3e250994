//! What the cloud sends to its event streams.

use std::sync::Arc;

use serde_json::Value;

use crate::config::UserIndex;

/// One event for the open streams.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A message for every stream of a user.
    Message(UserIndex, Arc<Value>),
    /// A token is void: its streams end.
    LoggedOut(Arc<str>),
}
