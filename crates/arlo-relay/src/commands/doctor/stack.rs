//! The relay of a CloudFormation stack.

use jiff::Timestamp;
use relay::SystemClock;
use relay::ports::Clock;
use relay_aws::settings::Settings;
use relay_aws::stack::{Alarm, Identity, Rule, Sending, Stack, StackError};

use super::{Check, MAX_CLOCK_ERROR, Verdict, former_key, last_mail, mx};
use crate::failure::Failure;

const DEPLOY: &str = "Deploy the stack again with deploy.sh.";
const RIGHTS: &str = "Use AWS credentials that may read the stack, or deploy the stack again with deploy.sh.";

pub(super) async fn checks(name: &str, region: Option<String>) -> Result<Vec<Check>, Failure> {
    let stack = Stack::find(name, region).await.map_err(Failure::operation)?;
    let mut checks = vec![Check::ok(
        "stack",
        format!("{name} is {} in {}", stack.status(), stack.region()),
    )];
    let settings = match stack.settings().await {
        Ok(settings) => settings,
        Err(error) => {
            checks.push(Check::wrong("settings", error.to_string(), RIGHTS));
            return Ok(checks);
        }
    };
    let domain = settings.relay.deployment.domain.as_str();
    let (table, bucket, identity, rule, mx, alarms, overview, health) = tokio::join!(
        stack.table(&settings),
        stack.bucket(&settings),
        stack.identity(domain),
        stack.rule(&settings),
        exchange(&stack, domain),
        stack.alarms(),
        stack.overview(&settings),
        stack.health(),
    );
    checks.push(there("table", table));
    checks.push(there("bucket", bucket));
    match health {
        Ok(date) => checks.extend([
            Check::ok("http", "the relay answers and reads its table"),
            clock(date, "AWS"),
        ]),
        Err(error) => checks.push(Check::wrong(
            "http",
            error.to_string(),
            "Read the log of the function web.",
        )),
    }
    let way = [identified(identity, domain), mx, ruled(rule)];
    let met = meets(&way, &settings);
    checks.extend(way);
    checks.push(met);
    match overview {
        Ok(overview) => {
            checks.push(last_mail(&overview));
            checks.extend(former_key(&overview));
        }
        Err(error) => checks.push(Check::wrong("mail", error.to_string(), RIGHTS)),
    }
    if let Some(operator) = settings.operator() {
        checks.push(sent_on(stack.sending(operator).await));
    }
    checks.extend(rung(alarms));
    Ok(checks)
}

fn there(name: &'static str, used: Result<(), StackError>) -> Check {
    match used {
        Ok(()) => Check::ok(name, "it is there and can be used"),
        Err(error) => Check::wrong(name, error.to_string(), RIGHTS),
    }
}

fn identified(identity: Result<Identity, StackError>, domain: &str) -> Check {
    const NAME: &str = "identity";
    match identity {
        Ok(Identity::Verified) => Check::ok(NAME, format!("SES has verified {domain}")),
        Ok(Identity::Pending) => Check::wrong(
            NAME,
            format!("SES waits for the DKIM records of {domain}"),
            "Set the three CNAME records that the SES console shows for the domain; verifying can take a day.",
        ),
        Ok(Identity::Missing) => Check::wrong(
            NAME,
            format!("SES does not know {domain}"),
            "Deploy with HostedZoneId, or create the identity in the SES console, in the stack's region.",
        ),
        Err(error) => Check::wrong(NAME, error.to_string(), RIGHTS),
    }
}

fn ruled(rule: Result<Rule, StackError>) -> Check {
    const NAME: &str = "receipt rule";
    match rule {
        Ok(Rule::Active) => Check::ok(NAME, "the active rule set hands the domain's mail to the stack"),
        Ok(Rule::Disabled) => Check::wrong(
            NAME,
            "the stack's rule is disabled: no mail is received",
            "Run deploy.sh with Receiving=on. If that changes nothing, give another RuleRevision too, such as RuleRevision=2.",
        ),
        Ok(Rule::Missing) => Check::wrong(
            NAME,
            "another rule set is active, and the stack's rule is not in it",
            "Run deploy.sh with another RuleRevision than before, such as RuleRevision=2: it puts the stack's rule into the active rule set.",
        ),
        Ok(Rule::NoneActive) => Check::wrong(
            NAME,
            "no rule set is active",
            "Make the stack's rule set active in the SES console.",
        ),
        Err(error) => Check::wrong(NAME, error.to_string(), RIGHTS),
    }
}

async fn exchange(stack: &Stack, domain: &str) -> Check {
    const NAME: &str = "mx";
    let server = format!("inbound-smtp.{}.amazonaws.com", stack.region());
    let mend = format!("Set the record, and no other MX beside it: {domain}. MX 10 {server}.");
    match mx::servers(domain).await {
        Ok(found) if found.is_empty() => Check::wrong(NAME, format!("{domain} has no MX record"), mend),
        Ok(found) if found.contains(&server) => Check::ok(NAME, format!("mail for {domain} goes to SES")),
        Ok(found) => Check::wrong(NAME, format!("mail for {domain} goes to {}", found.join(", ")), mend),
        Err(error) => Check::warning(NAME, format!("the MX record cannot be looked up: {error}"), mend),
    }
}

/// What would happen now to a mail that a mailbox forwards to the relay.
fn meets(way: &[Check], settings: &Settings) -> Check {
    const NAME: &str = "a forwarded mail";
    let address = format!(
        "{}@{}",
        settings.relay.shared.as_str(),
        settings.relay.deployment.domain
    );
    match way.iter().find(|check| check.verdict == Verdict::Wrong) {
        Some(stop) => Check::wrong(
            NAME,
            format!("one to {address} would not arrive: {}", stop.found),
            format!("Mend this first: {}.", stop.check),
        ),
        None if settings.forwards() => Check::ok(
            NAME,
            format!("one to {address} would be read; what is no code goes on to the operator"),
        ),
        None => Check::warning(
            NAME,
            format!("one to {address} would be read; what is no code would be counted and dropped"),
            "Deploy with ForwardTo to see Gmail's question whether it may forward; enroll --list shows that of an enrolment.",
        ),
    }
}

/// Whether the operator gets what is no code.
fn sent_on(sending: Result<Sending, StackError>) -> Check {
    const NAME: &str = "operator's mail";
    match sending {
        Ok(Sending::Open) => Check::ok(NAME, "SES would send it to ForwardTo"),
        Ok(Sending::Sandboxed) => Check::wrong(
            NAME,
            "SES would drop it: the account is in the sandbox, which sends to verified addresses only",
            "Verify the address of ForwardTo in SES (aws sesv2 create-email-identity), or ask SES for production access.",
        ),
        Ok(Sending::Stopped) => Check::wrong(
            NAME,
            "SES would drop it: it has stopped the account's mail",
            "Read the reason in the SES console, and ask AWS to resume it.",
        ),
        Err(error) => Check::wrong(NAME, error.to_string(), RIGHTS),
    }
}

fn rung(alarms: Result<Vec<Alarm>, StackError>) -> Vec<Check> {
    const NAME: &str = "alarms";
    let alarms = match alarms {
        Ok(alarms) => alarms,
        Err(error) => return vec![Check::wrong(NAME, error.to_string(), RIGHTS)],
    };
    let ringing = alarms.iter().filter(|alarm| alarm.is_active);
    let mut checks: Vec<Check> = ringing
        .map(|alarm| {
            Check::wrong(
                NAME,
                format!("{} is active: {}", alarm.name, alarm.description),
                "Read the functions' logs.",
            )
        })
        .collect();
    if alarms.is_empty() {
        checks.push(Check::warning(NAME, "the stack has none", DEPLOY));
    } else if alarms.iter().any(|alarm| !alarm.notifies) {
        checks.push(Check::warning(
            NAME,
            "nobody is notified when one becomes active",
            "Deploy with AlarmEmail.",
        ));
    } else if checks.is_empty() {
        checks.push(Check::ok(NAME, "none is active"));
    }
    checks
}

/// This machine's clock compared with another.
fn clock(other: Option<Timestamp>, whose: &str) -> Check {
    const NAME: &str = "clock";
    let Some(other) = other else {
        return Check::warning(
            NAME,
            format!("{whose} does not send the time"),
            "Check that this machine's clock is right.",
        );
    };
    let apart = SystemClock.now().duration_since(other).abs();
    let found = format!("{} s from that of {whose}", apart.as_secs());
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
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_clock_may_be_half_a_minute_off() {
        let now = SystemClock.now();
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
