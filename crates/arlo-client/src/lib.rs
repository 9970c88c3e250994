//! Logs in to Arlo, and gets the second factor's code from wherever it arrives.
//!
//! Arlo mails a code of six digits to a person who logs in. In October 2026 it switched that off, and it can switch it
//! on again at any time. A program that runs unattended cannot read the mail. A [`Login`] makes all calls to Arlo and
//! takes the code from a [`CodeSource`]: a relay that receives the mail ([`RelaySource`]), a server of pyaarlo's REST
//! API ([`RestApiSource`]), the account's mailbox (`ImapSource`), the person at the terminal ([`ConsoleSource`]), or a
//! source of your own. If a person [approves the login in Arlo's app](Login::approved_in_app), there is no code.
//!
//! ```
//! # #[cfg(not(feature = "http"))]
//! # fn main() {}
//! # #[cfg(feature = "http")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let user = arlo_sim::User::new("casey@example.org", "correct horse").factors(Vec::new());
//! # let cloud = arlo_sim::start(arlo_sim::Config::new(([127, 0, 0, 1], 1).into(), vec![user])).await?;
//! # let (arlo, password, directory) = (cloud.url(), "correct horse".to_owned(), tempfile::tempdir()?);
//! # let session_file = directory.path().join("session.json");
//! # let prestage_url = "https://relay.example.org/prepare-arlo-mfa/token";
//! use arlo_client::{Login, RelaySource};
//!
//! // The URL that the relay printed at the enrolment. It contains the access token.
//! let relay = RelaySource::new(&prestage_url)?;
//! let login = Login::new("casey@example.org", password.into())
//!     .codes(relay)
//!     .session_file(session_file)
//!     .auth_host(&arlo) // without these two lines: Arlo's own hosts
//!     .api_host(&arlo)
//!     .on_step(|step| eprintln!("{step}"));
//!
//! let session = login.run().await?;
//! for device in session.devices().await? {
//!     println!("{}: {}", device.device_id, device.name.as_deref().unwrap_or("(no name)"));
//! }
//! # assert_eq!(session.devices().await?.len(), 3);
//! # assert!(!session.reused());
//!
//! // The next login neither sends the password nor waits for a mail.
//! assert!(login.run().await?.reused());
//! # cloud.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What it takes care of
//!
//! - The code source is ready before Arlo is asked to send a code. So no code is missed, and no old code is used.
//! - Each [`Login::run`] sends the password to Arlo once at most, and each code once, because failures lock the
//!   account.
//! - If Arlo asks for no second factor, the password is enough, and the code source is not used. If Arlo asks again, a
//!   login with a code source works as before.
//! - A program that runs for a long time keeps its session open with [`Login::keep_open`] or [`Login::renew_if_due`].
//! - With a [session file](Login::session_file) a session is used until it ends. Arlo trusts a browser for about two
//!   weeks after a code, and logins within that time need no code. At each of them Arlo replaces the cookie that proves
//!   the trust, and the old cookie becomes void. The new one is on disk before the next call.
//! - Only one login at a time uses a session file. Others, in this process or another one, wait for it and use its
//!   session.
//! - A pause follows a failed login. The session file remembers it. So a service that is restarted again and again
//!   neither locks the account nor fills the mailbox; see below.
//! - An [`Error`] says what to do, and its [`kind`](Error::kind) says what it is about. No error, no `Debug` and no
//!   [`Step`] shows an address, a password, a token or a code.
//!
//! # Pauses
//!
//! With a session file, a login within the pause after a failed one fails at once. It sends nothing, and
//! [`Error::paused_until`] is set. A valid session is used all the same.
//!
//! | why the last login failed | the pause | it ends sooner |
//! |---|---|---|
//! | Arlo refused the password | a day, doubling to a week | with another password |
//! | Arlo had locked the account | five minutes, doubling to a day | with another password |
//! | Arlo or Cloudflare asked for fewer requests | a minute, doubling to a day, or `Retry-After` if that is longer | |
//! | Cloudflare blocked it, three times | a minute, doubling to a quarter of an hour | |
//! | Arlo asked for a code, and the login had no source for one | a minute, doubling to an hour | with a source |
//! | Arlo did not send the code, its error 1110 | an hour, doubling to a day | |
//! | anything else after Arlo accepted the password, for example no code came | a minute, doubling to an hour | |
//! | Arlo could not be reached, or is in a temporary state, as with its second factor half switched off | none | |
//!
//! [`Login::force`] is for a person who knows that the cause is gone. Without a session file nothing is remembered, and
//! the caller has to pause.
//!
//! # Features
//!
//! - `http` (default): `HttpTransport`, which uses reqwest over rustls. Without it, [`Login::transport`],
//!   [`RelaySource::with_transport`] and [`RestApiSource::with_transport`] need a transport of yours.
//! - `imap` (default): `ImapSource`, which reads the code in the account's mailbox.
//!
//! # What to replace
//!
//! Arlo is behind Cloudflare, which sometimes blocks a client whose TLS differs from a browser's
//! ([`ErrorKind::BlockedByCloudflare`]). Such a call is repeated twice. The HTTP stack is therefore a [`Transport`].
//! The default one is plain rustls. This crate has no feature for a transport that imitates a browser. The stack for
//! it, `wreq`, needs cmake, libclang and a C++ compiler. Its table of browsers, `wreq-util`, is under the GPL, its
//! current version has only release candidates, and only Cloudflare itself can show the effect. An application that may
//! use it implements [`Transport`], one request and its bounded answer, and sets it with [`Login::transport`].
//!
//! If codes arrive in another way, implement [`CodeSource`]:
//!
//! ```
//! use std::time::Duration;
//! use arlo_client::{BoxFuture, Code, CodeSource, Error, ErrorKind, PendingCode};
//!
//! /// A phone that shows the code, and a script that reads it.
//! struct Phone;
//!
//! impl CodeSource for Phone {
//!     fn prepare<'a>(&'a self, _account: &'a str) -> BoxFuture<'a, Result<Box<dyn PendingCode>, Error>> {
//!         Box::pin(async { Ok(Box::new(Phone) as Box<dyn PendingCode>) })
//!     }
//! }
//!
//! impl PendingCode for Phone {
//!     fn code(&mut self, within: Duration) -> BoxFuture<'_, Result<Code, Error>> {
//!         Box::pin(async move {
//!             let read = async { "467266" }; // asks the phone
//!             let digits = tokio::time::timeout(within, read).await;
//!             let digits = digits.map_err(|_| Error::new(ErrorKind::CodeTimeout, "the phone showed no code"))?;
//!             Code::parse(digits).ok_or_else(|| Error::new(ErrorKind::CodeSource, "the phone showed no six digits"))
//!         })
//!     }
//! }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! # let mut pending = Phone.prepare("casey@example.org").await.unwrap();
//! # assert_eq!(pending.code(Duration::from_secs(1)).await.unwrap().expose(), "467266");
//! # }
//! ```

mod api_call;
mod arlo;
mod attempt;
mod clock;
mod cookies;
mod device;
mod error;
mod error_number;
mod factor;
#[cfg(feature = "http")]
mod http;
mod lock;
mod login;
mod pause;
mod quotable;
mod random;
mod refusal;
mod renewal;
mod run;
mod session;
mod session_file;
mod source;
mod step;
mod transport;

pub use api_call::ApiCall;
pub use arlo_mail::Code;
#[cfg(feature = "imap")]
pub use arlo_mail::Sender;
pub use device::Device;
pub use error::{Error, ErrorKind};
pub use factor::{FactorKind, FactorMatch};
#[cfg(feature = "http")]
pub use http::HttpTransport;
pub use login::Login;
#[cfg(feature = "imap")]
pub use mailbox_watch;
pub use session::Session;
#[cfg(feature = "imap")]
pub use source::ImapSource;
pub use source::{CodeSource, ConsoleSource, PendingCode, RelaySource, RestApiSource};
pub use step::Step;
pub use transport::{BoxFuture, Chunks, Method, OpenResponse, Request, Response, Transport, is_in_clear};
