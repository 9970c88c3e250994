//! The least that a function of the same calls can take: hyper and SigV4, and nothing of the relay or of the SDK.
//!
//! `bare prestage` and `bare inbound` ask Lambda's runtime API for events as the functions do, and make the calls of
//! one login: the update of the item and the document, signed, and a presigned URL; or the mail and the item at once,
//! the update, the document and the deletion. They decide nothing and answer nothing useful. `tests/aws/bench.py`
//! measures them beside the functions.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a yardstick for a benchmark"
)]

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use bytes::Bytes;
use data_encoding::{BASE64, HEXLOWER};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

const CONTENT: &str = "application/json";

/// One connection that is kept open.
struct Connection(SendRequest<Full<Bytes>>, String);

impl Connection {
    async fn open(host: &str) -> Self {
        let stream = TcpStream::connect(host).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self(sender, host.to_owned())
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> (Response<()>, Bytes) {
        self.0.ready().await.unwrap();
        let (head, body) = self.0.send_request(request).await.unwrap().into_parts();
        assert!(head.status.is_success(), "{}", head.status);
        let body = body.collect().await.unwrap().to_bytes();
        (Response::from_parts(head, ()), body)
    }

    fn request(&self, method: &str, path: &str, body: Bytes) -> Request<Full<Bytes>> {
        let request = Request::builder().method(method).uri(path).header("host", &self.1);
        request.body(Full::new(body)).unwrap()
    }
}

/// Signs for one service.
struct Signer {
    identity: Identity,
    service: &'static str,
}

impl Signer {
    fn new(service: &'static str) -> Self {
        let variable = |name| std::env::var(name).unwrap();
        let (id, secret) = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"));
        let identity = Credentials::new(id, secret, None, None, "bare").into();
        Self { identity, service }
    }

    fn settings(&self) -> SigningSettings {
        let mut settings = SigningSettings::default();
        if self.service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
        }
        settings
    }

    fn sign(&self, request: &mut Request<Full<Bytes>>, body: &[u8], host: &str, settings: SigningSettings) {
        let uri = format!("http://{host}{}", request.uri());
        let parameters = SigningParams::builder()
            .identity(&self.identity)
            .region("us-east-1")
            .name(self.service)
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let headers = request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let signable =
            SignableRequest::new(request.method().as_str(), uri, headers, SignableBody::Bytes(body)).unwrap();
        let (instructions, _) = sign(signable, &parameters).unwrap().into_parts();
        instructions.apply_to_request_http1x(request);
    }
}

/// The services of one function.
struct Aws {
    table: Connection,
    bucket: Connection,
    item: Connection,
    dynamodb: Signer,
    s3: Signer,
}

impl Aws {
    async fn open(host: &str) -> Self {
        Self {
            table: Connection::open(host).await,
            bucket: Connection::open(host).await,
            item: Connection::open(host).await,
            dynamodb: Signer::new("dynamodb"),
            s3: Signer::new("s3"),
        }
    }

    fn table_call(&self, call: &str, body: &Value) -> Request<Full<Bytes>> {
        let bytes = Bytes::from(serde_json::to_vec(body).unwrap());
        let mut request = self.table.request("POST", "/", bytes.clone());
        let headers = request.headers_mut();
        headers.insert("content-type", "application/x-amz-json-1.0".parse().unwrap());
        headers.insert("x-amz-target", format!("DynamoDB_20120810.{call}").parse().unwrap());
        self.dynamodb
            .sign(&mut request, &bytes, &self.table.1, self.dynamodb.settings());
        request
    }

    fn object_call(&self, method: &str, path: &str, body: &Bytes) -> Request<Full<Bytes>> {
        let mut request = self.bucket.request(method, path, body.clone());
        if method == "PUT" {
            request.headers_mut().insert("content-type", CONTENT.parse().unwrap());
        }
        self.s3.sign(&mut request, body, &self.bucket.1, self.s3.settings());
        request
    }

    fn presigned(&self, path: &str) -> String {
        let mut settings = self.s3.settings();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(300));
        let mut request = self.bucket.request("GET", path, Bytes::new());
        self.s3.sign(&mut request, b"", &self.bucket.1, settings);
        request.uri().to_string()
    }

    async fn prestage(&mut self, token: &str, count: u64) -> Value {
        let proven = data_encoding::BASE32_NOPAD.decode(token.trim_start_matches("arelay_").to_uppercase().as_bytes());
        let enrolment = data_encoding::BASE32_NOPAD
            .encode(&proven.unwrap()[..10])
            .to_lowercase();
        let id = format!("req_{}", HEXLOWER.encode(&u128::from(count).to_be_bytes()));
        let update = json!({
            "TableName": "bench",
            "Key": {"enrolment": {"S": enrolment}},
            "UpdateExpression": "SET #r.#o.#id = :entry",
            "ConditionExpression": "attribute_exists(#r.#t) AND size(#r.#o) < :room",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            "ExpressionAttributeNames": {"#r": "requests", "#o": "open", "#id": &id[4..], "#t": "token"},
            "ExpressionAttributeValues": {
                ":entry": {"M": {"staged": {"N": "1795305600000000"}, "until": {"N": "1795305900000000"}}},
                ":room": {"N": "16"},
            },
        });
        let path = format!("/bench/poll/{id}");
        let update = self.table_call("UpdateItem", &update);
        let document = self.object_call("PUT", &path, &Bytes::from_static(br#"{"status":"pending"}"#));
        tokio::join!(self.table.send(update), self.bucket.send(document));
        json!({"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": self.presigned(&path)})
    }

    async fn inbound(&mut self, message: &str, recipient: &str) -> Value {
        let enrolment = recipient[..16].to_lowercase();
        let key = json!({"enrolment": {"S": enrolment}});
        let get = json!({"TableName": "bench", "Key": key, "ConsistentRead": true});
        let mail = format!("/bench/mail/{message}");
        let (get, read) = (
            self.table_call("GetItem", &get),
            self.object_call("GET", &mail, &Bytes::new()),
        );
        let ((_, item), (_, mail_bytes)) = tokio::join!(self.item.send(get), self.bucket.send(read));
        let item: Value = serde_json::from_slice(&item).unwrap();
        let open = &item["Item"]["requests"]["M"]["open"]["M"];
        let id = open
            .as_object()
            .and_then(|open| open.keys().next())
            .cloned()
            .unwrap_or_default();
        let update = json!({
            "TableName": "bench",
            "Key": key,
            "UpdateExpression": "SET #seen = :seen, #events = :seen, #counts = :seen ADD #version :one REMOVE #r.#o.#id",
            "ConditionExpression": "#version = :version",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            "ExpressionAttributeNames": {
                "#r": "requests", "#o": "open", "#id": id, "#seen": "seen", "#events": "events", "#counts": "counts",
                "#version": "version",
            },
            "ExpressionAttributeValues": {
                ":seen": {"B": BASE64.encode(&mail_bytes[..mail_bytes.len().min(48)])},
                ":one": {"N": "1"},
                ":version": item["Item"]["version"],
            },
        });
        let update = self.table_call("UpdateItem", &update);
        self.table.send(update).await;
        let code = Bytes::from_static(br#"{"status":"complete","code":"000000"}"#);
        let document = self.object_call("PUT", &format!("/bench/poll/req_{id}"), &code);
        self.bucket.send(document).await;
        let delete = self.object_call("DELETE", &mail, &Bytes::new());
        self.bucket.send(delete).await;
        Value::Null
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let kind = std::env::args().nth(1).expect("prestage or inbound");
    let variables: HashMap<String, String> = std::env::vars().collect();
    let host = variables["AWS_ENDPOINT_URL"].trim_start_matches("http://").to_owned();
    let mut runtime = Connection::open(&variables["AWS_LAMBDA_RUNTIME_API"]).await;
    let mut aws = Aws::open(&host).await;
    for count in 0.. {
        let next = runtime.request("GET", "/2018-06-01/runtime/invocation/next", Bytes::new());
        let (head, body) = runtime.send(next).await;
        let request = head.headers()["lambda-runtime-aws-request-id"]
            .to_str()
            .unwrap()
            .to_owned();
        let event: Value = serde_json::from_slice(&body).unwrap();
        let answer = if kind == "prestage" {
            aws.prestage(event["pathParameters"]["token"].as_str().unwrap(), count)
                .await
        } else {
            let ses = &event["Records"][0]["ses"];
            let message = ses["mail"]["messageId"].as_str().unwrap();
            let recipient = ses["receipt"]["recipients"][0].as_str().unwrap();
            aws.inbound(message, recipient).await
        };
        let path = format!("/2018-06-01/runtime/invocation/{request}/response");
        let answer = runtime.request("POST", &path, Bytes::from(serde_json::to_vec(&answer).unwrap()));
        runtime.send(answer).await;
    }
}
