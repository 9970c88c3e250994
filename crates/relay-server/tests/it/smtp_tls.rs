//! STARTTLS: what it protects, what it forgets, and what certificates it cannot use.

use std::fs;
use std::sync::Arc;

use crate::smtp_support::{Client, RECIPIENT, Recorder, Server, soon};
use lettre::address::Envelope;
use lettre::transport::smtp::client::{Certificate as Trusted, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use rcgen::{CertifiedKey, KeyPair, PublicKeyData, generate_simple_self_signed};
use relay_server::StartErrorKind;
use relay_server::smtp::Limits;
use relay_server::tls::{Certificate, shown_by_smtp};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

struct Files {
    pem: String,
    certificate: Certificate,
    directory: TempDir,
}

fn files() -> Files {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["relay.example".to_owned()]).unwrap();
    let directory = TempDir::new().unwrap();
    let certificate = Certificate {
        chain: directory.path().join("chain.pem"),
        key: directory.path().join("key.pem"),
    };
    fs::write(&certificate.chain, cert.pem()).unwrap();
    fs::write(&certificate.key, signing_key.serialize_pem()).unwrap();
    Files {
        pem: cert.pem(),
        certificate,
        directory,
    }
}

async fn start(files: &Files) -> Server {
    Server::with(Recorder::default(), Limits::default(), Some(files.certificate.clone())).await
}

async fn handshake(client: Client<TcpStream>, files: &Files) -> Client<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(files.pem.as_bytes()).unwrap())
        .unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("relay.example").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, client.into_inner());
    Client::new(soon(stream).await.unwrap())
}

#[tokio::test]
async fn mail_over_tls() {
    let files = files();
    let server = start(&files).await;
    let mut client = server.connect().await;
    assert!(client.ask("EHLO before", "250").await.contains(" STARTTLS\r\n"));
    client.ask("MAIL FROM:<>", "250").await;
    client.ask("STARTTLS now", "501 5.5.4").await;
    client.ask("STARTTLS", "220 2.0.0").await;

    let mut client = handshake(client, &files).await;
    client.ask("MAIL FROM:<>", "503 5.5.1").await;
    assert!(!client.ask("EHLO client.example", "250").await.contains("STARTTLS"));
    client.ask("STARTTLS", "503 5.5.1").await;
    client.ask("DATA", "503 5.5.1").await;
    client.open_data().await;
    client.send("mail\r\n.\r\n").await;
    client.expect("250 2.0.0").await;
    client.ask("QUIT", "221").await;
    client.expect_end().await;
    let message = &server.recorder.taken()[0];
    assert!(message.tls);
    assert!(String::from_utf8_lossy(&message.raw).contains(" with ESMTPS;"));
}

#[tokio::test]
async fn what_was_said_in_clear_is_not_taken_into_tls() {
    let files = files();
    let server = start(&files).await;
    let mut client = server.connect().await;
    client.ask("EHLO client.example", "250").await;
    client
        .send(format!(
            "STARTTLS\r\nEHLO evil\r\nMAIL FROM:<>\r\nRCPT TO:<{RECIPIENT}>\r\nDATA\r\nevil\r\n.\r\n"
        ))
        .await;
    client.expect("220 2.0.0").await;
    let mut client = handshake(client, &files).await;
    // The first reply inside must be the answer to the first command inside.
    client.ask("NOOP", "250 2.0.0").await;
    client.ask("MAIL FROM:<>", "503 5.5.1").await;
    assert!(server.recorder.taken().is_empty());
}

#[tokio::test]
async fn broken_handshake_ends_the_connection() {
    let files = files();
    let server = start(&files).await;
    let mut client = server.connect().await;
    client.ask("STARTTLS", "220").await;
    client.send("EHLO not tls\r\n").await;
    client.hang_up().await;
    server.connect().await.ask("NOOP", "250").await;
}

#[tokio::test]
async fn a_client_from_elsewhere_delivers_over_tls() {
    let files = files();
    let server = start(&files).await;
    let tls = TlsParameters::builder("relay.example".to_owned())
        .add_root_certificate(Trusted::from_pem(files.pem.as_bytes()).unwrap())
        .build()
        .unwrap();
    let transport: AsyncSmtpTransport<Tokio1Executor> =
        AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
            .port(server.address.port())
            .tls(Tls::Required(tls))
            .build();
    let sender = "casey@example.org".parse().unwrap();
    let envelope = Envelope::new(Some(sender), vec![RECIPIENT.parse().unwrap()]).unwrap();
    let mail = "a".repeat(998) + "\r\n";
    let mail = mail.repeat(300);
    soon(transport.send_raw(&envelope, mail.as_bytes())).await.unwrap();
    let taken = server.recorder.taken();
    assert!(taken.len() == 1 && taken[0].tls);
    // The client puts a CRLF of its own before the final dot.
    assert!(server.recorder.contents() == [(mail + "\r\n").into_bytes()]);
}

#[tokio::test]
async fn unusable_files_are_named() {
    let files = files();
    let path = |name: &str| files.directory.path().join(name);
    fs::write(path("empty.pem"), "").unwrap();
    fs::write(
        path("broken.pem"),
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    fs::write(path("other.pem"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let good = &files.certificate;
    for (chain, key, kind) in [
        (path("missing.pem"), good.key.clone(), StartErrorKind::Certificate),
        (path("empty.pem"), good.key.clone(), StartErrorKind::Certificate),
        (path("broken.pem"), good.key.clone(), StartErrorKind::Certificate),
        (good.key.clone(), good.key.clone(), StartErrorKind::Certificate),
        (good.chain.clone(), path("missing.pem"), StartErrorKind::Key),
        (good.chain.clone(), path("empty.pem"), StartErrorKind::Key),
        (good.chain.clone(), good.chain.clone(), StartErrorKind::Key),
        (good.chain.clone(), path("other.pem"), StartErrorKind::Key),
    ] {
        let named = if kind == StartErrorKind::Key { &key } else { &chain };
        let named = named.display().to_string();
        let error = Certificate { chain, key }.load().unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(&named), "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }
}

#[tokio::test]
async fn what_a_server_shows_can_be_looked_at() {
    let files = files();
    let server = start(&files).await;
    let shown = soon(shown_by_smtp(server.address)).await.unwrap().unwrap();
    assert!(shown.is_for("relay.example") && !shown.is_for("other.example") && !shown.is_for("not a name"));
    let key = KeyPair::from_pem(&fs::read_to_string(&files.certificate.key).unwrap()).unwrap();
    let expected: [u8; 32] = Sha256::digest(key.subject_public_key_info()).into();
    assert_eq!(shown.key_digest, expected);
    let without = Server::with(Recorder::default(), Limits::default(), None).await;
    assert_eq!(soon(shown_by_smtp(without.address)).await.unwrap(), None);
}
