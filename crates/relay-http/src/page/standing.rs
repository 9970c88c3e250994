//! What an enrolment has come to: its mail, its last events, and when it is removed.

use jiff::Timestamp;
use maud::{Markup, html};
use relay::{Enrolment, MailEvent, Status, Tally};

use super::layout::View;
use super::member::LOOK;
use super::parts::{code, day, head, time};
use super::rich::filled;

/// The section of it.
pub(super) fn section(view: View, enrolment: &Enrolment, status: &Status, removed_at: Option<Timestamp>) -> Markup {
    let t = view.texts();
    html! {
        section aria-labelledby="status" {
            h2 #status tabindex="-1" { (t.status_title) }
            (now(view, enrolment, status, removed_at))
            p .look {
                button .plain type="submit" form=(LOOK) formaction="manage#status" { (t.look_again) }
                " " span .hint data-looks hidden { (t.looks_by_itself) }
            }
        }
    }
}

/// It as it is now. It changes while the page is open.
pub(super) fn now(view: View, enrolment: &Enrolment, status: &Status, removed_at: Option<Timestamp>) -> Markup {
    let t = view.texts();
    let last_code = tally(status, MailEvent::CodeDelivered).map(|tally| tally.last_at);
    let last_mail = status.last_mail().map(|tally| tally.last_at);
    html! {
        div #live-status data-live {
            @if let Some(date) = removed_at {
                p .warning { (filled(t.status_removed, &[("date", day(date))])) }
            }
            dl .facts {
                div { dt { (t.status_last_mail) } dd { (or_never(view, last_mail)) } }
                div { dt { (t.status_last_code) } dd { (or_never(view, last_code)) } }
                div { dt { (t.status_since) } dd { (time(enrolment.created_at)) } }
                @if let Some(at) = enrolment.rotated_at {
                    div { dt { (t.status_rotated) } dd { (time(at)) } }
                }
                div { dt { (t.status_id) } dd { (code(&enrolment.id.to_string())) } }
            }
            @if status.mail.is_empty() {
                p { (t.status_none) }
            } @else {
                (mail(view, status))
            }
            (events(view, status))
        }
    }
}

fn or_never(view: View, at: Option<Timestamp>) -> Markup {
    html! { @if let Some(at) = at { (time(at)) } @else { (view.texts().never) } }
}

fn tally(status: &Status, event: MailEvent) -> Option<&Tally> {
    status.mail.iter().find(|tally| tally.event == event)
}

fn is_taken(event: MailEvent) -> bool {
    matches!(event, MailEvent::CodeDelivered | MailEvent::ForwardingConfirmation)
}

fn mail(view: View, status: &Status) -> Markup {
    let t = view.texts();
    let (taken, refused): (Vec<_>, Vec<_>) = status.mail.iter().partition(|tally| is_taken(tally.event));
    html! {
        @if !taken.is_empty() {
            h3 { (t.status_taken) }
            (table(view, &taken))
        }
        h3 { (t.status_refused) }
        @if refused.is_empty() { p { (t.status_refused_none) } } @else { (table(view, &refused)) }
    }
}

fn table(view: View, tallies: &[&Tally]) -> Markup {
    let t = view.texts();
    html! {
        table {
            (head([t.column_what, t.column_count, t.column_last]))
            tbody {
                @for tally in tallies {
                    tr {
                        td { (t.mail_event(tally.event)) }
                        td { (tally.count) }
                        td { (time(tally.last_at)) }
                    }
                }
            }
        }
    }
}

fn events(view: View, status: &Status) -> Markup {
    let t = view.texts();
    html! {
        details #events {
            summary { (t.events_title) }
            p .hint { (t.events_lead) }
            table {
                (head([t.column_what, t.column_when, t.column_network]))
                tbody {
                    @for event in &status.events {
                        tr {
                            td { (t.event(event.kind)) }
                            td { (time(event.at)) }
                            td {
                                @if let Some(network) = event.network { (code(&network.to_string())) } @else { "–" }
                            }
                        }
                    }
                }
            }
        }
    }
}
