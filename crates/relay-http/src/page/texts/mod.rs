//! What the page says, once for each language.
//!
//! To add a language: copy `en.rs`, translate it, and name it here and in `language.rs`. The compiler tells which text
//! is missing, and the tests below which place in a text is.

mod de;
mod en;
mod es;
mod fr;
#[cfg(test)]
mod tests;

pub(super) use de::DE;
pub(super) use en::EN;
pub(super) use es::ES;
pub(super) use fr::FR;

use relay::{AuditKind, MailEvent};

macro_rules! texts {
    ($($(#[$about:meta])* $name:ident,)+) => {
        /// What the page says in one language. A `{name}` stands for something that the page puts there.
        pub(super) struct Texts {
            $($(#[$about])* pub(super) $name: &'static str,)+
        }

        impl Texts {
            /// The name and the text of each.
            #[cfg(test)]
            pub(super) fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name),)+]
            }
        }
    };
}

texts! {
    // Around every page.
    languages,
    to_start,
    privacy,
    api,
    skip,
    // The start page.
    start_title,
    start_lead,
    arlo_off_title,
    arlo_off,
    join_title,
    join_email,
    join_email_hint,
    join_invitation,
    join_invitation_hint,
    join_invite_only,
    /// `{command}`
    join_closed,
    join_button,
    sign_in_title,
    sign_in_lead,
    sign_in_button,
    // The values.
    joined_title,
    joined_lead,
    values_title,
    values_once,
    values_secret,
    value_account,
    value_token,
    value_token_hint,
    value_address,
    value_address_hint,
    value_prestage,
    value_prestage_hint,
    copy,
    copied,
    save,
    // How the mail gets here.
    mail_title,
    factor_title,
    factor_lead,
    factor_where,
    factor_first,
    factor_button,
    factor_off,
    forward_title,
    /// `{sender}` `{address}`
    forward_lead,
    /// `{provider}`
    asks_first,
    /// `{provider}`
    asks_nothing,
    /// `{provider}`
    asks_perhaps,
    gmail,
    outlook,
    icloud,
    yahoo,
    fastmail,
    proton,
    zoho,
    gmx,
    alias,
    other_provider,
    other_provider_name,
    alias_name,
    questions_title,
    questions_none,
    questions_caution,
    /// `{sender}` `{time}`
    question_from,
    question_no_subject,
    /// `{host}`
    question_link,
    question_code,
    question_gmail,
    look_again,
    looks_by_itself,
    looks_no_more,
    // The test.
    test_title,
    /// `{account}`
    test_lead,
    test_lead_signed,
    test_button,
    test_again,
    /// `{time}`
    test_waits,
    test_factor,
    test_alone,
    test_send,
    /// `{address}`
    test_copy,
    test_subject,
    /// `{code}` `{seconds}`
    test_came,
    /// `{code}`
    test_came_untimed,
    test_expected,
    test_another,
    test_conflict,
    test_over,
    // What to paste.
    clients_title,
    clients_lead,
    client_hass,
    client_hass_note,
    client_pyaarlo,
    client_pyaarlo_note,
    client_port,
    client_scrypted,
    client_scrypted_note,
    client_script,
    client_script_note,
    client_command,
    client_command_note,
    // The status.
    status_title,
    status_page_title,
    status_none,
    status_last_mail,
    status_last_code,
    status_since,
    status_rotated,
    status_id,
    never,
    /// `{date}`
    status_removed,
    status_taken,
    status_refused,
    status_refused_none,
    column_what,
    column_count,
    column_last,
    column_when,
    column_network,
    events_title,
    events_lead,
    mail_code_delivered,
    mail_nothing_waiting,
    mail_duplicate,
    mail_conflicting_codes,
    mail_forwarding_confirmation,
    mail_no_code,
    mail_not_from_arlo,
    mail_forwarded_by_another,
    mail_not_signed,
    mail_too_complex,
    event_enrolled,
    event_prestaged,
    event_wrong_token,
    event_token_replaced,
    event_address_replaced,
    event_suspended,
    event_resumed,
    // Another token, and the end.
    rotate_title,
    rotate_text,
    rotate_button,
    rotated_title,
    rotated_lead,
    leave_title,
    leave_text,
    leave_button,
    leave_confirm_title,
    leave_confirm_text,
    leave_now,
    leave_stay,
    left_title,
    left_text,
    // What can go wrong.
    error_title,
    error_address,
    error_token,
    error_no_token,
    error_closed,
    error_invitation,
    error_full,
    /// `{seconds}`
    error_too_often,
    error_too_many,
    error_away,
    error_form,
    error_form_old,
    error_form_used,
    error_elsewhere,
    // What is kept.
    privacy_title,
    privacy_lead,
    privacy_kept,
    privacy_what,
    privacy_how,
    privacy_how_long,
    kept_account,
    kept_account_how,
    kept_token,
    kept_token_how,
    kept_address,
    kept_address_how,
    kept_code,
    kept_code_how,
    kept_code_long,
    kept_mail,
    kept_mail_how,
    kept_mail_long,
    kept_other,
    kept_other_how,
    kept_other_long,
    kept_counts,
    kept_counts_how,
    kept_events,
    kept_events_how,
    kept_names,
    kept_names_how,
    kept_joins,
    kept_joins_how,
    kept_joins_long,
    as_long_as_enrolled,
    privacy_log,
    privacy_browser,
    privacy_operator_title,
    privacy_operator,
    privacy_operator_mail,
    privacy_backups,
    privacy_export_title,
    privacy_export,
    privacy_erase_title,
    privacy_erase,
}

impl Texts {
    /// What became of a mail.
    pub(super) fn mail_event(&self, event: MailEvent) -> &'static str {
        match event {
            MailEvent::CodeDelivered => self.mail_code_delivered,
            MailEvent::NothingWaiting => self.mail_nothing_waiting,
            MailEvent::Duplicate => self.mail_duplicate,
            MailEvent::ConflictingCodes => self.mail_conflicting_codes,
            MailEvent::ForwardingConfirmation => self.mail_forwarding_confirmation,
            MailEvent::NoCode => self.mail_no_code,
            MailEvent::NotFromArlo => self.mail_not_from_arlo,
            MailEvent::ForwardedByAnother => self.mail_forwarded_by_another,
            MailEvent::NotSigned => self.mail_not_signed,
            MailEvent::TooComplex => self.mail_too_complex,
        }
    }

    /// What happened to an enrolment.
    pub(super) fn event(&self, kind: AuditKind) -> &'static str {
        match kind {
            AuditKind::Mail(event) => self.mail_event(event),
            AuditKind::Enrolled => self.event_enrolled,
            AuditKind::Prestaged => self.event_prestaged,
            AuditKind::WrongToken => self.event_wrong_token,
            AuditKind::TokenReplaced => self.event_token_replaced,
            AuditKind::AddressReplaced => self.event_address_replaced,
            AuditKind::Suspended => self.event_suspended,
            AuditKind::Resumed => self.event_resumed,
            other => other.name(),
        }
    }
}
