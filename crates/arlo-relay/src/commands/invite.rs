//! `invite`: links by which strangers enrol themselves.

use jiff::SignedDuration;
use relay::ports::ManageInvitations;
use relay::{Enroller, InvitationId, Registration};
use serde_json::{Value, json};

use super::local::LocalRelay;
use super::{away, minute, refused, table};
use crate::cli::InviteArgs;
use crate::failure::Failure;
use crate::output::{FAINT, Output, STRONG, styled};

pub(crate) async fn run(args: InviteArgs, output: &Output) -> Result<(), Failure> {
    if let Some(stack) = &args.stack.stack {
        return on_stack(stack, &args, output).await;
    }
    let LocalRelay {
        enroller,
        public_url,
        registration,
    } = LocalRelay::open(&args.local, false, output).await?;
    invite(&enroller, &args, &public_url, registration, output).await
}

#[cfg(feature = "aws")]
async fn on_stack(name: &str, args: &InviteArgs, output: &Output) -> Result<(), Failure> {
    let stack = relay_aws::stack::Stack::find(name, args.stack.region.clone()).await;
    let stack = stack.map_err(Failure::operation)?;
    let enroller = stack.enroller().await.map_err(Failure::operation)?;
    let public_url = stack.web_url().map_err(Failure::operation)?;
    let registration = stack.registration().await.map_err(Failure::operation)?;
    invite(&enroller, args, public_url, registration, output).await
}

#[cfg(not(feature = "aws"))]
fn on_stack(_: &str, _: &InviteArgs, _: &Output) -> std::future::Ready<Result<(), Failure>> {
    std::future::ready(Err(super::without_aws("--stack")))
}

async fn invite<S: ManageInvitations>(
    enroller: &Enroller<S>,
    args: &InviteArgs,
    public_url: &str,
    registration: Registration,
    output: &Output,
) -> Result<(), Failure> {
    if args.list {
        return list(enroller, output).await;
    }
    if let Some(id) = &args.withdraw {
        return withdraw(enroller, id, output).await;
    }
    let lasts = SignedDuration::from_hours(i64::from(args.days) * 24);
    let invited = enroller.invite(args.uses, lasts).await;
    let (code, invitation) = invited.map_err(|error| away(&error))?;
    if registration == Registration::Closed {
        output.note(
            "warning: nobody can join this relay yet, since its registration is closed: set it to invite (serve \
             --registration invite, or the stack's parameter Registration)",
        );
    }
    // Behind the #, where no server and no proxy on the way sees it.
    let link = format!("{public_url}/#invitation={}", code.expose());
    let object = json!({
        "id": invitation.id.to_string(),
        "invitation": code.expose(),
        "link": link,
        "uses": invitation.uses,
        "expires_at": invitation.expires_at,
    });
    output.result(&object, || {
        let who = match invitation.uses {
            1 => "One person may".to_owned(),
            uses => format!("{uses} people may"),
        };
        format!(
            "{}\n\n{who} join by this link until {}.\n{}",
            styled(STRONG, &link),
            minute(invitation.expires_at),
            styled(
                FAINT,
                &format!(
                    "It is shown only now. To take it back: arlo-relay invite --withdraw {}",
                    invitation.id
                )
            ),
        )
    })
}

async fn withdraw<S: ManageInvitations>(
    enroller: &Enroller<S>,
    id: &InvitationId,
    output: &Output,
) -> Result<(), Failure> {
    enroller.withdraw(id).await.map_err(refused)?;
    let object = json!({ "id": id.to_string(), "withdrawn": true });
    output.result(&object, || format!("Nobody can join by the invitation {id} any more."))
}

async fn list<S: ManageInvitations>(enroller: &Enroller<S>, output: &Output) -> Result<(), Failure> {
    let invitations = enroller.invitations().await.map_err(|error| away(&error))?;
    let objects: Vec<Value> = invitations
        .iter()
        .map(|invitation| {
            json!({
                "id": invitation.id.to_string(),
                "uses": invitation.uses,
                "used": invitation.used,
                "created_at": invitation.created_at,
                "expires_at": invitation.expires_at,
            })
        })
        .collect();
    output.result(&json!({ "invitations": objects }), || {
        if invitations.is_empty() {
            return "Nobody is invited: arlo-relay invite".to_owned();
        }
        let mut shown = table(&["invitation", "may join", "have joined", "made", "until"]);
        for invitation in &invitations {
            shown.add_row([
                invitation.id.to_string(),
                invitation.uses.to_string(),
                invitation.used.to_string(),
                minute(invitation.created_at),
                minute(invitation.expires_at),
            ]);
        }
        shown.to_string()
    })
}
