//! Runs the command as a user does, and speaks HTTP and SMTP to it over plain sockets.

#![allow(dead_code, reason = "the tests and the benchmark each use a part")]
// clippy.toml frees test functions of these; what they share is test code too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use relay::SystemClock;
use relay::ports::Clock;
use relay_server::data_dir::{DataDir, Listeners};
use serde_json::Value;

/// How long anything may take before the test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// All subcommands.
pub(crate) const SUBCOMMANDS: [&str; 23] = [
    "setup",
    "serve",
    "enroll",
    "invite",
    "backup",
    "restore",
    "extract",
    "deliver",
    "login",
    "devices",
    "watch",
    "mode",
    "set",
    "snapshot",
    "record",
    "mqtt",
    "stream",
    "doctor",
    "app",
    "healthcheck",
    "demo",
    "completions",
    "man",
];

/// The command, with an environment that holds nothing of ours.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arlo-relay"));
    for (name, _) in std::env::vars() {
        if name.starts_with("ARLO_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

/// What one run printed, as text.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn from_output(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self {
            exit: output.status.code().unwrap(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Ran {
    /// The one JSON object on standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Runs to the end.
pub(crate) fn run(args: &[&str]) -> Ran {
    Ran::from_output(command().args(args).output().unwrap())
}

/// Runs with this on standard input.
pub(crate) fn run_with(args: &[&str], input: &[u8]) -> Ran {
    let mut child = command()
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // It may stop reading when it has read enough.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let ran = Ran::from_output(child.wait_with_output().unwrap());
    writer.join().unwrap();
    ran
}

/// A relay that runs, on free ports.
pub(crate) struct Serving {
    child: Child,
    pub(crate) http: String,
    pub(crate) smtp: String,
    pub(crate) lmtp: Option<String>,
    pub(crate) metrics: Option<String>,
}

impl Serving {
    /// Starts `serve` and waits for its `ready` line.
    pub(crate) fn start(data_dir: &Path, more: &[&str]) -> Self {
        Self::spawn(data_dir, "127.0.0.1:0", "debug", more)
    }

    /// With a log that costs nothing.
    pub(crate) fn start_quiet(data_dir: &Path) -> Self {
        Self::spawn(data_dir, "127.0.0.1:0", "error", &[])
    }

    /// With HTTP for other machines, too.
    pub(crate) fn start_on_every_address(data_dir: &Path, more: &[&str]) -> Self {
        Self::spawn(data_dir, "0.0.0.0:0", "debug", more)
    }

    fn spawn(data_dir: &Path, http: &str, log: &str, more: &[&str]) -> Self {
        let mut child = command()
            .args([
                "serve",
                "--http",
                http,
                "--smtp",
                "127.0.0.1:0",
                "--log",
                log,
                "--data-dir",
            ])
            .arg(data_dir)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let addresses = line
            .trim_end()
            .strip_prefix("ready http=")
            .and_then(|rest| rest.split_once(" smtp="));
        let Some((http, smtp)) = addresses else {
            let mut stderr = String::new();
            child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
            panic!("not ready: {line:?} {stderr}");
        };
        let (smtp, metrics) = match smtp.split_once(" metrics=") {
            Some((smtp, metrics)) => (smtp, Some(metrics.to_owned())),
            None => (smtp, None),
        };
        let (smtp, lmtp) = match smtp.split_once(" lmtp=") {
            Some((smtp, lmtp)) => (smtp, Some(lmtp.to_owned())),
            None => (smtp, None),
        };
        Self {
            http: http.to_owned(),
            smtp: smtp.to_owned(),
            lmtp,
            metrics,
            child,
        }
    }

    /// A relay that runs already; its addresses are taken from its data directory.
    pub(crate) fn adopt(child: Child, data_dir: &Path) -> Self {
        let mut serving = Self {
            http: String::new(),
            smtp: String::new(),
            lmtp: None,
            metrics: None,
            child,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < PATIENCE, "the relay does not serve");
            assert!(serving.child.try_wait().unwrap().is_none(), "the relay has ended");
            if let Some(listeners) = runtime.block_on(listeners(data_dir)) {
                (serving.http, serving.smtp) = (listeners.http.to_string(), listeners.smtp.to_string());
                return serving;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGTERM; gives the exit code.
    pub(crate) fn end(mut self) -> i32 {
        self.terminate()
    }

    /// SIGTERM; gives the exit code and all that was logged.
    pub(crate) fn stop(mut self) -> Ran {
        let exit = self.terminate();
        let read = |pipe: Option<&mut dyn Read>| {
            let mut text = String::new();
            pipe.unwrap().read_to_string(&mut text).unwrap();
            text
        };
        Ran {
            exit,
            stdout: read(self.child.stdout.as_mut().map(|pipe| pipe as &mut dyn Read)),
            stderr: read(self.child.stderr.as_mut().map(|pipe| pipe as &mut dyn Read)),
        }
    }

    fn terminate(&mut self) -> i32 {
        let terminated = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(terminated.success());
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap();
            }
            assert!(began.elapsed() < PATIENCE, "the relay does not end");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Bytes of memory that the process holds.
    pub(crate) fn resident(&self) -> u64 {
        resident(self.child.id())
    }

    /// Processor time that the process has used.
    pub(crate) fn processor(&self) -> Duration {
        processor(self.child.id())
    }

    /// SIGKILL: as good as a power cut for the process.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn enroll(&self, data_dir: &Path, account: &str) -> Value {
        let ran = run(&["enroll", account, "--json", "--data-dir", data_dir.to_str().unwrap()]);
        assert_eq!(ran.exit, 0, "{ran:?}");
        ran.json()
    }

    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        request(
            &self.http,
            &format!("GET {path} HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n"),
        )
    }

    /// Prestages with the token in the URL, as the enrolment gives it.
    pub(crate) fn prestage(&self, enrolled: &Value) -> String {
        let url = enrolled["prestage_url"].as_str().unwrap();
        let path = url
            .split_once("/prepare")
            .map(|(_, rest)| format!("/prepare{rest}"))
            .unwrap();
        let body = serde_json::json!({ "email": enrolled["account"] }).to_string();
        let (status, url) = request(
            &self.http,
            &format!(
                "POST {path} HTTP/1.1\r\nHost: relay\r\nConnection: close\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            ),
        );
        assert_eq!(status, 200, "{url}");
        url
    }

    /// Reads a poll URL, whatever host it names.
    pub(crate) fn poll(&self, url: &str, query: &str) -> (u16, Value) {
        let path = url
            .split_once("/poll/")
            .map(|(_, key)| format!("/poll/{key}{query}"))
            .unwrap();
        let (status, body) = self.get(&path);
        (status, serde_json::from_str(&body).unwrap())
    }

    /// Sends one mail and gives the reply to its end.
    pub(crate) fn send(&self, recipient: &str, mail: &str) -> String {
        let stream = TcpStream::connect(&self.smtp).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut stream = stream;
        let mut reply = String::new();
        let mut say = |line: &str| -> String {
            stream.write_all(line.as_bytes()).unwrap();
            loop {
                reply.clear();
                reader.read_line(&mut reply).unwrap();
                if reply.get(3..4) != Some("-") {
                    return reply.clone();
                }
            }
        };
        say("");
        say("EHLO mail.example.org\r\n");
        say("MAIL FROM:<casey+caf_=x=relay.localhost@gmail.com>\r\n");
        let accepted = say(&format!("RCPT TO:<{recipient}>\r\n"));
        if !accepted.starts_with("250") {
            return accepted;
        }
        say("DATA\r\n");
        let last = say(&format!("{mail}\r\n.\r\n"));
        say("QUIT\r\n");
        last
    }
}

/// Bytes of memory that a process holds.
pub(crate) fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// Processor time that a process has used, in ticks of 10 ms (proc(5)).
pub(crate) fn processor(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

/// Where the relay of a data directory listens, once it does.
async fn listeners(data_dir: &Path) -> Option<Listeners> {
    // Not opened before it is there: this is not who makes it.
    if !data_dir.join("hash.key").exists() {
        return None;
    }
    let data = DataDir::open(data_dir).await.ok()?;
    data.addresses().await.ok()??.listeners
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until it is so: what ends elsewhere may end a little later.
pub(crate) async fn until(what: impl Fn() -> bool) {
    let began = Instant::now();
    while !what() {
        assert!(began.elapsed() < PATIENCE, "it does not come to that");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// One HTTP exchange: status and body.
pub(crate) fn request(address: &str, text: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer
        .get(9..12)
        .and_then(|code| code.parse().ok())
        .unwrap_or_else(|| panic!("{answer:?}"));
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap();
    (status, body)
}

/// Arlo's mail as it was in May 2026, dated now.
pub(crate) fn arlo_mail(code: &str, id: &str) -> String {
    let date = SystemClock.now().strftime("%a, %d %b %Y %H:%M:%S +0000");
    format!(
        "From: Arlo <do_not_reply@arlo.com>\r\nTo: casey@gmail.com\r\nDate: {date}\r\nMessage-ID: <{id}@arlo.com>\r\n\
         Subject: Your one-time authentication code from Arlo\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/html; charset=utf-8\r\n\r\n\
         <style>p {{ color: #333333 }}</style><p>Your code is:</p>\r\n<h1 style=\"color:#1B5A8F\">\r\n  {code} </h1>\r\n"
    )
}
