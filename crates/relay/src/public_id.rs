//! Public names of 80 random bits: safe in a log, no capability, and nothing to guess from.

/// How many bytes a public name has.
pub(crate) const ID_BYTES: usize = 10;

/// Makes a type of such names, which shows itself as 16 base32 characters.
macro_rules! public_id {
    ($(#[$about:meta])* $name:ident) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; $crate::public_id::ID_BYTES]);

        $crate::stored_bytes::stored_bytes!($name, $crate::public_id::ID_BYTES);

        impl $name {
            /// A new one.
            ///
            /// # Errors
            /// When there is no randomness to be had.
            pub fn generate(
                random: &(impl $crate::system::Random + ?Sized),
            ) -> Result<Self, $crate::error::PortError> {
                Ok(Self(*$crate::base32::random(random)?))
            }

            /// One as it is shown; `None` for what is none.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                $crate::base32::decode(text).map(|bytes| Self(*bytes))
            }
        }

        /// Its 16 base32 characters.
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&$crate::base32::encode(&self.0))
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(self, f)
            }
        }
    };
}

pub(crate) use public_id;
