//! CloudFormation's custom resources for what CloudFormation itself cannot do: SES has one active rule set for a whole
//! account and region, and a bucket has to be empty before it can be deleted.
//!
//! | resource | request | what is done |
//! |---|---|---|
//! | `Custom::ReceiptRules` | create, update | our rule is in the active rule set; or ours is made the active one |
//! | | delete | our rule is removed from every rule set, and our own rule set is deleted |
//! | `Custom::BucketContents` | create, update | nothing |
//! | | delete | the bucket is emptied |
//!
//! They are two resources, since the rule must be deleted before the functions that write into the bucket, and the
//! contents after them.
//!
//! Each request leads to the same state, whatever was there before, so CloudFormation may repeat it. Nothing is stored
//! between requests: the rule is found by its name and its function. Rules of others are never changed. A create that
//! failed and left nothing has a physical id that says so. CloudFormation then sends a delete, which is answered
//! without a call of SES: the stack can be rolled back even where SES is forbidden.
//!
//! CloudFormation waits an hour for an answer that does not come, so an answer is always sent, in time.

mod bucket;
mod error;
mod request;
mod rules;

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use self::error::{Failed, Reason};
use self::request::{Answer, Properties, Request};
use crate::connection::Connection;
use crate::runtime::{Error, Event, Events};

/// The answer is sent this long before Lambda ends the call.
const RESERVE: Duration = Duration::from_secs(10);

/// Answers CloudFormation until Lambda ends the process.
///
/// # Errors
/// When Lambda's runtime API cannot be reached.
pub async fn serve(events: &Events, connection: Connection) -> Result<(), Error> {
    let process = async |event: Event| {
        let left = event.left().saturating_sub(RESERVE);
        let request: Value = serde_json::from_slice(&event.payload).map_err(|_| "an event that is no JSON")?;
        handle(&connection, &request, left).await?;
        Ok(Bytes::from_static(b"null"))
    };
    events.serve(process).await
}

/// Answers one request of CloudFormation, within this time.
///
/// # Errors
/// When the event is no such request, or the answer cannot be sent.
pub async fn handle(connection: &Connection, event: &Value, within: Duration) -> Result<(), Error> {
    let reply =
        request::reply_to(event).map_err(|missing| format!("this is no request of CloudFormation: {missing}"))?;
    let done = match Request::parse(event) {
        Ok(request) => match tokio::time::timeout(within, Box::pin(run(connection, &request))).await {
            Ok(done) => done,
            Err(_) => Err(Failed::with_traces(Reason::OutOfTime)),
        },
        Err(reason) => Err(Failed::without_traces(reason)),
    };
    match &done {
        Ok(()) => tracing::info!("done"),
        Err(failed) => tracing::error!(reason = %failed.reason, "failed"),
    }
    let answer = Answer::new(&reply, &done);
    request::send(connection.transport().as_ref(), &reply, &answer).await
}

async fn run(connection: &Connection, request: &Request) -> Result<(), Failed> {
    match request {
        Request::Create(properties) => {
            let ses = connection.ses();
            let Err(reason) = rules::establish(&ses, properties, None).await else {
                return Ok(());
            };
            // What it has done so far is undone at once, so that nothing has to be deleted later.
            let leaves_nothing = match rules::withdraw(&ses, properties).await {
                Ok(()) => true,
                // SES denies this account both calls, so nothing was done.
                Err(again) => reason.is_denied() && again.is_denied(),
            };
            Err(Failed { reason, leaves_nothing })
        }
        Request::Update(properties, old) => {
            let ses = connection.ses();
            let done = rules::establish(&ses, properties, old.as_ref()).await;
            done.map_err(Failed::with_traces)?;
            match old {
                Some(old) if old.rule != properties.rule => withdraw(connection, old).await,
                _ => Ok(()),
            }
        }
        Request::Withdraw(properties) => withdraw(connection, properties).await,
        Request::Keep => Ok(()),
        Request::Empty(bucket) => bucket::empty(&connection.bucket(bucket))
            .await
            .map_err(Failed::with_traces),
    }
}

async fn withdraw(connection: &Connection, properties: &Properties) -> Result<(), Failed> {
    let done = rules::withdraw(&connection.ses(), properties).await;
    done.map_err(Failed::with_traces)
}
