use std::convert::Infallible;
use std::io::Write as _;

use hyper::body::Bytes;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

type Text = http_body_util::Full<Bytes>;

/// Answers with the protocol and the accepted encodings of the request, compressed with gzip.
async fn answer<B>(request: hyper::Request<B>) -> Result<hyper::Response<Text>, Infallible> {
    let encodings = request
        .headers()
        .get("accept-encoding")
        .and_then(|value| value.to_str().ok());
    let text = format!("{:?} {}", request.version(), encodings.unwrap_or_default());
    let mut body = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    body.write_all(text.as_bytes()).unwrap();
    let mut response = hyper::Response::new(Text::new(body.finish().unwrap().into()));
    response
        .headers_mut()
        .insert("content-encoding", "gzip".parse().unwrap());
    Ok(response)
}

/// A server with a self-signed certificate and these protocols, and a transport that trusts it.
async fn server(protocols: &[&str]) -> (HttpTransport, String) {
    let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/api/auth", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let stream = acceptor.accept(stream).await.unwrap();
        let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let stream = TokioIo::new(stream);
        // The client may end the connection in any way.
        let _ = if is_h2 {
            let server = http2::Builder::new(TokioExecutor::new());
            server.serve_connection(stream, service_fn(answer)).await
        } else {
            http1::Builder::new().serve_connection(stream, service_fn(answer)).await
        };
    });
    let mut roots = RootCertStore::empty();
    roots.add(own.cert.der().clone()).unwrap();
    (HttpTransport::trusting(roots).unwrap(), url)
}

#[tokio::test]
async fn the_server_chooses_between_http_2_and_http_1_1() {
    for (protocols, expected) in [
        (&["h2", "http/1.1"][..], "HTTP/2.0 gzip"),
        (&["http/1.1"], "HTTP/1.1 gzip"),
        (&[], "HTTP/1.1 gzip"),
    ] {
        let (transport, url) = server(protocols).await;
        let answer = transport.send(Request::new(Method::Post, url)).await.unwrap();
        assert_eq!(
            (answer.status, String::from_utf8(answer.body).unwrap()),
            (200, expected.to_owned())
        );
    }
}

#[tokio::test]
async fn the_limit_is_for_the_decompressed_answer() {
    let (transport, url) = server(&["h2"]).await;
    let mut request = Request::new(Method::Get, url);
    request.max_body = 4;
    let error = transport.send(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
    assert!(error.to_string().contains("longer than 4 bytes"), "{error}");
}
