//! A `Debug` that hides what a type holds.
//!
//! What holds a secret, an address or a mail may end up in a log with the value that holds it. Such a type shows its
//! name, and no field that it does not list.

/// Implements `Debug` for types that hide what they hold.
///
/// With names alone each type shows its name. With a closure a type shows the values that the closure names.
///
/// ```
/// struct Password(String);
/// struct Mail<'a> {
///     text: &'a str,
/// }
///
/// relay::redacted_debug!(Password);
/// relay::redacted_debug!(Mail<'_>, |mail| bytes = mail.text.len());
///
/// assert_eq!(format!("{:?}", Password("secret".to_owned())), "Password(…)");
/// assert_eq!(format!("{:?}", Mail { text: "secret" }), "Mail { bytes: 6, .. }");
/// ```
#[macro_export]
macro_rules! redacted_debug {
    ($($name:ident),+ $(,)?) => {$(
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
    ($name:ident $(<$lifetime:lifetime>)?, |$value:ident| $($field:ident = $shown:expr),+ $(,)?) => {
        impl ::std::fmt::Debug for $name $(<$lifetime>)? {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                let $value = self;
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($field), &$shown))+
                    .finish_non_exhaustive()
            }
        }
    };
}
