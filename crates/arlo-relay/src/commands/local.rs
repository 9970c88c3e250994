//! The relay of a data directory, whether it runs or not.

use std::sync::Arc;

use relay::{Deployment, Enroller, Registration, SystemClock, SystemRandom};
use relay_server::data_dir::{Addresses, DataDir, is_used};
use relay_server::sqlite::SqliteStore;

use crate::cli::{DEFAULT_HTTP, LocalRelayArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::owner::become_owner;

/// Its enrolments, and how it is reached.
pub(super) struct LocalRelay {
    pub(super) enroller: Enroller<SqliteStore>,
    pub(super) public_url: String,
    /// Who may enrol himself, as it last served.
    pub(super) registration: Registration,
}

impl LocalRelay {
    /// The relay of the directory. Without `new`, that has to be one that a relay has used before.
    pub(super) async fn open(args: &LocalRelayArgs, new: bool, output: &Output) -> Result<Self, Failure> {
        let path = args.data_dir.path()?;
        become_owner(&path)?;
        let is_new = !is_used(&path);
        let data = if new {
            DataDir::open(&path).await
        } else {
            DataDir::open_existing(&path).await
        };
        let data = data.map_err(Failure::operation)?;
        if is_new {
            // A second relay beside the one that serves is made by mistake.
            output.note(&format!("A new relay was made in {}.", path.display()));
        }
        let served = data.addresses().await.map_err(Failure::operation)?;
        let (served_domain, served_url, registration) = match served {
            Some(Addresses {
                domain,
                public_url,
                registration,
                ..
            }) => (Some(domain), public_url, registration),
            None => (None, format!("http://{DEFAULT_HTTP}"), Registration::default()),
        };
        let chosen_url = args.public_url.as_ref().map(|url| url.as_str().to_owned());
        let public_url = chosen_url.unwrap_or(served_url);
        let deployment = Deployment {
            keys: data.keys,
            domain: args.domain.clone().or(served_domain).unwrap_or_default(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        };
        Ok(Self {
            enroller: Enroller::new(deployment, data.store),
            public_url: public_url.trim_end_matches('/').to_owned(),
            registration,
        })
    }
}
