//! `POST /join`: the form of the start page is sent, and the values are shown.
//!
//! A person reloads a page, goes back and forward, and presses a button twice. So the form has a ticket from which the
//! enrolment and its token follow: sent again within the hour, the form shows the same values and makes nothing.

use std::sync::Arc;

use arlo_mail::Account;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use maud::html;
use relay::ports::WebStore;
use relay::{Credentials, JoinTicket, Registration, Status};

use super::form::Form;
use super::language::Language;
use super::layout::{OtherLanguages, Page, View};
use super::member::{Member, TokenShown};
use super::start::{self, Entered};
use super::trial::{self, Trial};
use super::{clients, fault, mail, view};
use crate::api::Api;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::joining::Wish;

/// Join by the page
///
/// A page for a person: the values of the new enrolment, or the start page with what was wrong. Sent again, the same
/// form shows the same values.
#[utoipa::path(
    post,
    path = "/join",
    operation_id = "joinByPage",
    tag = "pages",
    request_body(content = JoinForm, content_type = "application/x-www-form-urlencoded"),
    responses(super::Pages),
    security(())
)]
pub(crate) async fn join<S: WebStore, P: Send + Sync + 'static>(
    State(api): State<Arc<Api<S, P>>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Page {
    let (form, read) = Form::read(&api, &caller, &headers, body).await;
    let view = view(&api, Language::chosen(form.language().as_deref(), &headers));
    let joined = match read {
        Ok(()) => try_to_join(&api, &caller, &form).await,
        Err(failure) => Err(failure),
    };
    match joined {
        Ok(credentials) => values(view, &api, &form, &credentials),
        Err(failure) => again(view, &api, &form, failure),
    }
}

/// The form that is sent again.
const AGAIN: &str = "again";

/// The fields of the form.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes what is read field by field")]
pub(crate) struct JoinForm {
    /// The address of the Arlo account.
    #[schema(example = "casey@example.org", max_length = 254)]
    email: String,
    /// The invitation, where one is needed.
    invitation: Option<String>,
    /// What the start page has in its form. It makes the form one that makes one enrolment.
    form: String,
    /// The language of the answer.
    #[schema(example = "de")]
    lang: Option<String>,
}

async fn try_to_join<S: WebStore, P>(api: &Api<S, P>, caller: &Caller, form: &Form) -> Result<Credentials, Failure> {
    let registration = api.relay.registration();
    if registration == Registration::Closed {
        return Err(Failure::RegistrationClosed);
    }
    let wish = Wish {
        email: form.text("email"),
        invitation: Some(form.text("invitation")),
        label: None,
    };
    let wish = wish.understood(registration)?;
    let ticket = JoinTicket::parse(&form.text("form")).ok_or(Failure::FormOver)?;
    let credentials = api.relay.join_once(&ticket, wish.stranger(caller)).await?;
    tracing::info!(enrolment = %credentials.id, "a stranger has joined by the page");
    Ok(credentials)
}

/// The page that a new member sees.
fn values<S, P>(view: View, api: &Api<S, P>, form: &Form, credentials: &Credentials) -> Page {
    let t = view.texts();
    let email = form.text("email");
    let relay_address = api.relay.enroller().relay_address(&credentials.local_part);
    let member = Member {
        email: &email,
        token: &credentials.token,
        relay_address: &relay_address,
        public_url: &api.settings.public_url,
        request: None,
    };
    let status = Status::default();
    let content = html! {
        p .lead { (t.joined_lead) }
        (member.values(view, TokenShown::Once))
        (mail::section(view, &member, &status))
        (trial::section(view, &member, &Trial::None, &status, false))
        (clients::section(view, &member))
        section aria-labelledby="next" {
            h2 #next { (t.status_page_title) }
            p { (t.sign_in_lead) }
            (member.act(view, "status", "", t.sign_in_button, ""))
        }
        (member.look_form(view))
        // The same form again, for another language.
        form id=(AGAIN) method="post" action="join" {
            @for name in ["form", "email", "invitation"] { input type="hidden" name=(name) value=(form.text(name)); }
        }
    };
    view.page(t.joined_title, &OtherLanguages::ByForm(AGAIN), true, &content)
}

/// The start page with what was wrong, and what was entered.
fn again<S, P>(view: View, api: &Api<S, P>, form: &Form, failure: Failure) -> Page {
    let (email, invitation) = (form.text("email"), form.text("invitation"));
    let problem = fault::words(view, failure);
    let entered = Entered {
        email: &email,
        invitation: &invitation,
        joining: Some(&problem),
        wrong_email: matches!(failure, Failure::Address(_)),
        ..Entered::default()
    };
    start_page(view, api, &entered).of_failure(failure)
}

/// The start page, with a form of its own.
pub(super) fn start_page<S, P>(view: View, api: &Api<S, P>, entered: &Entered<'_>) -> Page {
    match api.relay.join_ticket() {
        Ok(ticket) => start::page(view, api.relay.registration(), ticket.expose(), entered),
        Err(error) => {
            let failure = Failure::from(error);
            let problem = fault::words(view, failure);
            let entered = Entered {
                joining: Some(&problem),
                ..Entered::default()
            };
            start::page(view, api.relay.registration(), "", &entered).of_failure(failure)
        }
    }
}

/// The account that a member has entered.
pub(super) fn account(email: &str) -> Result<Account, Failure> {
    Ok(Account::parse(email)?)
}
