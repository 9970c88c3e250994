//! Which servers and certificates the watcher accepts.

use std::sync::Arc;

use mailbox_watch::{Encryption, ErrorKind, Start, Trust, Watcher};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::server::{Server, kind, pace};

#[tokio::test]
async fn only_a_trusted_certificate_is_accepted() {
    // A server that speaks no TLS.
    let mut server = Server::start(&["S * OK ready\n".to_owned()]).await;
    server.settings.encryption = Encryption::Tls(Trust::WebRoots);
    assert_eq!(kind(server.watcher(Start::Now).open().await), ErrorKind::NoTls);

    // A self-signed certificate: trusted by nobody, then by a file with another one, then by a file with this one.
    let directory = tempfile::tempdir().unwrap();
    let certified = || rcgen::generate_simple_self_signed(vec!["home.example".to_owned()]).unwrap();
    let (own, other) = (certified(), certified());
    let file = |name: &str, pem: String| {
        let path = directory.path().join(name);
        std::fs::write(&path, pem).unwrap();
        path
    };
    let named = file("own.pem", own.cert.pem());
    let wrong = file("other.pem", other.cert.pem());
    let key = rustls::pki_types::PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut settings = server.settings.clone();
    settings.at.port = Some(listener.local_addr().unwrap().port());
    let serving = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(mut stream) = acceptor.accept(stream).await {
                stream.write_all(b"* BYE that is all\r\n").await.unwrap();
                stream.shutdown().await.unwrap();
            }
        }
    });
    for (trust, expected) in [
        (Trust::WebRoots, ErrorKind::Certificate),
        (Trust::File(wrong), ErrorKind::Certificate),
        (Trust::File(named), ErrorKind::Unavailable),
        (Trust::File(file("empty.pem", String::new())), ErrorKind::Certificate),
    ] {
        settings.encryption = Encryption::Tls(trust.clone());
        let mut watcher = Watcher::new(settings.clone(), pace(), Start::Now);
        assert_eq!(kind(watcher.open().await), expected, "{trust:?}");
    }
    serving.abort();
}
