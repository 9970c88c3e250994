//! A table and a bucket of its own on the emulator, for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use arlo_mail::Account;
use bytes::Bytes;
use hyper::header::HOST;
use hyper::{Method, Request};
use jiff::{SignedDuration, Timestamp};
use relay::ports::{Clock, ManageEnrolments};
use relay::{
    AccessToken, Addresses, ClientNetwork, DeploymentKey, Enrolment, EnrolmentId, Keys, MadeBy, MadeWith, NewRequest,
    PollKey, SystemClock, SystemRandom,
};
use relay_aws::aws::{Map, Most, Origin};
use relay_aws::connection::Connection;
use relay_aws::environment::Environment;
use relay_aws::store::{AwsStore, Places};
use serde::de::IgnoredAny;
use serde_json::json;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// An empty deployment.
pub(crate) struct Deployment {
    pub(crate) connection: Connection,
    pub(crate) places: Places,
}

pub(crate) fn variables() -> Vec<(String, String)> {
    let endpoint = std::env::var("ARLO_RELAY_TEST_AWS_ENDPOINT");
    let endpoint = endpoint.expect("ARLO_RELAY_TEST_AWS_ENDPOINT has to name an emulator");
    let variables = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
    ];
    variables
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

impl Deployment {
    pub(crate) async fn fresh() -> Self {
        let since = SystemClock.now().as_nanosecond();
        let name = format!(
            "relay-{since}-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let connection = Connection::for_lambda(&variables().into_iter().collect()).unwrap();
        let key = |name| json!([{ "AttributeName": name, "KeyType": "HASH" }]);
        let table = json!({
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": key("enrolment"),
            "AttributeDefinitions": [
                { "AttributeName": "enrolment", "AttributeType": "S" },
                { "AttributeName": "account", "AttributeType": "B" },
            ],
            "GlobalSecondaryIndexes": [{
                "IndexName": "accounts",
                "KeySchema": key("account"),
                "Projection": { "ProjectionType": "KEYS_ONLY" },
            }],
        });
        let made = connection.dynamodb();
        let made = made.call::<IgnoredAny>("DynamoDB_20120810.CreateTable", &table).await;
        made.unwrap();
        connection.bucket(&name).itself(Method::PUT).await.unwrap();
        let places = Places {
            table: name.clone(),
            bucket: name,
            poll_prefix: "poll/".to_owned(),
        };
        Self { connection, places }
    }

    pub(crate) fn store(&self) -> AwsStore {
        self.store_over(&self.connection)
    }

    /// A store that reaches the same table and bucket by another connection.
    pub(crate) fn store_over(&self, connection: &Connection) -> AwsStore {
        let bucket = connection.bucket(&self.places.bucket);
        AwsStore::new(connection.dynamodb(), bucket, self.places.clone(), None)
    }

    /// An enrolment's item.
    pub(crate) async fn item(&self, id: &EnrolmentId) -> Map {
        let key = json!({ "enrolment": { "S": id.to_string() } });
        let get = json!({ "TableName": self.places.table, "Key": key });
        self.connection.dynamodb().get_item(&get).await.unwrap().unwrap()
    }

    /// The environment of a function of this deployment.
    pub(crate) fn environment(&self) -> Environment {
        let own = [
            ("TABLE", self.places.table.as_str()),
            ("BUCKET", &self.places.bucket),
            ("DOMAIN", "relay.example"),
            ("SHARED_MAILBOX", "arlo"),
        ];
        let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
        variables().into_iter().chain(own).collect()
    }

    pub(crate) async fn object(&self, key: &str) -> Option<String> {
        let bucket = self.connection.bucket(&self.places.bucket);
        let object = bucket.get(key, Most::Refuse(1 << 20)).await.ok()??;
        Some(String::from_utf8(object.into_body().to_vec()).unwrap())
    }

    pub(crate) async fn write(&self, key: &str, text: &str) {
        let bucket = self.connection.bucket(&self.places.bucket);
        let body = Bytes::from(text.to_owned());
        bucket.put(key, body, &[]).await.unwrap();
    }

    pub(crate) async fn document(&self, key: &PollKey) -> Option<String> {
        self.object(&format!("poll/{}", key.request_id())).await
    }

    pub(crate) async fn write_document(&self, key: &PollKey, text: &str) {
        self.write(&format!("poll/{}", key.request_id()), text).await;
    }
}

pub(crate) fn keys() -> Keys {
    Keys::new(&DeploymentKey::new([7; 32]))
}

pub(crate) fn casey() -> Account {
    Account::parse("casey@gmail.com").unwrap()
}

/// An enrolment of casey@gmail.com, and its token.
pub(crate) async fn enrolled(store: &AwsStore) -> (Enrolment, AccessToken) {
    let id = EnrolmentId::generate(&SystemRandom).unwrap();
    let token = AccessToken::generate(&keys(), id, &SystemRandom).unwrap();
    let enrolment = Enrolment {
        id,
        label: None,
        account: keys().hash(&casey()),
        made_with: MadeWith::all(keys().current_id()),
        token: token.hash(),
        address: Addresses::FIRST,
        sender: None,
        own_address_only: false,
        require_dkim: false,
        made_by: MadeBy::Operator,
        created_at: SystemClock.now(),
        rotated_at: None,
        suspended_at: None,
    };
    store.add(&enrolment).await.unwrap();
    (enrolment, token)
}

/// A login request of the enrolment.
pub(crate) fn request(enrolment: &Enrolment, staged_at: Timestamp) -> NewRequest {
    NewRequest {
        account: keys().hashes(&casey()),
        token: enrolment.token,
        poll_key: PollKey::generate(enrolment.id, &SystemRandom).unwrap(),
        network: ClientNetwork::parse("192.0.2.0/24"),
        staged_at,
        expires_at: staged_at.saturating_add(SignedDuration::from_secs(300)).unwrap(),
    }
}

/// Status, headers and body of a URL.
pub(crate) async fn get(connection: &Connection, url: &str) -> (u16, String, String) {
    let (origin, path) = Origin::of(url).unwrap();
    let request = Request::get(path).header(HOST, origin.authority());
    let request = request.body(Bytes::new()).unwrap();
    let transport = connection.transport();
    let answer = transport.call(&origin, request, Most::Refuse(1 << 20)).await.unwrap();
    let headers: Vec<String> = answer
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    let body = String::from_utf8(answer.body.to_vec()).unwrap();
    (answer.status.as_u16(), headers.join("\n"), body)
}
