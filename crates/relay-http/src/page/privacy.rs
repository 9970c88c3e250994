//! `GET /privacy`: what the relay knows of a member, for how long, and who can read it.
//!
//! It says what `SECURITY.md` and `docs/aws.md` say. Whoever changes what a store keeps changes all three.

use maud::html;

use super::layout::{OtherLanguages, Page, View};
use super::parts::head;

pub(super) fn page(view: View) -> Page {
    let t = view.texts();
    let kept = [
        (t.kept_account, t.kept_account_how, t.as_long_as_enrolled),
        (t.kept_token, t.kept_token_how, t.as_long_as_enrolled),
        (t.kept_address, t.kept_address_how, "–"),
        (t.kept_code, t.kept_code_how, t.kept_code_long),
        (t.kept_mail, t.kept_mail_how, t.kept_mail_long),
        (t.kept_other, t.kept_other_how, t.kept_other_long),
        (t.kept_counts, t.kept_counts_how, t.as_long_as_enrolled),
        (t.kept_events, t.kept_events_how, t.as_long_as_enrolled),
        (t.kept_names, t.kept_names_how, t.as_long_as_enrolled),
        (t.kept_joins, t.kept_joins_how, t.kept_joins_long),
    ];
    let content = html! {
        p .lead { (t.privacy_lead) }
        section aria-labelledby="kept" {
            h2 #kept { (t.privacy_kept) }
            table .wide {
                (head([t.privacy_what, t.privacy_how, t.privacy_how_long]))
                tbody {
                    @for (what, how, how_long) in kept {
                        tr { th scope="row" { (what) } td { (how) } td { (how_long) } }
                    }
                }
            }
            p { (t.privacy_log) }
            p { (t.privacy_browser) }
        }
        section aria-labelledby="readers" {
            h2 #readers { (t.privacy_operator_title) }
            p { (t.privacy_operator) }
            p { (t.privacy_operator_mail) }
            p { (t.privacy_backups) }
        }
        section aria-labelledby="export" { h2 #export { (t.privacy_export_title) } p { (t.privacy_export) } }
        section aria-labelledby="erase" { h2 #erase { (t.privacy_erase_title) } p { (t.privacy_erase) } }
    };
    view.page(t.privacy_title, &OtherLanguages::ByLink, false, &content)
}
