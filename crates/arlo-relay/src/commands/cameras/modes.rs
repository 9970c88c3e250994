//! `mode`: shows the modes, or chooses one.

use arlo_cameras::{Modes, StreamChoice};
use serde_json::json;

use super::lines::plain;
use super::{open, print};
use crate::cli::ModeArgs;
use crate::commands::table;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) async fn mode(args: ModeArgs, output: &Output) -> Result<(), Failure> {
    let account = open(args.account, StreamChoice::Auto).await?;
    let all = account.modes().await.map_err(Failure::operation)?;
    let Some(name) = args.name else {
        let shown: Vec<&Modes> = match &args.at {
            Some(at) => vec![place(&all, Some(at))?],
            None => all.iter().collect(),
        };
        return output.result(&json!({ "modes": shown }), || listed(&shown));
    };
    let at = place(&all, args.at.as_deref())?;
    let mode = at.find(&name).map_err(Failure::operation)?;
    let outcome = account.choose_mode(at, &mode.id).await.map_err(Failure::operation)?;
    let object = json!({ "at": at.at, "name": at.name, "mode": mode.id });
    print(output, outcome, object, &format!("{}: {}", at.name, mode.name))
}

/// The base or location that is meant.
fn place<'a>(all: &'a [Modes], at: Option<&str>) -> Result<&'a Modes, Failure> {
    let names = || {
        let names: Vec<&str> = all.iter().map(|modes| modes.name.as_str()).collect();
        names.join(", ")
    };
    let Some(at) = at else {
        return match all {
            [one] => Ok(one),
            [] => Err(Failure::operation("the account has no base and no location with modes")),
            _ => Err(Failure::usage(format!("name one of the places with --at: {}", names()))),
        };
    };
    let wanted = at.to_lowercase();
    let mut found = all
        .iter()
        .filter(|modes| modes.at == at || modes.name.to_lowercase() == wanted);
    match (found.next(), found.next()) {
        (Some(modes), None) => Ok(modes),
        (Some(_), Some(_)) => Err(Failure::operation(format!(
            "several places have the name {at:?}: use its identifier"
        ))),
        (None, _) => Err(Failure::operation(format!(
            "there is no place {at:?} with modes: there is {}",
            names()
        ))),
    }
}

fn listed(all: &[&Modes]) -> String {
    if all.is_empty() {
        return "The account has no base and no location with modes.".to_owned();
    }
    let mut table = table(&["place", "active", "modes"]);
    for modes in all {
        let active = match (modes.active_mode(), &modes.active, &modes.schedule) {
            (Some(mode), ..) => mode.name.clone(),
            (None, Some(id), _) => id.clone(),
            (None, None, Some(schedule)) => format!("schedule {schedule}"),
            (None, None, None) => "unknown".to_owned(),
        };
        let names: Vec<&str> = modes.modes.iter().map(|mode| mode.name.as_str()).collect();
        table.add_row([modes.name.clone(), plain(&active), names.join(", ")]);
    }
    table.to_string()
}
