//! Changes a setting and a mode, takes a picture, and lists the library. The account is a simulated one, in this
//! process.
//!
//! `cargo run -p arlo-cameras --example control`
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use arlo_cameras::arlo_client::Login;
use arlo_cameras::{Account, Options};
use arlo_sim::{Config, Generation, Script, User};
use jiff::SignedDuration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let user = User::new("casey@example.org", "correct horse").factors(Vec::new());
    let mut config = Config::new(([127, 0, 0, 1], 1).into(), vec![user.house(Generation::V3)]);
    config.speed = 10;
    let cloud = arlo_sim::start(config).await?;
    let login = Login::new("casey@example.org", "correct horse".to_owned().into())
        .auth_host(cloud.url())
        .api_host(cloud.url());
    let account = Account::open(login, Options::default()).await?;

    let garden = account.device("Garden")?;
    println!("brightness: {:?}", account.set(&garden, "brightness", &1.into()).await?);

    for modes in account.modes().await? {
        println!("{}: {:?}", modes.name, account.choose_mode(&modes, "armAway").await?);
    }

    let picture = account.take_picture(&garden).await?;
    println!("the picture has {} bytes", account.fetch(&picture).await?.len());

    let script: Script = "record Garden 2".parse()?;
    cloud.play("casey@example.org", &script).await?;
    let (from, to) = (
        account.now() - SignedDuration::from_hours(24),
        account.now() + SignedDuration::from_hours(1),
    );
    for recording in account.library(from, to).await? {
        println!("{} {} {:?}", recording.created(), recording.device, recording.kind);
    }
    Ok(())
}
