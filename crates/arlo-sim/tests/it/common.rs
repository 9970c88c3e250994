//! A client that makes the calls of a login step by step, and an SMTP server that keeps the mails it receives.

use std::net::SocketAddr;
use std::sync::Once;
use std::time::Duration;

use arlo_sim::{Cloud, Config, User};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

pub(crate) const EMAIL: &str = "casey@gmail.com";
pub(crate) const PASSWORD: &str = "correct horse";
pub(crate) const RELAY: &str = "k3y@relay.localhost";
/// Longer than any step here. A test that reaches it fails.
const DEADLINE: Duration = Duration::from_secs(30);

/// A cloud whose only user forwards to [`RELAY`], and the server that receives the mail.
pub(crate) async fn cloud() -> (Cloud, Sink) {
    let sink = Sink::start().await;
    let user = User::new(EMAIL, PASSWORD).deliver_to(RELAY);
    let cloud = arlo_sim::start(Config::new(sink.address, vec![user])).await.unwrap();
    (cloud, sink)
}

/// Waits until another task makes the condition true.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    let wait = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(DEADLINE, wait).await.expect("it never came true");
}

/// A browser: cookies, and a token after the login.
pub(crate) struct Client {
    pub(crate) http: reqwest::Client,
    url: String,
    pub(crate) token: String,
}

impl Client {
    pub(crate) fn new(cloud: &Cloud) -> Self {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| rustls::crypto::ring::default_provider().install_default().unwrap());
        let http = reqwest::Client::builder()
            .cookie_store(true)
            .no_proxy()
            .timeout(DEADLINE);
        Self {
            http: http.build().unwrap(),
            url: cloud.url(),
            token: String::new(),
        }
    }

    /// A client that has sent the password.
    pub(crate) async fn with_password(cloud: &Cloud) -> Self {
        let mut client = Self::new(cloud);
        let data = client.password(EMAIL, PASSWORD).await;
        assert_eq!(data["meta"]["code"], 200, "{data}");
        data["data"]["token"].as_str().unwrap().clone_into(&mut client.token);
        client
    }

    /// A client that has also sent the code.
    pub(crate) async fn logged_in(cloud: &Cloud, sink: &mut Sink) -> Self {
        let mut client = Self::with_password(cloud).await;
        let challenge = client.start_mail().await;
        let code = sink.mail().await.code();
        let data = client.finish(&challenge, Some(&code)).await["data"].clone();
        data["token"].as_str().unwrap().clone_into(&mut client.token);
        client
    }

    pub(crate) async fn send(&self, method: Method, path: &str, authorization: &str, body: Option<&Value>) -> Response {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if !authorization.is_empty() {
            request = request.header("Authorization", authorization);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await.unwrap()
    }

    /// A call of the auth host, which answers in JSON with HTTP 200.
    pub(crate) async fn auth(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let response = self
            .send(method, path, &BASE64_STANDARD.encode(&self.token), body)
            .await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/json");
        response.json().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.auth(Method::POST, path, Some(&body)).await
    }

    /// A call of the API host.
    pub(crate) async fn api(&self, method: Method, path: &str, body: Option<&Value>) -> Response {
        self.send(method, path, &self.token, body).await
    }

    pub(crate) async fn password(&self, email: &str, password: &str) -> Value {
        let password = BASE64_STANDARD.encode(password);
        let body = json!({ "email": email, "password": password, "language": "en", "EnvSource": "prod" });
        self.post("/api/auth", body).await
    }

    pub(crate) async fn factor_id(&self) -> Value {
        self.post(
            "/api/getFactorId",
            json!({ "factorType": "BROWSER", "factorData": "", "userId": "x" }),
        )
        .await
    }

    pub(crate) async fn factor(&self, kind: &str) -> Value {
        let factors = self.auth(Method::GET, "/api/getFactors?data=1790000000", None).await;
        let items = factors["data"]["items"].as_array().unwrap();
        items.iter().find(|item| item["factorType"] == kind).unwrap().clone()
    }

    pub(crate) async fn start(&self, factor_id: &Value) -> Value {
        self.post(
            "/api/startAuth",
            json!({ "factorId": factor_id, "factorType": "BROWSER", "userId": "x" }),
        )
        .await
    }

    /// Asks for the code by mail. Gives the challenge's name.
    pub(crate) async fn start_mail(&self) -> String {
        let factor = self.factor("EMAIL").await;
        let started = self.start(&factor["factorId"]).await;
        started["data"]["factorAuthCode"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn finish(&self, challenge: &str, code: Option<&str>) -> Value {
        let mut body = json!({ "factorAuthCode": challenge, "isBrowserTrusted": true });
        if let Some(code) = code {
            body["otp"] = code.into();
        }
        self.post("/api/finishAuth", body).await
    }

    pub(crate) async fn pair(&self, code: &Value) -> Value {
        let body = json!({ "factorAuthCode": code, "factorData": "", "factorType": "BROWSER" });
        self.post("/api/startPairingFactor", body).await
    }
}

/// The content of an SMTP transaction.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    pub(crate) reverse_path: String,
    pub(crate) recipients: Vec<String>,
    pub(crate) message: Vec<u8>,
}

impl Mail {
    pub(crate) fn parsed(&self) -> mail_parser::Message<'_> {
        mail_parser::MessageParser::default().parse(&self.message).unwrap()
    }

    /// The code in the text part, where it is alone on its line.
    pub(crate) fn code(&self) -> String {
        let text = self.parsed().body_text(0).unwrap().into_owned();
        let mut codes = text
            .lines()
            .filter(|line| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit()));
        let code = codes.next().unwrap().to_owned();
        assert_eq!(codes.next(), None);
        code
    }
}

/// An SMTP server for one message at a time.
pub(crate) struct Sink {
    pub(crate) address: SocketAddr,
    mails: mpsc::UnboundedReceiver<Mail>,
}

impl Sink {
    pub(crate) async fn start() -> Self {
        Self::answering(vec![]).await
    }

    /// Gives these answers to the first RCPT commands, and accepts all others.
    pub(crate) async fn answering(mut answers: Vec<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, mails) = mpsc::unbounded_channel();
        answers.reverse();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // A client may disconnect at any time.
                let _ = transaction(stream, &mut answers, &sender).await;
            }
        });
        Self { address, mails }
    }

    pub(crate) async fn mail(&mut self) -> Mail {
        timeout(DEADLINE, self.mails.recv())
            .await
            .expect("no mail came")
            .unwrap()
    }

    pub(crate) fn is_empty(&mut self) -> bool {
        self.mails.try_recv().is_err()
    }
}

async fn transaction(
    stream: TcpStream,
    answers: &mut Vec<&'static str>,
    mails: &mpsc::UnboundedSender<Mail>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut mail = Mail {
        reverse_path: String::new(),
        recipients: vec![],
        message: vec![],
    };
    stream.write_all(b"220 sink\r\n").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let path = line
            .split_once('<')
            .and_then(|(_, rest)| rest.split_once('>'))
            .map(|(path, _)| path.to_owned());
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "MAIL" => {
                mail.reverse_path = path.unwrap();
                "250 ok"
            }
            "RCPT" => {
                mail.recipients.push(path.unwrap());
                answers.pop().unwrap_or("250 ok")
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let mut stuffed = Vec::new();
                while !stuffed.ends_with(b"\r\n.\r\n") {
                    stuffed.push(stream.read_u8().await?);
                }
                stuffed.truncate(stuffed.len() - 3);
                let stuffed = String::from_utf8(stuffed).unwrap();
                mail.message = stuffed.replace("\r\n..", "\r\n.").into_bytes();
                // Before the answer: when the cloud counts the mail, it is here already.
                mails.send(mail.clone()).ok();
                "250 taken"
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 ok",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}
