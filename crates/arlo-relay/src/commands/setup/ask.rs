//! Questions to the person at the terminal.
//!
//! Without a terminal nothing is asked: an answer that is missing has its default, or is an error that names the flag.
//! Questions go to standard error, since standard output holds the result alone.

use std::io::{self, BufRead, IsTerminal, Read};

use secrecy::SecretString;

use crate::failure::Failure;
use crate::output::{FAINT, Output, STRONG, styled};

/// How often one question is asked.
const TRIES: usize = 5;
/// The longest answer, in bytes.
const MAX_ANSWER: u64 = 4096;

/// Who answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asker<'a> {
    is_terminal: bool,
    output: &'a Output,
}

/// One question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) text: &'a str,
    /// The flag that answers it.
    pub(super) flag: &'a str,
    pub(super) default: Option<&'a str>,
}

impl<'a> Asker<'a> {
    pub(super) fn new(output: &'a Output) -> Self {
        Self {
            is_terminal: io::stdin().is_terminal() && io::stderr().is_terminal(),
            output,
        }
    }

    /// Whether a person answers.
    pub(super) fn is_terminal(self) -> bool {
        self.is_terminal
    }

    /// Says something before the next question.
    pub(super) fn say(self, text: &str) {
        self.output.note(text);
    }

    /// The answer as `parse` understands it. A person is asked again after a wrong one.
    pub(super) fn ask<T>(
        self,
        question: Question<'_>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Failure> {
        if !self.is_terminal {
            let Some(default) = question.default else {
                return Err(missing(question.flag));
            };
            return parse(default).map_err(|error| Failure::usage(format!("{}: {error}", question.flag)));
        }
        let shown = question
            .default
            .map(|default| format!(" [{default}]"))
            .unwrap_or_default();
        for _ in 0..TRIES {
            self.output
                .note(&format!("{}{}", styled(STRONG, question.text), styled(FAINT, &shown)));
            let typed = line()?;
            let answer = match (typed.as_str(), question.default) {
                ("", Some(default)) => default,
                (typed, _) => typed,
            };
            match parse(answer) {
                Ok(answer) => return Ok(answer),
                Err(error) => self.say(&format!("That does not work: {error}.")),
            }
        }
        Err(Failure::operation(format!("{} was not answered", question.flag)))
    }

    /// What was given, else the answer.
    pub(super) fn unless_given<T>(
        self,
        given: Option<T>,
        question: Question<'_>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Failure> {
        given.map_or_else(|| self.ask(question, parse), Ok)
    }

    /// One of several answers, by its number. The first one is the default.
    pub(super) fn choose<T: Copy>(self, text: &str, flag: &str, choices: &[(T, &str)]) -> Result<T, Failure> {
        if !self.is_terminal {
            return Err(missing(flag));
        }
        self.say(&styled(STRONG, text));
        for (number, (_, words)) in (1..).zip(choices) {
            self.say(&format!("  {number}  {words}"));
        }
        let question = Question {
            text: "Type a number.",
            flag,
            default: Some("1"),
        };
        self.ask(question, |answer| {
            let number = answer.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            let chosen = number.and_then(|index| choices.get(index));
            chosen
                .map(|(choice, _)| *choice)
                .ok_or_else(|| format!("type a number from 1 to {}", choices.len()))
        })
    }

    /// A secret, which is not shown while it is typed.
    pub(super) fn secret(self, text: &str, elsewhere: &str) -> Result<SecretString, Failure> {
        if !self.is_terminal {
            return Err(missing(elsewhere));
        }
        let typed = rpassword::prompt_password(format!("{text}: "));
        typed
            .map(SecretString::from)
            .map_err(|error| Failure::operation(format!("the password cannot be read: {error}")))
    }

    /// Yes or no. Without a terminal it is yes: who calls it there has decided.
    pub(super) fn agrees(self, text: &str) -> Result<bool, Failure> {
        if !self.is_terminal {
            return Ok(true);
        }
        let question = Question {
            text,
            flag: "the question",
            default: Some("yes"),
        };
        self.ask(question, |answer| match answer.to_ascii_lowercase().as_str() {
            "y" | "yes" => Ok(true),
            "n" | "no" => Ok(false),
            _ => Err("type yes or no".to_owned()),
        })
    }
}

fn missing(flag: &str) -> Failure {
    Failure::usage(format!(
        "{flag} is missing: give it, or run this in a terminal to be asked for it"
    ))
}

/// One line of standard input.
fn line() -> Result<String, Failure> {
    let mut typed = String::new();
    let read = io::stdin().lock().take(MAX_ANSWER).read_line(&mut typed);
    match read {
        Ok(0) => Err(Failure::operation("standard input has ended")),
        Ok(_) => Ok(typed.trim().to_owned()),
        Err(error) => Err(Failure::operation(format!("standard input cannot be read: {error}"))),
    }
}
