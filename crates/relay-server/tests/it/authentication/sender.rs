//! SPF.

use std::net::IpAddr;
use std::time::Duration;

use relay_server::authentication::Network;

use super::ask;
use crate::dns::{Dns, Record};

fn txt(text: &str) -> Record {
    Record::Txt(text.to_owned())
}

/// A mail that names this account.
fn mail(to: &str) -> String {
    format!("From: x@other.example\r\nTo: {to}\r\n\r\nHello.\r\n")
}

async fn spf(dns: &Dns, client: &str, path: Option<&str>) -> bool {
    let client: IpAddr = client.parse().unwrap();
    let mail = mail(path.unwrap_or_default());
    let found = ask(&dns.authenticator(), Some(client), path, mail.as_bytes())
        .await
        .unwrap();
    assert_eq!(found.dkim, Vec::<String>::new());
    found.spf
}

#[tokio::test]
async fn only_a_pass_is_one() {
    let dns = Dns::start(vec![
        (
            "strict.example",
            txt("v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 a:mx.strict.example -all"),
        ),
        ("mx.strict.example", Record::A("198.51.100.7".parse().unwrap())),
        ("soft.example", txt("v=spf1 ip4:192.0.2.0/24 ~all")),
        ("neutral.example", txt("v=spf1 ?all")),
        ("broken.example", txt("v=spf1 nonsense:x -all")),
        ("other.example", txt("no policy at all")),
        ("xn--bcher-kva.example", txt("v=spf1 ip4:192.0.2.0/24 -all")),
        ("fails.example", Record::Fails),
        ("partly.example", txt("v=spf1 include:fails.example -all")),
    ])
    .await;
    for (client, path, expected) in [
        ("192.0.2.9", "casey@strict.example", true),
        ("192.0.2.9", "casey@STRICT.example.", true),
        ("::ffff:192.0.2.9", "casey@strict.example", true),
        ("2001:db8::9", "casey@strict.example", true),
        ("198.51.100.7", "casey@strict.example", true),
        ("::ffff:198.51.100.7", "casey@strict.example", true),
        ("203.0.113.1", "casey@strict.example", false),
        ("192.0.2.9", "casey@soft.example", true),
        ("203.0.113.1", "casey@soft.example", false),
        ("192.0.2.9", "casey@neutral.example", false),
        ("192.0.2.9", "casey@broken.example", false),
        ("192.0.2.9", "casey@other.example", false),
        ("192.0.2.9", "casey@unknown.example", false),
        ("192.0.2.9", "casey@b\u{fc}cher.example", true),
        ("192.0.2.9", "casey@x.strict.example", false),
        // A name server that fails proves nothing, and puts nothing off.
        ("192.0.2.9", "casey@fails.example", false),
        ("192.0.2.9", "casey@partly.example", false),
        ("192.0.2.9", "casey", false),
        ("192.0.2.9", "casey@", false),
        ("192.0.2.9", "@", false),
    ] {
        assert_eq!(spf(&dns, client, Some(path)).await, expected, "{client} {path}");
    }
}

#[tokio::test]
async fn the_null_reverse_path_is_nobodys() {
    let dns = Dns::start(vec![("helo.example", txt("v=spf1 ip4:192.0.2.9 -all"))]).await;
    for path in [None, Some("")] {
        assert!(!spf(&dns, "192.0.2.9", path).await);
    }
    assert_eq!(dns.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn a_pass_deep_in_a_neutral_include_is_none() {
    let dns = Dns::start(vec![
        ("doubtful.example", txt("v=spf1 ?include:a.example -all")),
        ("certain.example", txt("v=spf1 include:a.example -all")),
        ("a.example", txt("v=spf1 include:b.example -all")),
        ("b.example", txt("v=spf1 ip4:192.0.2.9 -all")),
    ])
    .await;
    assert!(!spf(&dns, "192.0.2.9", Some("casey@doubtful.example")).await);
    assert!(spf(&dns, "192.0.2.9", Some("casey@certain.example")).await);
}

#[tokio::test]
async fn a_name_server_that_is_silent_is_waited_for_no_longer_than_allowed() {
    let dns = Dns::start(vec![("silent.example", Record::Silent)]).await;
    let impatient = dns.authenticator().with_deadline(Duration::from_millis(50));
    let path = "casey@silent.example";
    let found = ask(
        &impatient,
        Some("192.0.2.9".parse().unwrap()),
        Some(path),
        mail(path).as_bytes(),
    )
    .await;
    assert!(!found.unwrap().spf);
}

#[tokio::test]
async fn of_ones_own_mail_server_nothing_is_said() {
    let dns = Dns::start(vec![("open.example", txt("v=spf1 +all"))]).await;
    let path = "casey@open.example";
    let mail = mail(path);
    let own = dns
        .authenticator()
        .with_mail_servers(&["192.0.2.0/28".parse::<Network>().unwrap()]);
    for (authenticator, client, expected) in [
        (dns.authenticator(), Some("203.0.113.1"), true),
        (dns.authenticator(), Some("127.0.0.1"), false),
        (dns.authenticator(), Some("::1"), false),
        (dns.authenticator(), Some("::ffff:127.0.0.1"), false),
        (dns.authenticator(), None, false),
        (own.clone(), Some("192.0.2.7"), false),
        (own.clone(), Some("::ffff:192.0.2.7"), false),
        (own.clone(), Some("192.0.2.77"), true),
        (own, Some("127.0.0.1"), false),
    ] {
        let client = client.map(|client| client.parse().unwrap());
        let found = ask(&authenticator, client, Some(path), mail.as_bytes()).await;
        assert_eq!(found.unwrap().spf, expected, "{client:?}");
    }
}
