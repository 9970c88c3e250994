//! `setup`: from nothing to a relay that can be started, in one command.
//!
//! It asks for what the arguments leave out ([`ask`]), logs in to the mailbox once, writes the settings ([`plan`],
//! [`files`]), enrols the account, makes the checks of `doctor` that a relay which does not run yet can pass, and shows
//! the next step. Before the settings are written, nothing is changed.

mod ask;
mod aws;
mod checks;
mod enrolment;
mod files;
mod mailbox;
mod plan;
mod providers;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};

use arlo_mail::Account;
use relay::Domain;
use relay_http::PublicUrl;
use serde_json::json;

use self::ask::{Asker, Question};
use self::files::{Former, PasswordFile};
use self::plan::{Plan, Source, Starter, Tls};
use super::doctor;
use crate::cli::{DATA_OF_THE_SYSTEM, DataDirArgs, MailWay, SetupArgs, SetupMachineArgs, SetupOn};
use crate::failure::Failure;
use crate::output::{Output, STRONG, styled};

pub(crate) async fn run(args: SetupArgs, output: &Output) -> Result<(), Failure> {
    let asker = Asker::new(output);
    match args.on {
        Some(SetupOn::Aws(aws)) => aws::run(aws, asker, output),
        None => Box::pin(on_this_machine(args.machine, asker, output)).await,
    }
}

async fn on_this_machine(args: SetupMachineArgs, asker: Asker<'_>, output: &Output) -> Result<(), Failure> {
    let settings_file = match &args.to {
        Some(path) => absolute(path)?,
        None => files::settings_file()?,
    };
    let starter = files::starter(&settings_file);
    let password_file = PasswordFile::beside(&settings_file, starter);
    let way = way(&args, asker)?;
    let account = Question {
        text: "Which mail address does the account log in to Arlo with?",
        flag: "--account",
        default: None,
    };
    let account = asker.unless_given(args.account.clone(), account, |typed| {
        Account::parse(typed).map_err(|error| error.to_string())
    })?;
    let data_dir = data_dir(&args.data_dir, starter)?;
    let offline = args.offline;
    let replace = args.replace;
    let (public_url, tls) = reached(args.public_url.clone(), args.acme, asker)?;
    let (source, password) = match way {
        MailWay::Imap => {
            let opened = mailbox::opened(args.mailbox, &account, offline, asker).await?;
            opened.into_source(&password_file)
        }
        MailWay::Forward => {
            let domain = domain(args.domain, asker)?;
            (Source::Domain { domain }, None)
        }
        MailWay::Server => {
            let (domain, socket) = (domain(args.domain, asker)?, socket(&data_dir, starter));
            (Source::MailServer { domain, socket }, None)
        }
    };
    let plan = Plan {
        http: plan::http(public_url.as_deref(), starter),
        data_dir,
        source,
        public_url,
        tls,
        starter,
    };
    let password = password
        .as_ref()
        .map(|password| (password_file.written.as_path(), password));
    let settings = plan.settings();
    let former = files::former(&settings_file, &settings)?;
    may_replace(&settings_file, former, replace, asker)?;
    // The password last: settings that cannot be written leave the mailbox's password of before as it is.
    let kept = files::write_settings(&settings_file, &settings, former)?;
    if let Some((file, password)) = password {
        files::write_password(file, password)?;
    }
    let enrolment = enrolment::ensure(&plan, &account)?;
    let checks = checks::of(&plan, offline).await;
    let next = next_step(&settings_file, &plan, former);
    let object = json!({
        "settings": settings_file,
        "former_settings": kept,
        "data_dir": plan.data_dir,
        "url": plan.url(),
        "enrolment": enrolment.object(),
        "checks": checks,
        "start": next,
    });
    output.result(&object, || {
        let mut lines = vec![format!("The settings are in {}.", settings_file.display())];
        lines.extend(kept.map(|kept| format!("The former settings are in {}.", kept.display())));
        lines.push(format!("\n{}\n", enrolment.shown(&plan)));
        lines.push(doctor::report(&checks));
        lines.push(format!("\nNow start the relay:\n  {}", styled(STRONG, &next)));
        lines.join("\n")
    })
}

fn way(args: &SetupMachineArgs, asker: Asker<'_>) -> Result<MailWay, Failure> {
    let mailbox = &args.mailbox;
    let names_a_mailbox =
        mailbox.at.is_some() || mailbox.access.password_file.is_some() || mailbox.access.oauth2_token_file.is_some();
    match (args.mail, names_a_mailbox) {
        (Some(way), true) if way != MailWay::Imap => Err(Failure::usage(
            "a mailbox is named, and --mail names another way: leave one out",
        )),
        (Some(way), _) => Ok(way),
        (None, true) => Ok(MailWay::Imap),
        (None, false) => asker.choose(
            "How does Arlo's mail come to the relay?",
            "--mail",
            &[
                (
                    MailWay::Imap,
                    "The relay reads it in the mailbox where it arrives. Works at home.",
                ),
                (
                    MailWay::Forward,
                    "The mailbox forwards it to a domain of mine. Port 25 of this machine is open to the internet.",
                ),
                (MailWay::Server, "A mail server on this machine hands it over."),
            ],
        ),
    }
}

fn data_dir(args: &DataDirArgs, starter: Starter) -> Result<PathBuf, Failure> {
    let chosen = args.chosen().map(absolute).transpose()?;
    match (chosen, starter) {
        // The unit lets the relay write there alone.
        (Some(path), Starter::Unit) if path != Path::new(DATA_OF_THE_SYSTEM) => Err(Failure::usage(format!(
            "--data-dir: arlo-relay.service keeps its data in {DATA_OF_THE_SYSTEM} alone. Leave --data-dir out, or name \
             a settings file of your own with --to and start the relay yourself"
        ))),
        (None, Starter::Unit) => Ok(DATA_OF_THE_SYSTEM.into()),
        (Some(path), _) => Ok(path),
        (None, _) => args.path(),
    }
}

/// A service does not start in the directory where this was called.
fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path)
        .map_err(|error| Failure::usage(format!("{} is no path of a file: {error}", path.display())))
}

/// Who calls the relay.
#[derive(Debug, Clone, Copy)]
enum Callers {
    Here,
    AtHome,
    ByProxy,
    ByAcme,
}

/// How clients reach the relay, and who takes their TLS.
fn reached(given: Option<String>, acme: bool, asker: Asker<'_>) -> Result<(Option<String>, Tls), Failure> {
    let parse = |url: &str| {
        plan::parts(url)?;
        PublicUrl::parse(url)
            .map(|url| url.as_str().to_owned())
            .map_err(|error| error.to_string())
    };
    if let Some(url) = given {
        let url = parse(&url).map_err(|error| Failure::usage(format!("--public-url: {error}")))?;
        let tls = match (plan::is_https(&url), acme) {
            (true, true) => Tls::Acme,
            (true, false) => Tls::Proxy,
            (false, false) => Tls::None,
            (false, true) => return Err(Failure::usage("--acme needs an https:// URL as --public-url")),
        };
        return Ok((Some(url), tls));
    }
    if !asker.is_terminal() {
        return Ok((None, Tls::None));
    }
    let callers = asker.choose(
        "Where do the programs run that log in to Arlo?",
        "--public-url",
        &[
            (Callers::Here, "On this machine."),
            (
                Callers::AtHome,
                "In the network at home. Tokens and codes cross it unencrypted.",
            ),
            (
                Callers::ByAcme,
                "Anywhere: the relay takes HTTPS itself, with a certificate of Let's Encrypt. Port 443 is open to the internet.",
            ),
            (
                Callers::ByProxy,
                "Anywhere: a proxy with TLS on this machine passes their calls on.",
            ),
        ],
    )?;
    let (text, default) = match callers {
        Callers::Here => return Ok((None, Tls::None)),
        Callers::AtHome => (
            "By which URL do they reach this machine?",
            own_address().map(|ip| format!("http://{ip}")),
        ),
        Callers::ByAcme | Callers::ByProxy => ("By which https:// URL do they reach it?", None),
    };
    let tls = match callers {
        Callers::Here | Callers::AtHome => Tls::None,
        Callers::ByProxy => Tls::Proxy,
        Callers::ByAcme => Tls::Acme,
    };
    let question = Question {
        text,
        flag: "--public-url",
        default: default.as_deref(),
    };
    let url = asker.ask(question, |typed| {
        let url = parse(typed)?;
        match (tls, plan::is_https(&url)) {
            (Tls::Proxy | Tls::Acme, false) => Err("it begins with https://".to_owned()),
            _ => Ok(url),
        }
    })?;
    Ok((Some(url), tls))
}

/// The address from which this machine reaches others. Nothing is sent: the system only chooses a route.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    let documentation = SocketAddr::from(([192, 0, 2, 1], 9));
    socket.connect(documentation).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

fn domain(given: Option<String>, asker: Asker<'_>) -> Result<String, Failure> {
    let parse = |typed: &str| {
        Domain::parse(typed)
            .map(|domain| domain.to_string())
            .map_err(|error| format!("the domain {typed:?} {error}"))
    };
    match given {
        Some(domain) => parse(&domain).map_err(|error| Failure::usage(format!("--domain: {error}"))),
        None => asker.ask(
            Question {
                text: "Which domain's mail comes to the relay? It receives all mail of that domain, as relay.example.org.",
                flag: "--domain",
                default: None,
            },
            parse,
        ),
    }
}

fn socket(data_dir: &Path, starter: Starter) -> PathBuf {
    match starter {
        Starter::Unit | Starter::Root => "/run/arlo-relay/lmtp".into(),
        Starter::User => data_dir.join("lmtp"),
    }
}

/// Asks whether other settings may be replaced.
fn may_replace(path: &Path, former: Former, replace: bool, asker: Asker<'_>) -> Result<(), Failure> {
    if former != Former::Other || replace {
        return Ok(());
    }
    let says_other = format!("{} holds other settings", path.display());
    let agreed =
        asker.is_terminal() && asker.agrees(&format!("{says_other}. Replace them? They stay in a file beside it."))?;
    if agreed {
        return Ok(());
    }
    Err(Failure::operation(format!(
        "{says_other}: add --replace to replace them, or name another file with --to"
    )))
}

/// The command that starts the relay with these settings. One that may run already is stopped first: systemd opens no
/// socket for it then, closes none that it no longer needs, and hands it no new password.
fn next_step(settings: &Path, plan: &Plan, former: Former) -> String {
    if plan.starter != Starter::Unit {
        return format!("arlo-relay serve --config {}", settings.display());
    }
    let stops = match former {
        Former::Nothing => String::new(),
        Former::Same | Former::Other => {
            format!("systemctl disable --now arlo-relay {} && ", plan::SOCKETS.join(" "))
        }
    };
    let units = [plan.sockets(), vec!["arlo-relay"]].concat();
    format!("{stops}systemctl enable --now {}", units.join(" "))
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command, FromArgMatches as _};

    use super::*;

    #[test]
    fn the_unit_keeps_its_data_in_one_directory() {
        let chosen = |path: Option<&str>, starter| {
            let typed = ["setup"].into_iter().chain(path.map(|_| "--data-dir")).chain(path);
            let matches = DataDirArgs::augment_args(Command::new("setup")).get_matches_from(typed);
            data_dir(&DataDirArgs::from_arg_matches(&matches).unwrap(), starter)
        };
        let system = PathBuf::from(DATA_OF_THE_SYSTEM);
        assert_eq!(chosen(None, Starter::Unit).unwrap(), system);
        assert_eq!(chosen(Some("/var/lib/arlo-relay"), Starter::Unit).unwrap(), system);
        assert_eq!(
            chosen(Some("/srv/relay"), Starter::Root).unwrap(),
            PathBuf::from("/srv/relay")
        );
        let refused = chosen(Some("/srv/relay"), Starter::Unit).unwrap_err().to_string();
        assert!(
            refused.contains("--data-dir") && refused.contains(DATA_OF_THE_SYSTEM),
            "{refused}"
        );
    }
}
