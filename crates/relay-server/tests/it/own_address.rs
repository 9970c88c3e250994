//! An enrolment's own relay address, by SMTP.

use crate::serving::Serving;
use crate::smtp_support::Client;
use jiff::SignedDuration;
use relay::RelayLocalPart;
use tokio::net::TcpStream;

/// One character of it is another.
fn forged(address: &RelayLocalPart, place: usize) -> String {
    let other = |c| if c == 'a' { 'b' } else { 'a' };
    let chars = address.expose().chars().enumerate();
    chars.map(|(at, c)| if at == place { other(c) } else { c }).collect()
}

/// Who sends there learns nothing about an enrolment.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_taken_is_refused_in_the_same_words() {
    let data = tempfile::tempdir().unwrap();
    let serving = Serving::start(data.path(), "127.0.0.1:9".parse().unwrap()).await;
    let enroller = serving.relay.enroller();
    let [good, revoked, suspended, replaced] = [
        serving.enrol("casey@example.org").await,
        serving.enrol("casey@example.org").await,
        serving.enrol("robin@example.org").await,
        serving.enrol("alex@example.org").await,
    ];
    let (new, _) = enroller
        .replace_address(&replaced.id, SignedDuration::ZERO)
        .await
        .unwrap();
    enroller.revoke(&revoked.id).await.unwrap();
    enroller.suspend(&suspended.id).await.unwrap();

    let mut client = Client::new(TcpStream::connect(serving.smtp).await.unwrap());
    client.expect("220").await;
    client.ask("EHLO mail.example.net", "250").await;
    client.ask("MAIL FROM:<casey@example.org>", "250").await;
    let mut refusals = Vec::new();
    for local_part in [
        forged(&good.local_part, 0),
        forged(&good.local_part, 17),
        forged(&good.local_part, 31),
        revoked.local_part.expose().to_owned(),
        suspended.local_part.expose().to_owned(),
        replaced.local_part.expose().to_owned(),
        "nobody".to_owned(),
    ] {
        refusals.push(
            client
                .ask(&format!("RCPT TO:<{local_part}@relay.example>"), "550 5.1.1")
                .await,
        );
    }
    assert!(refusals.windows(2).all(|two| two[0] == two[1]), "{refusals:?}");
    for taken in [good.local_part.expose().to_uppercase(), new.expose().to_owned()] {
        client
            .ask(&format!("RCPT TO:<{taken}@relay.example>"), "250 2.1.5")
            .await;
    }
}
