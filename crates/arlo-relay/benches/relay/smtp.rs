//! One SMTP connection that sends mail after mail.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpSocket, TcpStream};

pub(crate) struct Smtp(BufReader<TcpStream>);

impl Smtp {
    /// From this address, which one machine may choose on its loopback.
    pub(crate) async fn connect_from(source: Ipv4Addr, address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(IpAddr::V4(source), 0)).unwrap();
        let stream = socket.connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut client = Self(BufReader::new(stream));
        client.say("").await;
        client.say("EHLO mail.example.org\r\n").await;
        client
    }

    async fn say(&mut self, text: &str) -> String {
        self.0.write_all(text.as_bytes()).await.unwrap();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).await.unwrap();
            if line.get(3..4) != Some("-") {
                return line;
            }
        }
    }

    /// Gives the moment at which the last byte was sent, and the one at which `250` was read.
    pub(crate) async fn send(&mut self, recipient: &str, mail: &str) -> (Instant, Instant) {
        self.say("MAIL FROM:<bounce@example.org>\r\n").await;
        self.say(&format!("RCPT TO:<{recipient}>\r\n")).await;
        self.say("DATA\r\n").await;
        let sent = Instant::now();
        let reply = self.say(&format!("{mail}\r\n.\r\n")).await;
        let taken = Instant::now();
        assert!(reply.starts_with("250"), "{reply}");
        (sent, taken)
    }
}
