//! The certificate that SMTP shows, and how other mail servers can be made to insist on it: MTA-STS (RFC 8461) and DANE
//! (RFC 7672). The last two are hints: mail comes without them, and may come without TLS.

use std::fmt::Write as _;

use jiff::Timestamp;
use mail_auth::{DnsError, Error, MessageAuthenticator};
use relay::SystemClock;
use relay::ports::Clock;
use relay_server::data_dir::{Listeners, is_local};
use relay_server::reach::on_this_machine;
use relay_server::tls::{Shown, shown_by_smtp};
use tokio::time::timeout;

use super::{Check, WITHIN, mx};
use crate::commands::minute;

/// The certificate that a relay that runs shows by SMTP, and what its domain says of TLS.
pub(super) async fn checks(listeners: Option<Listeners>, domain: &str) -> Vec<Check> {
    let Some(Listeners { smtp, .. }) = listeners else {
        return Vec::new();
    };
    let looked = timeout(WITHIN, shown_by_smtp(on_this_machine(smtp))).await;
    // Otherwise the check of SMTP says what is wrong with it.
    let Ok(Ok(shown)) = looked else {
        return Vec::new();
    };
    let is_here = smtp.ip().to_canonical().is_loopback();
    let mut checks: Vec<Check> = certificate(shown.as_ref(), is_here, SystemClock.now())
        .into_iter()
        .collect();
    if let Some(shown) = shown.filter(|_| !is_local(domain)) {
        let servers = mx::servers(domain).await.unwrap_or_default();
        checks.extend(servers.first().and_then(|server| other_name(&shown, server)));
        checks.push(mta_sts(
            domain,
            policy(domain).await,
            servers.first().map(String::as_str),
        ));
        checks.extend(servers.first().map(|server| dane(&shown, server)));
    }
    checks
}

const CERTIFICATE: &str = "certificate";

/// No check where SMTP is for this machine alone, and has none.
fn certificate(shown: Option<&Shown>, is_here: bool, now: Timestamp) -> Option<Check> {
    let Some(Shown { validity, .. }) = shown else {
        return (!is_here).then(|| {
            Check::warning(
                CERTIFICATE,
                "SMTP offers no TLS: others on the network can read the codes in the mail",
                "Set --tls-certificate and --tls-key, or --https and --acme-domain: docs/tls.md. By ACME it takes some \
                 seconds after the first start.",
            )
        });
    };
    let (from, to) = (minute(validity.from), minute(validity.to));
    Some(if now >= validity.to {
        Check::wrong(CERTIFICATE, format!("it ended at {to}"), RENEW)
    } else if now < validity.from {
        Check::wrong(
            CERTIFICATE,
            format!("it is not valid before {from}"),
            "Set this machine's clock by NTP.",
        )
    } else if validity.ends_soon(now) {
        Check::warning(CERTIFICATE, format!("it ends soon, at {to}"), RENEW)
    } else {
        Check::ok(CERTIFICATE, format!("it is valid until {to}"))
    })
}

const RENEW: &str = "Renew it: serve reads the files again when they change. By ACME it renews itself, and the log of \
    serve says why it does not.";

/// Whether the certificate is for another name than the MX record's. Most mail servers do not mind; MTA-STS does.
fn other_name(shown: &Shown, server: &str) -> Option<Check> {
    (!shown.is_for(server)).then(|| {
        Check::warning(
            "certificate's name",
            format!("it is not for {server}, where mail is sent by the MX record"),
            "Get a certificate for that name.",
        )
    })
}

/// What the domain publishes.
#[derive(Debug, PartialEq, Eq)]
enum Policy {
    Published(String),
    Missing,
    Unknown,
}

async fn policy(domain: &str) -> Policy {
    let Ok(resolver) = MessageAuthenticator::new_system_conf() else {
        return Policy::Unknown;
    };
    let name = format!("_mta-sts.{domain}.");
    match timeout(WITHIN, resolver.txt_raw_lookup(name)).await {
        Ok(Ok(text)) => match String::from_utf8_lossy(&text).into_owned() {
            text if text.starts_with("v=STSv1") => Policy::Published(text),
            _ => Policy::Missing,
        },
        Ok(Err(Error::Dns(DnsError::RecordNotFound(_)))) => Policy::Missing,
        _ => Policy::Unknown,
    }
}

fn mta_sts(domain: &str, policy: Policy, server: Option<&str>) -> Check {
    const NAME: &str = "mta-sts";
    match policy {
        Policy::Published(text) => Check::ok(NAME, format!("{domain} publishes {:?}", shortened(&text))),
        Policy::Unknown => Check::hint(
            NAME,
            format!("whether {domain} has a policy cannot be looked up"),
            "Check the name servers of this machine.",
        ),
        Policy::Missing => Check::hint(
            NAME,
            format!("{domain} has none: a mail server may send in clear if somebody on the way hides STARTTLS"),
            format!(
                "To let them insist on TLS, serve at https://mta-sts.{domain}/.well-known/mta-sts.txt the lines \
                 `version: STSv1`, `mode: testing`, `mx: {}` and `max_age: 86400`, then publish \
                 _mta-sts.{domain}. TXT \"v=STSv1; id=1\". Needs a certificate that everybody trusts.",
                server.unwrap_or("NAME")
            ),
        ),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

fn dane(shown: &Shown, server: &str) -> Check {
    let mut digest = String::new();
    for byte in shown.key_digest {
        // Writing to a text does not fail.
        let _ = write!(digest, "{byte:02x}");
    }
    Check::hint(
        "dane",
        format!("the record for the present key is _25._tcp.{server}. TLSA 3 1 1 {digest}"),
        "Publish it only if the zone is signed by DNSSEC, and the key stays at each renewal: with a new key mail stops \
         until the record is changed. By ACME each certificate has a new key.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::Verdict;

    #[test]
    fn a_listener_without_tls_is_named_where_others_reach_it() {
        let now = SystemClock.now();
        assert_eq!(certificate(None, true, now), None);
        assert_eq!(certificate(None, false, now).unwrap().verdict, Verdict::Warning);
    }

    #[test]
    fn a_policy_is_shown_or_what_to_publish() {
        let check = mta_sts("relay.example", Policy::Missing, Some("mx.example"));
        let mend = check.mend.unwrap();
        assert_eq!(check.verdict, Verdict::Ok);
        assert!(
            mend.contains("mx: mx.example") && mend.contains("_mta-sts.relay.example. TXT"),
            "{mend}"
        );
        let published = Policy::Published("v=STSv1; id=7".to_owned());
        assert!(mta_sts("relay.example", published, None).found.contains("id=7"));
        assert_eq!(mta_sts("relay.example", Policy::Unknown, None).verdict, Verdict::Ok);
    }
}
