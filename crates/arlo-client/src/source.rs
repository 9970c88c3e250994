//! Where a login's code comes from.
//!
//! A [`CodeSource`] is asked twice: [`prepare`](CodeSource::prepare) before Arlo is told to send a code, so that
//! whatever receives it can begin to look, then [`code`](PendingCode::code) on what `prepare` gave. A mail that comes
//! between the two is not missed, and one from before is not taken.

mod announce;
mod console;
mod imap;
mod relay;
mod rest_api;

use std::time::Duration;

pub use console::ConsoleSource;
pub use imap::ImapSource;
pub use relay::RelaySource;
pub use rest_api::RestApiSource;

use crate::transport::BoxFuture;
use crate::{Code, Error, FactorKind};

/// A way in which a code reaches the login.
pub trait CodeSource: Send + Sync {
    /// Whose codes can arrive here, the preferred kind first: mail only, unless a source says otherwise.
    fn serves(&self) -> &[FactorKind] {
        &[FactorKind::Email]
    }

    /// Begins one login of `account`, the address as the person wrote it. Arlo has not been asked for a code yet.
    ///
    /// # Errors
    /// Whatever makes it pointless to have a code sent; the login ends with it and no mail is caused.
    fn prepare<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Box<dyn PendingCode>, Error>>;
}

/// One login's wait for its code.
pub trait PendingCode: Send {
    /// Waits for the code, `within` at most.
    ///
    /// # Errors
    /// [`ErrorKind::CodeTimeout`](crate::ErrorKind::CodeTimeout) when none came,
    /// [`ErrorKind::CodeExpired`](crate::ErrorKind::CodeExpired) when none can come any more,
    /// [`ErrorKind::CodeSource`](crate::ErrorKind::CodeSource) for everything else.
    fn code(&mut self, within: Duration) -> BoxFuture<'_, Result<Code, Error>>;

    /// Called once, after Arlo refused what [`code`](Self::code) gave: another code, or `None` where the source will
    /// have no other. The login never sends the same code twice, so that a repetition is as good as `None`.
    ///
    /// # Errors
    /// As [`code`](Self::code).
    fn another(&mut self, within: Duration) -> BoxFuture<'_, Result<Option<Code>, Error>> {
        let _ = within;
        Box::pin(async { Ok(None) })
    }

    /// Called where the login has failed after [`prepare`](CodeSource::prepare): whatever waits for a code need not
    /// wait on. What fails here is nobody's concern any more.
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
