use axum::body::Body;
use axum::http::Method;
use bytes::Bytes;
use insta::assert_snapshot;

use crate::limits::{pieces, settle, spawn};
use crate::world::{JSON, STRANGE_TOKEN, World, request, send};

const MIB: usize = 1024 * 1024;
/// No mail of Arlo's: what it comes to is the same however it is handed in.
const MAIL: &str = "From: robin@example.org\r\nSubject: hello\r\n\r\nNo code here.\r\n";
const ARLOS_MAIL: &str = "From: Arlo <do_not_reply@arlo.com>\r\nTo: casey@example.org\r\nMessage-ID: <1@arlo.com>\r\n\
    Date: Fri, 15 Jan 2027 08:00:00 +0000\r\nSubject: Your one-time authentication code from Arlo\r\n\r\n\
    Your Arlo one-time authentication code is:\r\n\r\n012345\r\n";

fn part(disposition: &str, content: &str) -> String {
    format!("--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n")
}

fn form(parts: &[String]) -> String {
    parts.concat() + "--b--\r\n"
}

const MULTIPART: &[(&str, &str)] = &[("content-type", "multipart/form-data; boundary=b")];

#[tokio::test(start_paused = true)]
async fn a_mail_comes_as_a_form_or_as_it_is() {
    let world = World::new().await;
    let uri = format!("/mail?token={}", world.token);
    let raw = |content_type| vec![("content-type", content_type)];
    for (headers, body) in [
        (
            MULTIPART.to_vec(),
            form(&[part(r#"name="file"; filename="email.txt""#, MAIL)]),
        ),
        (MULTIPART.to_vec(), form(&[part(r#"name="file""#, MAIL)])),
        (
            MULTIPART.to_vec(),
            form(&[
                part(r#"name="note""#, "x"),
                part(r#"name="upload"; filename="a.eml""#, MAIL),
            ]),
        ),
        (raw("message/rfc822"), MAIL.to_owned()),
        (raw("text/plain; charset=utf-8"), MAIL.to_owned()),
        (raw("application/octet-stream"), MAIL.to_owned()),
        (vec![], MAIL.to_owned()),
    ] {
        let answer = world.post(&uri, &headers, body).await;
        assert_eq!(
            answer.body, r#"{"meta":{"code":200},"data":{"success":true,"result":"not-from-arlo"}}"#,
            "{headers:?}"
        );
    }
    let by_path = world
        .post(&format!("/mail/{}", world.token), &raw("message/rfc822"), MAIL)
        .await;
    assert_eq!(by_path.json()["data"]["success"], true);
}

#[tokio::test(start_paused = true)]
async fn arlos_mail_ends_the_login_once() {
    let world = World::new().await;
    let poll = world.prestaged().await;
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    let later = world.prestaged().await;
    let uri = format!("/mail?token={}", world.token);
    let file = form(&[part(r#"name="file"; filename="email.txt""#, ARLOS_MAIL)]);
    let first = world.post(&uri, MULTIPART, file).await;
    assert_eq!(first.json()["data"]["result"], "code-delivered");
    let again = world
        .post(&uri, &[("content-type", "message/rfc822")], ARLOS_MAIL)
        .await;
    assert_eq!(again.json()["data"]["result"], "duplicate");
    assert_eq!(world.get(&poll).await.json()["code"], "012345");
    assert_eq!(world.get(&later).await.json()["status"], "pending");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_replaced_while_the_mail_comes_ends_no_login() {
    let world = World::new().await;
    world.prestaged().await;
    let (sender, body) = pieces();
    let uri = format!("/mail?token={}", world.token);
    let coming = spawn(&world, request(Method::POST, &uri, &[], body));
    settle().await;
    let (token, _) = world.relay.enroller().replace_token(&world.id, None).await.unwrap();
    let prestage = format!("/prepare-arlo-mfa/{}", token.expose());
    let poll = world.post(&prestage, JSON, r#"{"email":"casey@example.org"}"#).await;
    sender.send(ARLOS_MAIL.into()).unwrap();
    drop(sender);
    let answer = coming.await.unwrap();
    assert_eq!(
        answer.json()["data"]["error"],
        "This token does not give access to this account."
    );
    let poll = poll.body.strip_prefix("https://relay.example/v1").unwrap();
    assert_eq!(world.get(poll).await.json()["status"], "pending");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_mail_is_named() {
    let world = World::new().await;
    let uri = format!("/mail?token={}", world.token);
    let file = |name: &str| part(&format!(r#"name="{name}"; filename="x""#), MAIL);
    let many: Vec<String> = (0..20).map(|n| part(&format!(r#"name="p{n}""#), "x")).collect();
    let mut errors = String::new();
    for (what, headers, body) in [
        ("empty", vec![], String::new()),
        ("an empty file", MULTIPART.to_vec(), form(&[part(r#"name="file""#, "")])),
        ("no file", MULTIPART.to_vec(), form(&[part(r#"name="note""#, MAIL)])),
        ("two files", MULTIPART.to_vec(), form(&[file("a"), file("b")])),
        ("twenty parts", MULTIPART.to_vec(), form(&many)),
        ("half a form", MULTIPART.to_vec(), part(r#"name="file""#, MAIL)),
        ("no form", MULTIPART.to_vec(), "hello".to_owned()),
        (
            "no boundary",
            vec![("content-type", "multipart/form-data")],
            "--b--".to_owned(),
        ),
        (
            "another type",
            vec![("content-type", "application/json")],
            "{}".to_owned(),
        ),
    ] {
        let answer = world.post(&uri, &headers, body).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["meta"]["code"]),
            (200, &400.into()),
            "{what}"
        );
        errors += &format!("{what} => {}\n", answer.json()["data"]["error"]);
    }
    assert_snapshot!(errors, @r#"
    empty => "The mail is empty."
    an empty file => "The mail is empty."
    no file => "The form needs the mail as its field file, or as its only file."
    two files => "The form needs the mail as its field file, or as its only file."
    twenty parts => "The form has too many parts."
    half a form => "The form broke off or is not well formed."
    no form => "The form broke off or is not well formed."
    no boundary => "The form broke off or is not well formed."
    another type => "The mail has to come as message/rfc822, or as the field file of multipart/form-data."
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_mail_has_six_mebibytes() {
    let world = World::new().await;
    let uri = format!("/mail?token={}", world.token);
    let mail = |size: usize| MAIL.to_owned() + &"x".repeat(size - MAIL.len());
    let rfc822 = [("content-type", "message/rfc822")];
    let full = world.post(&uri, &rfc822, mail(6 * MIB)).await;
    assert_eq!(full.json()["data"]["success"], true);
    let over = "The body is larger than the 6291456 bytes that this call takes.";
    let large = world.post(&uri, &rfc822, mail(6 * MIB + 1)).await;
    assert_eq!(large.json()["data"]["error"], over);
    // The same without a length in the head, and in a form.
    let pieces = || {
        let piece = Bytes::from(vec![b'x'; MIB]);
        Streamed(vec![piece; 7])
    };
    let streamed = world.post(&uri, &rfc822, Body::new(pieces())).await;
    assert_eq!(streamed.json()["data"]["error"], over);
    let form = form(&[part(r#"name="file""#, &mail(6 * MIB))]);
    let in_form = world.post(&uri, MULTIPART, form.clone()).await;
    assert_eq!(in_form.json()["data"]["error"], over);
    let streamed_form = Streamed(vec![Bytes::from(form)]);
    let in_form = world.post(&uri, MULTIPART, Body::new(streamed_form)).await;
    assert_eq!(in_form.json()["data"]["error"], over);
}

/// What is before the first part, and the head of a part, would stay in memory that nobody pays for.
#[tokio::test(start_paused = true)]
async fn a_form_in_which_no_part_begins_is_given_up() {
    let world = World::new().await;
    let uri = format!("/mail?token={}", world.token);
    let before = "x".repeat(48 * 1024) + "\r\n" + &form(&[part(r#"name="file""#, MAIL)]);
    let fits = world.post(&uri, MULTIPART, Body::new(in_pieces(before))).await;
    assert_eq!(fits.json()["data"]["success"], true, "{}", fits.body);
    for begins in ["", "--b\r\n", "--b\r\nContent-Disposition: form-data; name=\"file"] {
        let Streamed(pieces) = in_pieces(begins.to_owned() + &"x".repeat(80 * 1024));
        let answer = world.post(&uri, MULTIPART, Body::new(Stalled(pieces))).await;
        let said = "The form broke off or is not well formed.";
        assert_eq!(answer.json()["data"]["error"], said, "{begins:?}");
    }
    // A part whose content is not wanted may be as long as the form.
    let long = [part(r#"name="note""#, &"x".repeat(MIB)), part(r#"name="file""#, MAIL)];
    let answer = world.post(&uri, MULTIPART, Body::new(in_pieces(form(&long)))).await;
    assert_eq!(answer.json()["data"]["success"], true, "{}", answer.body);
}

/// In the pieces in which it could come over a network.
fn in_pieces(form: String) -> Streamed {
    let form = Bytes::from(form);
    let pieces = (0..form.len())
        .step_by(1400)
        .map(|at| form.slice(at..form.len().min(at + 1400)));
    // The first is taken from the end.
    Streamed(pieces.rev().collect())
}

#[tokio::test(start_paused = true)]
async fn a_stranger_is_turned_away_before_the_mail_is_read() {
    let world = World::new().await;
    for uri in ["/mail".to_owned(), format!("/mail?token={STRANGE_TOKEN}")] {
        // This body would never end.
        let answer = send(
            &world.router,
            request(Method::POST, &uri, &[], Body::new(Stalled::default())),
        )
        .await;
        assert_eq!(answer.json()["data"]["success"], false);
    }
}

#[tokio::test(start_paused = true)]
async fn a_mail_that_stops_coming_is_given_up() {
    let world = World::new().await;
    let uri = format!("/mail?token={}", world.token);
    for headers in [MULTIPART, &[("content-type", "message/rfc822")]] {
        let answer = world.post(&uri, headers, Body::new(Stalled::default())).await;
        assert_eq!(answer.json()["data"]["error"], "The body took too long to arrive.");
    }
}

/// A body in pieces whose size nobody knows beforehand.
struct Streamed(Vec<Bytes>);

impl axum::body::HttpBody for Streamed {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        std::task::Poll::Ready(self.0.pop().map(|piece| Ok(http_body::Frame::data(piece))))
    }
}

/// A body of which these pieces come, and then nothing, not its end either.
#[derive(Default)]
pub(crate) struct Stalled(Vec<Bytes>);

impl axum::body::HttpBody for Stalled {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        match self.0.pop() {
            Some(piece) => std::task::Poll::Ready(Some(Ok(http_body::Frame::data(piece)))),
            None => std::task::Poll::Pending,
        }
    }
}
