//! `doctor`: is a deployment well, and if not, what is to be done.
//!
//! Every check stands alone: one that fails leaves the others to be made, unless they would ask the same thing.

mod data_dir;
mod dial;
#[cfg(feature = "aws")]
mod stack;

use std::time::Duration;

use anstyle::{AnsiColor, Style};
use jiff::{SignedDuration, Timestamp};
use relay::enrolment::Tally;
use serde::Serialize;
use serde_json::json;

use super::enroll::minute;
use crate::cli::DoctorArgs;
use crate::failure::Failure;
use crate::output::{FAINT, GOOD, Output, STRONG, styled};
use crate::settings::File;

const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const WRONG: Style = AnsiColor::Red.on_default().bold();
/// How long one thing may take to answer.
const WITHIN: Duration = Duration::from_secs(5);
/// A mail older than this by one clock and younger by another is chosen wrongly: requests forgive a minute.
const MAX_CLOCK_ERROR: SignedDuration = SignedDuration::from_secs(30);

/// What one check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    /// It works, and may not be as it was meant.
    Warning,
    Wrong,
}

/// One check: what was found and, where it is not as it should be, what mends it.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Check {
    check: &'static str,
    verdict: Verdict,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

impl Check {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self {
            check,
            verdict: Verdict::Ok,
            found: found.into(),
            mend: None,
        }
    }

    fn warning(check: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Warning,
            mend: Some(mend.into()),
            ..Self::ok(check, found)
        }
    }

    fn wrong(check: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Wrong,
            mend: Some(mend.into()),
            ..Self::ok(check, found)
        }
    }
}

pub(crate) async fn run(args: DoctorArgs, file: File, output: &Output) -> Result<(), Failure> {
    let checks = match &args.stack.stack {
        Some(name) => on_stack(name, args.stack.region.clone()).await?,
        None => data_dir::checks(&args.place, &file).await?,
    };
    let wrong = checks.iter().filter(|check| check.verdict == Verdict::Wrong).count();
    output.result(&json!({ "healthy": wrong == 0, "checks": checks }), || report(&checks))?;
    match wrong {
        0 => Ok(()),
        1 => Err(Failure::told("one thing is wrong")),
        many => Err(Failure::told(format!("{many} things are wrong"))),
    }
}

#[cfg(feature = "aws")]
async fn on_stack(name: &str, region: Option<String>) -> Result<Vec<Check>, Failure> {
    stack::checks(name, region).await
}

#[cfg(not(feature = "aws"))]
fn on_stack(_: &str, _: Option<String>) -> std::future::Ready<Result<Vec<Check>, Failure>> {
    std::future::ready(Err(super::without_aws()))
}

fn report(checks: &[Check]) -> String {
    let mut lines = Vec::new();
    for check in checks {
        let mark = match check.verdict {
            Verdict::Ok => styled(GOOD, "ok   "),
            Verdict::Warning => styled(WARNING, "warn "),
            Verdict::Wrong => styled(WRONG, "wrong"),
        };
        lines.push(format!("{mark}  {}: {}", styled(STRONG, check.check), check.found));
        if let Some(mend) = &check.mend {
            lines.push(format!("       {}", styled(FAINT, mend)));
        }
    }
    lines.join("\n")
}

/// The newest mail of any enrolment.
fn last_mail(enrolments: usize, last: Option<Tally>) -> Check {
    const NAME: &str = "mail";
    match (enrolments, last) {
        (0, _) => Check::warning(
            NAME,
            "nobody is enrolled",
            "Enrol an account: arlo-relay enroll ACCOUNT.",
        ),
        (_, None) => Check::warning(
            NAME,
            "no mail has come for any enrolment yet",
            "Forward Arlo's mail to the relay address that enroll showed, and log in to Arlo once.",
        ),
        (_, Some(tally)) => Check::ok(
            NAME,
            format!("the last was {} at {}", tally.event.name(), minute(tally.last_at)),
        ),
    }
}

/// This machine's clock beside another.
fn clock(other: Option<Timestamp>, whose: &str) -> Check {
    const NAME: &str = "clock";
    let Some(other) = other else {
        return Check::warning(
            NAME,
            format!("{whose} does not tell the time"),
            "Check that this machine's clock is right.",
        );
    };
    let apart = Timestamp::now().duration_since(other).abs();
    let found = format!("{} s beside that of {whose}", apart.as_secs());
    if apart <= MAX_CLOCK_ERROR {
        return Check::ok(NAME, found);
    }
    Check::wrong(
        NAME,
        found,
        "Set this machine's clock by NTP: by its time, mails are matched with logins.",
    )
}

#[cfg(test)]
mod tests {
    use relay::enrolment::MailEvent;

    use super::*;

    #[test]
    fn a_report_says_what_is_wrong_and_what_mends_it() {
        let checks = [Check::ok("a", "fine"), Check::wrong("b", "broken", "Mend it.")];
        let report = anstream::adapter::strip_str(&report(&checks)).to_string();
        assert_eq!(report, "ok     a: fine\nwrong  b: broken\n       Mend it.");
    }

    #[test]
    fn mail_is_missed_only_where_someone_is_enrolled() {
        let tally = Tally {
            event: MailEvent::CodeDelivered,
            count: 1,
            last_at: Timestamp::from_second(1_800_000_000).unwrap(),
        };
        for (enrolments, last, verdict, said) in [
            (0, None, Verdict::Warning, "nobody"),
            (1, None, Verdict::Warning, "no mail"),
            (1, Some(tally), Verdict::Ok, "code-delivered at 2027-01-15 08:00 UTC"),
        ] {
            let check = last_mail(enrolments, last);
            assert!(check.verdict == verdict && check.found.contains(said), "{check:?}");
        }
    }

    #[test]
    fn a_clock_may_be_half_a_minute_off() {
        let now = Timestamp::now();
        for (seconds, verdict) in [
            (0, Verdict::Ok),
            (20, Verdict::Ok),
            (-20, Verdict::Ok),
            (-120, Verdict::Wrong),
            (120, Verdict::Wrong),
        ] {
            let other = now.saturating_add(SignedDuration::from_secs(seconds)).unwrap();
            assert_eq!(clock(Some(other), "x").verdict, verdict, "{seconds}");
        }
        assert_eq!(clock(None, "x").verdict, Verdict::Warning);
    }
}
