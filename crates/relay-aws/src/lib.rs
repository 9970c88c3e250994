//! arlo-relay on AWS: the rules' ports over DynamoDB, S3 and SES, and the four Lambda functions over them.
//!
//! Nothing here decides anything: which mail may give a code, and to which login, is the business of the crate `relay`.
//! What has to happen at once happens in one DynamoDB transaction, and the poll documents in S3 follow the table: they
//! can always be written anew from it. Accounts are in the table as keyed hashes only, access tokens as hashes; a poll
//! key is nowhere at all.
//!
//! | function | may do |
//! |---|---|
//! | `prestage` | write login requests and their documents, sign the URLs that read them |
//! | `web` | everything else over HTTP |
//! | `inbound` | read and delete the mail that SES stored, end login requests, send the operator mail |
//! | `receipt-rules` | put the stack's receipt rule into the active rule set and take it out, empty the bucket |

pub mod connection;
pub mod environment;
mod fault;
pub mod hash_key;
pub mod operator;
pub mod presign;
pub mod settings;
pub mod store;
pub mod verdicts;

#[cfg(feature = "lambda")]
pub mod http;
#[cfg(feature = "lambda")]
pub mod inbound;
#[cfg(feature = "lambda")]
pub mod receipt_rules;
#[cfg(feature = "lambda")]
pub mod runtime;
#[cfg(feature = "stack")]
pub mod stack;
