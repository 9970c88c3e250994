//! arlo-relay on AWS: the ports of the crate `relay` over DynamoDB, S3 and SES, and the four Lambda functions.
//!
//! The crate `relay` decides which mail may give a code, and to which login; nothing is decided here. An enrolment with
//! all that belongs to it is one item of a DynamoDB table, and every change is one conditional update of it. The poll
//! documents in S3 are written after the item; a mail that is processed again writes them again. The table holds
//! accounts as keyed hashes, access tokens as hashes, and no code. A poll key is stored nowhere.
//!
//! | function | may do |
//! |---|---|
//! | `prestage` | write login requests and their documents, sign the URLs that read them |
//! | `web` | everything else over HTTP |
//! | `inbound` | read and delete the mail that SES stored, end login requests, send the operator mail |
//! | `receipt-rules` | add the stack's receipt rule to the active rule set and remove it, empty the bucket |

pub mod aws;
pub mod connection;
pub mod deployment_key;
pub mod environment;
pub mod metrics;
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
