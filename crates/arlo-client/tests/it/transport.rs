//! A login over a transport of the caller. It needs no feature of the crate.

use std::sync::Arc;

use arlo_client::{BoxFuture, Error, Login, Request, Response, Transport};

/// Arlo without a network, and without a second factor.
struct Script;

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        let body = if request.url.ends_with("/api/auth") {
            r#"{"meta":{"code":200},"data":{"token":"2_t","userId":"U1","expiresIn":4000000000,"authCompleted":true}}"#
        } else {
            r#"{"success":true}"#
        };
        Box::pin(async { Ok(Response::new(200, Vec::new(), body.as_bytes().to_vec())) })
    }
}

fn login() -> Login {
    Login::new("casey@example.org", "correct horse".into())
}

#[tokio::test]
async fn a_login_runs_over_it() {
    let session = login().transport(Arc::new(Script)).run().await.unwrap();
    assert_eq!(session.user_id(), "U1");
}

#[cfg(not(feature = "http"))]
#[tokio::test]
async fn a_login_without_one_names_what_is_missing() {
    let error = login().run().await.unwrap_err();
    assert_eq!(error.kind(), arlo_client::ErrorKind::Configuration);
    assert!(error.to_string().contains("transport"), "{error}");
}
