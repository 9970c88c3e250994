//! The calls of AWS that the relay makes: DynamoDB, S3, SES and Systems Manager over HTTP/1.1, signed by Signature
//! Version 4.
//!
//! It is our own, in place of the SDK: the relay makes few kinds of calls, and the SDK's layers took more than half
//! of a function's processor time (`docs/aws.md` has the figures). It keeps what the SDK did for them: time limits
//! for a connection, an attempt and a call ([`Limits`]), a few attempts with growing random waits, endpoints that
//! the environment overrides, and temporary credentials. An answer has a largest size ([`Most`]). A [`Fault`] has AWS's
//! code and message, never a request or an answer, which hold items of the table.
//!
//! Sources: the API references of the services, and "Signature Version 4" in the IAM user guide.

mod attribute;
mod backoff;
mod credentials;
mod dynamodb;
mod error;
mod fault;
mod origin;
mod pool;
mod s3;
#[cfg(any(feature = "lambda", feature = "stack"))]
pub(crate) mod sdk;
mod service;
mod sesv2;
mod sign;
mod systems_manager;
mod transport;

#[cfg(test)]
mod tests;

pub use self::attribute::{AttributeValue, Map};
pub use self::credentials::{Credentials, CredentialsSource};
pub use self::dynamodb::{DynamoDb, Updated};
pub use self::fault::Fault;
pub(crate) use self::fault::away;
#[cfg(any(feature = "lambda", feature = "stack"))]
pub(crate) use self::fault::with_causes;
pub use self::origin::Origin;
pub use self::pool::Pool;
pub use self::s3::{Bucket, Object};
pub use self::service::Limits;
pub(crate) use self::service::Place;
#[cfg(feature = "lambda")]
pub(crate) use self::service::TRACE;
pub use self::sesv2::Ses;
pub(crate) use self::systems_manager::SystemsManager;
pub use self::transport::{Answer, Calling, Most, NoAnswer, Transport};
