//! SPF.

use std::net::IpAddr;
use std::time::Duration;

use relay_server::authentication::TemporaryFailure;

use crate::dns::{Dns, Record};

const MAIL: &[u8] = b"From: casey@example.org\r\n\r\nHello.\r\n";

fn txt(text: &str) -> Record {
    Record::Txt(text.to_owned())
}

async fn spf(dns: &Dns, client: &str, helo: &str, path: Option<&str>) -> Result<Option<String>, TemporaryFailure> {
    let client: IpAddr = client.parse().unwrap();
    let verdicts = dns.authenticator().verdicts(Some(client), helo, path, MAIL).await?;
    assert_eq!(verdicts.dkim, Vec::<String>::new());
    Ok(verdicts.spf)
}

#[tokio::test]
async fn only_a_pass_names_the_domain() {
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
    ])
    .await;
    for (client, path, expected) in [
        ("192.0.2.9", "casey@strict.example", Some("strict.example")),
        ("192.0.2.9", "casey@STRICT.example.", Some("strict.example")),
        ("::ffff:192.0.2.9", "casey@strict.example", Some("strict.example")),
        ("2001:db8::9", "casey@strict.example", Some("strict.example")),
        ("198.51.100.7", "casey@strict.example", Some("strict.example")),
        ("::ffff:198.51.100.7", "casey@strict.example", Some("strict.example")),
        ("203.0.113.1", "casey@strict.example", None),
        ("192.0.2.9", "casey@soft.example", Some("soft.example")),
        ("203.0.113.1", "casey@soft.example", None),
        ("192.0.2.9", "casey@neutral.example", None),
        ("192.0.2.9", "casey@broken.example", None),
        ("192.0.2.9", "casey@other.example", None),
        ("192.0.2.9", "casey@unknown.example", None),
        ("192.0.2.9", "casey@bücher.example", Some("xn--bcher-kva.example")),
        ("192.0.2.9", "casey", None),
        ("192.0.2.9", "casey@", None),
        ("192.0.2.9", "@", None),
    ] {
        let found = spf(&dns, client, "helo.example", Some(path)).await.unwrap();
        assert_eq!(found.as_deref(), expected, "{client} {path}");
    }
}

#[tokio::test]
async fn the_null_reverse_path_is_judged_by_helo() {
    let dns = Dns::start(vec![("mx.example", txt("v=spf1 ip4:192.0.2.9 -all"))]).await;
    for path in [None, Some("")] {
        let found = spf(&dns, "192.0.2.9", "MX.example", path).await.unwrap();
        assert_eq!(found.as_deref(), Some("mx.example"));
        assert_eq!(spf(&dns, "192.0.2.8", "mx.example", path).await.unwrap(), None);
        assert_eq!(spf(&dns, "192.0.2.9", "[192.0.2.9]", path).await.unwrap(), None);
        assert_eq!(spf(&dns, "192.0.2.9", "", path).await.unwrap(), None);
    }
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
    let found = spf(&dns, "192.0.2.9", "x.example", Some("casey@doubtful.example"))
        .await
        .unwrap();
    assert_eq!(found, None);
    let found = spf(&dns, "192.0.2.9", "x.example", Some("casey@certain.example"))
        .await
        .unwrap();
    assert_eq!(found.as_deref(), Some("certain.example"));
}

#[tokio::test]
async fn a_name_server_that_fails_is_temporary() {
    let dns = Dns::start(vec![
        ("fails.example", Record::Fails),
        ("silent.example", Record::Silent),
        ("partly.example", txt("v=spf1 include:fails.example -all")),
    ])
    .await;
    for path in ["casey@fails.example", "casey@partly.example"] {
        let found = spf(&dns, "192.0.2.9", "x.example", Some(path)).await;
        assert_eq!(found, Err(TemporaryFailure), "{path}");
    }
    let impatient = dns.authenticator().with_deadline(Duration::from_millis(50));
    let client = "192.0.2.9".parse().unwrap();
    let found = impatient
        .verdicts(Some(client), "x.example", Some("casey@silent.example"), MAIL)
        .await;
    assert_eq!(found, Err(TemporaryFailure));
}

#[tokio::test]
async fn of_an_unknown_client_nothing_is_said() {
    let dns = Dns::start(vec![
        ("open.example", txt("v=spf1 +all")),
        ("fails.example", Record::Fails),
    ])
    .await;
    let path = Some("casey@open.example");
    assert!(spf(&dns, "192.0.2.9", "x.example", path).await.unwrap().is_some());
    for path in ["casey@open.example", "casey@fails.example"] {
        let found = dns.authenticator().verdicts(None, "x.example", Some(path), MAIL).await;
        assert_eq!(found.unwrap().spf, None, "{path}");
    }
}
