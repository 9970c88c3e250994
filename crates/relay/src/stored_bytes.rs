//! Types that a store keeps as a fixed number of bytes.

/// Lets a store keep a tuple struct of one array, and read it back.
macro_rules! stored_bytes {
    ($name:ident, $length:expr) => {
        impl $name {
            /// Read back from a store.
            #[must_use]
            pub fn from_bytes(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// The bytes a store keeps.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }
    };
}

pub(crate) use stored_bytes;
