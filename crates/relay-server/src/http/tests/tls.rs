//! Over TLS: handshakes and their limits, and a certificate that changes.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;
use crate::tls::Identity;

async fn start(identity: &Identity, places: usize, change: impl FnOnce(&mut Limits)) -> Server {
    let many = |limits: &mut Limits| {
        limits.handshakes.narrow = places;
        limits.handshakes.wide = places;
        change(limits);
    };
    start_with(Some(identity.for_https().unwrap()), &[], places, many).await
}

/// Shakes hands as a client that trusts this certificate alone.
async fn shake_hands(stream: TcpStream, trusted: &Identity, protocols: &[&str]) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.chain().unwrap()[0].clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = ServerName::try_from("relay.example").unwrap();
    soon(TlsConnector::from(Arc::new(config)).connect(name, stream)).await
}

#[tokio::test]
async fn it_speaks_http_1_1_over_tls() {
    let identity = Identity::for_tests();
    let server = start(&identity, 8, |_| {}).await;
    for protocols in [&[][..], &["http/1.1"], &["h2", "http/1.1"]] {
        let mut stream = shake_hands(connect(&server).await, &identity, protocols).await.unwrap();
        ask(&mut stream, "/", "hello").await;
        ask(&mut stream, "/", "hello").await;
    }
    let refused = shake_hands(connect(&server).await, &identity, &["h2"]).await;
    assert!(refused.is_err());
    let mut in_clear = connect(&server).await;
    send(&mut in_clear, "GET / HTTP/1.1\r\nHost: relay\r\n\r\n").await;
    let mut answer = Vec::new();
    let _ = soon(in_clear.read_to_end(&mut answer)).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

#[tokio::test]
async fn a_connection_keeps_the_certificate_with_which_it_began() {
    let identity = Identity::for_tests();
    let server = start(&identity, 8, |_| {}).await;
    let before = Identity::for_tests();
    before.take_from(&identity);
    let mut old = shake_hands(connect(&server).await, &before, &[]).await.unwrap();
    identity.take_from(&Identity::for_tests());
    let mut new = shake_hands(connect(&server).await, &identity, &[]).await.unwrap();
    assert!(shake_hands(connect(&server).await, &before, &[]).await.is_err());
    ask(&mut new, "/", "hello").await;
    ask(&mut old, "/", "hello").await;
}

#[tokio::test]
async fn without_a_certificate_nobody_gets_through() {
    let server = start(&Identity::default(), 8, |_| {}).await;
    let trusted = Identity::for_tests();
    assert!(shake_hands(connect(&server).await, &trusted, &[]).await.is_err());
}

#[tokio::test]
async fn a_handshake_that_takes_too_long_is_ended() {
    let server = start(&Identity::for_tests(), 8, |limits| {
        limits.header = Duration::from_millis(1);
    })
    .await;
    let mut silent = connect(&server).await;
    assert_eq!(rest(&mut silent).await, "");
}

#[tokio::test]
async fn handshakes_that_do_not_end_keep_nobody_out() {
    let identity = Identity::for_tests();
    let server = start(&identity, 8, |limits| {
        limits.header = Duration::from_secs(3600);
        limits.header_pressed = Duration::from_secs(3600);
        limits.handshakes.all = 2;
    })
    .await;
    let mut silent = Vec::new();
    for _ in 0..2 {
        silent.push(connect(&server).await);
    }
    let mut stream = shake_hands(connect(&server).await, &identity, &[]).await.unwrap();
    ask(&mut stream, "/", "hello").await;
    assert_eq!(rest(&mut silent[0]).await, "", "the oldest gave way");
}

#[tokio::test]
async fn a_client_has_a_limit_of_handshakes() {
    let identity = Identity::for_tests();
    let server = start(&identity, 8, |limits| limits.handshakes.narrow = 1).await;
    let _silent = connect(&server).await;
    let mut second = connect(&server).await;
    assert_eq!(rest(&mut second).await, "");
    let other = connect_from(&server, [127, 0, 0, 2]).await;
    let mut other = shake_hands(other, &identity, &[]).await.unwrap();
    ask(&mut other, "/", "hello").await;
}

#[tokio::test]
async fn a_stop_waits_for_calls_and_not_for_handshakes() {
    let identity = Identity::for_tests();
    let mut server = start(&identity, 8, |limits| {
        limits.header = Duration::from_secs(3600);
        limits.drain = Duration::from_secs(3600);
    })
    .await;
    let mut silent = connect(&server).await;
    let mut waiting = shake_hands(connect(&server).await, &identity, &[]).await.unwrap();
    send(&mut waiting, "GET /wait HTTP/1.1\r\nHost: relay\r\n\r\n").await;
    soon(server.begun.notified()).await;
    server.stop();
    assert_eq!(rest(&mut silent).await, "");
    server.go_on.notify_one();
    until(&mut waiting, "waited").await;
    soon(&mut server.task).await.unwrap();
}

#[tokio::test]
async fn an_authority_of_acme_gets_its_proof_and_nothing_else() {
    const ASKS: &[&str] = &["acme-tls/1"];
    let (identity, proof) = (Identity::for_tests(), Identity::for_tests());
    let server = start(&identity, 8, |_| {}).await;
    let look = async |trusted| shake_hands(connect(&server).await, trusted, ASKS).await;
    assert!(
        look(&proof).await.is_err() && look(&identity).await.is_err(),
        "nothing is to be proven"
    );
    let shown = identity.prove("relay.example".to_owned(), proof.key_for_tests());
    let mut authority = look(&proof).await.unwrap();
    assert!(look(&identity).await.is_err());
    assert_eq!(rest(&mut authority).await, "", "it is not served");
    // Everybody else gets the certificate meanwhile.
    let mut stream = shake_hands(connect(&server).await, &identity, &["http/1.1"])
        .await
        .unwrap();
    ask(&mut stream, "/", "hello").await;
    drop(shown);
    assert!(look(&proof).await.is_err());
}
