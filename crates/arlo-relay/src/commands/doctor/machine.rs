//! What a relay needs of its machine: room on the disk, a clock that is right, and a backup elsewhere.

use std::io;
use std::path::Path;

use arlo_client::{HttpTransport, Method, Request, Transport};
use jiff::{SignedDuration, Timestamp};
use relay::SystemClock;
use relay::ports::Clock;

use super::{Check, MAX_CLOCK_ERROR, WITHIN};
use crate::commands::minute;

/// Whose clock this machine's is compared with: Arlo's mails are dated by it.
pub(super) const ARLO: &str = "https://ocapi-app.arlo.com";

/// With less room than this a relay may stop at any time.
const NO_SPACE: u64 = 16 << 20;
/// With less room than this it is time to make some.
const LITTLE_SPACE: u64 = 256 << 20;
/// Files that can still be made.
const FEW_FILES: u64 = 1000;
/// A backup that is older than this is no longer new.
const OLD_BACKUP: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Whether there is room for the database.
pub(super) fn space(directory: &Path) -> Check {
    match rustix::fs::statvfs(directory) {
        Ok(found) => judge_space(
            found.f_bavail.saturating_mul(found.f_frsize),
            // Some file systems have no such limit, and say 0 of 0.
            (found.f_files > 0).then_some(found.f_favail),
        ),
        Err(error) => Check::warning(
            DISK,
            format!("how much room there is cannot be found out: {error}"),
            "Look at the disk of the data directory.",
        ),
    }
}

const DISK: &str = "disk";

fn judge_space(bytes: u64, files: Option<u64>) -> Check {
    const MEND: &str = "Free some room on the disk of the data directory.";
    let found = format!("{} MiB are free", bytes >> 20);
    if files.is_some_and(|files| files < FEW_FILES) {
        return Check::warning(DISK, format!("{found}, and hardly any file can be made"), MEND);
    }
    match bytes {
        ..NO_SPACE => Check::wrong(DISK, found, MEND),
        NO_SPACE..LITTLE_SPACE => Check::warning(DISK, found, MEND),
        _ => Check::ok(DISK, found),
    }
}

/// Whether there is a backup, and of when.
pub(super) fn backup(newest: io::Result<Option<Timestamp>>, now: Timestamp) -> Check {
    const NAME: &str = "backup";
    const MEND: &str = "Run arlo-relay backup each night, to another disk. It works while serve runs.";
    match newest {
        Ok(Some(at)) => {
            let age = now.duration_since(at);
            let found = format!("the newest was made at {}", minute(at));
            if age > OLD_BACKUP {
                return Check::warning(NAME, format!("{found}, {} days ago", age.as_hours() / 24), MEND);
            }
            Check::ok(
                NAME,
                format!("{found}; whether the file is still there is not known here"),
            )
        }
        Ok(None) => Check::warning(NAME, "arlo-relay backup has never made one", MEND),
        Err(error) => Check::warning(NAME, format!("when the newest was made cannot be read: {error}"), MEND),
    }
}

/// Whether the clock went back, and whether it is that of another machine, if one is to be asked. Mails are matched
/// with logins by its time.
pub(super) async fn clock(newest_mail: Option<Timestamp>, other: Option<&str>) -> Check {
    let other = match other {
        Some(url) => Some(difference(url).await),
        None => None,
    };
    judge_clock(newest_mail, other, SystemClock.now())
}

/// How far this machine's clock is ahead of a web server's; why that is not known, otherwise.
async fn difference(url: &str) -> Result<SignedDuration, String> {
    let mut request = Request::new(Method::Get, url);
    request.timeout = WITHIN;
    let asked = SystemClock.now();
    let transport = HttpTransport::new().map_err(|error| error.to_string())?;
    let response = transport.send(request).await.map_err(|error| error.to_string())?;
    let date = response
        .header("date")
        .and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    let date = date.ok_or("its answer has no date")?.timestamp();
    // The date is of some moment between the two, in whole seconds.
    let answered = SystemClock.now();
    let between = answered.duration_since(asked) / 2;
    Ok(answered.duration_since(date).checked_sub(between).unwrap_or_default())
}

fn judge_clock(newest_mail: Option<Timestamp>, other: Option<Result<SignedDuration, String>>, now: Timestamp) -> Check {
    const NAME: &str = "clock";
    const MEND: &str = "Set this machine's clock by NTP.";
    let behind = newest_mail.map(|newest| newest.duration_since(now));
    if let Some(behind) = behind.filter(|behind| *behind > MAX_CLOCK_ERROR) {
        let found = format!("it is {} s behind the newest mail in the database", behind.as_secs());
        return Check::wrong(NAME, found, MEND);
    }
    let shows = format!("it shows {}", minute(now));
    match other {
        Some(Ok(ahead)) if ahead.abs() > MAX_CLOCK_ERROR => {
            let side = if ahead.is_negative() { "behind" } else { "ahead of" };
            let found = format!("it is {} s {side} Arlo's", ahead.abs().as_secs());
            Check::wrong(NAME, found, MEND)
        }
        Some(Ok(_)) => Check::ok(NAME, format!("{shows}, as Arlo's does")),
        Some(Err(error)) => Check::ok(NAME, format!("{shows}; Arlo's cannot be asked: {error}")),
        None => Check::ok(NAME, format!("{shows}; no other clock was asked")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::Verdict;

    #[test]
    fn a_disk_is_judged_by_its_room_and_its_files() {
        let verdict = |bytes, files| judge_space(bytes, files).verdict;
        assert_eq!(verdict(10 << 30, None), Verdict::Ok);
        assert_eq!(verdict(10 << 30, Some(50_000)), Verdict::Ok);
        assert_eq!(verdict(100 << 20, None), Verdict::Warning);
        assert_eq!(verdict(10 << 30, Some(10)), Verdict::Warning);
        assert_eq!(verdict(1 << 20, Some(50_000)), Verdict::Wrong);
    }

    #[test]
    fn a_backup_is_judged_by_its_age() {
        let now: Timestamp = "2026-11-26T13:10:00Z".parse().unwrap();
        let days_ago = |days: i64| Ok(Some(now - SignedDuration::from_hours(24 * days)));
        assert_eq!(backup(days_ago(1), now).verdict, Verdict::Ok);
        let old = backup(days_ago(30), now);
        assert_eq!(old.verdict, Verdict::Warning);
        assert!(old.found.contains("30 days ago"), "{}", old.found);
        assert_eq!(backup(Ok(None), now).verdict, Verdict::Warning);
        assert_eq!(
            backup(Err(io::ErrorKind::InvalidData.into()), now).verdict,
            Verdict::Warning
        );
    }

    #[test]
    fn a_clock_is_wrong_that_is_behind_what_was_recorded_or_unlike_another() {
        let now: Timestamp = "2026-11-26T13:10:00Z".parse().unwrap();
        let from_now = |seconds| Some(now + SignedDuration::from_secs(seconds));
        let other = |seconds| Some(Ok(SignedDuration::from_secs(seconds)));
        for (mail, other, verdict, said) in [
            (None, None, Verdict::Ok, "no other clock"),
            (from_now(-1000), None, Verdict::Ok, "2026-11-26 13:10"),
            (from_now(10), other(-3), Verdict::Ok, "as Arlo's"),
            (
                from_now(1000),
                other(0),
                Verdict::Wrong,
                "1000 s behind the newest mail",
            ),
            (None, other(600), Verdict::Wrong, "600 s ahead of"),
            (None, other(-600), Verdict::Wrong, "600 s behind"),
            (None, Some(Err("no route".to_owned())), Verdict::Ok, "no route"),
        ] {
            let check = judge_clock(mail, other, now);
            assert_eq!(check.verdict, verdict, "{}", check.found);
            assert!(check.found.contains(said), "{}", check.found);
        }
    }
}
