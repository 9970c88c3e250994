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
fn both_forms_of_data_are_read() {
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
            401,
            "\n<!DOCTYPE html><title>Sign in to the guest network</title>".to_owned(),
            UnexpectedAnswer,
            "HTTP 401",
            false,
        ),
        (
            "v3",
            401,
            "<html>Sign in</html>".to_owned(),
            UnexpectedAnswer,
            "HTTP 401",
            false,
        ),
        (
            "auth",
            200,
            meta(403, 9017, "Account locked"),
            AccountLocked,
            "five minutes",
            true,
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
            "a day later",
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
            SessionRejected,
            "again",
            true,
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
            true,
        ),
        (
            "auth",
            403,
            "Unknown error has occurred".to_owned(),
            BlockedByCloudflare,
            "another network",
            true,
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
        let wait = (kind == AccountLocked).then_some(Duration::from_secs(300));
        assert_eq!(error.retry_after(), wait, "{body}");
    }
}

#[test]
fn each_number_has_its_class() {
    use ErrorKind::*;
    let error_with = |call: &str, error: i64| {
        let body = format!(r#"{{"meta":{{"code":400,"error":{error},"message":"m"}}}}"#);
        failure(call, 200, &body)
    };
    for (numbers, kind) in [
        (&[9002, 9022, 9025, 9328, 2015][..], SessionRejected),
        (&[9015, 9016], WrongPassword),
        (&[9017], AccountLocked),
        (&[9236, 9243], InvalidCode),
        (&[9237], CodeExpired),
        (&[9234, 9301], RateLimited),
        (&[9238], CodeTimeout),
    ] {
        for number in numbers {
            assert_eq!(error_with("finishAuth", *number).kind(), kind, "{number}");
        }
    }
    for number in [0, 9000, 9029, 9241, 9306, 9316, 9334, 9361] {
        let error = error_with("getFactors", number);
        assert!(error.is_temporary_state() && error.is_retryable(), "{number}: {error}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
    }
    for number in [9233, 9276, 9278] {
        assert!(error_with("finishAuth", number).is_not_approved(), "{number}");
    }
    for number in [9001, 9004, 9019, 9058, 9307, 9340, 9310, 9271, 9303, 9304, 9305, 9239] {
        let error = error_with("auth", number);
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (ArloRefused { code: Some(number) }, false)
        );
    }
    for body in [
        r#"{"meta":{"code":400,"error":9306,"message":"Mfa disabled by service"}}"#,
        r#"{"meta":{"code":400,"message":"Mfa disabled by service"}}"#,
        r#"{"meta":{"code":400,"error":"9306"}}"#,
    ] {
        assert!(failure("getFactors", 200, body).is_no_second_factor(), "{body}");
    }
}

#[test]
fn any_answer_of_arlo_lets_the_caller_in() {
    let mitigated = Response::new(200, vec![("cf-mitigated".into(), "challenge".into())], Vec::new());
    for (answer, expected) in [
        (answer(204, ""), None),
        (answer(401, r#"{"success":false,"data":{"error":"2015"}}"#), None),
        (answer(200, r#"{"meta":{"code":401}}"#), None),
        (answer(404, ""), None),
        (answer(403, ""), Some(ErrorKind::BlockedByCloudflare)),
        (answer(403, CLOUDFLARE_1020), Some(ErrorKind::BlockedByCloudflare)),
        (mitigated, Some(ErrorKind::BlockedByCloudflare)),
        (answer(403, "error code: 1015"), Some(ErrorKind::RateLimited)),
        (answer(429, ""), Some(ErrorKind::RateLimited)),
        (answer(502, "<html>"), Some(ErrorKind::Unavailable)),
        (answer(200, "<html>"), Some(ErrorKind::UnexpectedAnswer)),
    ] {
        let got = check_admission("auth", &answer).err().map(|error| error.kind());
        assert_eq!(got, expected, "{answer:?}");
    }
}

#[test]
fn a_rate_limit_has_its_wait() {
    let headers = vec![("retry-after".to_owned(), "120".to_owned())];
    let error = data("auth", &Response::new(429, headers, Vec::new())).unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
    assert!(error.to_string().contains("120 s"), "{error}");
}

#[test]
fn only_two_numbers_mean_an_untrusted_browser() {
    for (error, expected) in [(9204, true), (9261, true), (9236, false), (1110, false)] {
        let body = format!(r#"{{"meta":{{"code":400,"error":{error},"message":"m"}}}}"#);
        assert_eq!(failure("getFactorId", 200, &body).is_not_trusted(), expected, "{error}");
    }
}

#[test]
fn a_secret_in_arlos_text_is_not_shown() {
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
