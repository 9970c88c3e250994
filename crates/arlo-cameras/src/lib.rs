//! Arlo's cameras from a program: events, attributes, modes, settings, recordings, pictures and streams.
//!
//! An [`Account`] logs in with [`arlo_client`], keeps the session alive, holds the merged state of all devices, and
//! watches the event stream. A program asks it for the state, waits for changes, and changes things:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let user = arlo_sim::User::new("casey@example.org", "correct horse").factors(Vec::new());
//! # let cloud = arlo_sim::start(arlo_sim::Config::new(([127, 0, 0, 1], 1).into(), vec![user])).await?;
//! # let login = arlo_cameras::arlo_client::Login::new("casey@example.org", "correct horse".to_owned().into())
//! #     .auth_host(cloud.url()).api_host(cloud.url());
//! use arlo_cameras::{Account, Filter, Options, Outcome};
//!
//! let account = Account::open(login, Options::default()).await?;
//! let door = account.device("Front door")?;
//! println!("{}: {:?} %", door.name, door.battery());
//!
//! // Every change of one attribute of one device. `Filter::all()` takes them all.
//! let mut changes = account.changes(Filter::all().device(&door.id).attribute("brightness"));
//!
//! match account.set(&door, "brightness", &1.into()).await? {
//!     Outcome::Confirmed => println!("the camera has it"),
//!     Outcome::Unknown => println!("Arlo took it, and the camera did not answer in time"),
//! }
//! # if false {
//! while let Some(change) = changes.next().await {
//!     println!("{} of {} is {}", change.attribute, change.device, change.new);
//! }
//! # }
//! # drop(account);
//! # cloud.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What it takes care of
//!
//! - The session is renewed before it expires. If Arlo refuses it sooner, there is one login, however many calls were
//!   refused, and the calls are made again. A fault of the event stream alone never leads to a login. A session file
//!   has one login at a time, also between processes, and the pauses of [`arlo_client`] hold.
//! - Events come over MQTT, in a websocket or in TLS alone, or as server-sent events, as Arlo offers the account. The
//!   stream is opened again after every end, with waits that double up to five minutes. What the gap may have hidden is
//!   read again.
//! - Hubs say nothing unless they are asked every two minutes whether they are there, so they are. Cameras with a
//!   battery that are their own base are not, because that would wake them.
//! - Messages are parts: they are merged by key. Equal ones are dropped. A motion whose end is lost ends after a
//!   minute.
//! - A change ends with the event that confirms it, or says that nothing is known.
//! - Nothing starts a stream or wakes a camera, except [`Account::take_picture`] and [`Account::start_stream`].
//! - All buffers are bounded. A reader that is too slow is told how many updates it missed.
//! - Dropping the account ends its tasks and closes its connections.
//!
//! # Secrets
//!
//! The URL of a recording opens it for whoever has the URL. Such URLs are of the type [`MediaUrl`], which does not
//! print, and are no attributes. [`redacted()`] makes a copy of Arlo's JSON that can be shown to others.
//!
//! # What is not covered
//!
//! Live streams by WebRTC, the storage of a base station, the history of a Baby's sensors (it is handed on as
//! [`Event::Other`]), and HTTP proxies for MQTT.

mod account;
mod attributes;
mod device;
mod duplicates;
mod error;
mod event;
mod hub;
mod id;
mod keeper;
mod library;
mod live;
mod location;
mod media_url;
mod message;
mod mode;
mod notify;
mod options;
mod picture;
mod redacted;
mod refresh;
mod registration;
mod restart;
mod setting;
mod state;
mod stream;
#[cfg(feature = "testing")]
pub mod testing;
mod update;
mod user_agent;

pub use account::Account;
pub use arlo_client;
pub use attributes::Attributes;
pub use device::{Device, Kind};
pub use error::{Error, ErrorKind};
pub use event::{Event, MediaEvent};
pub use hub::Status;
pub use id::Id;
pub use library::{MediaKind, Recording};
pub use live::{LiveKind, LiveStream};
pub use location::Location;
pub use media_url::MediaUrl;
pub use mode::{Generation, Mode, Modes};
pub use notify::Outcome;
pub use options::{Options, StreamChoice};
pub use redacted::redacted;
pub use setting::settable;
pub use stream::Backoff;
pub use update::{Change, Changes, Filter, Update, Updates};
pub use user_agent::UserAgent;
