//! The Supervisor of Home Assistant, of which one thing is asked: where the MQTT service is.

use std::env;
use std::time::Duration;

use arlo_client::{HttpTransport, Method, Request, Transport};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::failure::Failure;

const WITHIN: Duration = Duration::from_secs(10);

/// An MQTT broker. `Debug` shows no password.
#[derive(Debug, Deserialize)]
pub(super) struct Mqtt {
    host: String,
    port: u16,
    #[serde(default)]
    ssl: bool,
    #[serde(default)]
    pub(super) username: Option<String>,
    #[serde(default, deserialize_with = "super::options::secret")]
    pub(super) password: Option<SecretString>,
}

impl Mqtt {
    /// Its URL, with the user as a URL writes it, and without the password.
    pub(super) fn url(&self, user: &str) -> String {
        let scheme = if self.ssl { "mqtts" } else { "mqtt" };
        let user = if user.is_empty() {
            String::new()
        } else {
            format!("{user}@")
        };
        format!("{scheme}://{user}{}:{}", self.host, self.port)
    }
}

#[derive(Deserialize)]
struct Answer {
    data: Option<Mqtt>,
}

/// The service, if Home Assistant has one.
///
/// # Errors
/// The Supervisor does not answer, or not as it is documented.
pub(super) async fn mqtt(url: &str) -> Result<Option<Mqtt>, Failure> {
    let Some(token) = token() else {
        return Err(Failure::operation(
            "SUPERVISOR_TOKEN is not set: this is not an app of Home Assistant",
        ));
    };
    let fault = |error: &dyn std::fmt::Display| {
        Failure::operation(format!(
            "the Supervisor does not say where the MQTT service is: {error}"
        ))
    };
    let mut request = Request::new(Method::Get, format!("{}/services/mqtt", url.trim_end_matches('/')));
    request.timeout = WITHIN;
    request
        .headers
        .push(("authorization", format!("Bearer {}", token.expose_secret())));
    let transport = HttpTransport::new().map_err(|error| fault(&error))?;
    let response = transport.send(request).await.map_err(|error| fault(&error))?;
    match response.status {
        200 => {}
        // No service is there.
        400 | 404 => return Ok(None),
        status => return Err(fault(&format!("status {status}"))),
    }
    // What serde says could repeat a value.
    let answer: Answer = serde_json::from_slice(&response.body).map_err(|_| fault(&"the answer has another form"))?;
    Ok(answer.data)
}

fn token() -> Option<SecretString> {
    let token = env::var("SUPERVISOR_TOKEN").ok()?;
    (!token.is_empty()).then(|| token.into())
}
