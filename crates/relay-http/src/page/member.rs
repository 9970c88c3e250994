//! Whom a page is for: what the member has shown with the form, and what follows from it.

use maud::{Markup, html};
use relay::AccessToken;

use super::form::FORM_FIELDS;
use super::layout::View;
use super::parts::{code, copy_button};
use crate::urls::PublicUrl;

/// A member, as the person wrote the account. Nothing of it is stored: each form has it again.
pub(super) struct Member<'a> {
    pub(super) email: &'a str,
    pub(super) token: &'a AccessToken,
    pub(super) relay_address: &'a str,
    pub(super) public_url: &'a PublicUrl,
    /// The key of the login request that the page waits for.
    pub(super) request: Option<&'a str>,
}

/// Where the token is shown, and why.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenShown {
    /// It is new, and is shown this one time.
    Once,
    /// The member has just entered it.
    No,
}

/// The form that asks for the page again.
pub(super) const LOOK: &str = "look";

impl Member<'_> {
    pub(super) fn prestage_url(&self) -> String {
        format!("{}/prepare-arlo-mfa", self.public_url)
    }

    /// What each form of the member's has in it.
    pub(super) fn fields(&self, view: View) -> Markup {
        let values = [
            view.language.tag(),
            self.email,
            self.token.expose(),
            self.request.unwrap_or_default(),
        ];
        html! {
            @for (name, value) in FORM_FIELDS.into_iter().zip(values) {
                @if !value.is_empty() {
                    input type="hidden" name=(name) value=(value);
                }
            }
        }
    }

    /// The form by which the page looks again, for its buttons and for the script.
    pub(super) fn look_form(&self, view: View) -> Markup {
        html! {
            form id=(LOOK) method="post" action="manage" {
                (self.fields(view))
                input type="hidden" name="action" value="status";
            }
        }
    }

    /// The button of one act.
    pub(super) fn act(&self, view: View, action: &str, anchor: &str, label: &str, class: &str) -> Markup {
        html! {
            form method="post" action={ "manage" (anchor) } {
                (self.fields(view))
                input type="hidden" name="action" value=(action);
                button class=(class) type="submit" { (label) }
            }
        }
    }

    /// The values that a program needs.
    pub(super) fn values(&self, view: View, token: TokenShown) -> Markup {
        let t = view.texts();
        let prestage = self.prestage_url();
        let all = [
            ("account", t.value_account, "", self.email),
            ("token", t.value_token, t.value_token_hint, self.token.expose()),
            ("address", t.value_address, t.value_address_hint, self.relay_address),
            ("prestage", t.value_prestage, t.value_prestage_hint, &prestage),
        ];
        let shown = all
            .into_iter()
            .filter(|(id, ..)| token == TokenShown::Once || *id != "token");
        html! {
            section aria-labelledby="values" {
                h2 #values { (t.values_title) }
                @if token == TokenShown::Once {
                    p .warning { strong { (t.values_once) } " " (t.values_secret) }
                }
                dl .values {
                    @for (id, label, hint, value) in shown {
                        div {
                            dt { (label) }
                            dd {
                                span #{ "value-" (id) } .value data-value=(label) { (code(value)) }
                                (copy_button(t, &format!("value-{id}"), label))
                                @if !hint.is_empty() { span .hint { (hint) } }
                            }
                        }
                    }
                }
                @if token == TokenShown::Once {
                    button type="button" hidden data-save={ "arlo-relay-" (self.token.enrolment()) ".txt" } { (t.save) }
                }
            }
        }
    }
}
