//! How Arlo's mail gets to the relay: the relay address as a factor of the Arlo account, or a rule of the mailbox; and
//! what the mailbox's provider asks.

use maud::{Markup, html};
use relay::{Confirmation, OtherMail, Status};

use super::layout::View;
use super::member::{LOOK, Member};
use super::parts::{code, copy_button, time};
use super::rich::filled;
use super::texts::Texts;

/// The sender of Arlo's codes.
const ARLO: &str = "do_not_reply@arlo.com";

/// Whether a provider asks the relay address before it forwards.
#[derive(Clone, Copy)]
enum Asks {
    First,
    Nothing,
    Perhaps,
}

struct Provider {
    name: fn(&Texts) -> &'static str,
    text: fn(&Texts) -> &'static str,
    asks: Asks,
    domains: &'static [&'static str],
}

const PROVIDERS: [Provider; 10] = [
    Provider {
        name: |_| "Gmail",
        text: |t| t.gmail,
        asks: Asks::First,
        domains: &["gmail.com", "googlemail.com"],
    },
    Provider {
        name: |_| "Outlook.com, Microsoft 365",
        text: |t| t.outlook,
        asks: Asks::Nothing,
        domains: &["outlook.com", "hotmail.com", "live.com", "msn.com"],
    },
    Provider {
        name: |_| "iCloud",
        text: |t| t.icloud,
        asks: Asks::Nothing,
        domains: &["icloud.com", "me.com", "mac.com"],
    },
    Provider {
        name: |_| "Yahoo, AOL",
        text: |t| t.yahoo,
        asks: Asks::First,
        domains: &[
            "yahoo.com",
            "aol.com",
            "yahoo.de",
            "yahoo.fr",
            "yahoo.es",
            "yahoo.co.uk",
        ],
    },
    Provider {
        name: |_| "Fastmail",
        text: |t| t.fastmail,
        asks: Asks::Nothing,
        domains: &["fastmail.com", "fastmail.fm"],
    },
    Provider {
        name: |_| "Proton Mail",
        text: |t| t.proton,
        asks: Asks::First,
        domains: &["proton.me", "protonmail.com", "pm.me"],
    },
    Provider {
        name: |_| "Zoho Mail",
        text: |t| t.zoho,
        asks: Asks::First,
        domains: &["zoho.com", "zohomail.com", "zohomail.eu"],
    },
    Provider {
        name: |_| "GMX, WEB.DE",
        text: |t| t.gmx,
        asks: Asks::First,
        domains: &["gmx.com", "gmx.net", "gmx.de", "gmx.at", "gmx.ch", "web.de"],
    },
    Provider {
        name: |t| t.alias_name,
        text: |t| t.alias,
        asks: Asks::First,
        domains: &["simplelogin.com", "simplelogin.co", "addy.io", "anonaddy.me"],
    },
    Provider {
        name: |t| t.other_provider_name,
        text: |t| t.other_provider,
        asks: Asks::Perhaps,
        domains: &[],
    },
];

impl Provider {
    /// Whether the account's mailbox is probably here.
    fn has(&self, email: &str) -> bool {
        let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.domains.iter().any(|own| domain.eq_ignore_ascii_case(own))
    }
}

/// The section about it.
pub(super) fn section(view: View, member: &Member<'_>, status: &Status) -> Markup {
    let t = view.texts();
    html! {
        section aria-labelledby="mail" {
            h2 #mail { (t.mail_title) }
            h3 { (t.factor_title) }
            p { (t.factor_lead) " " (t.factor_where) }
            p .value-line {
                span #factor-address { (code(member.relay_address)) }
                (copy_button(t, "factor-address", t.value_address))
            }
            p { (t.factor_first) }
            (member.act(view, "test", "#test", t.factor_button, "main"))
            p .hint { (t.factor_off) }
            h3 { (t.forward_title) }
            p { (filled(t.forward_lead, &[("sender", code(ARLO)), ("address", code(member.relay_address))])) }
            @for provider in &PROVIDERS {
                details name="provider" open[provider.has(member.email)] {
                    summary { ((provider.name)(t)) }
                    p { ((provider.text)(t)) }
                    p { (asks(t, provider)) }
                }
            }
            h3 #questions tabindex="-1" { (t.questions_title) }
            (questions(view, status))
        }
    }
}

fn asks(t: &Texts, provider: &Provider) -> Markup {
    let text = match provider.asks {
        Asks::First => t.asks_first,
        Asks::Nothing => t.asks_nothing,
        Asks::Perhaps => t.asks_perhaps,
    };
    filled(text, &[("provider", html! { ((provider.name)(t)) })])
}

/// What came and was no code. It changes while the page is open.
pub(super) fn questions(view: View, status: &Status) -> Markup {
    let t = view.texts();
    let is_empty = status.confirmation.is_none() && status.other_mail.is_empty();
    html! {
        div #live-questions data-live aria-live="polite" {
            @if is_empty {
                p { (t.questions_none) }
            } @else {
                p .warning { (t.questions_caution) }
            }
            @if let Some(confirmation) = &status.confirmation { (gmail(t, confirmation)) }
            @for mail in &status.other_mail { (other(t, mail)) }
        }
        p .look {
            button .plain type="submit" form=(LOOK) formaction="manage#questions" { (t.look_again) }
            " " span .hint data-looks hidden { (t.looks_by_itself) }
        }
    }
}

fn gmail(t: &Texts, confirmation: &Confirmation) -> Markup {
    html! {
        article .question {
            h4 { (t.question_gmail) }
            p .hint { (time(confirmation.at)) }
            @if let Some(digits) = &confirmation.code { p { (t.question_code) ": " strong { (code(digits)) } } }
            @if let Some(link) = confirmation.link.as_deref() { (link_to(t, link, host(link))) }
        }
    }
}

/// What a stranger may have written: text, and links whose host is shown.
fn other(t: &Texts, mail: &OtherMail) -> Markup {
    let subject = if mail.subject.is_empty() {
        t.question_no_subject
    } else {
        &mail.subject
    };
    let sender = html! { bdi { (mail.sender) } };
    html! {
        article .question {
            h4 { bdi { (subject) } }
            p .hint { (filled(t.question_from, &[("sender", sender), ("time", time(mail.at))])) }
            @for link in &mail.links { (link_to(t, link.url(), link.host())) }
        }
    }
}

fn link_to(t: &Texts, url: &str, host: &str) -> Markup {
    html! {
        @if url.starts_with("https://") {
            p {
                a href=(url) rel="noreferrer noopener" target="_blank" {
                    (filled(t.question_link, &[("host", html! { bdi { (host) } })]))
                }
            }
        }
    }
}

/// The host of an https URL, as a browser reads it.
fn host(url: &str) -> &str {
    let rest = url.strip_prefix("https://").unwrap_or_default();
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    host.split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn the_host_is_the_one_to_which_a_browser_goes() {
        for (url, expected) in [
            ("https://mail.google.com/mail/vf-x", "mail.google.com"),
            ("https://mail.google.com@evil.example/mail/vf-x", "evil.example"),
            ("https://evil.example\\@mail.google.com/", "evil.example"),
            ("https://a.example:8443?x", "a.example"),
            ("http://a.example/", ""),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }
}
