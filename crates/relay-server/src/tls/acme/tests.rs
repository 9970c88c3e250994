//! When a certificate is asked for, and what is kept. `tests/acme` has the whole story.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

fn settings(domain: &str) -> Settings {
    Settings {
        domains: vec![Domain::parse(domain).unwrap()],
        contact: None,
        // Nobody listens there.
        directory: "https://127.0.0.1:1/directory".to_owned(),
        roots: None,
    }
}

fn issued() -> Issued {
    let made = rcgen::generate_simple_self_signed(["relay.example".to_owned()]).unwrap();
    serde_json::from_value(serde_json::json!({ "chain": made.cert.pem(), "key": made.signing_key.serialize_pem() }))
        .unwrap()
}

#[test]
fn pauses_grow_and_have_an_end() {
    let minutes = |failures| back_off(failures).as_secs() / 60;
    assert_eq!([1, 2, 3, 4, 7, 8, 100].map(minutes), [5, 10, 20, 40, 320, 360, 360]);
}

#[test]
fn it_is_due_when_a_third_is_left_or_there_is_none() {
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    assert_eq!(due_in(None, now), Duration::ZERO);
    assert_eq!(due_in(Some(now), now), Duration::ZERO);
    assert_eq!(due_in(Some(now - Duration::from_secs(9)), now), Duration::ZERO);
    assert_eq!(due_in(Some(now + Duration::from_secs(9)), now), Duration::from_secs(9));
}

#[test]
fn what_is_kept_is_used_for_the_same_names_at_the_same_authority() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("acme");
    let open = |settings| {
        let identity = Identity::default();
        Acme::open(settings, &path, &identity).unwrap();
        identity.is_ready()
    };
    assert!(!open(settings("relay.example")));
    let kept = KeptCertificate {
        directory: settings("relay.example").directory,
        domains: vec!["relay.example".to_owned()],
        issued: issued(),
    };
    Cache::open(&path).unwrap().write(CERTIFICATE, &kept).unwrap();
    assert!(open(settings("relay.example")));
    assert!(!open(settings("other.example")));
    let elsewhere = Settings {
        directory: "https://127.0.0.1:2/directory".to_owned(),
        ..settings("relay.example")
    };
    assert!(!open(elsewhere));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&path.join(CERTIFICATE))), (0o700, 0o600));

    for broken in ["", "{}", "{\"directory\":1}"] {
        fs::write(path.join(CERTIFICATE), broken).unwrap();
        assert!(!open(settings("relay.example")), "{broken}");
    }
}

#[test]
fn what_cannot_be_asked_is_said_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing.pem");
    let empty = directory.path().join("empty.pem");
    fs::write(&empty, "").unwrap();
    for (url, roots, named) in [
        ("http://127.0.0.1/directory", None, "https://"),
        ("nowhere", None, "nowhere"),
        ("https://127.0.0.1/directory", Some(missing), "missing.pem"),
        ("https://127.0.0.1/directory", Some(empty), "empty.pem"),
    ] {
        let settings = Settings {
            directory: url.to_owned(),
            roots,
            ..settings("relay.example")
        };
        let error = Acme::open(settings, directory.path(), &Identity::default()).unwrap_err();
        assert!(error.to_string().contains(named), "{error}");
    }
}

#[tokio::test]
async fn an_authority_that_is_away_is_an_error_that_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let acme = Acme::open(settings("relay.example"), directory.path(), &Identity::default()).unwrap();
    let fault = acme.obtain().await.map(|_| ()).unwrap_err();
    let text = order::all_causes(&fault);
    assert!(!fault.is_about_account() && text.contains("127.0.0.1:1"), "{text}");
}
