//! `enroll`: enrolments of the relay in a data directory, whether it runs or not, or of one on AWS.

use std::sync::Arc;

use jiff::Timestamp;
use relay::ports::{FindEnrolments, ManageEnrolments, ReadStatus};
use relay::{
    Credentials, Deployment, Domain, Enroller, Enrolment, OtherMail, Refusal, Status, SystemClock, SystemRandom,
};
use relay_server::data_dir::{Addresses, DataDir};
use relay_server::sqlite::SqliteStore;
use serde_json::{Value, json};

use crate::cli::{DEFAULT_DOMAIN, DEFAULT_HTTP, EnrollArgs};
use crate::commands::serve;
use crate::failure::Failure;
use crate::output::{FAINT, Output, STRONG, styled};

pub(crate) async fn run(args: EnrollArgs, output: &Output) -> Result<(), Failure> {
    if let Some(stack) = &args.stack.stack {
        return on_stack(stack, &args, output).await;
    }
    let path = args.local.data_dir.path()?;
    // Only an enrolment makes a directory: the other calls are about an existing one.
    let data = if args.account.is_none() || args.revoke || args.rotate {
        DataDir::open_existing(&path).await
    } else {
        DataDir::open(&path).await
    };
    let data = data.map_err(Failure::operation)?;
    let served = data.addresses().await.map_err(Failure::operation)?;
    let (served_domain, served_url) = match served {
        Some(Addresses { domain, public_url, .. }) => (Some(domain), public_url),
        None => (None, format!("http://{DEFAULT_HTTP}")),
    };
    let domain = match (&args.local.domain, served_domain) {
        (None, Some(domain)) => domain,
        (chosen, _) => serve::domain(chosen.as_deref().unwrap_or(DEFAULT_DOMAIN))?,
    };
    let public_url = args.local.public_url.clone().unwrap_or(served_url);
    enrol(&enroller(data, domain), &args, public_url.trim_end_matches('/'), output).await
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
    std::future::ready(Err(super::without_aws()))
}

async fn enrol<S>(enroller: &Enroller<S>, args: &EnrollArgs, public_url: &str, output: &Output) -> Result<(), Failure>
where
    S: FindEnrolments + ManageEnrolments + ReadStatus,
{
    let Some(account) = &args.account else {
        return list(enroller, output).await;
    };
    let credentials = if args.revoke {
        enroller.revoke(account).await.map_err(refused)?;
        return output.result(&json!({ "account": account.as_str(), "revoked": true }), || {
            format!("{} is no longer enrolled.", account.as_str())
        });
    } else if args.rotate {
        enroller.rotate(account).await.map_err(refused)?
    } else if args.own_address_only {
        let enrolled = enroller.enrol_own_address_only(account, args.sender.clone()).await;
        enrolled.map_err(refused)?
    } else {
        enroller.enrol(account, args.sender.clone()).await.map_err(refused)?
    };
    show(enroller, &credentials, public_url, output)
}

fn enroller(data: DataDir, domain: Domain) -> Enroller<SqliteStore> {
    let deployment = Deployment {
        hash_key: data.hash_key,
        domain,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    };
    Enroller::new(deployment, data.store)
}

fn refused(refusal: Refusal) -> Failure {
    Failure::operation(match refusal {
        Refusal::AlreadyEnrolled => {
            "the account is enrolled already: --rotate replaces its token, --revoke ends the enrolment".to_owned()
        }
        Refusal::Port(error) => match std::error::Error::source(&error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
        other => other.to_string(),
    })
}

fn show<S>(enroller: &Enroller<S>, new: &Credentials, public_url: &str, output: &Output) -> Result<(), Failure> {
    let (account, token) = (new.account.as_str(), new.token.expose());
    let relay_address = enroller.relay_address(&new.local_part);
    let prestage_url = format!("{public_url}/prepare-arlo-mfa/{token}");
    let object = json!({
        "account": account,
        "token": token,
        "relay_address": relay_address,
        "prestage_url": prestage_url,
        "pyaarlo": {
            "tfa_source": "rest-api",
            "tfa_type": "EMAIL",
            "tfa_host": public_url,
            "tfa_username": account,
            "tfa_password": token,
        },
    });
    output.result(&object, || {
        format!(
            "{account} is enrolled.\n\n\
             relay address  {}\n\
             token          {}\n\
             prestage URL   {public_url}/prepare-arlo-mfa\n\n\
             1. Let the account's mailbox forward mail from do_not_reply@arlo.com to the relay address,\n\
             \x20  or add the relay address to the Arlo account as a second factor by mail.\n\
             2. Give a client the prestage URL and the token, or pyaarlo tfa_source=rest-api,\n\
             \x20  tfa_host={public_url}, tfa_username={account} and the token as tfa_password.\n\
             \x20  A client that takes a URL alone gets both with a / between. Never type the token in a command.\n\n\
             {}",
            styled(STRONG, &relay_address),
            styled(STRONG, token),
            styled(
                FAINT,
                "Keep all three secret. The token is not stored and cannot be shown again."
            ),
        )
    })
}

async fn list<S: ManageEnrolments + ReadStatus>(enroller: &Enroller<S>, output: &Output) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for enrolment in enroller.enrolments().await.map_err(refused)? {
        let status = enroller
            .status_of(&enrolment.account)
            .await
            .map_err(Failure::operation)?;
        rows.push((enrolment, status));
    }
    let enrolments: Vec<Value> = rows
        .iter()
        .map(|(enrolment, status)| object(enroller, enrolment, status))
        .collect();
    output.result(&json!({ "enrolments": enrolments }), || table(enroller, &rows))
}

fn object<S>(enroller: &Enroller<S>, enrolment: &Enrolment, status: &Status) -> Value {
    let mail: serde_json::Map<String, Value> = status
        .mail
        .iter()
        .map(|tally| {
            (
                tally.event.name().to_owned(),
                json!({ "count": tally.count, "last_at": tally.last_at }),
            )
        })
        .collect();
    let confirmation = status.confirmation.as_ref().map(|kept| {
        json!({ "provider": kept.provider.name(), "confirmation_code": kept.code, "link": kept.link, "at": kept.at })
    });
    let other_mail: Vec<Value> = status
        .other_mail
        .iter()
        .map(|kept| {
            let links = kept.links.iter();
            let links: Vec<Value> = links
                .map(|link| json!({ "url": link.url(), "host": link.host() }))
                .collect();
            json!({ "sender": kept.sender, "subject": kept.subject, "at": kept.at, "links": links })
        })
        .collect();
    json!({
        "account_hash": enrolment.account.to_string(),
        "relay_address": enroller.relay_address(&enrolment.local_part),
        "created_at": enrolment.created_at,
        "rotated_at": enrolment.rotated_at,
        "own_address_only": enrolment.own_address_only,
        "sender": enrolment.sender.as_ref().map(|sender| sender.as_str()),
        "mail": mail,
        "forwarding_confirmation": confirmation,
        "other_mail": other_mail,
    })
}

fn table<S>(enroller: &Enroller<S>, rows: &[(Enrolment, Status)]) -> String {
    if rows.is_empty() {
        return "Nobody is enrolled yet: arlo-relay enroll ACCOUNT".to_owned();
    }
    let mut table = super::table(&["account hash", "relay address", "enrolled", "last mail", "to confirm"]);
    for (enrolment, status) in rows {
        let last = status
            .last_mail()
            .map(|tally| format!("{}, {}", tally.event.name(), minute(tally.last_at)));
        let question = status.confirmation.as_ref().map(|kept| {
            kept.link
                .clone()
                .or_else(|| kept.code.clone())
                .unwrap_or_else(|| kept.provider.name().to_owned())
        });
        table.add_row([
            enrolment.account.to_string(),
            enroller.relay_address(&enrolment.local_part),
            minute(enrolment.created_at),
            last.unwrap_or_default(),
            question.unwrap_or_default(),
        ]);
    }
    let others: String = rows
        .iter()
        .flat_map(|(enrolment, status)| status.other_mail.iter().map(move |kept| other_mail(enrolment, kept)))
        .collect();
    if others.is_empty() {
        return table.to_string();
    }
    format!(
        "{table}\n\nOther mail that came to a relay address. Anybody who knows the address can have written it: open a\n\
         link only if the forwarding was just set up and the link leads to the mailbox's provider.\n{others}"
    )
}

/// A mail that is no code, in short. It contains no control character.
fn other_mail(enrolment: &Enrolment, kept: &OtherMail) -> String {
    let links: String = kept
        .links
        .iter()
        .map(|link| format!("  {}: {}\n", link.host(), link.url()))
        .collect();
    format!(
        "\n{}, {}, from {}: {}\n{links}",
        enrolment.account,
        minute(kept.at),
        kept.sender,
        kept.subject
    )
}

pub(crate) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
