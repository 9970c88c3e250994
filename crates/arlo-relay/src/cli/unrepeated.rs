//! The parser of an argument whose value may be a secret, or contain one.

use std::ffi::OsStr;
use std::fmt::Display;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};

/// Parses with the function. clap's own error would repeat the value, and a service's errors are kept in the journal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unrepeated<F>(pub(super) F);

impl<F, T, E> TypedValueParser for Unrepeated<F>
where
    F: Fn(&str) -> Result<T, E> + Clone + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
    E: Display,
{
    type Value = T;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<T, Error> {
        let fault = |kind, what: &dyn Display| {
            let argument = argument.map(ToString::to_string).unwrap_or_default();
            let message = format!("invalid value for '{argument}': {what}");
            command.clone().error(kind, message)
        };
        let text = value
            .to_str()
            .ok_or_else(|| fault(ErrorKind::InvalidUtf8, &"it is no UTF-8"))?;
        (self.0)(text).map_err(|error| fault(ErrorKind::ValueValidation, &error))
    }
}
