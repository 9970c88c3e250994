//! The deployment's key, and its former one, from the Parameter Store of AWS Systems Manager: one call when a function
//! starts.
//!
//! Both are a `SecureString`, which only the functions that need them may read. They are in no setting, output or
//! template. There may be no former one.

use std::error::Error;
use std::fmt;

use data_encoding::HEXLOWER_PERMISSIVE;
use relay::{DeploymentKey, Keys};

use crate::aws::Fault;
use crate::connection::Connection;

/// The names of the parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyParameters {
    /// Of the present key.
    pub current: String,
    /// Of the key before it. There may be no parameter of this name.
    pub former: Option<String>,
}

/// Why there is no key. The message names the parameter, never its value.
#[derive(Debug)]
pub struct KeyError {
    parameter: String,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    /// Systems Manager did not give it.
    Call(Fault),
    /// There is no such parameter.
    Missing,
    /// The parameter's value is no key.
    NoKey,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the key {} cannot be read: {}", self.parameter, self.cause)
    }
}

impl Error for KeyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::Call(fault) => Some(fault),
            Cause::Missing | Cause::NoKey => None,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(fault) => fault.fmt(f),
            Self::Missing => f.write_str("there is no such parameter"),
            Self::NoKey => f.write_str("its value is not 64 hexadecimal digits"),
        }
    }
}

/// Reads the keys.
///
/// # Errors
/// When Systems Manager does not give the present one, or a parameter holds no key.
pub async fn read(connection: &Connection, parameters: &KeyParameters) -> Result<Keys, KeyError> {
    let failed = |parameter: &str, cause| KeyError {
        parameter: parameter.to_owned(),
        cause,
    };
    let names: Vec<&str> = std::iter::once(parameters.current.as_str())
        .chain(parameters.former.as_deref())
        .collect();
    let found = connection.systems_manager().parameters(&names).await;
    let found = found.map_err(|fault| failed(&parameters.current, Cause::Call(fault)))?;
    let key = |name: &str| {
        let found = found.iter().find(|parameter| parameter.name == name);
        let key = found.map(|parameter| parse(&parameter.value).ok_or_else(|| failed(name, Cause::NoKey)));
        key.transpose()
    };
    let current = key(&parameters.current)?.ok_or_else(|| failed(&parameters.current, Cause::Missing))?;
    let former = parameters.former.as_deref().map(key).transpose()?.flatten();
    let keys = Keys::new(&current);
    Ok(match former {
        Some(former) => keys.with_former(&former),
        None => keys,
    })
}

/// A key from 64 hexadecimal digits.
fn parse(hex: &str) -> Option<DeploymentKey> {
    let bytes = HEXLOWER_PERMISSIVE.decode(hex.trim().as_bytes()).ok()?;
    bytes.try_into().ok().map(DeploymentKey::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_64_hexadecimal_digits() {
        let key = "07aF".repeat(16);
        for (text, good) in [
            (key.as_str(), true),
            (&format!("{key}\n"), true),
            ("07af", false),
            ("zz", false),
            ("", false),
        ] {
            assert_eq!(parse(text).is_some(), good, "{}", text.len());
        }
    }
}
