//! A table and a bucket of its own on the emulator, for each test.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};

use arlo_mail::Account;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::byte_stream::ByteStream;
use jiff::{SignedDuration, Timestamp};
use relay::ports::{Clock, ManageEnrolments};
use relay::{
    AccessToken, Addresses, ClientNetwork, DeploymentKey, Enrolment, EnrolmentId, Keys, MadeWith, NewRequest, PollKey,
    SystemClock, SystemRandom,
};
use relay_aws::connection::Connection;
use relay_aws::environment::Environment;
use relay_aws::store::{AwsStore, Places};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// An empty deployment.
pub struct Deployment {
    pub connection: Connection,
    pub places: Places,
}

pub fn variables() -> Vec<(String, String)> {
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
    pub async fn fresh() -> Self {
        let since = SystemClock.now().as_nanosecond();
        let name = format!(
            "relay-{since}-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let connection = Connection::for_lambda(&variables().into_iter().collect()).unwrap();
        let key = |name| {
            let key = KeySchemaElement::builder().attribute_name(name);
            key.key_type(KeyType::Hash).build().unwrap()
        };
        let attribute = |name, kind| {
            let definition = AttributeDefinition::builder().attribute_name(name);
            definition.attribute_type(kind).build().unwrap()
        };
        let by_account = GlobalSecondaryIndex::builder()
            .index_name("accounts")
            .key_schema(key("account"))
            .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build());
        let table = connection.dynamodb().create_table().table_name(&name);
        table
            .key_schema(key("enrolment"))
            .attribute_definitions(attribute("enrolment", ScalarAttributeType::S))
            .attribute_definitions(attribute("account", ScalarAttributeType::B))
            .global_secondary_indexes(by_account.build().unwrap())
            .billing_mode(BillingMode::PayPerRequest)
            .send()
            .await
            .unwrap();
        connection.s3().create_bucket().bucket(&name).send().await.unwrap();
        let places = Places {
            table: name.clone(),
            bucket: name,
            poll_prefix: "poll/".to_owned(),
        };
        Self { connection, places }
    }

    pub fn store(&self) -> AwsStore {
        self.store_over(&self.connection)
    }

    /// A store that reaches the same table and bucket by another connection.
    pub fn store_over(&self, connection: &Connection) -> AwsStore {
        AwsStore::new(connection.dynamodb(), connection.s3(), self.places.clone(), None)
    }

    /// An enrolment's item.
    pub async fn item(&self, id: &EnrolmentId) -> HashMap<String, AttributeValue> {
        let get = self.connection.dynamodb().get_item().table_name(&self.places.table);
        let get = get.key("enrolment", AttributeValue::S(id.to_string()));
        get.send().await.unwrap().item.unwrap()
    }

    /// The environment of a function of this deployment.
    pub fn environment(&self) -> Environment {
        let own = [
            ("TABLE", self.places.table.as_str()),
            ("BUCKET", &self.places.bucket),
            ("DOMAIN", "relay.example"),
            ("SHARED_MAILBOX", "arlo"),
        ];
        let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
        variables().into_iter().chain(own).collect()
    }

    pub async fn object(&self, key: &str) -> Option<String> {
        let get = self.connection.s3().get_object().bucket(&self.places.bucket).key(key);
        let body = get.send().await.ok()?.body.collect().await.unwrap();
        Some(String::from_utf8(body.to_vec()).unwrap())
    }

    pub async fn write(&self, key: &str, text: &str) {
        let put = self.connection.s3().put_object().bucket(&self.places.bucket).key(key);
        put.body(ByteStream::from(text.as_bytes().to_vec()))
            .send()
            .await
            .unwrap();
    }

    pub async fn document(&self, key: &PollKey) -> Option<String> {
        self.object(&format!("poll/{}", key.request_id())).await
    }

    pub async fn write_document(&self, key: &PollKey, text: &str) {
        self.write(&format!("poll/{}", key.request_id()), text).await;
    }
}

pub fn keys() -> Keys {
    Keys::new(&DeploymentKey::new([7; 32]))
}

pub fn casey() -> Account {
    Account::parse("casey@gmail.com").unwrap()
}

/// An enrolment of casey@gmail.com, and its token.
pub async fn enrolled(store: &AwsStore) -> (Enrolment, AccessToken) {
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
        created_at: SystemClock.now(),
        rotated_at: None,
        suspended_at: None,
    };
    store.add(&enrolment).await.unwrap();
    (enrolment, token)
}

/// A login request of the enrolment.
pub fn request(enrolment: &Enrolment, staged_at: Timestamp) -> NewRequest {
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
pub async fn get(connection: &Connection, url: &str) -> (u16, String, String) {
    let answer = connection
        .connector()
        .call(HttpRequest::get(url).unwrap())
        .await
        .unwrap();
    let headers: Vec<String> = answer
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    let status = answer.status().as_u16();
    let body = ByteStream::new(answer.into_body()).collect().await.unwrap();
    (status, headers.join("\n"), String::from_utf8(body.to_vec()).unwrap())
}
