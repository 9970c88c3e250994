//! Where a login's code comes from.
//!
//! A login calls a [`CodeSource`] twice. It calls [`prepare`](CodeSource::prepare) before it asks Arlo for a code, so
//! that the receiver can begin to look. Then it calls [`code`](PendingCode::code) on the result. No mail between the
//! two calls is missed, and no earlier mail is used.

mod announce;
mod console;
#[cfg(feature = "imap")]
mod imap;
mod relay;
mod rest_api;

use std::time::Duration;

pub use console::ConsoleSource;
#[cfg(feature = "imap")]
pub use imap::ImapSource;
pub use relay::RelaySource;
pub use rest_api::RestApiSource;

use crate::transport::BoxFuture;
use crate::{Code, Error, FactorKind};

/// A source of codes.
pub trait CodeSource: Send + Sync {
    /// The kinds of codes that can arrive here, the preferred kind first. The default is mail only.
    fn serves(&self) -> &[FactorKind] {
        &[FactorKind::Email]
    }

    /// Begins one login of `account`, the address as the person wrote it. Arlo was not asked for a code yet.
    ///
    /// # Errors
    /// Any reason not to ask for a code. The login fails with it, and no mail is sent.
    fn prepare<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Box<dyn PendingCode>, Error>>;
}

/// The wait of one login for its code.
pub trait PendingCode: Send {
    /// Waits for the code, `within` at most.
    ///
    /// # Errors
    /// [`ErrorKind::CodeTimeout`](crate::ErrorKind::CodeTimeout) if no code came,
    /// [`ErrorKind::CodeExpired`](crate::ErrorKind::CodeExpired) if no code can come any more,
    /// [`ErrorKind::CodeSource`](crate::ErrorKind::CodeSource) for everything else.
    fn code(&mut self, within: Duration) -> BoxFuture<'_, Result<Code, Error>>;

    /// Called once, after Arlo refused the first code. Gives another code, or `None` if the source will have no other.
    /// The login never sends a code twice, so the same code again counts as `None`.
    ///
    /// # Errors
    /// As [`code`](Self::code).
    fn another(&mut self, within: Duration) -> BoxFuture<'_, Result<Option<Code>, Error>> {
        let _ = within;
        Box::pin(async { Ok(None) })
    }

    /// Called if the login failed after [`prepare`](CodeSource::prepare). The receiver need not wait for a code any
    /// more. A failure here has no consequence.
    fn cancel(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

impl<T: CodeSource + ?Sized> CodeSource for Box<T> {
    fn serves(&self) -> &[FactorKind] {
        (**self).serves()
    }

    fn prepare<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Box<dyn PendingCode>, Error>> {
        (**self).prepare(account)
    }
}

impl<T: CodeSource + ?Sized> CodeSource for std::sync::Arc<T> {
    fn serves(&self) -> &[FactorKind] {
        (**self).serves()
    }

    fn prepare<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Box<dyn PendingCode>, Error>> {
        (**self).prepare(account)
    }
}
