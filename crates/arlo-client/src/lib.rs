//! Logs in to Arlo, with the second factor's code from wherever it arrives.
//!
//! Arlo mails six digits to whoever logs in, unless it has switched that off, as it did in October 2026. That stops
//! every camera that nobody sits beside. A [`Login`] makes the whole exchange with Arlo and takes the code from a
//! [`CodeSource`]: a relay that receives the mail ([`RelaySource`]), a server of pyaarlo's REST API
//! ([`RestApiSource`]), the account's mailbox ([`ImapSource`]), the person at the terminal ([`ConsoleSource`]), or one
//! of your own. Where a person [approves the login in Arlo's app](Login::approved_in_app), there is no code at all.
//!
//! ```
//! # use axum::{Json, Router, routing::{get, post}};
//! # use serde_json::{Value, json};
//! # fn good(data: Value) -> Json<Value> { Json(json!({"meta": {"code": 200}, "data": data})) }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! # let here = format!("http://{}", listener.local_addr()?);
//! # let (arlo, poll) = (here.clone(), format!("{here}/poll"));
//! # let token = json!({"token": "2_t", "userId": "U1", "expiresIn": 4_000_000_000_i64});
//! # let first = token.clone();
//! # let router = Router::new()
//! #     .route("/api/auth", post(async move || good(first)))
//! #     .route("/api/getFactorId", post(async || Json(json!({"meta": {"code": 400, "error": 9204}}))))
//! #     .route("/api/getFactors", get(async || good(json!({"items": [{"factorId": "F", "factorType": "EMAIL"}]}))))
//! #     .route("/api/startAuth", post(async || good(json!({"factorAuthCode": "X"}))))
//! #     .route("/api/finishAuth", post(async move |Json(body): Json<Value>| {
//! #         assert_eq!(body["otp"], "467266");
//! #         good(token)
//! #     }))
//! #     .route("/api/validateAccessToken", get(async || good(json!({}))))
//! #     .route("/hmsweb/users/session/v3", get(async || Json(json!({"success": true, "data": {}}))))
//! #     .route("/hmsweb/v2/users/devices", get(async || Json(json!({"success": true, "data": [
//! #         {"deviceId": "D1", "deviceName": "Front door"}
//! #     ]}))))
//! #     .route("/prepare-arlo-mfa/token", post(async move || poll))
//! #     .route("/poll", get(async || Json(json!({"status": "complete", "code": "467266"}))));
//! # tokio::spawn(async move { axum::serve(listener, router).await });
//! # let prestage_url = format!("{here}/prepare-arlo-mfa/token");
//! # let directory = tempfile::tempdir()?;
//! # let session_file = directory.path().join("session.json");
//! # let password = "correct horse".to_owned();
//! use arlo_client::{Login, RelaySource};
//!
//! // The URL that the relay printed at the enrolment, access token and all.
//! let relay = RelaySource::new(&prestage_url)?;
//! let login = Login::new("casey@example.org", password.into())
//!     .codes(relay)
//!     .session_file(session_file)
//!     .auth_host(&arlo) // left out: Arlo's own
//!     .api_host(&arlo)
//!     .on_step(|step| eprintln!("{step}"));
//!
//! let session = login.run().await?;
//! for device in session.devices().await? {
//!     println!("{}: {}", device.device_id, device.name.as_deref().unwrap_or("(no name)"));
//! }
//! # assert_eq!(session.user_id(), "U1");
//! # assert!(session.mfa() && !session.reused());
//!
//! // The next one neither sends the password nor waits for a mail.
//! assert!(login.run().await?.reused());
//! # Ok(())
//! # }
//! ```
//!
//! # What it takes care of
//!
//! - The code source is ready before Arlo is asked to send a code, so that none is missed and no old one is taken.
//! - The password reaches Arlo once for each [`Login::run`], and a code once at all: failures lock Arlo accounts.
//! - Where Arlo asks for no second factor, the password is enough: no code source is needed, and none is asked. The day
//!   Arlo asks again, a login that has one works as before.
//! - A program that runs for long keeps its session by [`Login::keep_open`] or [`Login::renew_if_due`].
//! - With a [session file](Login::session_file) a session is used until it ends, and Arlo's trust in this browser,
//!   which lasts about two weeks, spares the logins in between their codes. Arlo replaces the cookie that proves it at
//!   each of them and voids the old one; the new one is on disk before the next call.
//! - One login at a time uses a session file; others, in this process or another one, wait for it and use its session.
//! - A login that failed is followed by a pause, which the session file remembers, so that a service that is started
//!   again and again neither gets its account locked nor fills its mailbox: see below.
//! - An [`Error`] says what to do, and its [`kind`](Error::kind) what it is about. No error, no `Debug` and no [`Step`]
//!   shows an address, a password, a token or a code.
//!
//! # Pauses
//!
//! With a session file, a login that comes within the pause after a failed one fails at once, with nothing sent and
//! [`Error::paused_until`] set. A good session is used all the same.
//!
//! | the last login failed since | the pause | sooner |
//! |---|---|---|
//! | Arlo refused the password | a day, doubling to a week | with another password |
//! | Arlo had locked the account | five minutes, doubling to a day | with another password |
//! | Arlo or Cloudflare wanted fewer requests | a minute, doubling to a day, or `Retry-After` where that is longer | |
//! | Cloudflare turned it away, three times | a minute, doubling to a quarter of an hour | |
//! | Arlo wanted a code, and the login had no source for one | a minute, doubling to an hour | with a source |
//! | anything else went wrong once the password was taken, as that no code came | a minute, doubling to an hour | |
//! | Arlo could not be reached, or is in a state that passes, as with its second factor switched off half-way | none | |
//!
//! [`Login::force`] is for a person who knows better. Without a session file nothing is remembered, and the pause is
//! the caller's to make.
//!
//! # What to exchange
//!
//! Arlo sits behind Cloudflare, which at times turns away what does not speak TLS as a browser does
//! ([`ErrorKind::BlockedByCloudflare`]). A call that meets its page is made again, twice. The HTTP stack is therefore a
//! [`Transport`]; [`HttpTransport`], the default one, is plain rustls. One that imitates a browser is not among the
//! features of this crate. The stack for it, `wreq`, builds where cmake, libclang and a C++ compiler are; but its table
//! of browsers, `wreq-util`, is under the GPL, its current line has only release candidates, and what it changes shows
//! only before Cloudflare itself. An application that may use it implements [`Transport`], a request and its bounded
//! answer, and hands it to [`Login::transport`].
//!
//! Where codes arrive in another way, implement [`CodeSource`]:
//!
//! ```
//! use std::time::Duration;
//! use arlo_client::{BoxFuture, Code, CodeSource, Error, ErrorKind, PendingCode};
//!
//! /// A phone that shows the code, and a script that reads it there.
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
//!             let read = async { "467266" }; // what asks the phone
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

mod arlo;
mod attempt;
mod clock;
mod cookies;
mod device;
mod error;
mod error_number;
mod factor;
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

pub use arlo_mail::{Code, Sender};
pub use device::Device;
pub use error::{Error, ErrorKind};
pub use factor::{FactorKind, FactorMatch};
pub use http::HttpTransport;
pub use login::Login;
pub use mailbox_watch;
pub use session::Session;
pub use source::{CodeSource, ConsoleSource, ImapSource, PendingCode, RelaySource, RestApiSource};
pub use step::Step;
pub use transport::{BoxFuture, Method, Request, Response, Transport, is_in_clear};
