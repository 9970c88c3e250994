//! The auth host, `ocapi-app.arlo.com`: password, factors, the one-time code and the trusted browser.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodFilter;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::call::{Answer, Call, Refusal, auth_data, route, with_trust_cookie};
use crate::config::{Factor, FactorKind, User, UserIndex};
use crate::faults::Fault;
use crate::mail::{CodeMail, Route};
use crate::random;
use crate::state::{Outcome, SecondFactor, Shared, user_id};

pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/auth", route(MethodFilter::POST, authenticate))
        .route("/api/getFactorId", route(MethodFilter::POST, get_factor_id))
        .route("/api/getFactors", route(MethodFilter::GET, get_factors))
        .route("/api/startAuth", route(MethodFilter::POST, start_auth))
        .route("/api/finishAuth", route(MethodFilter::POST, finish_auth))
        .route(
            "/api/validateAccessToken",
            route(MethodFilter::GET, validate_access_token),
        )
        .route(
            "/api/startPairingFactor",
            route(MethodFilter::POST, start_pairing_factor),
        )
}

/// Cloudflare's answer to a client that it blocks. It comes before any answer of the host.
pub(crate) fn blocked_by_cloudflare() -> Response {
    let page = "<!DOCTYPE html>\n<html lang=\"en-US\"><head><title>Access denied | ocapi-app.arlo.com used Cloudflare \
                to restrict access</title></head><body><h1>Error 1020</h1><p>Access denied</p></body></html>\n";
    let html = HeaderValue::from_static("text/html; charset=UTF-8");
    (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, html)], page).into_response()
}

#[derive(Deserialize)]
struct Credentials {
    email: String,
    /// In base64.
    password: String,
}

fn authenticate(shared: &Arc<Shared>, call: &Call) -> Answer {
    let rate_limit = |fault| match fault {
        Fault::TooManyRequests(wait) => Some(wait),
        _ => None,
    };
    if let Some(wait) = shared.faults.take(rate_limit) {
        let retry_after = HeaderValue::from(wait.as_secs());
        let mut response = Refusal::api(StatusCode::TOO_MANY_REQUESTS, "Too many requests").into_response();
        response.headers_mut().insert(header::RETRY_AFTER, retry_after);
        return Err(response.into());
    }
    let Credentials { email, password } = call.json()?;
    if shared.faults.occurs(Fault::Locked) {
        return Err(Refusal::auth(403, 9017, "Account locked"));
    }
    let password = BASE64_STANDARD.decode(password).ok();
    let right = |user: &User| password.as_deref() == Some(user.password.expose_secret().as_bytes());
    let wrong = |number| Refusal::auth(401, number, "Password not correct");
    let (index, user) = shared.find_user(&email).ok_or_else(|| wrong(9016))?;
    if shared.is_locked(index) {
        return Err(Refusal::auth(403, 9017, "Account locked"));
    }
    if !right(user) {
        shared.wrong_password(index)?;
        return Err(wrong(9015));
    }
    Ok(auth_data(&shared.issue_token(index, false)?))
}

/// Refuses a call about the second factor while that is switched off.
fn needs_second_factor(shared: &Shared, user: UserIndex) -> Result<(), Refusal> {
    match shared.second_factor(user) {
        SecondFactor::Off(fault) => Err(Refusal::no_second_factor(fault != Fault::MfaDisabledNoNumber)),
        SecondFactor::Enabled | SecondFactor::None => Ok(()),
    }
}

fn get_factor_id(shared: &Arc<Shared>, call: &Call) -> Answer {
    let (_, token) = call.auth_token(shared)?;
    needs_second_factor(shared, token.user)?;
    if shared.faults.occurs(Fault::NotTrusted9261) {
        return Err(Refusal::auth(400, 9261, "Invalid factor data"));
    }
    let trusted = call
        .trust_cookie()
        .is_some_and(|cookie| shared.is_trusted(cookie, token.user));
    if shared.faults.occurs(Fault::NotTrusted9204) || !trusted {
        return Err(not_trusted());
    }
    Ok(auth_data(&json!({ "factorId": browser_factor_id(token.user) })))
}

fn get_factors(shared: &Arc<Shared>, call: &Call) -> Answer {
    let (_, token) = call.auth_token(shared)?;
    needs_second_factor(shared, token.user)?;
    let factors = shared
        .user(token.user)
        .map(|user| user.factors.as_slice())
        .unwrap_or_default();
    let items: Vec<Value> = factors
        .iter()
        .enumerate()
        .map(|(index, factor)| factor_item(token.user, index, factor))
        .collect();
    Ok(auth_data(&json!({ "items": items })))
}

fn factor_item(user: UserIndex, index: usize, factor: &Factor) -> Value {
    let is_push = factor.kind == FactorKind::Push;
    json!({
        "_type": "Factor",
        "factorId": factor_id(user, index),
        "factorType": factor.kind.wire_name(),
        "displayName": shown(factor),
        "factorNickname": factor.nickname,
        "applicationId": if is_push { "SIM-APP" } else { "" },
        "applicationName": if is_push { "Arlo" } else { "" },
        "factorRole": if index == 0 { "PRIMARY" } else { "SECONDARY" },
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StartAuth {
    factor_id: String,
    factor_type: Option<String>,
}

fn start_auth(shared: &Arc<Shared>, call: &Call) -> Answer {
    let (partial, token) = call.auth_token(shared)?;
    let StartAuth {
        factor_id: wanted,
        factor_type,
    } = call.json()?;
    if wanted == browser_factor_id(token.user) {
        let rotated = call
            .trust_cookie()
            .map(|cookie| shared.rotate_trust(cookie, token.user))
            .transpose()?;
        let (cookie, left) = rotated.flatten().ok_or_else(not_trusted)?;
        shared.revoke_token(&partial);
        let access_token = shared.issue_token(token.user, true)?;
        let response = auth_data(&json!({ "accessToken": access_token }));
        return Ok(with_trust_cookie(response, &cookie, left.as_secs()));
    }
    if shared.faults.occurs(Fault::StartAuth1110) {
        return Err(Refusal::auth(400, 1110, "Unknown error"));
    }
    if shared.faults.occurs(Fault::StartAuthEmpty) {
        return Ok(auth_data(&json!({})));
    }
    let user = shared.user(token.user).ok_or_else(unknown_factor)?;
    let mut factors = user.factors.iter().enumerate();
    let found = factors.find(|(index, _)| factor_id(token.user, *index) == wanted);
    let (_, factor) = found.ok_or_else(unknown_factor)?;
    // A push question does not belong to a browser.
    if factor.kind == FactorKind::Push && factor_type.as_deref() != Some("") {
        return Err(unknown_factor());
    }

    let code = random::code()?;
    let name = shared.challenge(token.user, factor.kind, &code)?;
    if factor.kind == FactorKind::Email {
        send_code(shared, user, factor, &code)?;
    }
    Ok(auth_data(&json!({ "_type": "StartAuth", "factorAuthCode": name })))
}

/// Sends the mail, changed by the current faults.
fn send_code(shared: &Shared, user: &User, factor: &Factor, code: &str) -> Result<(), Refusal> {
    let Some(route) = Route::for_factor(user, factor) else {
        return Ok(());
    };
    if shared.faults.occurs(Fault::NoMail) {
        return Ok(());
    }
    let now = shared.clock.timestamp();
    let mut mails = Vec::new();
    if shared.faults.occurs(Fault::StaleMailFirst) {
        mails.push(CodeMail::stale(&route, &random::code()?, now)?);
    }
    if shared.faults.occurs(Fault::TwoCodes) {
        mails.push(CodeMail::new(&route, &random::code()?, now)?);
    }
    let mail = CodeMail::new(&route, code, now)?;
    if shared.faults.occurs(Fault::TwoMails) {
        mails.push(mail.clone());
    }
    mails.push(mail);
    let delay = shared.faults.take(|fault| match fault {
        Fault::SlowMail(delay) => Some(delay),
        _ => None,
    });
    shared.mailer.send(mails, delay.unwrap_or_default());
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FinishAuth {
    factor_auth_code: String,
    otp: Option<String>,
    #[serde(default)]
    is_browser_trusted: bool,
}

fn finish_auth(shared: &Arc<Shared>, call: &Call) -> Answer {
    let (partial, token) = call.auth_token(shared)?;
    let FinishAuth {
        factor_auth_code,
        otp,
        is_browser_trusted,
    } = call.json()?;
    let outcome = if shared.faults.occurs(Fault::WrongOtp) {
        Outcome::Wrong
    } else if shared.faults.occurs(Fault::ExpiredOtp) {
        Outcome::Expired
    } else {
        shared.finish_challenge(&factor_auth_code, token.user, otp.as_deref())
    };
    match outcome {
        Outcome::Passed => {}
        Outcome::NotYet => return Err(Refusal::auth(400, 9233, "Authentication is not finished yet")),
        Outcome::Wrong => return Err(Refusal::auth(400, 9236, "Invalid OTP")),
        Outcome::Expired => return Err(Refusal::auth(400, 9237, "OTP expired")),
        Outcome::TooManyTries => return Err(Refusal::auth(400, 9234, "Too many requests")),
    }
    shared.revoke_token(&partial);
    let mut data = shared.issue_token(token.user, true)?;
    let pairing = is_browser_trusted
        .then(|| shared.offer_pairing(token.user))
        .transpose()?;
    if let (Some((_, code)), Some(fields)) = (&pairing, data.as_object_mut()) {
        fields.insert("browserAuthCode".to_owned(), code.as_str().into());
    }
    if shared.faults.occurs(Fault::NestedAccessToken) {
        data = json!({ "accessToken": data });
    }
    let response = auth_data(&data);
    Ok(match pairing {
        Some((cookie, _)) => with_trust_cookie(response, &cookie, shared.config.trust_lifetime.as_secs()),
        None => response,
    })
}

fn validate_access_token(shared: &Arc<Shared>, call: &Call) -> Answer {
    let (_, token) = call.auth_token(shared)?;
    if !token.complete {
        return Err(Refusal::auth(401, 401, "Unauthorized"));
    }
    let mfa = shared.second_factor(token.user) == SecondFactor::Enabled;
    Ok(auth_data(&json!({
        "_type": "AccessTokenValidation",
        "tokenValidated": true,
        "MFA_State": if mfa { "ENABLED" } else { "DISABLED" },
        "mfa": mfa,
        "mfaSetup": mfa,
        "country": "US",
        "language": "en",
        "userId": user_id(token.user),
    })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StartPairing {
    factor_auth_code: String,
}

fn start_pairing_factor(shared: &Arc<Shared>, call: &Call) -> Answer {
    call.auth_token(shared)?;
    let StartPairing { factor_auth_code } = call.json()?;
    let cookie = shared
        .pair(&factor_auth_code, call.trust_cookie())?
        .ok_or_else(unknown_factor)?;
    Ok(with_trust_cookie(
        auth_data(&json!({})),
        &cookie,
        shared.config.trust_lifetime.as_secs(),
    ))
}

fn not_trusted() -> Refusal {
    Refusal::auth(400, 9204, "Browser is not trusted")
}

fn unknown_factor() -> Refusal {
    Refusal::auth(400, 9261, "Invalid factor data")
}

fn browser_factor_id(user: UserIndex) -> String {
    format!("{}-BROWSER", user_id(user))
}

fn factor_id(user: UserIndex, index: usize) -> String {
    format!("{}-FACTOR-{}", user_id(user), index + 1)
}

/// What Arlo shows of a factor's destination: the whole mail address, or the end of the telephone number.
fn shown(factor: &Factor) -> String {
    match factor.kind {
        FactorKind::Sms => {
            let end: Vec<char> = factor.destination.chars().rev().take(2).collect();
            format!("*******{}", end.iter().rev().collect::<String>())
        }
        FactorKind::Email | FactorKind::Push => factor.destination.clone(),
    }
}
