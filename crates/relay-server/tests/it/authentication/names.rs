//! How many names, and whose, are looked up for one mail.

use super::{CLIENT, ask};
use crate::dns::{Dns, Record};
use crate::signed::{Key, MAIL, signed};

fn txt(text: &str) -> Record {
    Record::Txt(text.to_owned())
}

async fn asked(dns: &Dns, path: Option<&str>, mail: &str) -> Vec<String> {
    ask(&dns.authenticator(), Some(CLIENT), path, mail.as_bytes())
        .await
        .unwrap();
    let mut asked = dns.asked();
    asked.sort();
    asked.dedup();
    asked
}

const NONE: [&str; 0] = [];

#[tokio::test]
async fn strangers_have_nothing_looked_up() {
    let key = Key::generate();
    let dns = Dns::start(vec![(
        "attacker.example",
        txt("v=spf1 include:a.attacker.example mx a -all"),
    )])
    .await;
    // Other domains' signatures, a reverse-path that the mail does not name, ordinary mail.
    let signed_by_many = (0..100).fold(MAIL.to_owned(), |mail, number| {
        signed(&key.signer(&format!("d{number}.attacker.example")), &mail)
    });
    for (path, mail) in [
        (None, signed_by_many.as_str()),
        (Some("x@attacker.example"), MAIL),
        (Some("casey+caf_=x=y@attacker.example"), MAIL),
        (
            Some("x@attacker.example"),
            "From: y@attacker.example\r\nTo: arlo@relay.example\r\n\r\nHello.\r\n",
        ),
        (Some(""), MAIL),
    ] {
        assert_eq!(asked(&dns, path, mail).await, NONE, "{path:?}");
    }
}

#[tokio::test]
async fn four_names_are_looked_up_at_most() {
    let key = Key::generate();
    let deep: Vec<String> = (0..20)
        .map(|number| format!("v=spf1 include:n{}.example.org -all", number + 1))
        .collect();
    let names: Vec<String> = (0..20).map(|number| format!("n{number}.example.org")).collect();
    let mut records: Vec<(&str, Record)> = names
        .iter()
        .map(String::as_str)
        .zip(deep.iter().map(|text| txt(text)))
        .collect();
    records.extend([
        ("deep.example", txt("v=spf1 include:n0.example.org -all")),
        ("test._domainkey.arlo.com", key.published()),
        ("test._domainkey.deep.example", key.published()),
        (
            "wide.example",
            txt("v=spf1 a:a0.example a:a1.example a:a2.example a:a3.example a:a4.example +all"),
        ),
        (
            "helps.example",
            txt("v=spf1 exists:a.example exists:b.example exists:c.example mx ptr +all"),
        ),
    ]);
    let dns = Dns::start(records).await;
    let mail = |domain: &str| MAIL.replace("casey@example.org", &format!("casey@{domain}"));
    for domain in ["deep.example", "wide.example", "helps.example"] {
        let path = format!("casey@{domain}");
        let before = dns.asked().len();
        let found = ask(&dns.authenticator(), Some(CLIENT), Some(&path), mail(domain).as_bytes())
            .await
            .unwrap();
        // The answer that more names would have given does not count.
        assert!(!found.spf, "{domain}");
        let mut asked = dns.asked().split_off(before);
        asked.sort();
        asked.dedup();
        assert_eq!(asked.len(), 4, "{asked:?}");
        assert!(asked.contains(&domain.to_owned()));
    }
}

#[tokio::test]
async fn many_signatures_of_arlos_are_two() {
    let key = Key::generate();
    let dns = Dns::start(vec![("test._domainkey.arlo.com", key.published())]).await;
    let mail = signed(&key.signer("arlo.com"), MAIL);
    let head = mail.split_once("\r\nFrom:").unwrap().0.to_owned() + "\r\n";
    let others: String = (0..40)
        .map(|number| head.replace("s=test", &format!("s=s{number}")))
        .collect();
    // The lowest are the author's: who forwards a mail adds above.
    assert_eq!(
        asked(&dns, None, &(others + &mail)).await,
        ["s39._domainkey.arlo.com", "test._domainkey.arlo.com"]
    );
}

#[tokio::test]
async fn spf_is_not_asked_for_where_a_signature_proves_enough() {
    let key = Key::generate();
    let dns = Dns::start(vec![
        ("test._domainkey.arlo.com", key.published()),
        ("example.org", txt("v=spf1 ip4:192.0.2.1 -all")),
    ])
    .await;
    let mail = signed(&key.signer("arlo.com"), MAIL);
    let path = Some("casey@example.org");
    assert_eq!(asked(&dns, path, &mail).await, ["test._domainkey.arlo.com"]);
    let broken = mail + "A footer.\r\n";
    let found = ask(&dns.authenticator(), Some(CLIENT), path, broken.as_bytes())
        .await
        .unwrap();
    assert!(found.spf);
}

/// The policy of Gmail as it was published for many years: its second block of IPv4 addresses is the fourth name, and
/// IPv6 is within reach too, but not the third block, nor any of them beside two keys.
#[tokio::test]
async fn gmails_policy_is_within_reach() {
    let dns = Dns::start(vec![
        ("gmail.com", txt("v=spf1 redirect=_spf.google.com")),
        (
            "_spf.google.com",
            txt("v=spf1 include:_netblocks.google.com include:_netblocks2.google.com include:_netblocks3.google.com ~all"),
        ),
        ("_netblocks.google.com", txt("v=spf1 ip4:209.85.128.0/17 ~all")),
        ("_netblocks2.google.com", txt("v=spf1 ip6:2607:f8b0:4000::/36 ~all")),
        ("_netblocks3.google.com", txt("v=spf1 ip4:172.217.0.0/19 ~all")),
    ])
    .await;
    let mail = MAIL.replace("casey@example.org", "casey@gmail.com");
    let path = Some("casey+caf_=arlo=relay.example@gmail.com");
    for (client, expected) in [
        ("209.85.210.172", true),
        ("2607:f8b0:4000::1", true),
        ("172.217.0.1", false),
    ] {
        let found = ask(
            &dns.authenticator(),
            Some(client.parse().unwrap()),
            path,
            mail.as_bytes(),
        )
        .await
        .unwrap();
        assert_eq!(found.spf, expected, "{client}");
    }
}
