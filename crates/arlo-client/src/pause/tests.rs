use super::*;

const KEY: &str = "0d9d3f4e-5d0a-4f5e-9c7e-1f2a3b4c5d6e";

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn password(text: &str) -> Fingerprint {
    Fingerprint::new(&text.into(), KEY)
}

fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

/// The pauses, in seconds, of failures that each come at the end of the pause before.
fn pauses(cause: Cause, retry_after: Option<u64>, times: usize) -> Vec<i64> {
    let (mut now, mut earlier): (Timestamp, Option<Pause>) = (now(), None);
    let retry_after = retry_after.map(Duration::from_secs);
    let mut next = || {
        let pause = Pause::new(cause, retry_after, password("p"), earlier.as_ref(), now);
        let seconds = pause.until.duration_since(now).as_secs();
        now = pause.until;
        earlier = Some(pause);
        seconds
    };
    (0..times).map(|_| next()).collect()
}

#[test]
fn pauses_grow_up_to_a_limit() {
    const DAY: i64 = 24 * 3600;
    assert_eq!(
        pauses(Cause::WrongPassword, None, 5),
        [DAY, 2 * DAY, 4 * DAY, 7 * DAY, 7 * DAY]
    );
    assert_eq!(pauses(Cause::AccountLocked, None, 3), [300, 600, 1200]);
    assert_eq!(pauses(Cause::AccountLocked, Some(300), 10)[9], DAY);
    assert_eq!(pauses(Cause::Blocked, None, 6), [60, 120, 240, 480, 900, 900]);
    assert_eq!(pauses(Cause::NoCodeSource, None, 8)[5..], [1920, 3600, 3600]);
    assert_eq!(pauses(Cause::Unfinished, None, 8)[5..], [1920, 3600, 3600]);
    let hours = pauses(Cause::NoCodeSent, None, 7)
        .into_iter()
        .map(|seconds| seconds / 3600);
    assert!(hours.eq([1, 2, 4, 8, 16, 24, 24]));
    let many = pauses(Cause::RateLimited, None, 100);
    assert_eq!((many[10], many[11], many[99]), (61_440, DAY, DAY));
    // A longer wait that the server asks for counts, up to a week.
    assert_eq!(pauses(Cause::RateLimited, Some(100), 3), [100, 120, 240]);
    assert_eq!(pauses(Cause::RateLimited, Some(u64::MAX), 1), [7 * DAY]);
}

#[test]
fn another_cause_another_password_and_a_long_time_begin_anew() {
    let next = |cause, text, earlier: &Pause, at| Pause::new(cause, None, password(text), Some(earlier), at).count;
    let wrong = Pause::new(Cause::WrongPassword, None, password("a"), None, now());
    assert_eq!(next(Cause::WrongPassword, "a", &wrong, wrong.until), 2);
    assert_eq!(next(Cause::WrongPassword, "b", &wrong, now()), 1);
    assert_eq!(next(Cause::RateLimited, "a", &wrong, now()), 1);
    let limited = Pause::new(Cause::RateLimited, None, password("a"), None, now());
    assert_eq!(next(Cause::RateLimited, "b", &limited, later(60)), 2);
    assert_eq!(next(Cause::RateLimited, "a", &limited, later(60 + 86_400)), 1);
}

#[test]
fn a_pause_ends_at_its_time_and_not_before() {
    for (cause, kind, cure, retryable) in [
        (
            Cause::WrongPassword,
            ErrorKind::WrongPassword,
            "another password",
            false,
        ),
        (Cause::AccountLocked, ErrorKind::AccountLocked, "another password", true),
        (Cause::NoCodeSource, ErrorKind::NoCodeSource, "a source of codes", false),
        (Cause::RateLimited, ErrorKind::RateLimited, "force", true),
        (Cause::Blocked, ErrorKind::BlockedByCloudflare, "force", true),
        (Cause::NoCodeSent, ErrorKind::TooSoon, "force", true),
        (Cause::Unfinished, ErrorKind::TooSoon, "force", true),
    ] {
        let pause = Pause::new(cause, None, password("a"), None, now());
        let before = pause.until - SignedDuration::from_secs(7);
        let error = pause.check(password("a"), false, before).unwrap_err();
        assert_eq!((error.kind(), error.is_retryable()), (kind, retryable));
        assert_eq!(error.paused_until(), Some(pause.until));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert!(
            error.to_string().contains(cure) && error.to_string().contains("2026-11-2"),
            "{error}"
        );
        assert!(pause.check(password("a"), false, pause.until).is_ok());
        let about_password = kind == ErrorKind::WrongPassword || kind == ErrorKind::AccountLocked;
        assert_eq!(pause.check(password("b"), false, before).is_ok(), about_password);
        let about_codes = kind == ErrorKind::NoCodeSource;
        assert_eq!(pause.check(password("a"), true, before).is_ok(), about_codes);
        // The pause was written by a clock that was years ahead.
        assert!(
            pause
                .check(password("a"), false, "2020-01-01T00:00:00Z".parse().unwrap())
                .is_ok()
        );
    }
}

#[test]
fn only_an_accepted_or_another_password_ends_a_running_pause_about_it() {
    let new = |cause, text, seconds| Pause::new(cause, None, password(text), None, later(seconds));
    let kept = |earlier: &Pause, new: Pause, seconds| {
        let pause = earlier.keep_or(new, later(seconds));
        (pause.cause, pause.count, pause.until.duration_since(now()).as_secs())
    };
    let once = new(Cause::WrongPassword, "a", 0);
    let wrong = Pause::new(Cause::WrongPassword, None, password("a"), Some(&once), once.until);
    let at = 86_400 + 60;
    for cause in [
        Cause::RateLimited,
        Cause::Blocked,
        Cause::Unfinished,
        Cause::AccountLocked,
    ] {
        let expected = (Cause::WrongPassword, 2, 3 * 86_400);
        assert_eq!(kept(&wrong, new(cause, "a", at), at), expected, "{cause:?}");
        assert_eq!(kept(&wrong, new(cause, "b", at), at).0, cause);
        assert_eq!(kept(&wrong, new(cause, "a", 3 * 86_400), 3 * 86_400).0, cause);
    }
    let locked = new(Cause::AccountLocked, "a", 0);
    assert_eq!(
        kept(&locked, new(Cause::RateLimited, "a", 270), 270),
        (Cause::AccountLocked, 1, 330)
    );
    assert_eq!(
        kept(&locked, new(Cause::WrongPassword, "a", 60), 60).0,
        Cause::WrongPassword
    );
    let limited = new(Cause::RateLimited, "a", 0);
    assert_eq!(kept(&limited, new(Cause::Unfinished, "a", 30), 30).0, Cause::Unfinished);
}

#[test]
fn only_a_login_that_reached_arlo_begins_a_pause() {
    use Stage::*;
    let cause = |kind, stage| Cause::from_failure(&Error::new(kind, ""), stage);
    for stage in [Before, PasswordSent, Authenticated] {
        assert_eq!(cause(ErrorKind::WrongPassword, stage), Some(Cause::WrongPassword));
        assert_eq!(cause(ErrorKind::RateLimited, stage), Some(Cause::RateLimited));
    }
    assert_eq!(cause(ErrorKind::BlockedByCloudflare, Before), None);
    for stage in [PasswordSent, Authenticated] {
        assert_eq!(cause(ErrorKind::BlockedByCloudflare, stage), Some(Cause::Blocked));
        assert_eq!(
            cause(ErrorKind::ArloRefused { code: Some(9306) }, stage),
            None,
            "a temporary state of Arlo"
        );
        let refused = ErrorKind::ArloRefused { code: Some(9004) };
        assert_eq!(cause(refused, stage), Some(Cause::Unfinished));
    }
    let no_code = ErrorKind::ArloRefused { code: Some(1110) };
    assert_eq!(cause(no_code, PasswordSent), Some(Cause::Unfinished));
    assert_eq!(cause(no_code, Authenticated), Some(Cause::NoCodeSent));
    assert_eq!(cause(ErrorKind::NoCodeSource, Authenticated), Some(Cause::NoCodeSource));
    for kind in [ErrorKind::Network, ErrorKind::Unavailable, ErrorKind::SessionFile] {
        assert_eq!(cause(kind, Before), None);
        assert_eq!(cause(kind, Authenticated), Some(Cause::Unfinished));
    }
    assert_eq!(cause(ErrorKind::Network, PasswordSent), None);
    assert_eq!(cause(ErrorKind::Unavailable, PasswordSent), Some(Cause::Unfinished));
}

#[test]
fn the_file_reveals_no_password() {
    let pause = Pause::new(Cause::WrongPassword, None, password("correct horse"), None, now());
    let text = serde_json::to_string(&pause).unwrap();
    assert!(!text.contains("horse"), "{text}");
    let read: Pause = serde_json::from_str(&text).unwrap();
    assert!(read.password == password("correct horse") && read.password != password("correct house"));
    // Some other password has the same fingerprint.
    let same = (0..1_000_000).any(|n| Fingerprint::new(&n.to_string().into(), KEY) == read.password);
    assert!(same);
    assert!(Fingerprint::new(&"correct horse".into(), "another file") != read.password);
}

#[test]
fn an_older_session_ends_only_the_pause_after_too_many_requests() {
    for cause in [
        Cause::WrongPassword,
        Cause::AccountLocked,
        Cause::RateLimited,
        Cause::Blocked,
        Cause::NoCodeSent,
        Cause::NoCodeSource,
        Cause::Unfinished,
    ] {
        let mut pause = Pause::new(cause, None, password("a"), None, now());
        assert_eq!(pause.ends_with_session(), cause == Cause::RateLimited, "{cause:?}");
        pause.note_saved_session();
        assert!(pause.ends_with_session(), "{cause:?}");
    }
}
