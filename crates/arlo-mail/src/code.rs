//! The one-time code.
//!
//! A [`Code`] overwrites its digits when it is dropped, so that freed memory does not hold them.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// Digits of a code. Every client and every mail since 2020 has six.
pub const CODE_DIGITS: usize = 6;

/// Arlo's one-time code: six ASCII digits. A leading zero is kept. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Code([u8; CODE_DIGITS]);

impl Drop for Code {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for Code {}

impl Code {
    /// Reads exactly six ASCII digits; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: [u8; CODE_DIGITS] = text.as_bytes().try_into().ok()?;
        digits.iter().all(u8::is_ascii_digit).then_some(Self(digits))
    }

    /// The digits. Show them only to the person who logs in.
    #[must_use]
    pub fn expose(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

#[cfg(test)]
mod tests;
