//! A password in a file of its own, as systemd's credentials and containers' secrets are.

use std::fs;
use std::path::Path;

use secrecy::SecretString;

use crate::failure::Failure;

/// The file's text without the end of its line: a password may begin and end with spaces.
///
/// # Errors
/// A sentence that names the file.
pub(crate) fn password(path: &Path) -> Result<SecretString, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::operation(format!("{} cannot be read: {error}", path.display())))?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(Failure::operation(format!("{} holds no password", path.display()))),
        password => Ok(password.to_owned().into()),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn spaces_are_part_of_a_password_and_the_end_of_the_line_is_not() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, " pass word \r\n").unwrap();
        assert_eq!(password(file.path()).unwrap().expose_secret(), " pass word ");
    }

    #[test]
    fn a_file_without_a_password_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for path in [file.path(), Path::new("/nowhere/password")] {
            let failure = password(path).unwrap_err().to_string();
            assert!(failure.contains(&path.display().to_string()), "{failure}");
        }
    }
}
