//! What `enroll` prints of an enrolment.

use arlo_mail::Account;
use relay::{AccessToken, Enroller, Enrolment, EnrolmentId, Label, MadeBy, OtherMail, RelayLocalPart, Status};
use relay_http::Enrolled;
use serde_json::{Value, json};

use crate::commands::minute;
use crate::failure::Failure;
use crate::output::{FAINT, Output, STRONG, styled};

pub(super) fn called(id: EnrolmentId, label: Option<&Label>) -> String {
    match label {
        Some(label) => format!("{id} ({})", label.as_str()),
        None => id.to_string(),
    }
}

/// What is shown once. The account is known where it was named.
pub(super) struct Credentials<'a> {
    pub(super) id: EnrolmentId,
    pub(super) label: Option<Label>,
    pub(super) account: Option<&'a Account>,
    pub(super) token: &'a AccessToken,
    pub(super) local_part: &'a RelayLocalPart,
}

pub(super) fn show<S>(
    enroller: &Enroller<S>,
    new: &Credentials<'_>,
    public_url: &str,
    output: &Output,
) -> Result<(), Failure> {
    let relay_address = enroller.relay_address(new.local_part);
    let (label, token) = (new.label.as_ref(), new.token.expose());
    let enrolled = Enrolled::new(new.id, label, new.account, new.token, relay_address.clone(), public_url);
    let account = new.account.map(Account::as_str);
    let object = serde_json::to_value(&enrolled).map_err(Failure::operation)?;
    output.result(&object, || {
        let enrolled = account.map_or_else(|| new.id.to_string(), str::to_owned);
        format!(
            "{enrolled} is enrolled.\n\n\
             enrolment      {}\n\
             relay address  {}\n\
             token          {}\n\
             prestage URL   {public_url}/prepare-arlo-mfa\n\n\
             1. Let the account's mailbox forward mail from do_not_reply@arlo.com to the relay address,\n\
             \x20  or add the relay address to the Arlo account as a second factor by mail.\n\
             2. Give a client the prestage URL and the token, or pyaarlo tfa_source=rest-api,\n\
             \x20  tfa_host={public_url}, tfa_username={} and the token as tfa_password.\n\
             \x20  A client that takes a URL alone gets both with a / between. Never type the token in a command.\n\n\
             {}",
            called(new.id, new.label.as_ref()),
            styled(STRONG, &relay_address),
            styled(STRONG, token),
            account.unwrap_or("the account"),
            styled(
                FAINT,
                "Keep all three secret. The token is not stored and cannot be shown again."
            ),
        )
    })
}

pub(super) fn show_address<S>(
    enroller: &Enroller<S>,
    local_part: &RelayLocalPart,
    enrolment: &Enrolment,
    output: &Output,
) -> Result<(), Failure> {
    let relay_address = enroller.relay_address(local_part);
    let until = enrolment.address.former.map(|(_, until)| until);
    let object = json!({
        "id": enrolment.id.to_string(),
        "label": enrolment.label.as_ref().map(Label::as_str),
        "relay_address": relay_address,
        "former_address_until": until,
    });
    output.result(&object, || {
        let until = until.map(minute).unwrap_or_default();
        format!(
            "enrolment      {}\n\
             relay address  {}\n\n\
             The address before takes mail until {until}.",
            called(enrolment.id, enrolment.label.as_ref()),
            styled(STRONG, &relay_address),
        )
    })
}

pub(super) fn object<S>(enroller: &Enroller<S>, enrolment: &Enrolment, status: &Status) -> Value {
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
    let events: Vec<Value> = status
        .events
        .iter()
        .map(|event| {
            let network = event.network.map(|network| network.to_string());
            json!({ "event": event.kind.name(), "at": event.at, "network": network })
        })
        .collect();
    json!({
        "id": enrolment.id.to_string(),
        "label": enrolment.label.as_ref().map(Label::as_str),
        "account_hash": enrolment.account.to_string(),
        "relay_address": enroller.relay_address(&enroller.local_part(enrolment)),
        "suspended_at": enrolment.suspended_at,
        "made_by": match enrolment.made_by {
            MadeBy::Operator => "operator",
            MadeBy::Account { .. } => "account",
        },
        "removed_at": enrolment.made_by.unused_until(),
        "created_at": enrolment.created_at,
        "rotated_at": enrolment.rotated_at,
        "own_address_only": enrolment.own_address_only,
        "require_dkim": enrolment.require_dkim,
        "sender": enrolment.sender.as_ref().map(|sender| sender.as_str()),
        "mail": mail,
        "forwarding_confirmation": confirmation,
        "other_mail": other_mail,
        "events": events,
    })
}

pub(super) fn table<S>(enroller: &Enroller<S>, rows: &[(Enrolment, Status)]) -> String {
    if rows.is_empty() {
        return "Nobody is enrolled yet: arlo-relay enroll ACCOUNT".to_owned();
    }
    let mut table = crate::commands::table(&[
        "enrolment",
        "account hash",
        "relay address",
        "enrolled",
        "last mail",
        "to confirm",
    ]);
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
        let joined = match enrolment.made_by {
            MadeBy::Operator => "",
            MadeBy::Account { .. } => ", joined by itself",
        };
        let suspended = if enrolment.suspended_at.is_some() {
            ", suspended"
        } else {
            ""
        };
        table.add_row([
            called(enrolment.id, enrolment.label.as_ref()) + joined + suspended,
            enrolment.account.to_string(),
            enroller.relay_address(&enroller.local_part(enrolment)),
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
        called(enrolment.id, enrolment.label.as_ref()),
        minute(kept.at),
        kept.sender,
        kept.subject
    )
}
