//! Secrets that are overwritten when they are dropped, so that memory which is free again holds none of them.
//!
//! That is so for the values themselves; what was made of one, as the text of an answer, is its maker's.

/// Overwrites a tuple struct's one field when a value is dropped.
macro_rules! wiped {
    ($($name:ident),+) => {$(
        impl Drop for $name {
            fn drop(&mut self) {
                zeroize::Zeroize::zeroize(&mut self.0);
            }
        }

        impl zeroize::ZeroizeOnDrop for $name {}
    )+};
}

pub(crate) use wiped;

#[cfg(test)]
mod tests {
    use arlo_mail::Code;
    use zeroize::ZeroizeOnDrop;

    use crate::hash_key::HashKey;
    use crate::secret::{AccessToken, PollKey, RelayLocalPart};

    fn is_wiped<T: ZeroizeOnDrop>() {}

    #[test]
    fn secrets_are_overwritten_when_they_are_dropped() {
        is_wiped::<HashKey>();
        is_wiped::<Code>();
        is_wiped::<AccessToken>();
        is_wiped::<PollKey>();
        is_wiped::<RelayLocalPart>();
    }
}
