//! Watches an account, and prints what changes. The account is a simulated one, in this process.
//!
//! `cargo run -p arlo-cameras --example watch`
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use arlo_cameras::arlo_client::Login;
use arlo_cameras::{Account, Event, Options};
use arlo_sim::{Config, Generation, Script, User};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let user = User::new("casey@example.org", "correct horse").factors(Vec::new());
    let mut config = Config::new(([127, 0, 0, 1], 1).into(), vec![user.house(Generation::V2)]);
    config.speed = 10;
    let cloud = arlo_sim::start(config).await?;

    // For an account at Arlo, without the next two lines, and with a session file.
    let login = Login::new("casey@example.org", "correct horse".to_owned().into())
        .auth_host(cloud.url())
        .api_host(cloud.url());
    let account = Account::open(login, Options::default()).await?;
    let mut updates = account.updates();
    account.status().wait_for(|status| status.connected).await?;

    let script: Script = "motion Garden 1\nring \"Front bell\"\nrecord Garden 1 Person".parse()?;
    cloud.play("casey@example.org", &script).await?;

    while let Some(update) = updates.next().await {
        for change in &update.changes {
            println!("{}: {} is {}", change.device, change.attribute, change.new);
        }
        for event in &update.events {
            match event {
                Event::Ring { device } => println!("{device}: somebody rings"),
                Event::Media(media) if media.complete => println!("{}: a new recording", media.device),
                Event::Detected { device, objects, .. } => {
                    println!("{device}: the recording shows {}", objects.join(", "));
                    return Ok(());
                }
                _ => {}
            }
        }
    }
    Ok(())
}
