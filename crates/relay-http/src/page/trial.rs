//! The test: a login that the page itself announces, and a mail in Arlo's form that the member sends.
//!
//! A mail that the account itself forwards inline counts as Arlo's at the enrolment's own relay address. The test mail
//! is one: its text is that of Gmail's forwarding, in English, which the reader of mails knows in every case.

use jiff::Timestamp;
use maud::{Markup, html};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use relay::{AuditKind, LoginRequest, MailEvent, RequestId, RequestState, Status};
use sha2::{Digest, Sha256};

use super::layout::View;
use super::member::{LOOK, Member};
use super::parts::{code, lines, time};
use super::rich::filled;

const SUBJECT: &str = "Your one-time authentication code from Arlo";
/// What a `mailto:` URL may have as it is (RFC 6068).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How far the test is.
pub(super) enum Trial {
    /// It was not begun.
    None,
    /// The login request that it made.
    Begun(LoginRequest),
    /// That request has gone.
    Over,
}

impl Trial {
    fn is_waiting(&self) -> bool {
        matches!(self, Self::Begun(request) if request.state == RequestState::Pending)
    }
}

/// The section of the test. Where Arlo's signature is asked for, no mail of the member's passes it.
pub(super) fn section(view: View, member: &Member<'_>, trial: &Trial, status: &Status, require_dkim: bool) -> Markup {
    let t = view.texts();
    let again = if matches!(trial, Trial::None) {
        t.test_button
    } else {
        t.test_again
    };
    // While a test waits, the script alone may see that it is over.
    let is_waiting = trial.is_waiting();
    html! {
        section aria-labelledby="test" {
            h2 #test tabindex="-1" { (t.test_title) }
            @if require_dkim {
                p { (t.test_lead_signed) }
            } @else {
                p { (filled(t.test_lead, &[("account", code(member.email))])) }
            }
            (result(view, trial, status))
            @if let (Trial::Begun(request), true) = (trial, is_waiting) {
                div data-while-waiting {
                    @if !require_dkim { (mail(view, member, request)) }
                    p .look {
                        button type="submit" form=(LOOK) formaction="manage#test" { (t.look_again) }
                        " " span .hint data-looks hidden { (t.looks_by_itself) }
                    }
                }
            }
            div data-when-over hidden[is_waiting] { (member.act(view, "test", "#test", again, "main")) }
        }
    }
}

/// What came of it. It changes while the page is open.
pub(super) fn result(view: View, trial: &Trial, status: &Status) -> Markup {
    let t = view.texts();
    html! {
        div #live-test data-live aria-live="polite" data-waits[trial.is_waiting()] {
            @match trial {
                Trial::None => {},
                Trial::Over => p .problem { (t.test_over) },
                Trial::Begun(request) => @match &request.state {
                    RequestState::Pending => p {
                        (filled(t.test_waits, &[("time", time(request.expires_at))])) " " (t.test_factor) " " (t.test_alone)
                    },
                    RequestState::Error(_) => p .problem { (t.test_conflict) },
                    RequestState::Complete(came) => {
                        @let came = came.expose();
                        @let shown = html! { strong { (code(came)) } };
                        p .success {
                            @if let Some(seconds) = seconds(request, status) {
                                (filled(t.test_came, &[("code", shown), ("seconds", html! { (seconds) })]))
                            } @else {
                                (filled(t.test_came_untimed, &[("code", shown)]))
                            }
                            " "
                            @if came == test_code(&request.id) { (t.test_expected) } @else { (t.test_another) }
                        }
                    },
                },
            }
        }
    }
}

/// The mail to send.
fn mail(view: View, member: &Member<'_>, request: &LoginRequest) -> Markup {
    let t = view.texts();
    let text = forwarded(member.email, request);
    let subject = format!("Fwd: {SUBJECT}");
    let escaped = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
    let href = format!(
        "mailto:{}?subject={}&body={}",
        member.relay_address,
        escaped(&subject),
        escaped(&text.replace('\n', "\r\n"))
    );
    html! {
        p { a .button href=(href) { (t.test_send) } }
        p { (filled(t.test_copy, &[("address", code(member.relay_address))])) }
        p { (t.test_subject) ": " (code(&subject)) }
        (lines(t, "test-text", t.test_copy.split('{').next().unwrap_or_default().trim(), &text))
    }
}

/// The text of the mail: one from Arlo as Gmail forwards it.
fn forwarded(email: &str, request: &LoginRequest) -> String {
    let date = request.staged_at.strftime("%a, %b %-d, %Y at %-I:%M %p");
    format!(
        "---------- Forwarded message ---------\nFrom: Arlo <do_not_reply@arlo.com>\nDate: {date}\n\
         Subject: {SUBJECT}\nTo: <{email}>\n\nYour Arlo one-time authentication code is:\n\n{}\n",
        test_code(&request.id)
    )
}

/// The code of the test mail: made of the request's public name, so that it is the same each time the page is made. It
/// opens nothing.
fn test_code(id: &RequestId) -> String {
    let digest = Sha256::new()
        .chain_update(b"test code\0")
        .chain_update(id.to_string())
        .finalize();
    let number = digest
        .iter()
        .take(4)
        .fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    format!("{:06}", number % 1_000_000)
}

/// How long after its start the test was ended by a code.
fn seconds(request: &LoginRequest, status: &Status) -> Option<i64> {
    let given = AuditKind::Mail(MailEvent::CodeDelivered);
    let mut after = status
        .events
        .iter()
        .filter(|event| event.kind == given && event.at >= request.staged_at);
    // The newest is first: the oldest since the start is the one that ended it.
    let at: Timestamp = after.next_back()?.at;
    Some(at.duration_since(request.staged_at).as_secs())
}

#[cfg(test)]
mod tests {
    use arlo_mail::{Account, Content, Senders, read};
    use relay::testing::CountingRandom;
    use relay::{EnrolmentId, PollKey};

    use super::*;

    fn request(number: u8) -> LoginRequest {
        let enrolment = EnrolmentId::from_bytes([number; 10]);
        let key = PollKey::generate(enrolment, &CountingRandom::default()).unwrap();
        LoginRequest {
            id: key.request_id(),
            enrolment,
            staged_at: Timestamp::from_second(1_800_000_000).unwrap(),
            expires_at: Timestamp::from_second(1_800_000_300).unwrap(),
            state: RequestState::Pending,
        }
    }

    #[test]
    fn the_test_mail_is_read_as_arlos_forwarded_by_the_account() {
        for number in 0..=255 {
            let (request, email) = (request(number), "o'brien+cam@example.org");
            let text = forwarded(email, &request);
            let mail = format!(
                "From: Casey <{email}>\nTo: relay\nSubject: Fwd: {SUBJECT}\n\
                 Date: Fri, 15 Jan 2027 08:00:10 +0000\nMessage-ID: <1@example.org>\n\n{text}"
            );
            let read = read(mail.as_bytes(), &Senders::default()).unwrap();
            assert_eq!(read.forwarded_by, Some(Account::parse(email).unwrap()));
            let Content::Code(code) = read.content else {
                panic!("{:?} in\n{text}", read.content)
            };
            assert_eq!(code.expose(), test_code(&request.id));
        }
    }
}
