//! A password in a file of its own, as systemd's credentials and containers' secrets are.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use secrecy::SecretString;

use crate::failure::Failure;

/// Longest file of a password, in bytes.
const MAX: u64 = 4096;

/// The file's text without the end of its line: a password may begin and end with spaces.
///
/// # Errors
/// A sentence that names the file.
pub(crate) fn password(path: &Path) -> Result<SecretString, Failure> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(MAX + 1).read_to_string(&mut text))
        .map_err(|error| Failure::operation(format!("{} cannot be read: {error}", path.display())))?;
    if text.len() as u64 > MAX {
        return Err(Failure::operation(format!(
            "{} is too long for a password",
            path.display()
        )));
    }
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(Failure::operation(format!("{} holds no password", path.display()))),
        password => Ok(password.to_owned().into()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

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
        let long = tempfile::NamedTempFile::new().unwrap();
        fs::write(&long, "p".repeat(5000)).unwrap();
        for path in [file.path(), long.path(), Path::new("/nowhere/password")] {
            let failure = password(path).unwrap_err().to_string();
            assert!(failure.contains(&path.display().to_string()), "{failure}");
        }
    }
}
