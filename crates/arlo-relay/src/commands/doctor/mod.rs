//! `doctor`: checks whether a deployment works, and shows what to do if it does not.
//!
//! The checks are independent: if one fails, the others are made all the same, unless they need the same answer.

mod arlo;
mod data_dir;
mod dial;
mod machine;
mod mx;
#[cfg(feature = "aws")]
mod stack;
mod tls;

pub(super) use dial::is_healthy;

use std::time::Duration;

use anstyle::{AnsiColor, Style};
use jiff::SignedDuration;
use relay::Overview;
use serde::Serialize;
use serde_json::json;

use super::minute;
use crate::cli::DoctorArgs;
use crate::failure::Failure;
use crate::output::{FAINT, GOOD, Output, STRONG, styled};

const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const WRONG: Style = AnsiColor::Red.on_default().bold();
/// How long one thing may take to answer.
const WITHIN: Duration = Duration::from_secs(5);
/// With a larger difference between two clocks, a mail may end the wrong request: requests allow for a minute.
const MAX_CLOCK_ERROR: SignedDuration = SignedDuration::from_secs(30);

/// The result of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    Ok,
    /// It works, but perhaps not as intended.
    Warning,
    Wrong,
}

/// One check: what was found and, if something is wrong, how to repair it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    check: &'static str,
    verdict: Verdict,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

impl Check {
    pub(super) fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self {
            check,
            verdict: Verdict::Ok,
            found: found.into(),
            mend: None,
        }
    }

    /// Nothing is wrong, and something could be better.
    fn hint(check: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            mend: Some(mend.into()),
            ..Self::ok(check, found)
        }
    }

    pub(super) fn warning(check: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Warning,
            mend: Some(mend.into()),
            ..Self::ok(check, found)
        }
    }

    pub(super) fn wrong(check: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Wrong,
            mend: Some(mend.into()),
            ..Self::ok(check, found)
        }
    }
}

pub(super) use data_dir::exchange;

pub(crate) async fn run(args: DoctorArgs, output: &Output) -> Result<(), Failure> {
    let checks = match &args.stack.stack {
        _ if args.arlo => arlo::checks(args.auth_host, args.host).await?,
        Some(name) => on_stack(name, args.stack.region.clone()).await?,
        None => data_dir::checks(&args.local, args.auth_host.as_deref()).await?,
    };
    let wrong = checks.iter().filter(|check| check.verdict == Verdict::Wrong).count();
    output.result(&json!({ "healthy": wrong == 0, "checks": checks }), || report(&checks))?;
    match wrong {
        0 => Ok(()),
        1 => Err(Failure::reported("one thing is wrong")),
        many => Err(Failure::reported(format!("{many} things are wrong"))),
    }
}

#[cfg(feature = "aws")]
async fn on_stack(name: &str, region: Option<String>) -> Result<Vec<Check>, Failure> {
    Box::pin(stack::checks(name, region)).await
}

#[cfg(not(feature = "aws"))]
fn on_stack(_: &str, _: Option<String>) -> std::future::Ready<Result<Vec<Check>, Failure>> {
    std::future::ready(Err(super::without_aws("--stack")))
}

pub(super) fn report(checks: &[Check]) -> String {
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
fn last_mail(overview: &Overview) -> Check {
    const NAME: &str = "mail";
    match (overview.enrolments, overview.last_mail) {
        (0, _) => Check::warning(
            NAME,
            "nobody is enrolled",
            "Enrol an account: arlo-relay enroll ACCOUNT.",
        ),
        (_, None) => Check::warning(
            NAME,
            "no mail has come for any enrolment yet",
            "Forward Arlo's mail to the relay address that enroll showed, and log in to Arlo once. While Arlo asks for no \
             codes it sends none: doctor --arlo says what is known.",
        ),
        (_, Some(tally)) => Check::ok(
            NAME,
            format!("the last was {} at {}", tally.event.name(), minute(tally.last_at)),
        ),
    }
}

/// Whether a former key of the deployment is still needed; no check where there is none.
fn former_key(overview: &Overview) -> Option<Check> {
    const NAME: &str = "former key";
    match (overview.has_former_key, overview.need_former_key) {
        (false, 0) => None,
        (true, 0) if overview.open_invitations > 0 => Some(Check::hint(
            NAME,
            format!(
                "no enrolment needs it any more, and {} may: it is not kept with which key one was made",
                open_invitations(overview.open_invitations)
            ),
            "Keep it until the invitations that were made before the key was changed are used or over, or withdraw \
             these: arlo-relay invite --list, arlo-relay invite --withdraw ID.",
        )),
        (true, 0) => Some(Check::warning(NAME, "no enrolment needs it any more", "Remove it.")),
        (true, left) => Some(Check::ok(
            NAME,
            format!(
                "{left} enrolments still need it: enroll --rotate and --rotate-address move them to the present one"
            ),
        )),
        (false, left) => Some(Check::wrong(
            NAME,
            format!("{left} enrolments need it, and it is not there"),
            "Put the former key back, or enrol them anew.",
        )),
    }
}

fn open_invitations(number: usize) -> String {
    match number {
        1 => "an open invitation".to_owned(),
        more => format!("{more} open invitations"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use relay::{MailEvent, Tally};

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
        for (enrolments, last_mail, verdict, said) in [
            (0, None, Verdict::Warning, "nobody"),
            (1, None, Verdict::Warning, "no mail"),
            (1, Some(tally), Verdict::Ok, "code-delivered at 2027-01-15 08:00 UTC"),
        ] {
            let check = super::last_mail(&overview(enrolments, last_mail));
            assert!(check.verdict == verdict && check.found.contains(said), "{check:?}");
        }
    }

    fn overview(enrolments: usize, last_mail: Option<Tally>) -> Overview {
        Overview {
            enrolments,
            last_mail,
            has_former_key: false,
            need_former_key: 0,
            open_invitations: 0,
        }
    }

    #[test]
    fn a_former_key_is_kept_while_an_invitation_may_need_it() {
        let overview = Overview {
            has_former_key: true,
            open_invitations: 2,
            ..overview(3, None)
        };
        let check = former_key(&overview).unwrap();
        assert!(
            check.verdict == Verdict::Ok && check.found.contains("2 open invitations may"),
            "{check:?}"
        );
        assert!(!check.mend.unwrap().contains("Remove it"));
    }

    #[test]
    fn a_former_key_is_kept_as_long_as_it_is_needed() {
        for (has_former_key, need_former_key, expected) in [
            (false, 0, None),
            (true, 0, Some((Verdict::Warning, "no enrolment needs it"))),
            (true, 3, Some((Verdict::Ok, "3 enrolments still need it"))),
            (false, 3, Some((Verdict::Wrong, "3 enrolments need it"))),
        ] {
            let overview = Overview {
                has_former_key,
                need_former_key,
                ..overview(3, None)
            };
            match (former_key(&overview), expected) {
                (None, None) => {}
                (Some(check), Some((verdict, said))) => {
                    assert!(check.verdict == verdict && check.found.contains(said), "{check:?}");
                }
                (check, _) => panic!("{check:?}"),
            }
        }
    }
}
