//! The environment of the Lambda functions: an error names the variable and never its value.
//!
//! What reads it is taken from relay-aws as it is. Its neighbours, which call AWS, are replaced by empty ones.

#![no_main]
#![allow(dead_code, reason = "the functions use more of it")]

#[path = "../../crates/relay-aws/src/environment.rs"]
mod environment;
#[path = "../../crates/relay-aws/src/metrics.rs"]
mod metrics;
#[path = "../../crates/relay-aws/src/settings.rs"]
mod settings;

use libfuzzer_sys::fuzz_target;
use relay::{DeploymentKey, Keys};

use crate::environment::Environment;
use crate::settings::Settings;

/// The variables without which no function starts.
const REQUIRED: &str = "TABLE=t\nBUCKET=b\nDOMAIN=relay.example\nSHARED_MAILBOX=arlo\n";

fuzz_target!(|text: &str| {
    let lines = REQUIRED.lines().chain(text.lines());
    let variables = lines.filter_map(|line| line.split_once('='));
    let environment: Environment = variables
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    if let Ok(settings) = Settings::read(&environment, Keys::new(&DeploymentKey::new([7; 32]))) {
        assert_eq!(settings.forwards(), settings.operator().is_some());
    }
});

mod connection {
    pub struct Connection;

    impl Connection {
        pub async fn warm(&self, _bucket: &str) {}
        pub fn dynamodb(&self) {}
        pub fn bucket(&self, _name: &str) {}
        pub fn sesv2(&self) {}
    }
}

mod deployment_key {
    pub type KeyError = std::fmt::Error;

    pub struct KeyParameters {
        pub current: String,
        pub former: Option<String>,
    }

    pub async fn read(_: &crate::connection::Connection, _parameters: &KeyParameters) -> Result<relay::Keys, KeyError> {
        Err(std::fmt::Error)
    }
}

mod operator {
    pub struct Operator;

    impl Operator {
        pub fn new(_sesv2: (), _addresses: relay::operator_mail::Addresses) -> Self {
            Self
        }
    }
}

mod store {
    #[derive(Debug, Clone)]
    pub struct Places {
        pub table: String,
        pub bucket: String,
        pub poll_prefix: String,
    }

    pub struct AwsStore;

    impl AwsStore {
        pub fn new(_dynamodb: (), _bucket: (), _places: Places, _operator: Option<crate::operator::Operator>) -> Self {
            Self
        }
    }
}
