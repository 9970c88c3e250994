//! From the greeting to the open mailbox: which failure has which kind.

use mailbox_watch::{Credential, ErrorKind, Secret, Start};

use crate::server::{LOGIN, OPEN, PASSWORD, Server, kind};

#[tokio::test]
async fn a_refused_login_is_not_confused_with_a_busy_server() {
    for (answer, expected) in [
        (
            "$ NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)",
            ErrorKind::Credentials,
        ),
        ("$ NO LOGIN failed.", ErrorKind::Credentials),
        (
            "$ NO [ALERT] Application-specific password required",
            ErrorKind::Credentials,
        ),
        ("$ NO [UNAVAILABLE] later", ErrorKind::Unavailable),
        (
            "$ NO [ALERT] Too many simultaneous connections. (Failure)",
            ErrorKind::Unavailable,
        ),
        ("$ BAD what?", ErrorKind::Refused),
        ("* BYE gone", ErrorKind::Disconnected),
        ("* 1 FETCH (BODY[] {2000000000}", ErrorKind::Malformed),
        ("\u{7}\u{8}garbage", ErrorKind::Malformed),
    ] {
        let server = Server::start(&[format!("S * OK bonjour à tous\nC LOGIN\nS {answer}\nX")]).await;
        let error = server.watcher(Start::Now).open().await.unwrap_err();
        assert_eq!(error.kind(), expected, "{answer}: {error}");
        let shown = format!("{error} {error:?}");
        assert!(
            !shown.contains("casey") && !shown.contains(PASSWORD) && !shown.contains("Invalid cred"),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn each_wrong_greeting_has_its_kind() {
    for (greeting, expected) in [
        ("S * BYE overloaded", ErrorKind::Unavailable),
        ("S HTTP/1.1 400 Bad Request", ErrorKind::Malformed),
        ("S * 5 EXISTS", ErrorKind::Malformed),
        ("X", ErrorKind::Disconnected),
    ] {
        let server = Server::start(&[format!("{greeting}\n")]).await;
        assert_eq!(kind(server.watcher(Start::Now).open().await), expected, "{greeting}");
    }
}

#[tokio::test]
async fn sasl_is_used_where_login_cannot_be() {
    let plain = "S * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN] ready\nC AUTHENTICATE PLAIN\nS +\nC AGNhc2V5AGNvcnJlY3QgaG9yc2U=\nS $ NO\n";
    let server = Server::start(&[plain.to_owned()]).await;
    assert_eq!(kind(server.watcher(Start::Now).open().await), ErrorKind::Credentials);
    assert_eq!(server.count("UNEXPECTED"), 0);

    let xoauth2 = "S * OK ready\nC AUTHENTICATE XOAUTH2\nS + \nC dXNlcj1jYXNleQFhdXRoPUJlYXJlciB0b2tlbgEB\nS + eyJzdGF0dXMiOiI0MDEifQ==\nC \nS A0001 NO fail\n";
    let mut server = Server::start(&[xoauth2.to_owned()]).await;
    server.settings.credential = Credential::OAuth2(Secret::Value("token".to_owned().into()));
    assert_eq!(kind(server.watcher(Start::Now).open().await), ErrorKind::Credentials);
    assert_eq!(server.count("UNEXPECTED"), 0);
}

#[tokio::test]
async fn id_is_sent_once_to_a_server_that_announces_it_and_any_answer_is_good() {
    let announced = LOGIN.replace("IMAP4rev1 IDLE", "IMAP4rev1 ID IDLE");
    for answer in [
        "S * ID (\"name\" \"Coremail\")\nS $ OK\n",
        "S * ID NIL\nS $ NO who?\n",
        "S $ BAD\n",
    ] {
        let id = ["C ID (\"name\" \"mailbox-watch\" \"version\" \n", answer].concat();
        let server = Server::start(&[[&announced, &id, OPEN].concat()]).await;
        server.watcher(Start::Now).open().await.unwrap();
        assert_eq!((server.count(" ID ("), server.count("UNEXPECTED")), (1, 0), "{answer}");
    }
    let server = Server::start(&[[LOGIN, OPEN].concat()]).await;
    server.watcher(Start::Now).open().await.unwrap();
    assert_eq!(
        server.count(" ID ("),
        0,
        "some servers hang up on a command that they do not know"
    );
}

#[tokio::test]
async fn a_mailbox_that_cannot_be_opened_now_is_not_confused_with_a_missing_one() {
    for (answer, expected) in [
        ("Server Unavailable. 15", ErrorKind::Unavailable),
        ("[TEMPFAIL] EXAMINE completed", ErrorKind::Unavailable),
        ("[NONEXISTENT] Unknown Mailbox: Limits (Failure)", ErrorKind::NoMailbox),
        ("[NOPERM] Permission denied", ErrorKind::NoMailbox),
        ("[TRYCREATE] Mailbox does not exist", ErrorKind::NoMailbox),
    ] {
        let server = Server::start(&[format!("{LOGIN}C EXAMINE\nS $ NO {answer}\n")]).await;
        let error = server.watcher(Start::Now).open().await.unwrap_err();
        assert_eq!(error.kind(), expected, "{answer}");
        assert_eq!(error.is_retryable(), expected == ErrorKind::Unavailable, "{answer}");
    }
}

#[tokio::test]
async fn a_missing_mailbox_has_its_kind_and_is_found_again() {
    let gone = [LOGIN, "C EXAMINE\nS $ NO [NONEXISTENT] gone\n"].concat();
    let server = Server::start(&[gone.clone(), gone, [LOGIN, OPEN].concat()]).await;
    let mut watcher = server.watcher(Start::Now);
    assert_eq!(kind(watcher.open().await), ErrorKind::NoMailbox);
    assert_eq!(kind(watcher.open().await), ErrorKind::NoMailbox);
    watcher.open().await.unwrap();
}
