//! `POST /manage`: what a member does with an enrolment. Each form has the token in it, so that no URL has it and
//! nothing is kept between two calls.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use maud::html;
use relay::ports::WebStore;
use relay::{AccessToken, Enrolment, PollKey, Refusal, Status};

use super::form::Form;
use super::join::{account, start_page};
use super::language::Language;
use super::layout::{OtherLanguages, Page, View};
use super::member::{LOOK, Member, TokenShown};
use super::parts::problem;
use super::start::Entered;
use super::trial::{self, Trial};
use super::{clients, fault, mail, standing, view};
use crate::api::Api;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::joining;
use crate::limits::Act;

/// Manage an enrolment by the page
///
/// A page for a person: the enrolment after what the form asks for, or the start page with what was wrong.
#[utoipa::path(
    post,
    path = "/manage",
    operation_id = "manage",
    tag = "pages",
    request_body(content = ManageForm, content_type = "application/x-www-form-urlencoded"),
    responses(super::Pages),
    security(())
)]
pub(crate) async fn manage<S: WebStore, P: Send + Sync + 'static>(
    State(api): State<Arc<Api<S, P>>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Page {
    let (form, read) = Form::read(&api, &caller, &headers, body).await;
    let view = view(&api, Language::chosen(form.language().as_deref(), &headers));
    let call = Call {
        view,
        api: &api,
        caller: &caller,
        form: &form,
    };
    let done = match read {
        Ok(()) => call.act().await,
        Err(failure) => Err(failure),
    };
    done.unwrap_or_else(|failure| call.again(failure))
}

/// The fields of the form.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes what is read field by field")]
pub(crate) struct ManageForm {
    /// The address of the Arlo account.
    #[schema(example = "casey@example.org", max_length = 254)]
    email: String,
    /// The access token.
    token: String,
    /// What to do: status, live (the parts of it that change), test, token, leave, or leave-now.
    #[schema(example = "status")]
    action: Option<String>,
    /// The login request for which the page waits.
    request: Option<String>,
    /// The language of the answer.
    #[schema(example = "de")]
    lang: Option<String>,
}

struct Call<'a, S, P> {
    view: View,
    api: &'a Api<S, P>,
    caller: &'a Caller,
    form: &'a Form,
}

/// What is known of an enrolment whose token was shown.
struct Known {
    enrolment: Enrolment,
    status: Status,
    trial: Trial,
}

impl<S: WebStore, P> Call<'_, S, P> {
    async fn act(&self) -> Result<Page, Failure> {
        let token = self.form.token().map_err(|failure| match failure {
            Failure::Denied => self.api.shares.refused(self.caller.client),
            other => other,
        })?;
        let request = self.form.text("request");
        match self.form.text("action").as_str() {
            "" | "status" => self.status(&token, &request, None).await,
            "live" => self.live(&token, &request).await,
            "test" => self.test(&token, &request).await,
            "token" => self.replace_token(&token).await,
            "leave" => self.ask_to_leave(&token).await,
            "leave-now" => self.leave(&token).await,
            _ => Err(Failure::BadRequest("There is no such action.")),
        }
    }

    /// The enrolment, with its login request where there is one.
    async fn known(&self, token: &AccessToken, request: &str) -> Result<Known, Failure> {
        let account = account(&self.form.text("email"))?;
        let shown = self.caller.shown(token);
        let found = self.api.relay.status(Some(&account), shown).await;
        let (enrolment, status) = found.map_err(|refusal| self.api.refused(self.caller, refusal))?;
        let trial = match request {
            "" => Trial::None,
            key => self.trial(key, &enrolment).await?,
        };
        Ok(Known {
            enrolment,
            status,
            trial,
        })
    }

    async fn trial(&self, key: &str, enrolment: &Enrolment) -> Result<Trial, Failure> {
        let Some(key) = PollKey::parse(key).filter(|key| key.enrolment() == enrolment.id) else {
            return Ok(Trial::Over);
        };
        match self.api.relay.poll(&key).await {
            Ok(request) => Ok(Trial::Begun(request)),
            Err(Refusal::Gone) => Ok(Trial::Over),
            Err(refusal) => Err(refusal.into()),
        }
    }

    async fn status(&self, token: &AccessToken, request: &str, failure: Option<Failure>) -> Result<Page, Failure> {
        let known = self.known(token, request).await?;
        let page = self.enrolment(token, request, &known, TokenShown::No, failure);
        Ok(match failure {
            Some(failure) => page.of_failure(failure),
            None => page,
        })
    }

    /// The page of an enrolment.
    fn enrolment(
        &self,
        token: &AccessToken,
        request: &str,
        known: &Known,
        shown: TokenShown,
        failure: Option<Failure>,
    ) -> Page {
        let (view, t) = (self.view, self.view.texts());
        let Known {
            enrolment,
            status,
            trial,
        } = known;
        let enroller = self.api.relay.enroller();
        let (email, relay_address) = (
            self.form.text("email"),
            enroller.relay_address(&enroller.local_part(enrolment)),
        );
        let member = Member {
            email: &email,
            token,
            relay_address: &relay_address,
            public_url: &self.api.settings.public_url,
            request: Some(request).filter(|request| !request.is_empty()),
        };
        let removed_at = enrolment.made_by.unused_until();
        let content = html! {
            @if let Some(failure) = failure { (problem(&fault::words(view, failure))) }
            @if shown == TokenShown::Once {
                p .lead { (t.rotated_lead) }
                (member.values(view, shown))
            } @else {
                (standing::section(view, enrolment, status, removed_at))
                aside aria-labelledby="arlo" { h2 #arlo { (t.arlo_off_title) } p { (t.arlo_off) } }
                (member.values(view, shown))
            }
            (mail::section(view, &member, status))
            (trial::section(view, &member, trial, status, enrolment.require_dkim))
            (clients::section(view, &member))
            section aria-labelledby="rotate" {
                h2 #rotate { (t.rotate_title) }
                p { (t.rotate_text) }
                (member.act(view, "token", "", t.rotate_button, ""))
            }
            section aria-labelledby="leave" {
                h2 #leave { (t.leave_title) }
                p { (t.leave_text) }
                (member.act(view, "leave", "", t.leave_button, "danger"))
            }
            (member.look_form(view))
        };
        let title = if shown == TokenShown::Once {
            t.rotated_title
        } else {
            t.status_page_title
        };
        view.page(title, &OtherLanguages::ByForm(LOOK), failure.is_none(), &content)
    }

    /// The parts of the page that change, for its script.
    async fn live(&self, token: &AccessToken, request: &str) -> Result<Page, Failure> {
        let Known {
            enrolment,
            status,
            trial,
        } = self.known(token, request).await?;
        let content = html! {
            (mail::questions(self.view, &status))
            (trial::result(self.view, &trial, &status))
            (standing::now(self.view, &enrolment, &status, enrolment.made_by.unused_until()))
        };
        Ok(self.view.fragment(&content))
    }

    /// Announces a login, as a client would, in place of the one that the page has waited for.
    async fn test(&self, token: &AccessToken, former: &str) -> Result<Page, Failure> {
        let account = account(&self.form.text("email"))?;
        let shares = &self.api.shares;
        shares.may(Act::Prestage, &token.enrolment())?;
        let staged = self.api.relay.prestage(&account, self.caller.shown(token)).await;
        if !matches!(staged, Err(Refusal::Denied)) {
            shares.did(Act::Prestage, token.enrolment());
        }
        match staged {
            Ok(staged) => {
                tracing::info!(request = %staged.request_id, "login request staged by the page");
                if let Some(former) = PollKey::parse(former).filter(|key| key.enrolment() == token.enrolment()) {
                    self.api.relay.cancel(&former).await?;
                }
                self.status(token, staged.poll_key.expose(), None).await
            }
            Err(refusal @ Refusal::Crowded { .. }) => self.status(token, "", Some(refusal.into())).await,
            Err(refusal) => Err(self.api.refused(self.caller, refusal)),
        }
    }

    async fn replace_token(&self, token: &AccessToken) -> Result<Page, Failure> {
        let account = account(&self.form.text("email"))?;
        let new = joining::with_new_token(self.api, self.caller, Some(&account), token).await?;
        let new = AccessToken::parse(new.token.expose()).ok_or(Failure::Away { retryable: false })?;
        let known = self.known(&new, "").await?;
        Ok(self.enrolment(&new, "", &known, TokenShown::Once, None))
    }

    async fn ask_to_leave(&self, token: &AccessToken) -> Result<Page, Failure> {
        let (view, t) = (self.view, self.view.texts());
        self.known(token, "").await?;
        let email = self.form.text("email");
        let member = Member {
            email: &email,
            token,
            relay_address: "",
            public_url: &self.api.settings.public_url,
            request: None,
        };
        let content = html! {
            p { (t.leave_confirm_text) }
            div .choice {
                (member.act(view, "leave-now", "", t.leave_now, "danger"))
                (member.act(view, "status", "", t.leave_stay, ""))
            }
            form id=(LOOK) method="post" action="manage" {
                (member.fields(view))
                input type="hidden" name="action" value="leave";
            }
        };
        Ok(view.page(t.leave_confirm_title, &OtherLanguages::ByForm(LOOK), true, &content))
    }

    async fn leave(&self, token: &AccessToken) -> Result<Page, Failure> {
        let (view, t) = (self.view, self.view.texts());
        self.known(token, "").await?;
        joining::leave(self.api, self.caller, token).await?;
        let content = html! {
            p { (t.left_text) }
            p { a href=(view.link("./")) { (t.to_start) } }
        };
        Ok(view.page(t.left_title, &OtherLanguages::None, true, &content))
    }

    /// The start page with what was wrong.
    fn again(&self, failure: Failure) -> Page {
        let email = self.form.text("email");
        let problem = fault::words(self.view, failure);
        let entered = Entered {
            email: &email,
            signing_in: Some(&problem),
            ..Entered::default()
        };
        start_page(self.view, self.api, &entered).of_failure(failure)
    }
}
