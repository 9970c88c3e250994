//! A store that is away: every call says so and when to come back, and not what is broken.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use arlo_mail::Code;
use axum::http::Method;
use insta::assert_snapshot;
use jiff::Timestamp;
use relay::ports::{
    AdmitMembers, AdmitOutcome, CancelRequests, CheckHealth, FindEnrolments, ForOperator, ForwardMail, MailTaken,
    ManageEnrolments, PortError, ReadRequests, ReadStatus, Record, SeenMail, StageRequests, TakeMail, TakeOutcome,
    WatchRequests,
};
use relay::{
    AccountHashes, AuditEvent, Enrolment, EnrolmentId, Fault, Joining, LoginRequest, NewRequest, PollKey, Registration,
    RequestId, StageOutcome, Status,
};
use relay_http::{Api, router};
use tokio::time::Instant;

use crate::world::{JSON, STRANGE_TOKEN, parts, request, send};

#[derive(Clone, Copy)]
enum Away {
    ForNow,
    ForGood,
    /// It never answers.
    Hanging,
}

impl Away {
    async fn fail<T>(self) -> Result<T, PortError> {
        match self {
            Self::ForNow => Err(PortError::away(
                "the store cannot be reached",
                io::Error::other("10.0.0.7 refused"),
            )),
            Self::ForGood => Err(PortError::broken("the table is gone")),
            Self::Hanging => std::future::pending().await,
        }
    }
}

impl StageRequests for Away {
    async fn stage(&self, _: &NewRequest) -> Result<StageOutcome, PortError> {
        self.fail().await
    }
}

impl ReadRequests for Away {
    async fn read(&self, _: &PollKey) -> Result<Option<LoginRequest>, PortError> {
        self.fail().await
    }
}

impl CancelRequests for Away {
    async fn cancel(&self, _: &PollKey) -> Result<(), PortError> {
        self.fail().await
    }
}

impl WatchRequests for Away {
    fn watch(&self, _: &RequestId) -> impl Future<Output = ()> + Send + 'static {
        std::future::pending()
    }
}

impl TakeMail for Away {
    async fn take(&self, _: &MailTaken<'_>) -> Result<TakeOutcome, PortError> {
        self.fail().await
    }
    async fn finish(
        &self,
        _: &EnrolmentId,
        _: &SeenMail,
        _: &Result<Code, Fault>,
        _: Timestamp,
    ) -> Result<(), PortError> {
        self.fail().await
    }
}

impl FindEnrolments for Away {
    async fn find(&self, _: &EnrolmentId) -> Result<Option<Record>, PortError> {
        self.fail().await
    }
    async fn at_shared_address(&self, _: &AccountHashes) -> Result<Vec<Record>, PortError> {
        self.fail().await
    }
}

impl ManageEnrolments for Away {
    async fn add(&self, _: &Enrolment) -> Result<(), PortError> {
        self.fail().await
    }
    async fn of_account(&self, _: &AccountHashes) -> Result<Vec<Enrolment>, PortError> {
        self.fail().await
    }
    async fn list(&self) -> Result<Vec<Enrolment>, PortError> {
        self.fail().await
    }
    async fn replace(&self, _: &Enrolment, _: &Enrolment, _: &AuditEvent) -> Result<bool, PortError> {
        self.fail().await
    }
    async fn remove(&self, _: &EnrolmentId) -> Result<bool, PortError> {
        self.fail().await
    }
}

impl AdmitMembers for Away {
    async fn admit(&self, _: &Joining<'_>) -> Result<AdmitOutcome, PortError> {
        self.fail().await
    }
}

impl ReadStatus for Away {
    async fn status(&self, _: &EnrolmentId) -> Result<Status, PortError> {
        self.fail().await
    }
}

impl ForwardMail for Away {
    async fn forward(&self, _: ForOperator<'_>) -> Result<(), PortError> {
        self.fail().await
    }
}

impl CheckHealth for Away {
    async fn check(&self) -> Result<(), PortError> {
        self.fail().await
    }
}

fn router_over(away: Away) -> axum::Router {
    let (relay, http, _) = parts(away, |rules| rules.registration = Registration::Open);
    router(Arc::new(Api::new(relay, http)))
}

#[tokio::test(start_paused = true)]
async fn our_calls_answer_503_and_when_to_come_back() {
    let router = router_over(Away::ForNow);
    let poll = format!("/poll/{}?wait=60", "a".repeat(68));
    let status = format!("/status?email=casey@example.org&token={STRANGE_TOKEN}");
    let polled = send(&router, request(Method::GET, &poll, &[], "")).await;
    assert_snapshot!(polled, @r#"
    503 application/problem+json
    retry-after: 5
    {"title":"Service Unavailable","status":503,"detail":"The relay cannot do this at the moment. Try again later."}
    "#);
    let prestage = format!("/prepare-arlo-mfa/{STRANGE_TOKEN}");
    let body = r#"{"email":"casey@example.org"}"#;
    let bearer = format!("Bearer {STRANGE_TOKEN}");
    let bearer = [("authorization", bearer.as_str())];
    for request in [
        request(Method::GET, &status, &[], ""),
        request(Method::POST, "/enrolments", JSON, body),
        request(Method::POST, "/enrolment/token", &bearer, ""),
        request(Method::DELETE, "/enrolment", &bearer, ""),
        request(Method::POST, &prestage, JSON, body),
    ] {
        assert_eq!(send(&router, request).await.to_string(), polled.to_string());
    }
    let healthz = send(&router, request(Method::GET, "/healthz", &[], "")).await;
    assert_snapshot!(healthz, @r#"
    503 application/problem+json
    retry-after: 5
    {"title":"Service Unavailable","status":503,"detail":"The relay cannot do this at the moment. Try again later.","checks":{"store":"failing"}}
    "#);
}

#[tokio::test(start_paused = true)]
async fn the_pyaarlo_calls_keep_their_shape() {
    let router = router_over(Away::ForNow);
    let query = format!("?email=casey@example.org&token={STRANGE_TOKEN}&code=123456");
    let call = async |method, path: &str| {
        let uri = format!("{path}{query}");
        let body = if path == "/mail" { "From: x\r\n\r\n" } else { "" };
        send(&router, request(method, &uri, &[], body)).await.to_string()
    };
    let clear = call(Method::GET, "/clear").await;
    assert_snapshot!(clear, @r#"
    200 application/json
    {"meta":{"code":400},"data":{"success":false,"error":"The relay cannot do this at the moment. Try again later.","code":null,"status":503,"retry_after":5}}
    "#);
    for (method, path) in [
        (Method::GET, "/get"),
        (Method::GET, "/add"),
        (Method::POST, "/mail"),
        (Method::POST, "/register_done"),
    ] {
        assert_eq!(call(method, path).await, clear, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_will_not_mend_itself_names_no_time() {
    let healthz = send(&router_over(Away::ForGood), request(Method::GET, "/healthz", &[], "")).await;
    assert_snapshot!(healthz, @r#"
    503 application/problem+json
    {"title":"Service Unavailable","status":503,"detail":"The relay cannot do this; its operator finds the reason in the log.","checks":{"store":"failing"}}
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_answers_holds_nobody_for_ever() {
    let router = router_over(Away::Hanging);
    let query = format!("?email=casey@example.org&token={STRANGE_TOKEN}&code=123456");
    // pyaarlo gives up after ten seconds, and crashes then.
    for (uri, within) in [
        (format!("/get{query}"), 9_500),
        (format!("/clear{query}"), 9_500),
        (format!("/add{query}"), 9_500),
        ("/healthz".to_owned(), 5_000),
        (format!("/status{query}"), 180_000),
    ] {
        let start = Instant::now();
        let answer = send(&router, request(Method::GET, &uri, &[], "")).await;
        assert_eq!(start.elapsed(), Duration::from_millis(within), "{uri}");
        assert!(answer.body.contains("Try again later."), "{answer}");
    }
}
