//! Logs in to Arlo, with the second factor's code from wherever it arrives.
//!
//! Arlo mails six digits to whoever logs in. A [`Login`] does the whole exchange and takes the code from a [`CodeSource`]:
//! a relay that receives the mail ([`RelaySource`]), the person at the terminal ([`ConsoleSource`]), or one of your own.

mod arlo;
mod attempt;
mod code;
mod cookies;
mod device;
mod error;
mod factor;
mod http;
mod login;
mod random;
mod refusal;
mod session;
mod session_file;
mod source;
mod step;
mod transport;

pub use code::Code;
pub use device::Device;
pub use error::{Error, ErrorKind};
pub use factor::FactorMatch;
pub use http::HttpTransport;
pub use login::Login;
pub use session::Session;
pub use source::{CodeSource, ConsoleSource, PendingCode, RelaySource};
pub use step::Step;
pub use transport::{BoxFuture, Method, Request, Response, Transport};
