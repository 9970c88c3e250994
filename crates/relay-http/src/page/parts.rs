//! Small parts that several pages have.

use jiff::Timestamp;
use maud::{Markup, html};

use super::texts::Texts;

/// Something wrong. It has the focus, so that it is read aloud first.
pub(super) fn problem(text: &Markup) -> Markup {
    html! { p .problem role="alert" tabindex="-1" autofocus { (text) } }
}

/// A field with its label, and a hint below it.
pub(super) struct Field<'a> {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: Option<&'static str>,
    pub(super) kind: &'static str,
    pub(super) autocomplete: &'static str,
    pub(super) value: &'a str,
    pub(super) longest: usize,
    pub(super) is_wrong: bool,
}

impl Field<'_> {
    pub(super) fn markup(&self) -> Markup {
        let hint = self.hint.map(|_| format!("{}-hint", self.id));
        html! {
            div .field {
                label for=(self.id) { (self.label) }
                input id=(self.id) name=(self.name) type=(self.kind) autocomplete=(self.autocomplete)
                    autocapitalize="none" spellcheck="false" required maxlength=(self.longest) value=(self.value)
                    aria-describedby=[&hint] aria-invalid=[self.is_wrong.then_some("true")];
                @if let (Some(text), Some(id)) = (self.hint, &hint) {
                    p .hint id=(id) { (text) }
                }
            }
        }
    }
}

/// A button that the script shows, where it can copy what has that id. `label` says of what.
pub(super) fn copy_button(t: &Texts, id: &str, label: &str) -> Markup {
    html! {
        button .copy type="button" hidden data-copy=(id) { (t.copy) span .unseen { " " (label) } }
    }
}

/// Lines to copy.
pub(super) fn lines(t: &Texts, id: &str, label: &str, text: &str) -> Markup {
    html! {
        div .lines {
            pre tabindex="0" role="region" aria-label=(label) { code id=(id) translate="no" { (text) } }
            (copy_button(t, id, label))
        }
    }
}

/// A time, in UTC; the script writes it as the person's own.
pub(super) fn time(at: Timestamp) -> Markup {
    html! { time datetime=(at) { (at.strftime("%Y-%m-%d %H:%M UTC")) } }
}

/// A day.
pub(super) fn day(at: Timestamp) -> Markup {
    html! { time datetime=(at) data-day { (at.strftime("%Y-%m-%d")) } }
}

/// A text of a machine, not to be translated.
pub(super) fn code(text: &str) -> Markup {
    html! { code translate="no" { (text) } }
}

/// The heads of the columns of a table.
pub(super) fn head(columns: [&str; 3]) -> Markup {
    html! { thead { tr { @for column in columns { th scope="col" { (column) } } } } }
}
