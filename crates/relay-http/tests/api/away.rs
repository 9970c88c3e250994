//! A store that is away: every call says so and when to come back, and not what is broken.

use std::io;
use std::sync::Arc;

use axum::http::Method;
use insta::assert_snapshot;
use jiff::Timestamp;
use relay::account::AccountHash;
use relay::enrolment::{Confirmation, Enrolment, MailEvent, Status};
use relay::ports::{
    CheckHealth, FindEnrolments, ForwardMail, ManageEnrolments, OperatorMail, PortError, ReadRequests, ReadStatus,
    RecordMail, SettleRequests, Settled, Settlement, StageRequests, WatchRequests,
};
use relay::request::{LoginRequest, NewRequest, Pending, Staging};
use relay::secret::{Mailbox, PollKey, RequestId, TokenHash};
use relay_http::{Api, Registration, router};

use crate::world::{JSON, STRANGE_TOKEN, parts, request, send};

#[derive(Clone, Copy)]
struct Away {
    for_good: bool,
}

impl Away {
    fn fail<T>(self) -> Result<T, PortError> {
        if self.for_good {
            return Err(PortError::broken("the table is gone"));
        }
        Err(PortError::away(
            "the store cannot be reached",
            io::Error::other("10.0.0.7 refused"),
        ))
    }
}

impl StageRequests for Away {
    async fn stage(&self, _: &NewRequest) -> Result<Staging, PortError> {
        self.fail()
    }
}

impl ReadRequests for Away {
    async fn read(&self, _: &PollKey) -> Result<Option<LoginRequest>, PortError> {
        self.fail()
    }
}

impl WatchRequests for Away {
    fn watch(&self, _: &RequestId) -> impl Future<Output = ()> + Send + 'static {
        std::future::pending()
    }
}

impl SettleRequests for Away {
    async fn pending(&self, _: &AccountHash) -> Result<Vec<Pending>, PortError> {
        self.fail()
    }
    async fn settle(&self, _: &Settlement) -> Result<Settled, PortError> {
        self.fail()
    }
}

impl FindEnrolments for Away {
    async fn by_account(&self, _: &AccountHash) -> Result<Option<Enrolment>, PortError> {
        self.fail()
    }
    async fn by_token(&self, _: &TokenHash) -> Result<Option<Enrolment>, PortError> {
        self.fail()
    }
    async fn by_mailbox(&self, _: &Mailbox) -> Result<Option<Enrolment>, PortError> {
        self.fail()
    }
}

impl ManageEnrolments for Away {
    async fn add(&self, _: &Enrolment) -> Result<bool, PortError> {
        self.fail()
    }
    async fn list(&self) -> Result<Vec<Enrolment>, PortError> {
        self.fail()
    }
    async fn replace_token(&self, _: &AccountHash, _: &TokenHash, _: Timestamp) -> Result<bool, PortError> {
        self.fail()
    }
    async fn remove(&self, _: &AccountHash) -> Result<bool, PortError> {
        self.fail()
    }
}

impl RecordMail for Away {
    async fn record(
        &self,
        _: &AccountHash,
        _: MailEvent,
        _: Option<&Confirmation>,
        _: Timestamp,
    ) -> Result<(), PortError> {
        self.fail()
    }
}

impl ReadStatus for Away {
    async fn status(&self, _: &AccountHash) -> Result<Status, PortError> {
        self.fail()
    }
}

impl ForwardMail for Away {
    async fn forward(&self, _: &[u8], _: OperatorMail) -> Result<(), PortError> {
        self.fail()
    }
}

impl CheckHealth for Away {
    async fn check(&self) -> Result<(), PortError> {
        self.fail()
    }
}

fn away(for_good: bool) -> axum::Router {
    let (relay, http, _) = parts(Away { for_good }, |http| http.registration = Registration::Open);
    router(Arc::new(Api::new(relay, http)))
}

#[tokio::test(start_paused = true)]
async fn our_calls_answer_503_and_when_to_come_back() {
    let router = away(false);
    let poll = format!("/poll/{}?wait=60", "a".repeat(52));
    let status = format!("/status?email=casey@example.org&token={STRANGE_TOKEN}");
    let healthz = send(&router, request(Method::GET, "/healthz", &[], "")).await;
    assert_snapshot!(healthz, @r#"
    503 application/problem+json
    retry-after: 5
    {"title":"Service Unavailable","status":503,"detail":"The relay cannot do this at the moment. Try again later."}
    "#);
    let prestage = format!("/prepare-arlo-mfa/{STRANGE_TOKEN}");
    let body = r#"{"email":"casey@example.org"}"#;
    for request in [
        request(Method::GET, &poll, &[], ""),
        request(Method::GET, &status, &[], ""),
        request(Method::POST, &prestage, JSON, body),
    ] {
        assert_eq!(send(&router, request).await.to_string(), healthz.to_string());
    }
}

#[tokio::test(start_paused = true)]
async fn the_pyaarlo_calls_keep_their_shape() {
    let router = away(false);
    let query = format!("?email=casey@example.org&token={STRANGE_TOKEN}&code=123456");
    let call = async |method, path: &str| {
        let uri = format!("{path}{query}");
        send(&router, request(method, &uri, &[], "From: x\r\n\r\n"))
            .await
            .to_string()
    };
    let clear = call(Method::GET, "/clear").await;
    assert_snapshot!(clear, @r#"
    200 application/json
    {"meta":{"code":400},"data":{"success":false,"error":"The relay cannot do this at the moment. Try again later.","code":null,"retry_after":5}}
    "#);
    for (method, path) in [
        (Method::GET, "/get"),
        (Method::GET, "/add"),
        (Method::POST, "/mail"),
        (Method::GET, "/register_done"),
    ] {
        assert_eq!(call(method, path).await, clear, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_will_not_mend_itself_names_no_time() {
    let healthz = send(&away(true), request(Method::GET, "/healthz", &[], "")).await;
    assert_snapshot!(healthz, @r#"
    503 application/problem+json
    {"title":"Service Unavailable","status":503,"detail":"The relay cannot do this; its operator finds the reason in the log."}
    "#);
}
