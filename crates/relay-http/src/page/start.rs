//! The start page: join, or show one's enrolment.

use maud::{Markup, html};
use relay::Registration;

use super::form::{MAX_EMAIL, MAX_FIELD};
use super::layout::{OtherLanguages, Page, View};
use super::parts::{Field, code, problem};
use super::rich::filled;

/// What a person has entered before, and what is wrong with it.
#[derive(Default)]
pub(super) struct Entered<'a> {
    pub(super) email: &'a str,
    pub(super) invitation: &'a str,
    /// What went wrong with joining.
    pub(super) joining: Option<&'a Markup>,
    /// What went wrong with showing the enrolment.
    pub(super) signing_in: Option<&'a Markup>,
    pub(super) wrong_email: bool,
    /// Whether the page is the answer to its own URL, and not to a form.
    pub(super) is_first: bool,
}

/// The page. `ticket` makes the form to join one that makes one enrolment however often it is sent.
pub(super) fn page(view: View, registration: Registration, ticket: &str, entered: &Entered<'_>) -> Page {
    let t = view.texts();
    let content = html! {
        p .lead { (t.start_lead) }
        section aria-labelledby="join" data-first[entered.is_first] {
            h2 #join { (t.join_title) }
            @if let Some(text) = entered.joining { (problem(text)) }
            @match registration {
                Registration::Closed => {
                    p { (filled(t.join_closed, &[("command", code("arlo-relay enroll you@example.org"))])) }
                },
                Registration::Invite => {
                    p { (t.join_invite_only) }
                    (join_form(view, registration, ticket, entered))
                },
                Registration::Open => (join_form(view, registration, ticket, entered)),
            }
        }
        aside aria-labelledby="arlo" { h2 #arlo { (t.arlo_off_title) } p { (t.arlo_off) } }
        section aria-labelledby="sign-in" {
            h2 #sign-in { (t.sign_in_title) }
            p { (t.sign_in_lead) }
            @if let Some(text) = entered.signing_in { (problem(text)) }
            (sign_in_form(view, entered))
        }
    };
    view.page(t.start_title, &OtherLanguages::ByLink, false, &content)
}

fn join_form(view: View, registration: Registration, ticket: &str, entered: &Entered<'_>) -> Markup {
    let t = view.texts();
    let email = Field {
        id: "join-email",
        name: "email",
        label: t.join_email,
        hint: Some(t.join_email_hint),
        kind: "email",
        autocomplete: "email",
        value: entered.email,
        longest: MAX_EMAIL,
        is_wrong: entered.wrong_email,
    };
    let invitation = Field {
        id: "join-invitation",
        name: "invitation",
        label: t.join_invitation,
        hint: Some(t.join_invitation_hint),
        kind: "text",
        autocomplete: "off",
        value: entered.invitation,
        longest: MAX_FIELD,
        is_wrong: false,
    };
    html! {
        form method="post" action="join" {
            input type="hidden" name="lang" value=(view.language.tag());
            input type="hidden" name="form" value=(ticket);
            (email.markup())
            @if registration == Registration::Invite { (invitation.markup()) }
            button .main type="submit" { (t.join_button) }
        }
    }
}

fn sign_in_form(view: View, entered: &Entered<'_>) -> Markup {
    let t = view.texts();
    let email = Field {
        id: "email",
        name: "email",
        label: t.join_email,
        hint: None,
        kind: "email",
        autocomplete: "username",
        value: entered.email,
        longest: MAX_EMAIL,
        is_wrong: false,
    };
    let token = Field {
        id: "token",
        name: "token",
        label: t.value_token,
        hint: None,
        kind: "password",
        autocomplete: "current-password",
        value: "",
        longest: MAX_FIELD,
        is_wrong: entered.signing_in.is_some(),
    };
    html! {
        form method="post" action="manage" {
            input type="hidden" name="lang" value=(view.language.tag());
            input type="hidden" name="action" value="status";
            (email.markup())
            (token.markup())
            button type="submit" { (t.sign_in_button) }
        }
    }
}
