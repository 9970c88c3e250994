//! `extract`: each kind of mail, each form of output, and what is no mail.

use crate::support::{arlo_mail, run, run_with};
use serde_json::json;

const CONFIRMATION: &str = "From: Gmail Team <forwarding-noreply@google.com>\r\nTo: x@relay.example\r\n\
    Subject: (#123456789) Gmail Forwarding Confirmation - Receive Mail from casey@gmail.com\r\n\r\n\
    casey@gmail.com has requested to automatically forward mail to your email address x@relay.example.\r\n\
    Confirmation code: 123456789\r\n\r\nhttps://mail-settings.google.com/mail/vf-%5Babc%5D-def\r\n\r\n\
    If you do not, https://mail-settings.google.com/mail/uf-%5Babc%5D-def\r\n";

#[test]
fn a_code_from_standard_input_and_from_a_file() {
    let mail = arlo_mail("012345", "1");
    let expected = json!({ "kind": "code", "code": "012345", "account": "casey@gmail.com" });
    for arguments in [&["extract", "--json"][..], &["extract", "-", "--json"]] {
        let ran = run_with(arguments, mail.as_bytes());
        assert_eq!((ran.exit, ran.json(), ran.stderr.as_str()), (0, expected.clone(), ""));
    }

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &mail).unwrap();
    let ran = run(&["extract", file.path().to_str().unwrap(), "--json"]);
    assert_eq!((ran.exit, ran.json()), (0, expected));
    let ran = run(&["extract", file.path().to_str().unwrap()]);
    assert_eq!(
        ran.stdout,
        "kind              code\ncode              012345\naccount           casey@gmail.com\n"
    );
}

#[test]
fn a_forwarding_confirmation() {
    let ran = run_with(&["extract", "--json"], CONFIRMATION.as_bytes());
    assert_eq!(ran.exit, 0);
    assert_eq!(
        ran.json(),
        json!({
            "kind": "forwarding-confirmation",
            "provider": "gmail",
            "account": "casey@gmail.com",
            "confirmation_code": "123456789",
            "link": "https://mail-settings.google.com/mail/vf-%5Babc%5D-def",
        })
    );
}

#[test]
fn any_other_mail_is_other_and_standard_error_says_why() {
    let doubled = arlo_mail("111111 </h1><h1> 222222", "1");
    for (mail, why) in [
        (
            "From: a@b.example\r\nSubject: x\r\n\r\n482913\r\n",
            "not from an Arlo sender",
        ),
        (
            "From: do_not_reply@arlo.com\r\nSubject: Your order\r\n\r\nThank you for your order.\r\n",
            "no code in it",
        ),
        (doubled.as_str(), "none is taken"),
    ] {
        let ran = run_with(&["extract", "--json"], mail.as_bytes());
        assert_eq!((ran.exit, ran.json()), (0, json!({ "kind": "other" })), "{mail}");
        assert!(ran.stderr.contains(why), "{ran:?}");
    }
}

#[test]
fn another_sender_counts_if_told() {
    let mail = arlo_mail("482913", "1").replace("do_not_reply@arlo.com", "x1@icloud.example");
    assert_eq!(
        run_with(&["extract", "--json"], mail.as_bytes()).json()["kind"],
        "other"
    );
    let ran = run_with(&["extract", "--json", "--sender", "x1@ICLOUD.example"], mail.as_bytes());
    assert_eq!(ran.json()["code"], "482913");
}

#[test]
fn what_is_no_mail_exits_1() {
    let huge = "not a mail ".repeat(10 * 1024 * 1024);
    for input in ["", "\r\n\r\n", "\0\0\0", "hello", "PK\x03\x04", huge.as_str()] {
        let ran = run_with(&["extract", "--json"], input.as_bytes());
        assert_eq!(ran.exit, 1, "{:?}", input.get(..20));
        assert!(ran.json()["error"].as_str().unwrap().contains("not a mail"));
        assert!(ran.stderr.starts_with("error: this is not a mail"));
        let ran = run_with(&["extract"], input.as_bytes());
        assert_eq!((ran.exit, ran.stdout.as_str()), (1, ""));
    }
    let ran = run(&["extract", "/nowhere/mail.eml"]);
    assert_eq!(ran.exit, 1);
    assert!(ran.stderr.contains("/nowhere/mail.eml"), "{ran:?}");
}

#[test]
fn hostile_mails_have_a_defined_answer() {
    let head = "From: do_not_reply@arlo.com\r\nSubject: x\r\n";
    let bomb: String = (0..3000)
        .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"))
        .collect();
    for mail in [
        format!("{head}X-Long: {}\r\n\r\n467266\r\n", "x".repeat(1024 * 1024)),
        format!("{head}{bomb}"),
        format!("{head}Content-Transfer-Encoding: base64\r\n\r\nNDY3M\r\n"),
        format!("{head}\r\n\0\0 \0\r\n"),
        format!("{head}\r\n{}", "\r\n".repeat(1024 * 1024)),
    ] {
        let ran = run_with(&["extract", "--json"], mail.as_bytes());
        assert_eq!((ran.exit, ran.json()), (0, json!({ "kind": "other" })));
    }
    // 100 MiB with the code at its top.
    let large = arlo_mail("467266", "1") + &"<p>filler</p>\r\n".repeat(7 * 1024 * 1024);
    let ran = run_with(&["extract", "--json"], large.as_bytes());
    assert_eq!((ran.exit, ran.json()["code"].as_str()), (0, Some("467266")));
}
