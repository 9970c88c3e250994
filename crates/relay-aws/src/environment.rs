//! The environment variables of a function, and what is wrong with one of them.
//!
//! An error names the variable and never its value, which may be a secret.

use std::collections::HashMap;
use std::fmt;

/// The variables of a process. It holds secrets: `Debug` shows nothing.
#[derive(Clone)]
pub struct Environment(HashMap<String, String>);

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(variables.into_iter().collect())
    }
}

impl Environment {
    /// The variables of this process.
    #[must_use]
    pub fn from_process() -> Self {
        let variables = std::env::vars_os();
        variables
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    /// A variable. An empty one counts as not set: a template's optional parameter leaves it empty.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<String> {
        self.0.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// A variable that must be set.
    ///
    /// # Errors
    /// A [`SettingsError`] that names it.
    pub fn required(&self, name: &str) -> Result<String, SettingsError> {
        self.optional(name)
            .ok_or_else(|| SettingsError::new(name, "is not set"))
    }
}

/// A setting that is missing or invalid. The message names the variable, never its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    variable: String,
    needs: String,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.variable, self.needs)
    }
}

impl std::error::Error for SettingsError {}

impl SettingsError {
    pub(crate) fn new(variable: &str, needs: impl fmt::Display) -> Self {
        Self {
            variable: variable.to_owned(),
            needs: needs.to_string(),
        }
    }
}
