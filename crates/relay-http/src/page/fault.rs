//! Why the page cannot do something, in the person's words.

use maud::{Markup, html};

use super::layout::{Page, View};
use super::rich::filled;
use crate::failure::Failure;

/// The words for a failure.
pub(super) fn words(view: View, failure: Failure) -> Markup {
    let t = view.texts();
    let text = match failure {
        Failure::Address(_) => t.error_address,
        Failure::NoToken => t.error_no_token,
        Failure::Denied => t.error_token,
        Failure::RegistrationClosed => t.error_closed,
        Failure::NotInvited | Failure::InvitationOver => t.error_invitation,
        Failure::TooManyJoin(_) => t.error_too_many,
        Failure::NoRoom => t.error_full,
        Failure::FormOver => t.error_form_old,
        Failure::FormUsed => t.error_form_used,
        Failure::Elsewhere => t.error_elsewhere,
        Failure::Crowded(seconds) | Failure::TooOften(seconds) => {
            let seconds = html! { (seconds) };
            return filled(t.error_too_often, &[("seconds", seconds)]);
        }
        Failure::NoMemory | Failure::NoPlace | Failure::Away { .. } | Failure::TooSlow => t.error_away,
        Failure::NotFound
        | Failure::MethodNotAllowed
        | Failure::JoinByPost
        | Failure::Gone
        | Failure::NothingWaiting
        | Failure::BadRequest(_)
        | Failure::TooLarge { .. }
        | Failure::MediaType(_) => t.error_form,
    };
    html! { (text) }
}

impl Page {
    /// The page as the answer to a call that failed.
    pub(super) fn of_failure(self, failure: Failure) -> Self {
        self.with_status(failure.status(), failure.retry_after())
    }
}
