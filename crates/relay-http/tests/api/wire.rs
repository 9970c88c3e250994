//! Over a real socket: what clients send that no HTTP library would, and what a server has to do with half a request.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::world::{STRANGE_TOKEN, World};

/// Sends the head of a request, and reads the answer.
async fn exchange(world: &World, head: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(axum::serve(listener, world.router.clone()).into_future());
    let mut client = TcpStream::connect(address).await.unwrap();
    let head = format!("{head}\r\nHost: relay\r\nConnection: close\r\n\r\n");
    client.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    server.abort();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn pyaarlo_escapes_nothing() {
    let world = World::new().await;
    let head = format!("GET /clear?email=casey+cam@example.org&token={} HTTP/1.1", world.token);
    let answer = exchange(&world, &head).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(
        answer.ends_with(r#""data":{"success":true,"email":"casey+cam@example.org"}}"#),
        "{answer}"
    );
}

#[tokio::test]
async fn what_is_refused_is_refused_before_its_body_comes() {
    let world = World::new().await;
    let mail = format!("POST /mail?token={STRANGE_TOKEN} HTTP/1.1\r\nContent-Length: 104857600");
    let answer = exchange(&world, &mail).await;
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains(r#""success":false"#),
        "{answer}"
    );

    let uri = world.uri("prepare-arlo-mfa");
    let large = format!("POST {uri} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 65537");
    assert!(
        exchange(&world, &large)
            .await
            .starts_with("HTTP/1.1 413 Payload Too Large\r\n")
    );
}
