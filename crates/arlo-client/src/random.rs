//! Randomness from the operating system. The crate `uuid` is not used: version 4 needs no more than the function here.

use crate::{Error, ErrorKind};

/// A random number.
pub(crate) fn number() -> Result<u64, Error> {
    getrandom::u64().map_err(no_randomness)
}

/// A random UUID (RFC 9562, version 4).
pub(crate) fn uuid() -> Result<String, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(no_randomness)?;
    let bits = u128::from_be_bytes(bytes) & !(0xf << 76) | (4 << 76);
    let bits = bits & !(0b11 << 62) | (0b10 << 62);
    let hex = format!("{bits:032x}");
    let mut uuid = String::with_capacity(36);
    for (i, digit) in hex.chars().enumerate() {
        if matches!(i, 8 | 12 | 16 | 20) {
            uuid.push('-');
        }
        uuid.push(digit);
    }
    Ok(uuid)
}

fn no_randomness(error: getrandom::Error) -> Error {
    Error::new(ErrorKind::Configuration, "the operating system gives no random bytes").with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_its_form_and_is_never_the_same() {
        let uuid = uuid().unwrap();
        let parts: Vec<&str> = uuid.split('-').collect();
        assert_eq!(
            parts.iter().map(|part| part.len()).collect::<Vec<_>>(),
            [8, 4, 4, 4, 12]
        );
        assert!(parts[2].starts_with('4'), "{uuid}");
        assert!(parts[3].starts_with(['8', '9', 'a', 'b']), "{uuid}");
        assert_ne!(uuid, super::uuid().unwrap());
    }
}
