//! DKIM and SPF through a real resolver and a name server on loopback.

mod agreement;
mod names;
mod sender;
mod signatures;

use std::net::{IpAddr, Ipv4Addr};

use arlo_mail::Senders;
use bytes::Bytes;
use relay::Claims;
use relay::ports::{Inline, PortError};
use relay_server::authentication::{Authenticator, Connection};

/// The client of every test that does not care for SPF: no policy here names it.
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// What was found true of a mail.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    /// The domains of the signatures that prove something and verify.
    dkim: Vec<String>,
    /// The client may send for the reverse-path.
    spf: bool,
}

/// Asks about a mail as the relay does.
async fn ask(
    authenticator: &Authenticator,
    client: Option<IpAddr>,
    path: Option<&str>,
    raw: &[u8],
) -> Result<Found, PortError> {
    let claims = Claims::read(raw, path, &Senders::default()).unwrap_or_default();
    let connection = Connection {
        client,
        helo: "helo.example",
    };
    let raw = Bytes::copy_from_slice(raw);
    let verdicts = authenticator.verdicts(connection, &claims, path, &raw, &Inline).await?;
    let verified = verdicts
        .verified
        .iter()
        .map(|place| claims.signatures()[*place].signature());
    Ok(Found {
        dkim: verified.map(|signature| signature.domain.clone()).collect(),
        spf: verdicts.spf,
    })
}
