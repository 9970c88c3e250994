//! `enroll`: enrolments of the relay in a data directory, whether it runs or not, or of one on AWS.

mod shown;

use jiff::SignedDuration;
use relay::ports::{FindEnrolments, ManageEnrolments, ReadStatus};
use relay::{Enroller, Enrolment, EnrolmentId, NewEnrolment, Refusal};
use serde_json::{Value, json};

use super::local::LocalRelay;
use super::{away, refused};
use crate::cli::{EnrollArgs, Named};
use crate::failure::Failure;
use crate::output::Output;

use shown::{Credentials, called, object, show, show_address, table};

pub(crate) async fn run(args: EnrollArgs, output: &Output) -> Result<(), Failure> {
    if let Some(stack) = &args.stack.stack {
        return on_stack(stack, &args, output).await;
    }
    // Only an enrolment makes a directory: the other calls are about an existing one.
    let changes = args.revoke || args.rotate || args.rotate_address || args.suspend || args.resume;
    let relay = LocalRelay::open(&args.local, !args.list && !changes, output).await?;
    enrol(&relay.enroller, &args, &relay.public_url, output).await
}

#[cfg(feature = "aws")]
async fn on_stack(name: &str, args: &EnrollArgs, output: &Output) -> Result<(), Failure> {
    let stack = relay_aws::stack::Stack::find(name, args.stack.region.clone()).await;
    let stack = stack.map_err(Failure::operation)?;
    let enroller = stack.enroller().await.map_err(Failure::operation)?;
    let public_url = stack.web_url().map_err(Failure::operation)?;
    enrol(&enroller, args, public_url, output).await
}

#[cfg(not(feature = "aws"))]
fn on_stack(_: &str, _: &EnrollArgs, _: &Output) -> std::future::Ready<Result<(), Failure>> {
    std::future::ready(Err(super::without_aws("--stack")))
}

async fn enrol<S>(enroller: &Enroller<S>, args: &EnrollArgs, public_url: &str, output: &Output) -> Result<(), Failure>
where
    S: FindEnrolments + ManageEnrolments + ReadStatus,
{
    let Some(named) = &args.named else {
        return list(enroller, output).await;
    };
    let account = match named {
        Named::Account(account) => Some(account),
        Named::Id(_) => None,
    };
    if args.revoke || args.suspend || args.resume {
        return change_all(enroller, named, args, output).await;
    }
    if args.rotate {
        let id = the_one(enroller, named).await?;
        let (token, enrolment) = enroller.replace_token(&id, account).await.map_err(refused)?;
        let shown = Credentials {
            id,
            label: enrolment.label.clone(),
            account,
            token: &token,
            local_part: &enroller.local_part(&enrolment),
        };
        return show(enroller, &shown, public_url, output);
    }
    if args.rotate_address {
        let id = the_one(enroller, named).await?;
        let overlap = SignedDuration::from_hours(args.overlap.into());
        let (local_part, enrolment) = enroller.replace_address(&id, overlap).await.map_err(refused)?;
        return show_address(enroller, &local_part, &enrolment, output);
    }
    let Some(account) = account else {
        return Err(Failure::usage("an enrolment is made for a mail address, not for an id"));
    };
    if args.if_none {
        let earlier = enroller.of_account(account).await.map_err(|error| away(&error))?;
        if !earlier.is_empty() {
            let ids: Vec<String> = earlier.iter().map(|one| one.id.to_string()).collect();
            return output.result(
                &json!({ "account": account.as_str(), "ids": ids, "enrolled": "before" }),
                || format!("{} is enrolled already.", account.as_str()),
            );
        }
    }
    let new = NewEnrolment {
        account,
        label: args.label.clone(),
        sender: args.sender.clone(),
        own_address_only: args.own_address_only,
        require_dkim: args.require_dkim,
    };
    let made = enroller.enrol(new).await.map_err(|error| away(&error))?;
    let shown = Credentials {
        id: made.id,
        label: made.label.clone(),
        account: Some(account),
        token: &made.token,
        local_part: &made.local_part,
    };
    show(enroller, &shown, public_url, output)
}

/// Ends, suspends or resumes one enrolment, or all of an account.
async fn change_all<S>(enroller: &Enroller<S>, named: &Named, args: &EnrollArgs, output: &Output) -> Result<(), Failure>
where
    S: FindEnrolments + ManageEnrolments,
{
    let enrolments = all_of(enroller, named).await?;
    if enrolments.is_empty() {
        return Err(refused(Refusal::NotEnrolled));
    }
    let mut ids = Vec::new();
    for Enrolment { id, .. } in &enrolments {
        if args.revoke {
            enroller.revoke(id).await.map_err(refused)?;
        } else if args.suspend {
            enroller.suspend(id).await.map_err(refused)?;
        } else {
            enroller.resume(id).await.map_err(refused)?;
        }
        ids.push(id.to_string());
    }
    let (key, words) = match (args.revoke, args.suspend) {
        (true, _) => ("revoked", "no longer enrolled"),
        (false, true) => ("suspended", "suspended"),
        (false, false) => ("resumed", "no longer suspended"),
    };
    let name = match named {
        Named::Account(account) => account.as_str().to_owned(),
        Named::Id(id) => id.to_string(),
    };
    let mut object = serde_json::Map::new();
    object.insert("ids".to_owned(), ids.into());
    object.insert(key.to_owned(), true.into());
    if let Named::Account(account) = named {
        object.insert("account".to_owned(), account.as_str().into());
    }
    output.result(&Value::Object(object), || format!("{name} is {words}."))
}

async fn all_of<S: FindEnrolments + ManageEnrolments>(
    enroller: &Enroller<S>,
    named: &Named,
) -> Result<Vec<Enrolment>, Failure> {
    match named {
        Named::Account(account) => enroller.of_account(account).await.map_err(|error| away(&error)),
        Named::Id(id) => Ok(vec![enroller.by_id(id).await.map_err(refused)?]),
    }
}

/// The one enrolment of that name.
async fn the_one<S: FindEnrolments + ManageEnrolments>(
    enroller: &Enroller<S>,
    named: &Named,
) -> Result<EnrolmentId, Failure> {
    let enrolments = all_of(enroller, named).await?;
    match enrolments.as_slice() {
        [] => Err(refused(Refusal::NotEnrolled)),
        [one] => Ok(one.id),
        several => {
            let ids: Vec<String> = several.iter().map(|one| called(one.id, one.label.as_ref())).collect();
            Err(Failure::operation(format!(
                "the account has several enrolments; name one by its id: {}",
                ids.join(", ")
            )))
        }
    }
}

async fn list<S: ManageEnrolments + ReadStatus>(enroller: &Enroller<S>, output: &Output) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for enrolment in enroller.enrolments().await.map_err(|error| away(&error))? {
        let status = enroller.status_of(&enrolment.id).await.map_err(Failure::operation)?;
        rows.push((enrolment, status));
    }
    let enrolments: Vec<Value> = rows
        .iter()
        .map(|(enrolment, status)| object(enroller, enrolment, status))
        .collect();
    output.result(&json!({ "enrolments": enrolments }), || table(enroller, &rows))
}
