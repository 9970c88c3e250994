//! What comes to a relay address and is no code, as its owner and the operator see it.

use crate::support::{Serving, arlo_mail, run};
use serde_json::{Value, json};

const QUESTION: &str = "From: Post <care@post.example>\r\nSubject: Allow forwarding?\r\n\r\n\
                        robin@post.example would like to pass mail on to you.\r\n\
                        To allow it: https://post.example/allow/7f3c\r\n";

fn status(serving: &Serving, enrolled: &Value) -> Value {
    let (account, token) = (
        enrolled["account"].as_str().unwrap(),
        enrolled["token"].as_str().unwrap(),
    );
    let (status, body) = serving.get(&format!("/status?email={account}&token={token}"));
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[test]
fn a_providers_question_is_shown_to_its_owner_and_to_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start(dir.path(), &[]);
    let robin = serving.enroll(dir.path(), "robin@post.example");
    let casey = serving.enroll(dir.path(), "casey@gmail.com");
    let relay_address = robin["relay_address"].as_str().unwrap();
    let list = |more: &[&str]| {
        let place = ["enroll", "--list", "--data-dir", dir.path().to_str().unwrap()];
        let ran = run(&[&place, more].concat());
        assert_eq!(ran.exit, 0, "{ran:?}");
        ran
    };
    assert!(!list(&[]).stdout.contains("Other mail"));

    serving.prestage(&robin);
    assert!(
        serving
            .send(relay_address, &arlo_mail("482913", "1"))
            .starts_with("250")
    );
    assert!(serving.send(relay_address, QUESTION).starts_with("250"));
    let links = json!([{ "url": "https://post.example/allow/7f3c", "host": "post.example" }]);
    let seen = status(&serving, &robin);
    let [kept] = &**seen["other_mail"].as_array().unwrap() else {
        panic!("{seen}")
    };
    assert_eq!(kept["sender"], "care@post.example");
    assert_eq!(kept["subject"], "Allow forwarding?");
    assert_eq!(kept["links"], links);
    assert!(kept["received_at"].is_string());
    assert_eq!(status(&serving, &casey).get("other_mail"), None);

    let listed = list(&["--json"]).json();
    let of_robin = &listed["enrolments"][0];
    assert_eq!(of_robin["other_mail"][0]["links"], links, "{listed}");
    assert_eq!(of_robin["forwarding_confirmation"], Value::Null);
    let text = list(&[]).stdout;
    for part in [
        "care@post.example: Allow forwarding?",
        "post.example: https://post.example/allow/7f3c",
    ] {
        assert!(text.contains(part), "{text}");
    }

    let log = serving.stop();
    for private in ["care@post", "Allow", "7f3c"] {
        assert!(!log.stderr.contains(private), "{}", log.stderr);
    }
}

#[test]
fn where_anybody_may_enrol_a_strangers_link_is_not_kept() {
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start(dir.path(), &["--registration", "open"]);
    let robin = serving.enroll(dir.path(), "robin@post.example");
    let relay_address = robin["relay_address"].as_str().unwrap();
    assert!(serving.send(relay_address, QUESTION).starts_with("250"));
    let listed = QUESTION.replace("https://post.example", "https://mail.zoho.eu");
    assert!(serving.send(relay_address, &listed).starts_with("250"));
    let seen = status(&serving, &robin);
    let host = "mail.zoho.eu";
    assert_eq!(
        seen["other_mail"][0]["links"],
        json!([{ "url": "https://mail.zoho.eu/allow/7f3c", "host": host }])
    );
    assert_eq!(seen["other_mail"][1]["subject"], "Allow forwarding?");
    assert_eq!(seen["other_mail"][1]["links"], json!([]));
}
