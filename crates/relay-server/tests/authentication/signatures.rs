//! DKIM.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::{DkimSigner, Done};
use mail_parser::MessageParser;
use relay_server::authentication::{Authenticator, MAX_MESSAGE, NameServers, TemporaryFailure, Verdicts};

use crate::CLIENT;
use crate::dns::{Dns, Record};

const MAIL: &str = "From: Arlo <do_not_reply@arlo.com>\r\nTo: casey@example.org\r\nSubject: Hello\r\n\
    Date: Sat, 21 Nov 2026 22:00:00 +0000\r\nContent-Type: text/plain\r\n\r\nGood morning.\r\n";

/// A key, and the record under which its domain publishes it.
struct Key {
    pkcs8: Vec<u8>,
    record: String,
}

impl Key {
    fn generate() -> Self {
        let pkcs8 = Ed25519Key::generate_pkcs8().unwrap();
        let public = Ed25519Key::from_pkcs8_der(&pkcs8).unwrap().public_key();
        let record = format!("v=DKIM1; k=ed25519; p={}", BASE64.encode(public));
        Self { pkcs8, record }
    }

    fn signer(&self, domain: &str) -> DkimSigner<Ed25519Key, Done> {
        self.signer_of(domain, &["From", "To", "Subject", "Date", "Content-Type"])
    }

    fn signer_of(&self, domain: &str, fields: &[&str]) -> DkimSigner<Ed25519Key, Done> {
        DkimSigner::from_key(Ed25519Key::from_pkcs8_der(&self.pkcs8).unwrap())
            .domain(domain)
            .selector("test")
            .headers(fields.iter().copied())
    }

    fn published(&self) -> Record {
        Record::Txt(self.record.clone())
    }
}

fn signed(signer: &DkimSigner<Ed25519Key, Done>, mail: &str) -> String {
    signer.sign(mail.as_bytes()).unwrap().to_header() + mail
}

async fn verdicts(dns: &Dns, raw: &str) -> Result<Verdicts, TemporaryFailure> {
    dns.authenticator()
        .verdicts(Some(CLIENT), "", None, raw.as_bytes())
        .await
}

async fn domains(dns: &Dns, raw: &str) -> Vec<String> {
    verdicts(dns, raw).await.unwrap().dkim
}

const NONE: [&str; 0] = [];

#[tokio::test]
async fn a_signature_names_its_domain() {
    let key = Key::generate();
    let dns = Dns::start(vec![("test._domainkey.arlo.com", key.published())]).await;
    let mail = signed(&key.signer("arlo.com"), MAIL);
    assert_eq!(domains(&dns, &mail).await, ["arlo.com"]);
    let twice = signed(&key.signer("ARLO.com"), &mail);
    assert_eq!(domains(&dns, &twice).await, ["arlo.com"]);
    assert_eq!(domains(&dns, MAIL).await, NONE);
    assert_eq!(domains(&dns, "").await, NONE);
    assert_eq!(domains(&dns, "no header\r\n").await, NONE);
}

#[tokio::test]
async fn what_is_changed_on_the_way_is_not_vouched_for() {
    let key = Key::generate();
    let dns = Dns::start(vec![("test._domainkey.arlo.com", key.published())]).await;
    let mail = signed(&key.signer("arlo.com"), MAIL);
    for (from, to) in [
        ("morning", "evening"),
        ("Good morning.\r\n", "Good morning.\r\nAnd more.\r\n"),
        ("Subject: Hello", "Subject: Hullo"),
        ("To: casey", "To: robin"),
        ("d=arlo.com", "d=evil.example"),
    ] {
        assert!(mail.contains(from));
        assert_eq!(domains(&dns, &mail.replacen(from, to, 1)).await, NONE, "{to}");
    }
    // A field that is not signed may be added.
    assert_eq!(domains(&dns, &format!("X-Added: yes\r\n{mail}")).await, ["arlo.com"]);
}

#[tokio::test]
async fn a_second_field_of_one_kind_spoils_every_signature() {
    let key = Key::generate();
    let dns = Dns::start(vec![("test._domainkey.arlo.com", key.published())]).await;
    let mail = signed(&key.signer("arlo.com"), MAIL);
    for added in [
        "From: evil@evil.example",
        "FROM : evil@evil.example",
        "Fr om: evil@evil.example",
        "Subject: Other",
        "Date: Sun, 22 Nov 2026 22:00:00 +0000",
        "Content-Type: text/html",
    ] {
        assert_eq!(domains(&dns, &format!("{added}\r\n{mail}")).await, NONE, "{added}");
        let below = mail.replacen("\r\n\r\n", &format!("\r\n{added}\r\n\r\n"), 1);
        assert_eq!(domains(&dns, &below).await, NONE, "{added}");
    }
    assert_eq!(dns.asked(), NONE);
}

#[tokio::test]
async fn a_part_of_the_body_is_not_enough() {
    let key = Key::generate();
    let dns = Dns::start(vec![("test._domainkey.arlo.com", key.published())]).await;
    let mail = signed(&key.signer("arlo.com").body_length(true), MAIL);
    assert!(mail.contains("l="));
    assert_eq!(domains(&dns, &mail).await, NONE);
    assert_eq!(domains(&dns, &(mail + "Appended.\r\n")).await, NONE);
    // A body length of nothing signs the whole body or nothing.
    let empty = MAIL.split_once("Good").unwrap().0;
    let mail = signed(&key.signer("arlo.com"), empty).replacen("v=1;", "v=1; l=0;", 1);
    assert_eq!(domains(&dns, &(mail + "Appended.\r\n")).await, NONE);
}

#[tokio::test]
async fn from_must_be_signed() {
    let key = Key::generate();
    let dns = Dns::start(vec![("test._domainkey.arlo.com", key.published())]).await;
    let mail = signed(&key.signer_of("arlo.com", &["To", "Subject", "Date"]), MAIL);
    assert_eq!(domains(&dns, &mail).await, NONE);
    assert_eq!(dns.asked(), NONE);
}

#[tokio::test]
async fn a_signature_that_will_expire_counts_until_then() {
    let key = Key::generate();
    let dns = Dns::start(vec![("test._domainkey.arlo.com", key.published())]).await;
    let fresh = signed(&key.signer("arlo.com").expiration(3600), MAIL);
    assert_eq!(domains(&dns, &fresh).await, ["arlo.com"]);
}

#[tokio::test]
async fn each_domain_answers_for_itself() {
    let (arlo, other) = (Key::generate(), Key::generate());
    let dns = Dns::start(vec![
        ("test._domainkey.arlo.com", arlo.published()),
        ("test._domainkey.example.net", other.published()),
        ("test._domainkey.mail.arlo.com", other.published()),
        ("test._domainkey.xn--bcher-kva.example", other.published()),
    ])
    .await;
    let both = signed(&other.signer("example.net"), &signed(&arlo.signer("arlo.com"), MAIL));
    assert_eq!(domains(&dns, &both).await, ["arlo.com", "example.net"]);
    for (key, domain, expected) in [
        (&other, "example.net", "example.net"),
        (&other, "mail.arlo.com", "mail.arlo.com"),
        (&other, "xn--bcher-kva.example", "xn--bcher-kva.example"),
    ] {
        assert_eq!(domains(&dns, &signed(&key.signer(domain), MAIL)).await, [expected]);
    }
    // Signed with another's key.
    assert_eq!(domains(&dns, &signed(&other.signer("arlo.com"), MAIL)).await, NONE);
    // Signed by nobody who publishes a key.
    assert_eq!(domains(&dns, &signed(&arlo.signer("nokey.example"), MAIL)).await, NONE);
}

#[tokio::test]
async fn a_dead_name_server_is_temporary_only_where_it_decides() {
    let key = Key::generate();
    let dns = Dns::start(vec![
        ("test._domainkey.arlo.com", key.published()),
        ("test._domainkey.fails.example", Record::Fails),
        ("test._domainkey.example.net", key.published()),
    ])
    .await;
    let only_failing = signed(&key.signer("fails.example"), MAIL);
    assert_eq!(verdicts(&dns, &only_failing).await, Err(TemporaryFailure));
    let author_known = signed(&key.signer("fails.example"), &signed(&key.signer("arlo.com"), MAIL));
    assert_eq!(domains(&dns, &author_known).await, ["arlo.com"]);
    let author_failing = MAIL.replace("arlo.com", "fails.example");
    let author_failing = signed(&key.signer("fails.example"), &author_failing);
    let author_failing = signed(&key.signer("example.net"), &author_failing);
    assert_eq!(verdicts(&dns, &author_failing).await, Err(TemporaryFailure));
}

#[tokio::test]
async fn no_name_server_at_all_is_temporary() {
    let key = Key::generate();
    // Kept bound, so that nobody else answers there.
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let authenticator = Authenticator::new(&NameServers::Addresses(vec![silent.local_addr().unwrap()]))
        .unwrap()
        .with_deadline(Duration::from_millis(50));
    let mail = signed(&key.signer("arlo.com"), MAIL);
    let found = authenticator.verdicts(Some(CLIENT), "", None, mail.as_bytes()).await;
    assert_eq!(found, Err(TemporaryFailure));
    // Nothing to look up, nothing to wait for.
    let found = authenticator.verdicts(Some(CLIENT), "", None, MAIL.as_bytes()).await;
    assert_eq!(found, Ok(Verdicts::default()));
    assert!(Authenticator::new(&NameServers::Addresses(vec![])).is_err());
    // A machine without any still starts.
    assert!(Authenticator::new(&NameServers::System).is_ok());
}

/// Every single-byte change of a signed mail: where the signature still counts, the mail still says the same.
#[tokio::test]
async fn no_single_change_goes_unseen() {
    let key = Key::generate();
    let dns = Dns::start(vec![("test._domainkey.arlo.com", key.published())]).await;
    let authenticator = dns.authenticator();
    let mail = signed(&key.signer("arlo.com"), MAIL).into_bytes();
    let said = words(&mail);
    let mut counted = 0;
    for at in 0..mail.len() {
        for byte in [
            None,
            Some(b':'),
            Some(b'\n'),
            Some(b'\r'),
            Some(b' '),
            Some(b'x'),
            Some(0),
        ] {
            for replaced in [0, 1] {
                let changed = [&mail[..at], byte.as_slice(), &mail[at + replaced..]].concat();
                let found = authenticator.verdicts(Some(CLIENT), "", None, &changed).await.unwrap();
                if found.dkim.is_empty() {
                    continue;
                }
                counted += 1;
                assert_eq!(words(&changed), said, "{byte:?} at {at}: {}", changed.escape_ascii());
            }
        }
    }
    // White space may be added in many places.
    assert!(counted > mail.len(), "{counted}");
}

/// What the rules read in a mail, without its white space.
fn words(raw: &[u8]) -> Vec<String> {
    let message = MessageParser::new().parse(raw).unwrap();
    let from = message
        .from()
        .and_then(|from| from.first())
        .and_then(|from| from.address());
    [
        from.unwrap_or_default().to_owned(),
        message.subject().unwrap_or_default().to_owned(),
        message.date().map(|date| date.to_rfc3339()).unwrap_or_default(),
        message.body_text(0).unwrap_or_default().into_owned(),
    ]
    .map(|text| text.chars().filter(|c| !c.is_whitespace()).collect())
    .into()
}

#[tokio::test]
async fn what_a_stranger_can_make_us_do_is_bounded() {
    let key = Key::generate();
    let dns = Dns::start(vec![("test._domainkey.arlo.com", key.published())]).await;
    let genuine = signed(&key.signer("arlo.com"), MAIL);
    // The author's signature is checked though a hundred others stand above it.
    let mut crowded = String::new();
    for number in 0..100 {
        crowded += &key
            .signer(&format!("d{number}.example"))
            .sign(MAIL.as_bytes())
            .unwrap()
            .to_header();
    }
    crowded += &genuine;
    assert_eq!(domains(&dns, &crowded).await, ["arlo.com"]);
    let mut asked = dns.asked();
    asked.dedup();
    assert_eq!(asked.len(), 10, "{asked:?}");

    let many_fields = "X-Field: x\r\n".repeat(1000) + &genuine;
    assert_eq!(domains(&dns, &many_fields).await, NONE);
    let too_long = genuine.clone() + &"x".repeat(MAX_MESSAGE);
    assert_eq!(domains(&dns, &too_long).await, NONE);
    let many_signed = "X-Field: x\r\n".repeat(150) + MAIL;
    let many_signed = signed(&key.signer_of("arlo.com", &["From", "X-Field"]), &many_signed);
    assert_eq!(domains(&dns, &many_signed).await, NONE);
}

/// Signed with OpenSSL, the mail of [`MAIL`] without its Content-Type.
#[tokio::test]
async fn weak_keys_sha1_and_expired_signatures_do_not_count() {
    let rest = "From: Arlo <do_not_reply@arlo.com>\r\nTo: casey@example.org\r\nSubject: Hello\r\n\
        Date: Sat, 21 Nov 2026 22:00:00 +0000\r\n\r\nGood morning.\r\n";
    for (algorithm, times, body_hash, signature, public, expected) in [
        (
            "rsa-sha256",
            "",
            "dP9xRVqwqmeK4n5FQWfjkd4qfDwxNHK+ro6oyaqGbSE=",
            "nxwmrefOa8Ge4pffXOjpw2ceDqYcpXITkUO+w7pKeO+din++3rz/9+ePahM9KXDZpzk5Oel1Zeu52k69s4Wu1wQf3946K6jddwGQeqeUjQha\
             xWDIQq5AXqKGaj2QIt1CjqadVxExGIOo/F1BTva3PYrYgd9oraNIo4upCsK+jgw=",
            "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCf+RncanMmKCSFZOAAMdl/Jr9LVmFQi1UHGGE09wvfAR/Qy2pHemLveCIUxym4gveWdEaP\
             fqGTvgA0N57iBLVQVQrPvROdshFkapgZIP/SAI06dKx8E/QOwM6clZH/lEPyYehf0nmd9p8mZZgYkiuIuj7AL6huRrIQ0McMM7KIhwIDAQAB",
            &["arlo.com"][..],
        ),
        (
            "rsa-sha256",
            "",
            "dP9xRVqwqmeK4n5FQWfjkd4qfDwxNHK+ro6oyaqGbSE=",
            "MJUePIkHtMIXQZpe3V15iFxz3qgmkoBCHvJsVxQugvFKys+GfNV9G7b5op+dPdtRbV5qJq3IKhnqm6qGcGumvEfBc+CYL5IjqQmLjbGX+4cu\
             wSBkd0qBHgQAdwsfvGhZ",
            "MHwwDQYJKoZIhvcNAQEBBQADawAwaAJhAJzgDt5ozpqSJTNz4BbsoZymJR52wmeXe+FcdeHTw5gLjkSarILcagha67GzdGqXB5MEHRGJjFsv\
             dDooV0l0bCTAwJl/ZJo01ouWU0TtI1rnkrJCeL38d00F/Pqc9YO1LwIDAQAB",
            &[],
        ),
        (
            "rsa-sha1",
            "",
            "Z9kNPncKHK6mpfPsL1Ey8V8U3jQ=",
            "uTu9NouFyWcVF5qg748fWx29NmI5i1tLGO3jRHy15TEzvTtDyoCqMGcUUpZZwU1PMoTGbhY+xO3wXNGU4qBVieS3B/2PQ3PmCtYnRmK7f69T\
             TJKoOMkB+V9glVgCWgDVGWHnkS9Hx/01BtLm7JKDVyCk+nfasrh9FKSraWMM0C4=",
            "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDLVEajNJKfB2VQIKWZLrN3IICbL72pY2Smow2qnEbLXXrE4Dy+sWNMPZUJ3LVr8HM76407\
             XPplPMAy9PgxaXuv/BS8Bgm3SBEdAV0RbRrVr7KIEw0K47YWBiEgFmanq1JJWrSxeCHNEZYwCF9oqiTMjYl4x6u2hIT0+F4JHsRgpwIDAQAB",
            &[],
        ),
        (
            "rsa-sha256",
            " t=999999999; x=1000000000;",
            "dP9xRVqwqmeK4n5FQWfjkd4qfDwxNHK+ro6oyaqGbSE=",
            "CoXEWWyGU4muIBqRWv+OkgzBaOJteuvhtkhPE8q6NAOKDp8zAoqxwLmQ+18cmQdN7RTcgxzCFsCDaZ5gaxKeODG078Q/gZWk5Ntc2+7WyOzi\
             JEoN/5j/IyzGBqUmPQKbfD6pP61Ic42JbUl2mTEacEG/rbleuVJscjEqdf44JEo=",
            "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDMi3tJQ12cJWrEKQV7/nP09+zivbaNdPOX0ti2YcsOiw46aC8ykQfGZF9K7870NAUYPZpc\
             1M4uWif7ogaKhlfgqUZ0BzbguSKXyvWdx01PSs15q2y+z0kFWIdig8OLoOUbm/X9oYsmdbsqOrEk+DhBKFI//LYqsataomyuKkLAtQIDAQAB",
            &[],
        ),
    ] {
        let record = Record::Txt(format!("v=DKIM1; k=rsa; p={public}"));
        let dns = Dns::start(vec![("test._domainkey.arlo.com", record)]).await;
        let mail = format!(
            "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d=arlo.com; s=test; h=From:To:Subject:Date;{times} \
             bh={body_hash}; b={signature}\r\n{rest}"
        );
        assert_eq!(
            domains(&dns, &mail).await,
            expected,
            "{algorithm}{times}, {} digits",
            signature.len()
        );
    }
}

/// RFC 8463 appendix A.
#[tokio::test]
async fn the_rfcs_own_example_verifies() {
    let mail = include_str!("rfc8463.txt").replace('\n', "\r\n");
    let ed25519 = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let rsa = "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY\
        /J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l\
        /K4w3QIDAQAB";
    for (selector, record) in [("brisbane", ed25519), ("test", rsa)] {
        let name = format!("{selector}._domainkey.football.example.com");
        let dns = Dns::start(vec![(&name, Record::Txt(record.to_owned()))]).await;
        assert_eq!(domains(&dns, &mail).await, ["football.example.com"], "{selector}");
    }
}
