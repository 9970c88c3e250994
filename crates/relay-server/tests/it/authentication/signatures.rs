//! DKIM.

use std::time::Duration;

use relay::ports::PortError;
use relay_server::authentication::{Authenticator, NameServers};

use super::{CLIENT, Found, ask};
use crate::dns::{Dns, Record};
use crate::signed::{Key, MAIL, signed};

async fn found(dns: &Dns, raw: &str) -> Result<Found, PortError> {
    ask(&dns.authenticator(), Some(CLIENT), None, raw.as_bytes()).await
}

async fn domains(dns: &Dns, raw: &str) -> Vec<String> {
    found(dns, raw).await.unwrap().dkim
}

const NONE: [&str; 0] = [];

async fn arlos(key: &Key) -> Dns {
    Dns::start(vec![("test._domainkey.arlo.com", key.published())]).await
}

#[tokio::test]
async fn a_signature_of_arlos_verifies() {
    let key = Key::generate();
    let dns = arlos(&key).await;
    let mail = signed(&key.signer("arlo.com"), MAIL);
    assert_eq!(domains(&dns, &mail).await, ["arlo.com"]);
    let twice = signed(&key.signer("ARLO.com"), &mail);
    assert_eq!(domains(&dns, &twice).await, ["arlo.com", "arlo.com"]);
    assert_eq!(domains(&dns, &mail.replace("\r\n", "\n")).await, ["arlo.com"]);
    assert_eq!(domains(&dns, MAIL).await, NONE);
    assert_eq!(domains(&dns, "").await, NONE);
    assert_eq!(domains(&dns, "no header\r\n").await, NONE);
}

#[tokio::test]
async fn what_is_changed_on_the_way_is_not_vouched_for() {
    let key = Key::generate();
    let dns = arlos(&key).await;
    let mail = signed(&key.signer("arlo.com"), MAIL);
    for (from, to) in [
        ("467266", "111111"),
        ("467266\r\n", "467266\r\nAnd more.\r\n"),
        ("Subject: Hello", "Subject: Hullo"),
        ("To: casey", "To: robin"),
        ("21 Nov", "22 Nov"),
        ("d=arlo.com", "d=evil.example"),
    ] {
        assert!(mail.contains(from));
        assert_eq!(domains(&dns, &mail.replacen(from, to, 1)).await, NONE, "{to}");
    }
    // A field that is not signed may be added.
    assert_eq!(domains(&dns, &format!("X-Added: yes\r\n{mail}")).await, ["arlo.com"]);
}

#[tokio::test]
async fn what_spoils_every_signature_is_not_even_looked_up() {
    let key = Key::generate();
    let dns = arlos(&key).await;
    let mail = signed(&key.signer("arlo.com"), MAIL);
    for added in [
        "From: evil@evil.example",
        "FROM : evil@evil.example",
        "Fr om: evil@evil.example",
        "Subject: Other",
        "Date: Sun, 22 Nov 2026 22:00:00 +0000",
        "Content-Type: text/html",
        "To: robin@example.org",
        ">From robin Sat Nov 21 2026",
    ] {
        assert_eq!(domains(&dns, &format!("{added}\r\n{mail}")).await, NONE, "{added}");
        let below = mail.replacen("\r\n\r\n", &format!("\r\n{added}\r\n\r\n"), 1);
        assert_eq!(domains(&dns, &below).await, NONE, "{added}");
    }
    for before in ["\u{feff}", "\r\n", "From x Mon Nov 23 2026\r\n"] {
        assert_eq!(domains(&dns, &format!("{before}{mail}")).await, NONE, "{before:?}");
    }
    let bare = mail.replacen("code is:\r\n", "code is:\r", 1);
    assert_eq!(domains(&dns, &bare).await, NONE);
    assert_eq!(dns.asked(), NONE);
}

#[tokio::test]
async fn a_signature_covers_what_names_the_account_or_nothing() {
    let key = Key::generate();
    let dns = arlos(&key).await;
    for (fields, expected) in [
        (&["From", "To", "Date"][..], &["arlo.com"][..]),
        (&["To", "Subject", "Date"], &[]),
        (&["From", "Subject", "Date"], &[]),
        (&["From", "To", "Subject"], &[]),
    ] {
        let mail = signed(&key.signer_of("arlo.com", fields), MAIL);
        assert_eq!(domains(&dns, &mail).await, expected, "{fields:?}");
    }
    // A part of the body is not enough.
    let mail = signed(&key.signer("arlo.com").body_length(true), MAIL);
    assert!(mail.contains("l="));
    assert_eq!(domains(&dns, &mail).await, NONE);
    assert_eq!(domains(&dns, &(mail + "Appended.\r\n")).await, NONE);
    let empty = MAIL.split_once("Your").unwrap().0;
    let mail = signed(&key.signer("arlo.com"), empty).replacen("v=1;", "v=1; l=0;", 1);
    assert_eq!(domains(&dns, &(mail + "Appended.\r\n")).await, NONE);
    assert_eq!(dns.asked().len(), 1);
}

#[tokio::test]
async fn a_key_that_is_being_tried_out_proves_nothing() {
    let key = Key::generate();
    for (flags, expected) in [("t=s", &["arlo.com"][..]), ("t=y", &[]), ("t=s:y", &[]), ("t=y:s", &[])] {
        let record = key.record.replace("v=DKIM1;", &format!("v=DKIM1; {flags};"));
        let dns = Dns::start(vec![("test._domainkey.arlo.com", Record::Txt(record))]).await;
        let mail = signed(&key.signer("arlo.com"), MAIL);
        assert_eq!(domains(&dns, &mail).await, expected, "{flags}");
    }
}

#[tokio::test]
async fn a_signature_that_will_expire_counts_until_then() {
    let key = Key::generate();
    let dns = arlos(&key).await;
    let fresh = signed(&key.signer("arlo.com").expiration(3600), MAIL);
    assert_eq!(domains(&dns, &fresh).await, ["arlo.com"]);
}

#[tokio::test]
async fn a_domain_answers_for_its_own_author_alone() {
    let (arlo, other) = (Key::generate(), Key::generate());
    let dns = Dns::start(vec![
        ("test._domainkey.arlo.com", arlo.published()),
        ("test._domainkey.example.org", other.published()),
        ("test._domainkey.mail.arlo.com", other.published()),
        ("test._domainkey.mail.example.org", other.published()),
        ("test._domainkey.xn--bcher-kva.example", other.published()),
    ])
    .await;
    let by = |author: &str| MAIL.replace("Arlo <do_not_reply@arlo.com>", author);
    for (key, domain, mail, expected) in [
        (&other, "example.org", by("casey@example.org"), &["example.org"][..]),
        (
            &other,
            "xn--bcher-kva.example",
            by("casey@b\u{fc}cher.example"),
            &["xn--bcher-kva.example"],
        ),
        // Another's mail, a domain above or below, another's key, nobody's key.
        (&other, "example.org", by("casey@example.net"), &[]),
        (&other, "example.org", by("do_not_reply@arlo.com"), &[]),
        (&other, "mail.example.org", by("casey@example.org"), &[]),
        (&other, "mail.arlo.com", MAIL.to_owned(), &[]),
        (&other, "arlo.com", MAIL.to_owned(), &[]),
        (&arlo, "nokey.example", by("casey@nokey.example"), &[]),
    ] {
        assert_eq!(
            domains(&dns, &signed(&key.signer(domain), &mail)).await,
            expected,
            "{domain} {mail}"
        );
    }
    let both = signed(&other.signer("example.net"), &signed(&arlo.signer("arlo.com"), MAIL));
    assert_eq!(domains(&dns, &both).await, ["arlo.com"]);
}

#[tokio::test]
async fn only_arlos_own_name_server_puts_its_mail_off() {
    let key = Key::generate();
    let dns = Dns::start(vec![
        ("test._domainkey.arlo.com", Record::Fails),
        ("test._domainkey.fails.example", Record::Fails),
    ])
    .await;
    let mail = signed(&key.signer("arlo.com"), MAIL);
    assert!(found(&dns, &mail).await.unwrap_err().is_retryable());
    // It does not say that it is Arlo's.
    let by_another = signed(
        &key.signer("arlo.com"),
        &MAIL.replace("do_not_reply@arlo.com", "x@arlo.com"),
    );
    assert_eq!(found(&dns, &by_another).await.unwrap(), Found::default());
    let elsewhere = MAIL.replace("Arlo <do_not_reply@arlo.com>", "casey@fails.example");
    let elsewhere = signed(&key.signer("fails.example"), &elsewhere);
    assert_eq!(found(&dns, &elsewhere).await.unwrap(), Found::default());
    // The body is not the one that was signed: another try would change nothing.
    assert_eq!(found(&dns, &(mail + "More.\r\n")).await.unwrap(), Found::default());
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
    assert!(ask(&authenticator, Some(CLIENT), None, mail.as_bytes()).await.is_err());
    // Nothing to look up, nothing to wait for.
    let found = ask(&authenticator, Some(CLIENT), None, MAIL.as_bytes()).await;
    assert_eq!(found.unwrap(), Found::default());
    assert!(Authenticator::new(&NameServers::Addresses(vec![])).is_err());
    // A machine without any still starts.
    assert!(Authenticator::new(&NameServers::System).is_ok());
}

/// Mail that ended the process, or used a core for minutes, when a parser of whole mails was used here.
#[tokio::test]
async fn no_structure_of_a_mail_is_taken_apart() {
    let key = Key::generate();
    let dns = arlos(&key).await;
    let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(30_000);
    let endless = "Content-Type: multipart/mixed; boundary=never\r\n\r\n--x\r\n".repeat(18_000);
    for body in [nested, endless] {
        let head = MAIL.replace(
            "Content-Type: text/plain\r\n\r\n",
            "Content-Type: message/rfc822\r\n\r\n",
        );
        let mail = signed(&key.signer("arlo.com"), &(head + &body));
        assert!(mail.len() < 1024 * 1024 + 4096);
        let found = domains(&dns, &mail).await;
        assert_eq!(
            found.is_empty(),
            mail.len() > arlo_mail::limits::MAX_READ,
            "{}",
            mail.len()
        );
    }
}

/// Signed with OpenSSL, a mail of Arlo's.
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
