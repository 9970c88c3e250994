//! A table and a bucket of its own on the emulator, for each test.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use relay_aws::connection::Connection;
use relay_aws::settings::Environment;
use relay_aws::store::{AwsStore, Places};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// An empty deployment.
pub(crate) struct Deployment {
    pub(crate) connection: Connection,
    pub(crate) places: Places,
}

fn endpoint() -> String {
    std::env::var("ARLO_RELAY_TEST_AWS_ENDPOINT").expect("ARLO_RELAY_TEST_AWS_ENDPOINT names no emulator")
}

/// The connection of a function on the emulator.
pub(crate) fn connection() -> Connection {
    let variables = [
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_ENDPOINT_URL", endpoint()),
    ];
    let environment: Environment = variables
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect();
    Connection::of_function(&environment).unwrap()
}

impl Deployment {
    pub(crate) async fn fresh() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let name = format!(
            "relay-{since}-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let connection = connection();
        let key = |name, kind| {
            KeySchemaElement::builder()
                .attribute_name(name)
                .key_type(kind)
                .build()
                .unwrap()
        };
        let attribute = |name| {
            let definition = AttributeDefinition::builder().attribute_name(name);
            definition.attribute_type(ScalarAttributeType::S).build().unwrap()
        };
        let table = connection.dynamodb().create_table().table_name(&name);
        table
            .key_schema(key("pk", KeyType::Hash))
            .key_schema(key("sk", KeyType::Range))
            .attribute_definitions(attribute("pk"))
            .attribute_definitions(attribute("sk"))
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

    pub(crate) fn store(&self) -> AwsStore {
        AwsStore::new(
            self.connection.dynamodb(),
            self.connection.s3(),
            self.places.clone(),
            None,
        )
    }
}
