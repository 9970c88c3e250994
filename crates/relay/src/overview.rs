//! How many accounts are enrolled, and the newest mail of any of them: what a check of a deployment asks for first.

use crate::enrolment::Tally;
use crate::ports::{ManageEnrolments, PortError, ReadStatus};

/// What a relay's store holds, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overview {
    /// How many accounts are enrolled.
    pub enrolments: usize,
    /// The newest mail of any of them.
    pub last_mail: Option<Tally>,
}

impl Overview {
    /// Reads every enrolment's status.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn read(store: &(impl ManageEnrolments + ReadStatus)) -> Result<Self, PortError> {
        let enrolments = store.list().await?;
        let mut last_mail: Option<Tally> = None;
        for enrolment in &enrolments {
            let newest = store.status(&enrolment.account).await?.last_mail();
            last_mail = newest.into_iter().chain(last_mail).max_by_key(|tally| tally.last_at);
        }
        Ok(Self {
            enrolments: enrolments.len(),
            last_mail,
        })
    }
}
