use std::time::Duration;

use super::*;

fn answer(status: u16, body: &str) -> Response {
    Response::new(status, Vec::new(), body.as_bytes().to_vec())
}

fn failure(call: &str, status: u16, body: &str) -> Error {
    data(call, &answer(status, body)).unwrap_err()
}

const CLOUDFLARE_1020: &str = "<!DOCTYPE html><html><head><title>Access denied | ocapi-app.arlo.com used Cloudflare</title></head>\
     <body><h1>Error <span>1020</span></h1><p>Ray ID: 8a1015f0bc</p></body></html>";

#[test]
fn data_comes_out_of_both_envelopes() {
    for (body, expected) in [
        (r#"{"meta":{"code":200},"data":{"a":1}}"#, r#"{"a":1}"#),
        (r#"{"meta":{"code":"200"},"data":[]}"#, "[]"),
        (r#"{"meta":{"code":200}}"#, "null"),
        (r#"{"success":true,"data":[1]}"#, "[1]"),
        (r#"{"success":true}"#, "null"),
    ] {
        assert_eq!(
            data("call", &answer(200, body)).unwrap().to_string(),
            expected,
            "{body}"
        );
    }
}

#[test]
fn each_refusal_has_its_kind_and_its_advice() {
    use ErrorKind::*;
    let refused = |code| ArloRefused { code: Some(code) };
    let meta = |code: i64, error: i64, message: &str| {
        format!(r#"{{"meta":{{"code":{code},"error":{error},"message":"{message}"}}}}"#)
    };
    for (call, status, body, kind, advice, retryable) in [
        (
            "auth",
            200,
            r#"{"meta":{"code":401,"message":"Password not correct"}}"#.to_owned(),
            WrongPassword,
            "check both",
            false,
        ),
        (
            "auth",
            200,
            meta(401, 1022, "Password not correct"),
            WrongPassword,
            "Password not correct",
            false,
        ),
        (
            "auth",
            401,
            "unauthorized".to_owned(),
            WrongPassword,
            "check both",
            false,
        ),
        (
            "auth",
            200,
            meta(403, 9017, "Account locked"),
            AccountLocked,
            "reset the password",
            false,
        ),
        (
            "finishAuth",
            200,
            meta(400, 9236, "Invalid OTP"),
            InvalidCode,
            "next login",
            true,
        ),
        (
            "finishAuth",
            400,
            meta(400, 9236, "Invalid OTP"),
            InvalidCode,
            "next login",
            true,
        ),
        (
            "finishAuth",
            200,
            r#"{"meta":{"code":400,"message":"Too many requests"}}"#.to_owned(),
            RateLimited,
            "24 hours",
            true,
        ),
        (
            "finishAuth",
            200,
            meta(429, 1, "slow down"),
            RateLimited,
            "24 hours",
            true,
        ),
        (
            "finishAuth",
            200,
            meta(400, 9233, "Authentication is not finished yet"),
            refused(9233),
            "approve it",
            false,
        ),
        (
            "startAuth",
            200,
            meta(400, 1110, "Unknown error"),
            refused(1110),
            "outage",
            true,
        ),
        (
            "startAuth",
            200,
            meta(400, 9261, "Invalid factor data"),
            refused(9261),
            "session file",
            false,
        ),
        (
            "startAuth",
            200,
            meta(400, 4711, "Something new"),
            refused(4711),
            "4711: Something new",
            false,
        ),
        (
            "startAuth",
            200,
            r#"{"meta":{"code":400}}"#.to_owned(),
            refused(400),
            "startAuth 400",
            false,
        ),
        (
            "startAuth",
            200,
            r#"{"meta":{}}"#.to_owned(),
            ArloRefused { code: None },
            "startAuth",
            false,
        ),
        (
            "getFactors",
            200,
            meta(401, 1000, "expired"),
            SessionRejected,
            "log in again",
            true,
        ),
        (
            "users/session/v3",
            401,
            r#"{"success":false,"data":{"error":"2014"}}"#.to_owned(),
            SessionRejected,
            "again",
            true,
        ),
        (
            "users/session/v3",
            200,
            r#"{"success":false,"data":{"error":"2015","message":"no"}}"#.to_owned(),
            refused(2015),
            "2015: no",
            false,
        ),
        ("auth", 429, String::new(), RateLimited, "24 hours", true),
        (
            "auth",
            403,
            "error code: 1015".to_owned(),
            RateLimited,
            "24 hours",
            true,
        ),
        (
            "auth",
            403,
            CLOUDFLARE_1020.to_owned(),
            BlockedByCloudflare,
            "another network",
            false,
        ),
        (
            "auth",
            403,
            "Unknown error has occurred".to_owned(),
            BlockedByCloudflare,
            "another network",
            false,
        ),
        ("auth", 502, "<html>".to_owned(), Unavailable, "502", true),
        ("auth", 500, meta(500, 1, "boom"), Unavailable, "500", true),
        ("auth", 404, "not found".to_owned(), UnexpectedAnswer, "404", false),
        ("auth", 302, String::new(), UnexpectedAnswer, "302", false),
        ("auth", 200, String::new(), UnexpectedAnswer, "changed", false),
        ("auth", 200, "[]".to_owned(), UnexpectedAnswer, "changed", false),
        ("auth", 200, "{}".to_owned(), UnexpectedAnswer, "changed", false),
        (
            "auth",
            200,
            r#"{"success":"yes"}"#.to_owned(),
            UnexpectedAnswer,
            "changed",
            false,
        ),
    ] {
        let error = failure(call, status, &body);
        assert_eq!(error.kind(), kind, "{call} {status} {body}");
        assert!(error.to_string().contains(advice), "{body}: {error}");
        assert_eq!(error.is_retryable(), retryable, "{body}");
        assert_eq!(error.retry_after(), None, "{body}");
    }
}

#[test]
fn a_rate_limit_tells_its_wait() {
    let headers = vec![("retry-after".to_owned(), "120".to_owned())];
    let error = data("auth", &Response::new(429, headers, Vec::new())).unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
    assert!(error.to_string().contains("120 s"), "{error}");
}

#[test]
fn only_two_refusals_mean_an_untrusted_browser() {
    for (error, expected) in [(9204, true), (9261, true), (9236, false), (1110, false)] {
        let body = format!(r#"{{"meta":{{"code":400,"error":{error},"message":"m"}}}}"#);
        assert_eq!(is_not_trusted(&failure("getFactorId", 200, &body)), expected, "{error}");
    }
}

#[test]
fn what_arlo_echoes_is_not_passed_on() {
    for secret in [
        "casey@example.org",
        "467266",
        "2_tokenTOKEN",
        "correcthorsebatterystaplecorrect",
    ] {
        let body = serde_json::json!({"meta":{"code":400,"error":1,"message":format!("refused {secret}")}});
        let error = failure("auth", 200, &body.to_string());
        assert!(!format!("{error} {error:?}").contains(secret), "{error}");
    }
}
