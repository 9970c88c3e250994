//! Secrets that are overwritten when they are dropped, so that freed memory holds none of them.
//!
//! This is true of the values themselves. Text that was made of one, such as an answer, is not overwritten here.

/// Overwrites a tuple struct's first field when a value is dropped.
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
