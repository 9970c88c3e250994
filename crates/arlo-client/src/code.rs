//! The six digits themselves.

use std::fmt;

use zeroize::Zeroize;

/// Digits in a code.
const DIGITS: usize = 6;

/// Arlo's one-time code: six ASCII digits, a leading zero kept. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Code([u8; DIGITS]);

impl Drop for Code {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Code {
    /// Takes exactly six ASCII digits; `None` for anything else.
    ///
    /// ```
    /// use arlo_client::Code;
    /// assert!(Code::parse("012345").is_some());
    /// assert!(Code::parse("12345").is_none());
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: [u8; DIGITS] = text.as_bytes().try_into().ok()?;
        digits.iter().all(u8::is_ascii_digit).then_some(Self(digits))
    }

    /// The digits, for Arlo and nobody else.
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
