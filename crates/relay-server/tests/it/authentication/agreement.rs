//! What is proven of a mail, and what is read of it, is the same.

use arlo_mail::{Content, Senders};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use relay_server::authentication::Authenticator;

use super::{CLIENT, ask};
use crate::dns::Dns;
use crate::signed::{Key, MAIL, signed};

/// What the rules read in a mail, as far as it decides anything.
#[derive(Debug, PartialEq)]
struct Said {
    content: Content,
    date: Option<jiff::Timestamp>,
    first_named: Option<String>,
    forwarded_by: Option<String>,
}

fn said(raw: &[u8]) -> Option<Said> {
    let mail = arlo_mail::read(raw, &Senders::default()).ok()?;
    Some(Said {
        content: mail.content,
        date: mail.date,
        first_named: mail.named.first().map(|account| account.as_str().to_owned()),
        forwarded_by: mail.forwarded_by.map(|account| account.as_str().to_owned()),
    })
}

async fn counts(authenticator: &Authenticator, raw: &[u8]) -> bool {
    let found = ask(authenticator, Some(CLIENT), None, raw).await.unwrap();
    !found.dkim.is_empty()
}

async fn published(key: &Key) -> Dns {
    Dns::start(vec![("test._domainkey.arlo.com", key.published())]).await
}

/// Every single-byte change of a signed mail: where the signature still counts, the rules still read the same.
#[tokio::test]
async fn no_single_change_goes_unseen() {
    let key = Key::generate();
    let dns = published(&key).await;
    let authenticator = dns.authenticator();
    let mail = signed(&key.signer("arlo.com"), MAIL).into_bytes();
    let expected = said(&mail);
    assert!(matches!(
        expected,
        Some(Said {
            content: Content::Code(_),
            ..
        })
    ));
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
                if counts(&authenticator, &changed).await {
                    counted += 1;
                    assert_eq!(said(&changed), expected, "{byte:?} at {at}: {}", changed.escape_ascii());
                }
            }
        }
    }
    // White space may be added in many places.
    assert!(counted > mail.len(), "{counted}");
}

/// Text that anybody may insert anywhere into a genuine mail.
fn inserted() -> impl Strategy<Value = Vec<u8>> {
    let lines = prop::sample::select(vec![
        "\r\n",
        "\n",
        "\r",
        "\r\n\r\n",
        " \r\n",
        "\t\n",
        "\n\n",
        "\0",
        "\u{feff}",
        "From x Mon Nov 23 2026\r\n",
        "To: mallory@evil.example\r\n",
        "to : mallory@evil.example\n",
        "From: mallory@evil.example\r\n",
        "Date: Sun, 22 Nov 2026 22:00:00 +0000\r\n",
        "Date:\r\n",
        "Subject: Your code is 111111\r\n",
        "Subject\r\n",
        "Content-Type: text/html\r\n",
        "Content-Type: message/rfc822\r\n",
        "Content-Transfer-Encoding: base64\r\n",
        "MIME-Version: 1.0\r\n",
        "X-Forwarded-For: mallory@evil.example\r\n",
        "no field\r\n",
        " folded: on\r\n",
        "DKIM-Signature: v=1; a=ed25519-sha256; d=arlo.com; s=test; h=From:To:Date; bh=eA==; b=eA==\r\n",
        "Your code is:\r\n\r\n111111\r\n",
        ":",
        "=",
        ";",
        "<!--",
        "--x\r\n",
    ]);
    prop_oneof![
        lines.prop_map(|line| line.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ]
}

/// Several changes at once, anywhere: cut, insert, move.
#[test]
fn no_change_goes_unseen() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let key = Key::generate();
    let dns = runtime.block_on(published(&key));
    let authenticator = dns.authenticator();
    let mail = signed(&key.signer_of("arlo.com", &["From", "To", "Date", "Subject"]), MAIL).into_bytes();
    let expected = said(&mail).unwrap();
    let change = (any::<prop::sample::Index>(), 0..3_usize, inserted());
    let changes = prop::collection::vec(change, 1..4);
    let mut runner = TestRunner::new(Config {
        cases: 3000,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&changes, |changes| {
        let mut changed = mail.clone();
        for (at, cut, insert) in changes {
            let at = at.index(changed.len() + 1);
            let end = (at + cut).min(changed.len());
            changed.splice(at..end, insert);
        }
        if runtime.block_on(counts(&authenticator, &changed)) {
            let read = said(&changed).unwrap();
            prop_assert_eq!(read.date, expected.date);
            prop_assert_eq!(&read.first_named, &expected.first_named);
            prop_assert_eq!(&read.forwarded_by, &expected.forwarded_by);
            // A field that is not signed may hide the code, or make the body something else: never another code.
            let is_same = read.content == expected.content;
            prop_assert!(
                is_same || matches!(read.content, Content::NoCode),
                "{}",
                changed.escape_ascii()
            );
        }
        Ok(())
    });
    outcome.unwrap();
}

/// Any bytes: nothing panics, and nothing counts that was not signed.
#[test]
fn any_bytes_prove_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let key = Key::generate();
    let dns = runtime.block_on(published(&key));
    let authenticator = dns.authenticator();
    let mut runner = TestRunner::new(Config {
        cases: 500,
        failure_persistence: None,
        ..Config::default()
    });
    let bytes = prop::collection::vec(prop_oneof![any::<u8>().prop_map(|byte| vec![byte]), inserted()], 0..60);
    let outcome = runner.run(&bytes, |bytes| {
        prop_assert!(!runtime.block_on(counts(&authenticator, &bytes.concat())));
        Ok(())
    });
    outcome.unwrap();
}
