//! Lower-case base32 (RFC 4648 section 6 without padding), in which the relay writes its secrets and ids.
//!
//! It survives a mail server that changes case, a URL that nobody escapes, and a person who reads it out.

use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use crate::error::PortError;
use crate::system::Random;

pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = BASE32_NOPAD.encode(bytes);
    text.make_ascii_lowercase();
    text
}

/// The bytes of a text; `None` for what is not lower-case base32 of exactly so many bytes, or not as [`encode`] writes
/// it.
pub(crate) fn decode<const BYTES: usize>(text: &str) -> Option<Zeroizing<[u8; BYTES]>> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let decoded = Zeroizing::new(BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?);
    <[u8; BYTES]>::try_from(decoded.as_slice()).ok().map(Zeroizing::new)
}

/// Random bytes.
///
/// # Errors
/// When there is no randomness to be had.
pub(crate) fn random<const BYTES: usize>(random: &(impl Random + ?Sized)) -> Result<Zeroizing<[u8; BYTES]>, PortError> {
    let mut bytes = Zeroizing::new([0; BYTES]);
    random.fill(&mut *bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
