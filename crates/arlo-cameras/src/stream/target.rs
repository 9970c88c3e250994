//! Where the MQTT broker is. It is always spoken to in TLS, and its name is checked.

use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use url::Url;

/// The API host on whose behalf Arlo's own broker is used if the session names none.
pub(super) const ARLO_HOST: &str = "https://myapi.arlo.com";
const ARLO_BROKER: &str = "mqtt-cluster.arloxcld.com";
const DEFAULT_PORT: u16 = 443;
const DEFAULT_PATH: &str = "/mqtt";

/// A broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) host: String,
    pub(super) port: u16,
    /// The path of the websocket; `None` for MQTT in TLS without one.
    pub(super) websocket: Option<String>,
}

impl Target {
    /// Arlo's own.
    pub(super) fn of_arlo() -> Self {
        Self {
            host: ARLO_BROKER.to_owned(),
            port: DEFAULT_PORT,
            websocket: None,
        }
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        let wrong = "Arlo names a broker of a kind that this program does not know";
        let url = Url::parse(text).map_err(|_| wrong)?;
        let websocket = match url.scheme() {
            "wss" | "ws" => Some(match url.path() {
                "" | "/" => DEFAULT_PATH.to_owned(),
                path => path.to_owned(),
            }),
            "ssl" | "mqtts" | "tcp" | "mqtt" | "tls" => None,
            _ => return Err(wrong),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(wrong)?;
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(DEFAULT_PORT),
            websocket,
        })
    }

    /// The name for the certificate.
    pub(super) fn server_name(&self) -> Result<ServerName<'static>, String> {
        ServerName::try_from(self.host.clone()).map_err(|_| "the name of Arlo's broker is no host name".to_owned())
    }
}

/// The broker that the session names.
pub(super) fn of_session(details: &Value) -> Option<Result<Target, &'static str>> {
    let text = details.get("mqttUrl")?.as_str().filter(|text| !text.is_empty())?;
    Some(Target::parse(text))
}

/// TLS with Mozilla's roots and those of the caller.
pub(super) fn tls(roots: &[CertificateDer<'static>]) -> Result<Arc<ClientConfig>, String> {
    let mut trusted = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    for root in roots {
        let added = trusted.add(root.clone());
        added.map_err(|error| format!("a certificate authority cannot be used: {error}"))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?;
    Ok(Arc::new(config.with_root_certificates(trusted).with_no_client_auth()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_scheme_says_how_the_broker_is_spoken_to() {
        let broker = |text: &str| {
            let target = of_session(&json!({ "mqttUrl": text }))?.ok()?;
            Some((target.host, target.port, target.websocket))
        };
        for (text, host, port, path) in [
            ("wss://a.example:8084", "a.example", 8084, Some("/mqtt")),
            ("wss://a.example/other", "a.example", 443, Some("/other")),
            ("ws://a.example", "a.example", 443, Some("/mqtt")),
            ("ssl://a.example:443", "a.example", 443, None),
            ("mqtts://a.example", "a.example", 443, None),
            ("tcp://[::1]:1883", "::1", 1883, None),
        ] {
            assert_eq!(broker(text), Some((host.into(), port, path.map(Into::into))), "{text}");
        }
        for text in ["", "a.example", "http://a.example", "ssl:", "ssl://"] {
            assert_eq!(broker(text), None, "{text}");
        }
        assert!(of_session(&json!({})).is_none());
    }
}
