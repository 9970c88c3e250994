//! Reading a form of the page.

use axum::body::Body;
use axum::http::HeaderMap;
use relay::AccessToken;

use crate::api::Api;
use crate::body::{self, Held};
use crate::caller::{Caller, Fields};
use crate::failure::Failure;

/// What each form of a member has in it: the language, and what the member has shown.
pub(super) const FORM_FIELDS: [&str; 4] = ["lang", "email", "token", "request"];

/// Longest address that a field takes.
pub(super) const MAX_EMAIL: usize = 254;
/// Longest text that another field takes.
pub(super) const MAX_FIELD: usize = 128;

/// A form that was sent.
#[derive(Default)]
pub(super) struct Form(Fields);

impl Form {
    /// Counts the call, and reads the form within its limits. Where that fails the form is empty, so that the answer is
    /// a page all the same.
    pub(super) async fn read<S, P>(
        api: &Api<S, P>,
        caller: &Caller,
        headers: &HeaderMap,
        body: Body,
    ) -> (Self, Result<(), Failure>) {
        let read = async {
            api.shares.call(caller.client)?;
            let held = Held::new(&api.shares.bodies_of_strangers, caller.client, body::PAGE_FORM)?;
            body::form(held, headers, body).await
        };
        match read.await {
            Ok(fields) => (Self(fields), Ok(())),
            Err(failure) => (Self::default(), Err(failure)),
        }
    }

    /// The field without the space around it; empty where there is none.
    pub(super) fn text(&self, name: &str) -> String {
        self.0
            .text(name)
            .map_or_else(String::new, |text| text.trim().to_owned())
    }

    /// In which language the answer is wished: that of the button that was pressed, else that of the form.
    pub(super) fn language(&self) -> Option<String> {
        self.0.text("switch").or_else(|| self.0.text("lang"))
    }

    /// The token in it. A text that can be no token is a wrong one.
    pub(super) fn token(&self) -> Result<AccessToken, Failure> {
        let text = self.text("token");
        if text.is_empty() {
            return Err(Failure::NoToken);
        }
        AccessToken::parse(&text).ok_or(Failure::Denied)
    }
}
