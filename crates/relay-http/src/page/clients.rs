//! The lines that a member pastes into a program, with the member's own values in them. `docs/clients` says more about
//! each.
//!
//! The values come from a form, so each is quoted by the rules of the language that it is pasted into.

use maud::{Markup, html};

use super::layout::View;
use super::member::Member;
use super::parts::lines;

/// The section of all programs.
pub(super) fn section(view: View, member: &Member<'_>) -> Markup {
    let t = view.texts();
    let has_port = has_other_port(member.public_url.as_str());
    let script = script(member);
    let all = [
        ("hass", t.client_hass, t.client_hass_note, hass(member), has_port),
        (
            "pyaarlo",
            t.client_pyaarlo,
            t.client_pyaarlo_note,
            pyaarlo(member),
            has_port,
        ),
        (
            "scrypted",
            t.client_scrypted,
            t.client_scrypted_note,
            script.clone(),
            false,
        ),
        ("script", t.client_script, t.client_script_note, script, false),
        (
            "command",
            t.client_command,
            t.client_command_note,
            command(member),
            false,
        ),
    ];
    html! {
        section aria-labelledby="clients" {
            h2 #clients { (t.clients_title) }
            p { (t.clients_lead) }
            @for (id, name, note, text, warns) in &all {
                details name="client" {
                    summary { (name) }
                    p { (note) }
                    @if *warns { p .warning { (t.client_port) } }
                    (lines(t, &format!("lines-{id}"), name, text))
                }
            }
        }
    }
}

fn hass(member: &Member<'_>) -> String {
    hass_aarlo(member.email, member.token.expose(), member.public_url.as_str())
}

/// The lines for the `configuration.yaml` of Home Assistant. `host` is the relay's URL; hass-aarlo drops its port.
#[must_use]
pub fn hass_aarlo(account: &str, token: &str, host: &str) -> String {
    let (account, token, host) = (json(account), json(token), json(host));
    format!(
        "aarlo:\n  username: {account}\n  password: your-arlo-password\n  tfa_type: email\n  tfa_source: rest-api\n  \
         tfa_host: {host}\n  tfa_username: {account}\n  tfa_password: {token}\n  tfa_total_timeout: 300\n"
    )
}

fn pyaarlo(member: &Member<'_>) -> String {
    let (account, token) = (json(member.email), json(member.token.expose()));
    let host = json(member.public_url.as_str());
    format!(
        "arlo = pyaarlo.PyArlo(\n    username={account},\n    password=\"your-arlo-password\",\n    \
         tfa_type=\"email\",\n    tfa_source=\"rest-api\",\n    tfa_host={host},\n    tfa_username={account},\n    \
         tfa_password={token},\n    tfa_total_timeout=300,\n)\n"
    )
}

/// The URL, which holds the token, reaches curl by standard input: every user of the machine can read a command line.
/// `--json` of curl would ask for another answer than the bare poll URL.
fn script(member: &Member<'_>) -> String {
    let body = shell(&format!("{{\"email\":{}}}", json(member.email)));
    let url = shell(&format!("{}/{}", member.prestage_url(), member.token.expose()));
    format!(
        "(\n\
         prestage={url}\n\
         poll=$(printf 'url = \"%s\"\\n' \"$prestage\" | curl -sS --fail-with-body --config - \\\n  \
         -H 'Content-Type: application/json' -d {body}) || {{ printf '%s\\n' \"$poll\" >&2; exit 1; }}\n\
         echo 'Log in now.' >&2\n\
         while sleep 1; do\n  \
         answer=$(printf 'url = \"%s\"\\n' \"$poll\" | curl -sS --config -)\n  \
         case $answer in\n    \
         *'\"pending\"'*) ;;\n    \
         *'\"complete\"'*) printf '%s\\n' \"$answer\" | sed 's/.*\"code\" *: *\"\\([0-9]*\\)\".*/\\1/'; exit ;;\n    \
         *) printf '%s\\n' \"$answer\" >&2; exit 1 ;;\n  \
         esac\n\
         done\n)\n"
    )
}

fn command(member: &Member<'_>) -> String {
    format!(
        "export ARLO_RELAY_TOKEN={}\narlo-relay login --account {} \\\n  --codes {} \\\n  \
         --session-file ~/.arlo-session.json\n",
        shell(member.token.expose()),
        shell(member.email),
        shell(&format!("relay:{}", member.prestage_url()))
    )
}

/// The text in double quotes, for JSON, YAML and Python, which read it alike.
fn json(text: &str) -> String {
    // A text is always written.
    serde_json::to_string(text).unwrap_or_default()
}

/// The text as one word of a POSIX shell.
fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Whether a client that drops the port of a URL cannot reach this one.
fn has_other_port(url: &str) -> bool {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let authority = rest.split('/').next().unwrap_or_default();
    let port = authority
        .rsplit_once(':')
        .map(|(_, port)| port)
        .filter(|port| !port.ends_with(']'));
    port.is_some_and(|port| port != if scheme == "http" { "80" } else { "443" })
}

#[cfg(test)]
mod tests;
