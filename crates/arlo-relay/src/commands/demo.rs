//! `demo`: the whole story in one terminal. Only Arlo is simulated: the relay is the one that `serve` runs, the mail is
//! sent by SMTP, and the client is that of `login`.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use arlo_client::{Login, RelaySource, Session, Step};
use arlo_mail::Account;
use arlo_sim::{Cloud, Factor, User};
use jiff::SignedDuration;
use relay::{JoinLimits, Lifetime, LocalPart, NewEnrolment, Registration};

use relay_server::authentication::NameServers;
use relay_server::serve::{Config, start};
use relay_server::supervisor::Supervisor;
use serde_json::{Value, json};

use super::login;
use crate::cli::DemoArgs;
use crate::failure::Failure;
use crate::output::{FAINT, GOOD, Output, STRONG, styled};

const ACCOUNT: &str = "casey@gmail.com";
const PASSWORD: &str = "a password of the demo";
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

pub(crate) async fn run(_: &DemoArgs, output: &Output) -> Result<(), Failure> {
    let story = Story::new(*output);
    let directory =
        tempfile::tempdir().map_err(|error| Failure::operation(format!("no directory for the demo: {error}")))?;

    let server = start(config(directory.path())).await.map_err(Failure::operation)?;
    story.step(&format!(
        "the relay takes mail at {} and calls at {}",
        server.smtp_address(),
        server.public_url()
    ));

    let account = Account::parse(ACCOUNT).map_err(Failure::operation)?;
    let new = NewEnrolment::for_account(&account);
    let enrolled = server.relay().enroller().enrol(new).await.map_err(Failure::operation)?;
    let relay_address = server.relay().enroller().relay_address(&enrolled.local_part);
    story.step(&format!(
        "{ACCOUNT} is enrolled; its mailbox forwards Arlo's mail to {}",
        shortened(&relay_address)
    ));

    let user = User::new(ACCOUNT, PASSWORD)
        .factors(vec![Factor::email(ACCOUNT)])
        .deliver_to(&relay_address);
    let cloud = arlo_sim::start(arlo_sim::Config::new(server.smtp_address(), vec![user])).await;
    let cloud = cloud.map_err(Failure::operation)?;
    story.step(&format!("a simulated Arlo runs at {}", cloud.url()));

    let prestage_url = format!("{}/prepare-arlo-mfa/{}", server.public_url(), enrolled.token.expose());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(async move {
        // A dropped sender stops the relay too.
        Box::pin(server.run(async { drop(stopped.await) })).await
    });
    let logged_in = Box::pin(log_in(&story, &cloud, &prestage_url, directory.path())).await;
    cloud.shutdown().await;
    let _ = stop.send(());
    serving.await.map_err(Failure::operation)?.map_err(Failure::operation)?;
    logged_in?;
    story.end()
}

/// The logins: one with a code, one without.
async fn log_in(story: &Story, cloud: &Cloud, prestage_url: &str, directory: &std::path::Path) -> Result<(), Failure> {
    let login = || -> Result<Login, Failure> {
        let steps = story.clone();
        Ok(Login::new(ACCOUNT, PASSWORD.to_owned().into())
            .codes(RelaySource::new(prestage_url).map_err(Failure::operation)?)
            .auth_host(cloud.url())
            .api_host(cloud.url())
            .session_file(directory.join("session.json"))
            .on_step(move |step| steps.login_step(step)))
    };
    story.chapter("The first login");
    let session = Box::pin(login()?.run()).await.map_err(Failure::operation)?;
    story.session(&session);
    let devices = session.devices().await.map_err(Failure::operation)?;
    story.step(&format!("the account has {} devices", devices.len()));
    story.aside(&login::table(&devices));

    story.chapter("The second login");
    let session = Box::pin(login()?.run()).await.map_err(Failure::operation)?;
    story.session(&session);
    Ok(())
}

fn config(directory: &std::path::Path) -> Config {
    Config {
        http: ANY_PORT,
        smtp: ANY_PORT,
        https: None,
        metrics: None,
        lmtp: None,
        data_dir: directory.join("relay"),
        domain: None,
        former_domain: None,
        public_url: None,
        shared: LocalPart::default(),
        lifetime: Lifetime::default(),
        senders: Vec::new(),
        operator: None,
        certificate: None,
        name_servers: NameServers::System,
        mail_servers: Vec::new(),
        trusted_proxies: Vec::new(),
        supervisor: Supervisor::default(),
        registration: Registration::Closed,
        join_limits: JoinLimits::default(),
        mailboxes: Vec::new(),
        version: env!("CARGO_PKG_VERSION"),
    }
}

/// A relay address is long and random; its two ends are enough to follow the story.
fn shortened(address: &str) -> String {
    let (secret, domain) = address.split_once('@').unwrap_or((address, ""));
    format!("{}…@{domain}", secret.get(..6).unwrap_or(secret))
}

/// Prints each step with the time since the beginning.
#[derive(Debug, Clone)]
struct Story {
    began: Instant,
    output: Output,
    steps: Arc<Mutex<Vec<Value>>>,
}

impl Story {
    fn new(output: Output) -> Self {
        let story = Self {
            began: Instant::now(),
            output,
            steps: Arc::default(),
        };
        story.chapter("Setup");
        story
    }

    fn step(&self, text: &str) {
        let ms = SignedDuration::try_from(self.began.elapsed()).map_or(0, |elapsed| elapsed.as_millis());
        self.steps
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(json!({ "step": text, "ms": ms }));
        self.print(&format!("{} {text}", styled(FAINT, &format!("{ms:>6} ms"))));
    }

    fn login_step(&self, step: &Step) {
        self.step(&step.to_string());
    }

    fn session(&self, session: &Session) {
        let how = if session.reused() {
            "the session was kept: no password, no mail, no code"
        } else {
            "nobody typed the code"
        };
        self.step(&styled(
            GOOD,
            &format!(
                "user {} is logged in until {}; {how}",
                session.user_id(),
                session.expires_at()
            ),
        ));
    }

    fn chapter(&self, title: &str) {
        self.print(&format!("\n{}", styled(STRONG, title)));
    }

    fn aside(&self, text: &str) {
        for line in text.lines() {
            self.print(&format!("          {line}"));
        }
    }

    fn print(&self, text: &str) {
        if !self.output.is_json() {
            // A reader that closes the output does not end the demo.
            let _ = self.output.line(text);
        }
    }

    fn end(&self) -> Result<(), Failure> {
        let steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.output.result(&json!({ "ok": true, "steps": steps }), || {
            format!(
                "\nNow with your own Arlo account: {} and {} (see the README).",
                styled(STRONG, "arlo-relay serve"),
                styled(STRONG, "arlo-relay enroll")
            )
        })
    }
}
