//! Where the mailboxes of the large providers are, by the domain of the address. docs/imap.md names the same servers.

/// A provider of mailboxes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Provider {
    domains: &'static [&'static str],
    /// Its IMAP server, as `--imap` writes it behind the user.
    pub(super) server: &'static str,
    /// Which password it takes.
    pub(super) password: &'static str,
}

const APP_PASSWORD: &str = "an app password, made in the security settings of the mail account";

const PROVIDERS: [Provider; 6] = [
    Provider {
        domains: &["gmail.com", "googlemail.com"],
        server: "imap.gmail.com",
        password: "an app password (myaccount.google.com, Security; it needs two-step verification)",
    },
    Provider {
        domains: &["icloud.com", "me.com", "mac.com"],
        server: "imap.mail.me.com",
        password: "an app-specific password",
    },
    Provider {
        domains: &["yahoo.com", "ymail.com", "rocketmail.com"],
        server: "imap.mail.yahoo.com",
        password: APP_PASSWORD,
    },
    Provider {
        domains: &["fastmail.com", "fastmail.fm"],
        server: "imap.fastmail.com",
        password: "an app password with access to mail",
    },
    Provider {
        domains: &["zoho.com", "zohomail.com"],
        server: "imap.zoho.com",
        password: "an app password, after IMAP was switched on in the settings",
    },
    Provider {
        domains: &["proton.me", "protonmail.com", "pm.me"],
        server: "127.0.0.1:1143",
        password: "the password that Proton Bridge shows; the Bridge runs on this machine",
    },
];

/// The providers whose mailboxes cannot be read with a password.
const WITHOUT_PASSWORDS: [&str; 4] = ["outlook.com", "hotmail.com", "live.com", "msn.com"];

/// The provider of an address, where it is a known one.
pub(super) fn of(address: &str) -> Option<&'static Provider> {
    let domain = domain(address);
    PROVIDERS
        .iter()
        .find(|provider| provider.domains.contains(&domain.as_str()))
}

/// Whether this address's provider takes OAuth 2.0 tokens alone.
pub(super) fn takes_no_password(address: &str) -> bool {
    WITHOUT_PASSWORDS.contains(&domain(address).as_str())
}

fn domain(address: &str) -> String {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    domain.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_page_about_mailboxes_names_the_same_servers() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/imap.md");
        let page = fs::read_to_string(page).unwrap();
        for provider in &PROVIDERS {
            assert!(page.contains(&format!("`{}`", provider.server)), "{provider:?}");
        }
    }

    #[test]
    fn a_provider_is_known_by_the_domain_alone() {
        assert_eq!(of("casey@GMAIL.com").map(|found| found.server), Some("imap.gmail.com"));
        assert_eq!(of("gmail.com@example.org"), None);
        assert_eq!(of(""), None);
        assert!(takes_no_password("casey@hotmail.com") && !takes_no_password("casey@gmail.com"));
    }
}
