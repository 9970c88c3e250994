//! What a call says in its head: the access token and the query.
//!
//! The query is read as it is on the wire. pyaarlo escapes nothing, so a `+` in `email=` is a plus; where something
//! on the way made a space of it (`u tag@x`), the space is one again.

use std::borrow::Cow;
use std::convert::Infallible;

use arlo_mail::Account;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use client_limits::Client;
use percent_encoding::percent_decode_str;
use relay::{AccessToken, ClientNetwork, Shown};

use crate::failure::Failure;
use crate::known::Known;

/// The names and values of a query or a form, still escaped.
#[derive(Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn parse(raw: &str) -> Self {
        let pairs = raw.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (name.to_owned(), value.to_owned())
                })
                .collect(),
        )
    }

    fn raw(&self, name: &str) -> Option<&str> {
        let mut pairs = self.0.iter();
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first value of that name, a `+` in it left alone.
    pub(crate) fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.raw(name)
            .map(|value| percent_decode_str(value).decode_utf8_lossy())
    }

    /// The first value of that name, a `+` in it a space: a text that a form encoded.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let spaced = self.raw(name)?.replace('+', " ");
        Some(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
    }
}

/// The account a call is about.
pub(crate) struct Named {
    /// As the client wrote it.
    pub(crate) email: String,
    pub(crate) account: Account,
}

/// Who calls, and with which query.
pub(crate) struct Caller {
    /// Whom the call counts as.
    pub(crate) client: Client,
    /// For the listener: whether its token is good.
    pub(crate) known: Known,
    bearer: Option<String>,
    in_path: Option<String>,
    fields: Fields,
}

impl Caller {
    /// Adds what a form says; the query goes first.
    pub(crate) fn add_form(&mut self, form: Fields) {
        self.fields.0.extend(form.0);
    }

    pub(crate) fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The access token, from the header, the query or the path, in this order.
    ///
    /// A text that can be no token is a wrong one: to the caller it is the same.
    pub(crate) fn token(&self) -> Result<AccessToken, Failure> {
        let in_query = self.fields.get("token").filter(|token| !token.is_empty());
        let shown = self
            .bearer
            .as_deref()
            .or(in_query.as_deref())
            .or(self.in_path.as_deref())
            .ok_or(Failure::NoToken)?;
        AccessToken::parse(shown).ok_or(Failure::Denied)
    }

    /// The token as the relay is shown it.
    pub(crate) fn shown<'a>(&self, token: &'a AccessToken) -> Shown<'a> {
        Shown {
            token,
            network: self.network(),
        }
    }

    /// From where it calls, where that is known.
    pub(crate) fn network(&self) -> Option<ClientNetwork> {
        self.client.wide().map(ClientNetwork::from_address)
    }

    /// The account in `email=`.
    pub(crate) fn named(&self) -> Result<Named, Failure> {
        let given = self.fields.get("email").unwrap_or_default();
        if given.trim().is_empty() {
            return Err(Failure::BadRequest(
                "The query needs email= with the address of the Arlo account.",
            ));
        }
        let email = with_pluses(given.trim());
        let account = Account::parse(&email)?;
        Ok(Named { email, account })
    }
}

/// No local part has a space in it: the space was a plus.
fn with_pluses(email: &str) -> String {
    match email.rsplit_once('@') {
        Some((local, domain)) => format!("{}@{domain}", local.replace(' ', "+")),
        None => email.to_owned(),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let bearer = parts.headers.get(AUTHORIZATION).and_then(|value| {
            let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
        });
        let path = RawPathParams::from_request_parts(parts, state).await.ok();
        let in_path = path.and_then(|params| {
            let token = params.iter().find(|(name, _)| *name == "token");
            token.map(|(_, value)| value.to_owned())
        });
        Ok(Self {
            client: parts.extensions.get().copied().unwrap_or_default(),
            known: parts.extensions.get().cloned().unwrap_or_default(),
            bearer,
            in_path,
            fields: Fields::parse(parts.uri.query().unwrap_or_default()),
        })
    }
}

#[cfg(test)]
mod tests;
