//! `setup aws`: asks for what `deploy.sh` needs, and calls it.
//!
//! The script checks the account, the region and the domain itself, and keeps the parameters of a stack that is there.
//! So nothing of that is repeated here.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use arlo_mail::Account;

use super::ask::{Asker, Question};
use crate::cli::SetupAwsArgs;
use crate::failure::Failure;
use crate::output::{Output, STRONG, styled};

pub(super) fn run(args: SetupAwsArgs, asker: Asker<'_>, output: &Output) -> Result<(), Failure> {
    let script = script(&args.source)?;
    #[cfg(not(feature = "aws"))]
    if args.account.is_some() {
        return Err(crate::commands::without_aws("--account"));
    }
    let usual = ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .into_iter()
        .find_map(|name| env::var(name).ok());
    let region = Question {
        text: "Which region? SES has to receive mail there, as in us-east-1, us-west-2 or eu-west-1.",
        flag: "--region",
        default: usual.as_deref().or(asker.is_terminal().then_some("eu-west-1")),
    };
    let region = asker.unless_given(args.region, region, word)?;
    let address = Question {
        text: "Which relay address, as in arlo@relay.example.org? All mail of its domain comes to the relay.",
        flag: "--address",
        default: None,
    };
    let address = asker.unless_given(args.address, address, |typed| {
        let address = Account::parse(typed).map_err(|error| error.to_string())?;
        Ok(address.as_str().to_owned())
    })?;
    let bucket = Question {
        text: "Which S3 bucket in that region takes what SAM uploads? It has to exist.",
        flag: "--bucket",
        default: None,
    };
    let bucket = asker.unless_given(args.bucket, bucket, word)?;
    let mut parameters = args.parameters;
    if asker.is_terminal() {
        parameters.extend(optional(asker, &parameters)?);
    }
    let mut call = vec![region.clone(), args.stack.clone(), address, bucket];
    call.extend(parameters);
    let shown = format!("./deploy.sh {}", call.join(" "));
    output.line(&styled(STRONG, &shown))?;
    if args.dry_run || !asker.agrees("Deploy it?")? {
        return Ok(());
    }
    let status = Command::new(&script).args(&call).current_dir(&args.source).status();
    let status = status.map_err(|error| Failure::operation(format!("{} cannot be run: {error}", script.display())))?;
    if !status.success() {
        return Err(Failure::operation(
            "deploy.sh did not deploy the stack; it says why above",
        ));
    }
    match args.account {
        Some(account) => enrol(&account, &args.stack, &region),
        None => Ok(()),
    }
}

fn script(source: &std::path::Path) -> Result<PathBuf, Failure> {
    let script = source.join("deploy.sh");
    if script.is_file() && source.join("template.yaml").is_file() {
        return std::path::absolute(&script).map_err(Failure::operation);
    }
    Err(Failure::usage(format!(
        "there is no deploy.sh in {}: clone the source of arlo-relay, and run this there or name it with --source",
        source.display()
    )))
}

/// The parameters that most deployments need. Each may stay out.
fn optional(asker: Asker<'_>, given: &[String]) -> Result<Vec<String>, Failure> {
    let mut chosen = Vec::new();
    for (name, text) in [
        (
            "HostedZoneId",
            "The id of the domain's zone in Route 53, if AWS shall set its DNS records?",
        ),
        ("AlarmEmail", "A mail address for alarms, if you want them?"),
    ] {
        if given.iter().any(|parameter| parameter.starts_with(&format!("{name}="))) {
            continue;
        }
        let question = Question {
            text,
            flag: "--parameter",
            default: Some("none"),
        };
        let answer = asker.ask(question, word)?;
        if answer != "none" {
            chosen.push(format!("{name}={answer}"));
        }
    }
    Ok(chosen)
}

fn word(typed: &str) -> Result<String, String> {
    if typed.is_empty() || typed.contains(char::is_whitespace) {
        Err("one word is needed".to_owned())
    } else {
        Ok(typed.to_owned())
    }
}

/// Enrols by the command itself, whose output is what the person needs next.
fn enrol(account: &Account, stack: &str, region: &str) -> Result<(), Failure> {
    let itself = env::current_exe().map_err(Failure::operation)?;
    let mut command = Command::new(itself);
    command.args([
        "enroll",
        account.as_str(),
        "--if-none",
        "--stack",
        stack,
        "--region",
        region,
    ]);
    let status = command.stdin(Stdio::null()).status().map_err(Failure::operation)?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::operation("the account is not enrolled"))
    }
}
