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
mod tests;
