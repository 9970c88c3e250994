//! Where the certificate comes from, and the task that keeps it good.

use std::path::Path;

use super::acme::{self, Acme};
use super::files::Certificate;
use super::identity::Identity;
use super::watch::{self, Reload};
use crate::error::StartError;

/// Where the certificate comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// Files, which another program renews.
    Files(Certificate),
    /// An authority that is asked by ACME.
    Acme(acme::Settings),
}

/// What keeps the certificate good while the relay serves.
#[derive(Debug)]
pub(crate) struct Upkeep {
    identity: Identity,
    reload: Reload,
    work: Work,
}

#[derive(Debug)]
enum Work {
    Files(Certificate),
    Acme(Box<Acme>),
}

impl Source {
    /// Reads the certificate. One by ACME may not be there yet.
    pub(crate) fn open(self, data_dir: &Path) -> Result<Upkeep, StartError> {
        let (identity, work) = match self {
            Self::Files(files) => (files.load()?, Work::Files(files)),
            Self::Acme(settings) => {
                let identity = Identity::default();
                let acme = Acme::open(settings, &data_dir.join("acme"), &identity)?;
                (identity, Work::Acme(Box::new(acme)))
            }
        };
        let reload = Reload::default();
        Ok(Upkeep { identity, reload, work })
    }

    /// The name that clients can use, where it is known.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::Files(_) => None,
            Self::Acme(settings) => settings.domains.first().map(ToString::to_string),
        }
    }
}

impl Upkeep {
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) fn reload(&self) -> &Reload {
        &self.reload
    }

    /// Runs until `stopped` ends.
    pub(crate) async fn run(self, stopped: impl Future<Output = ()>) {
        let Self { identity, reload, work } = self;
        match work {
            Work::Files(files) => watch::watch(files, identity, reload, watch::EVERY, stopped).await,
            Work::Acme(acme) => acme.run(reload, stopped).await,
        }
    }
}
