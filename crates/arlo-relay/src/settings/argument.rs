//! One key of the settings file as an argument of the command.

use std::any::TypeId;

use clap::{Arg, ArgAction, ArgMatches, Command};
use toml::Value;

use crate::token;

/// The argument of this name. `others` are keys that are no arguments.
pub(super) fn find<'a>(key: &str, known: &'a [Arg], others: &[&str]) -> Result<&'a Arg, String> {
    known.iter().find(|argument| argument.get_id() == key).ok_or_else(|| {
        let mut names: Vec<&str> = known.iter().map(|argument| argument.get_id().as_str()).collect();
        names.extend(others);
        format!("unknown field `{key}`, expected one of {}", names.join(", "))
    })
}

/// The text of a value, as a person would type it; several texts for a list.
pub(super) fn texts(setting: &Arg, value: &Value) -> Result<Vec<String>, String> {
    let is_number = setting.get_value_parser().type_id() == TypeId::of::<u32>();
    let expected = match (setting.get_action(), value) {
        (ArgAction::Append, Value::Array(list)) => {
            let texts: Option<_> = list.iter().map(|value| value.as_str().map(str::to_owned)).collect();
            match texts {
                Some(texts) => return Ok(texts),
                None => "a list of strings",
            }
        }
        (ArgAction::Append, _) => "a list of strings",
        (ArgAction::SetTrue, Value::Boolean(set)) => return Ok(vec![set.to_string()]),
        (ArgAction::SetTrue, _) => "true or false",
        (_, Value::Integer(number)) if is_number => return Ok(vec![number.to_string()]),
        (_, Value::String(text)) if !is_number => return Ok(vec![text.clone()]),
        _ if is_number => "a number",
        _ => "a string",
    };
    Err(format!(
        "invalid type: `{}` is of the type {}, expected {expected}",
        setting.get_id(),
        value.type_str()
    ))
}

/// The arguments of a command line that say the same.
pub(super) fn typed(setting: &Arg, texts: &[String]) -> Vec<String> {
    let flag = format!("--{}", setting.get_long().unwrap_or_default());
    if setting.get_action().takes_values() {
        texts.iter().map(|text| format!("{flag}={text}")).collect()
    } else {
        texts
            .iter()
            .filter(|text| *text == "true")
            .map(|_| flag.clone())
            .collect()
    }
}

/// Fails as the argument itself would on a command line.
pub(super) fn check(setting: &Arg, texts: &[String]) -> Result<(), String> {
    let alone = Command::new("settings").arg(without_environment(setting.clone()));
    parse(alone, typed(setting, texts)).map(drop)
}

pub(super) fn without_environment(argument: Arg) -> Arg {
    argument.env(None::<&'static str>)
}

pub(super) fn parse(command: Command, arguments: Vec<String>) -> Result<ArgMatches, String> {
    let command = command.no_binary_name(true);
    command
        .try_get_matches_from(arguments)
        .map_err(|error| sentence(&error))
}

/// What is wrong, without the advice for a command line.
pub(super) fn sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let text = token::without_tokens(&text).unwrap_or(text);
    let lines = text.lines().map(str::trim).take_while(|line| !line.is_empty());
    let sentence = lines.collect::<Vec<_>>().join(" ");
    sentence.strip_prefix("error: ").unwrap_or(&sentence).to_owned()
}
