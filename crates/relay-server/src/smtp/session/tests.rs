use super::*;

const MEMORY: usize = 1 << 20;

fn profile(offers_tls: bool) -> Profile {
    Profile {
        protocol: Protocol::Smtp,
        hostname: "relay.example".to_owned(),
        identity: offers_tls.then(Identity::for_tests),
        limits: Limits {
            message: 2 << 20,
            message_kept: 2 << 20,
            recipients: 2,
            messages: 2,
            errors: 3,
            commands: 20,
            ..Limits::default()
        },
    }
}

/// Runs a command; every mailbox named `ours…` exists, `down` makes the relay fail, example.net is not ours.
fn run(session: &mut Session<'_>, line: &str) -> (u16, bool) {
    let mut step = session.command(line.as_bytes(), MEMORY);
    if let Step::CheckRecipient(recipient) = step {
        let answer = match (recipient.local_part(), recipient.domain()) {
            ("down", _) => Err(Unavailable),
            (_, Some("example.net")) => Ok(Acceptance::NotOurDomain),
            (local, _) if local.starts_with("ours") => Ok(Acceptance::Accepted),
            _ => Ok(Acceptance::UnknownMailbox),
        };
        step = session.recipient_answered(recipient, answer, false);
    }
    match step {
        Step::Reply(reply) => (reply.code(), false),
        Step::Close(reply) => (reply.code(), true),
        Step::ReadMessage => (354, false),
        Step::StartTls => (220, false),
        Step::CheckRecipient(_) => unreachable!(),
    }
}

fn converse(profile: &Profile, lines: &[(&str, u16)]) {
    let mut session = Session::new(profile);
    for &(line, code) in lines {
        assert_eq!(run(&mut session, line).0, code, "{line} in {lines:?}");
    }
}

#[test]
fn order_of_commands() {
    let profile = profile(true);
    converse(
        &profile,
        &[
            ("MAIL FROM:<>", 503),
            ("NOOP", 250),
            ("VRFY a", 252),
            ("HELP", 214),
            ("RSET", 250),
        ],
    );
    converse(
        &profile,
        &[("EHLO a", 250), ("RCPT TO:<ours@b.example>", 503), ("DATA", 503)],
    );
    converse(
        &profile,
        &[
            ("HELO a", 250),
            ("MAIL FROM:<>", 250),
            ("DATA", 554),
            ("MAIL FROM:<>", 503),
        ],
    );
    let start = [
        ("EHLO a", 250),
        ("MAIL FROM:<>", 250),
        ("RCPT TO:<ours@b.example>", 250),
    ];
    for (line, code) in [("DATA", 354), ("STARTTLS", 220), ("QUIT", 221), ("NOOP", 250)] {
        converse(&profile, &[&start[..], &[(line, code)]].concat());
    }
    for reset in ["RSET", "EHLO a", "HELO a"] {
        converse(
            &profile,
            &[&start[..], &[(reset, 250), ("DATA", 503), ("MAIL FROM:<>", 250)]].concat(),
        );
    }
}

#[test]
fn lmtp_greets_otherwise() {
    let lmtp = Profile {
        protocol: Protocol::Lmtp,
        ..profile(false)
    };
    converse(&lmtp, &[("EHLO a", 500), ("HELO a", 500), ("STARTTLS", 502)]);
    converse(
        &lmtp,
        &[
            ("LHLO a", 250),
            ("MAIL FROM:<>", 250),
            ("DATA", 503),
            ("RCPT TO:<other@b.example>", 550),
            ("DATA", 503),
            ("RCPT TO:<ours@b.example>", 250),
            ("DATA", 354),
        ],
    );
    let mut session = Session::new(&lmtp);
    assert!(format!("{:?}", session.greeting()).contains("relay.example LMTP"));
    let Step::Reply(capabilities) = session.command(b"LHLO a", MEMORY) else {
        panic!("no reply to LHLO");
    };
    let shown = format!("{capabilities:?}");
    for needed in ["PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME"] {
        assert!(shown.contains(needed), "{shown}");
    }
    for line in [
        "LHLO a",
        "MAIL FROM:<>",
        "RCPT TO:<ours1@b.example>",
        "RCPT TO:<ours2@b.example>",
        "RCPT TO:<OURS1@b.example>",
    ] {
        assert_eq!(run(&mut session, line).0, 250, "{line}");
    }
    let envelope = session.take_envelope();
    assert_eq!((envelope.recipients.len(), envelope.accepted), (2, vec![0, 1, 0]));
}

#[test]
fn recipients() {
    converse(
        &profile(false),
        &[
            ("EHLO a", 250),
            ("MAIL FROM:<a@b.example>", 250),
            ("RCPT TO:<other@b.example>", 550),
            ("RCPT TO:<ours@example.net>", 550),
            ("RCPT TO:<down@b.example>", 451),
            ("RCPT TO:<ours1@b.example>", 250),
            ("RCPT TO:<ours1@B.example>", 250),
            ("RCPT TO:<ours2@b.example>", 250),
            ("RCPT TO:<ours3@b.example>", 452),
            ("DATA", 354),
        ],
    );
    converse(
        &profile(false),
        &[
            ("EHLO a", 250),
            ("MAIL FROM:<>", 250),
            ("RCPT TO:<öurs@b.example>", 553),
            ("RSET", 250),
            ("MAIL FROM:<> SMTPUTF8", 250),
            ("RCPT TO:<oursé@b.example>", 250),
        ],
    );
}

#[test]
fn declared_size() {
    converse(
        &profile(false),
        &[
            ("EHLO a", 250),
            ("MAIL FROM:<> SIZE=2097153", 552),
            ("MAIL FROM:<> SIZE=2097152", 452),
            ("MAIL FROM:<> SIZE=1048576", 250),
        ],
    );
}

#[test]
fn start_tls_forgets_what_was_said() {
    let (profile, without_tls) = (profile(true), profile(false));
    let mut session = Session::new(&profile);
    for line in ["EHLO a", "MAIL FROM:<>", "RCPT TO:<ours@b.example>"] {
        assert_eq!(run(&mut session, line).0, 250);
    }
    assert_eq!(session.command(b"STARTTLS", MEMORY), Step::StartTls);
    session.tls_started();
    assert!(session.hello().is_none());
    assert_eq!(run(&mut session, "MAIL FROM:<>").0, 503);
    let Step::Reply(capabilities) = session.command(b"EHLO a", MEMORY) else {
        panic!("no reply to EHLO");
    };
    assert!(!format!("{capabilities:?}").contains("STARTTLS"));
    assert_eq!(run(&mut session, "DATA").0, 503);
    assert_eq!(run(&mut session, "STARTTLS").0, 503);
    converse(&without_tls, &[("EHLO a", 250), ("STARTTLS", 502)]);
}

#[test]
fn too_many_of_anything_closes() {
    let profile = profile(false);
    let mut session = Session::new(&profile);
    for _ in 0..3 {
        assert_eq!(run(&mut session, "NONSENSE"), (500, false));
    }
    assert_eq!(run(&mut session, "NONSENSE"), (421, true));

    let mut session = Session::new(&profile);
    for _ in 0..20 {
        assert_eq!(run(&mut session, "NOOP"), (250, false));
    }
    assert_eq!(run(&mut session, "NOOP"), (421, true));

    let mut session = Session::new(&profile);
    run(&mut session, "EHLO a");
    for _ in 0..2 {
        run(&mut session, "MAIL FROM:<>");
        run(&mut session, "RCPT TO:<ours@b.example>");
        assert_eq!(run(&mut session, "DATA"), (354, false));
        session.take_envelope();
        assert_eq!(
            session.message_done(reply::MESSAGE_TAKEN),
            Step::Reply(reply::MESSAGE_TAKEN)
        );
    }
    assert_eq!(run(&mut session, "MAIL FROM:<>"), (421, true));
}
