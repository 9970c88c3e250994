//! A name server on loopback (RFC 1035) with the records of a test. It records its questions.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use relay_server::authentication::{Authenticator, NameServers};
use tokio::net::UdpSocket;

pub(crate) enum Record {
    Txt(String),
    A(Ipv4Addr),
    /// The server fails at this name.
    Fails,
    /// The server never answers for this name.
    Silent,
}

pub(crate) struct Dns {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Dns {
    pub(crate) async fn start(records: Vec<(&str, Record)>) -> Self {
        let records: HashMap<String, Record> = records
            .into_iter()
            .map(|(name, record)| (name.to_owned(), record))
            .collect();
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let names = Arc::clone(&asked);
        tokio::spawn(async move {
            let mut query = [0; 1500];
            loop {
                let (length, from) = socket.recv_from(&mut query).await.unwrap();
                let (name, question_end) = question(&query[..length]);
                names.lock().unwrap().push(name.clone());
                if let Some(answer) = answer(&query[..question_end], records.get(&name)) {
                    socket.send_to(&answer, from).await.unwrap();
                }
            }
        });
        Self { address, asked }
    }

    pub(crate) fn authenticator(&self) -> Authenticator {
        Authenticator::new(&NameServers::Addresses(vec![self.address])).unwrap()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// The name asked for, and where the question ends.
fn question(query: &[u8]) -> (String, usize) {
    let mut labels = Vec::new();
    let mut at = 12;
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8(query[at + 1..end].to_vec()).unwrap());
        at = end;
    }
    (labels.join(".").to_lowercase(), at + 5)
}

fn answer(query: &[u8], record: Option<&Record>) -> Option<Vec<u8>> {
    const TXT: u8 = 16;
    const A: u8 = 1;
    let asked = query[query.len() - 3];
    let (rcode, data) = match record {
        Some(Record::Silent) => return None,
        Some(Record::Fails) => (2, None),
        None => (3, None),
        Some(Record::Txt(text)) if asked == TXT => {
            let strings = text.as_bytes().chunks(255);
            let data: Vec<u8> = strings
                .flat_map(|part| [&[u8::try_from(part.len()).unwrap()], part].concat())
                .collect();
            (0, Some(data))
        }
        Some(Record::A(address)) if asked == A => (0, Some(address.octets().to_vec())),
        Some(_) => (0, None),
    };
    let mut reply = query.to_vec();
    reply[2] = 0x81;
    reply[3] = 0x80 | rcode;
    reply[4..12].copy_from_slice(&[0, 1, 0, u8::from(data.is_some()), 0, 0, 0, 0]);
    if let Some(data) = data {
        // The name by pointer to the question, class IN, 300 seconds.
        reply.extend([0xc0, 0x0c, 0, asked, 0, 1, 0, 0, 1, 44]);
        reply.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        reply.extend(data);
    }
    Some(reply)
}
