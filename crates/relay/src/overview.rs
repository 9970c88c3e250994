//! How many accounts are enrolled, and the newest mail of any of them: what a check of a deployment asks for first.

use jiff::Timestamp;

use crate::keys::Keys;
use crate::ports::{ManageEnrolments, ManageInvitations, PortError, ReadStatus};
use crate::status::Tally;

/// What a relay's store holds, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overview {
    /// How many accounts are enrolled.
    pub enrolments: usize,
    /// The newest mail of any of them.
    pub last_mail: Option<Tally>,
    /// Whether the deployment has a former key.
    pub has_former_key: bool,
    /// How many of them need a former key of the deployment.
    pub need_former_key: usize,
    /// How many invitations are open. With which key one was made is not kept.
    pub open_invitations: usize,
}

impl Overview {
    /// Reads every enrolment, its status, and the invitations. The keys are the deployment's.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn read(
        store: &(impl ManageEnrolments + ManageInvitations + ReadStatus),
        keys: &Keys,
        now: Timestamp,
    ) -> Result<Self, PortError> {
        let enrolments = store.list().await?;
        let mut last_mail: Option<Tally> = None;
        for enrolment in &enrolments {
            let newest = store.status(&enrolment.id).await?.last_mail();
            last_mail = newest.into_iter().chain(last_mail).max_by_key(|tally| tally.last_at);
        }
        let need_former_key = enrolments.iter().filter(|one| one.needs_another_key(keys, now));
        let invitations = store.invitations().await?;
        let open_invitations = invitations.iter().filter(|one| one.is_open(now));
        Ok(Self {
            enrolments: enrolments.len(),
            has_former_key: keys.has_former(),
            need_former_key: need_former_key.count(),
            open_invitations: open_invitations.count(),
            last_mail,
        })
    }
}

#[cfg(test)]
mod tests;
