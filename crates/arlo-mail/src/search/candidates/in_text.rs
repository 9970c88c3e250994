//! The rank of a number with words beside it, by the sentence in which it is.

use super::super::cues::{self, Joint, Meaning};
use super::super::sentence;
use super::around::is_whole;
use super::table::is_name;
use super::{Rank, Ranked, Search, beside_known};

impl Search<'_, '_> {
    /// Ranks a number with words beside it in its cell.
    pub(super) fn in_text(&self, at: usize, start: usize, end: usize, known: Option<Meaning>) -> Option<Ranked> {
        let cell = self.cells.get(at)?;
        let (before, after) = sentence::sentence_around(cell.text, start, end);
        if self.is_beside_the_code(before, after) {
            return None;
        }
        // A number at the beginning of a line may belong to the line above.
        let is_first = cell
            .text
            .get(..start)
            .is_some_and(|all| all.trim_start().len() == before.trim_start().len());
        let above = |back| {
            if is_first {
                self.label(at, back)
            } else {
                Meaning::Nothing
            }
        };
        let above_known = |label| {
            if is_whole(self.above(at, 1)) {
                beside_known(label, known)
            } else {
                label
            }
        };
        let sentence = |meaning| Some(Ranked::new(Rank::Sentence, meaning));
        let joined = |meaning, is_joined| {
            Some(Ranked {
                is_joined,
                ..Ranked::new(Rank::Sentence, meaning)
            })
        };
        let mentioned = |meaning| Some(Ranked::new(Rank::Mentioned, meaning));
        let has_words = |text: &str| text.contains(char::is_alphanumeric);
        // "It is 467266", and a sentence of the number alone, are about what the sentence before is about.
        let is_it = cues::stands_for_it(before) || !is_first && !has_words(before) && !has_words(after);
        let own_means = self.meaning(before);
        let whole = || sentence::begun_above(self.cells, at, before);
        let begun = is_first.then(whole).flatten();
        let before_means = match &begun {
            Some(whole) => own_means.within(self.meaning(whole)),
            None => own_means,
        };
        let before_means = match before_means {
            // The line above is a label then, and what is above it counts too.
            Meaning::AnyNumber | Meaning::NumberAndValue if !has_words(before) => Meaning::Nothing,
            meaning => meaning,
        };
        let mut after_means = self.meaning(after);
        let mut ended = None;
        // "467266 is your support code."
        if after_means == Meaning::OtherNumber && !has_words(before) && cues::is_joined(before, after) {
            return None;
        }
        if !before_means.is_code()
            && !after_means.is_code()
            && end + after.len() == cell.text.len()
            && let Some(whole) = sentence::ended_below(self.cells, at, after)
        {
            after_means = after_means.within(self.meaning(&whole));
            ended = Some(whole);
        }
        let after_means = match after_means {
            // What is named after this number is another one.
            Meaning::OtherNumber | Meaning::AnyNumber | Meaning::NumberAndValue => Meaning::Nothing,
            meaning => meaning,
        };
        let joint = if before_means.is_code() || after_means.is_code() {
            self.joint(begun.as_deref().unwrap_or(before), ended.as_deref().unwrap_or(after))
        } else {
            Joint::default()
        };
        let is_loose = after_means.is_code() && !joint.is_joined();
        let after_means = match before_means {
            // "We noticed a sign-in near Bengaluru 467266 and sent you this code."
            Meaning::SigningIn if after_means.is_code() && !joint.is_firm => return None,
            // "467266, Bengaluru: somebody asked for a login code", "467266 go to arlo.com and enter the code."
            Meaning::Nothing | Meaning::NumberAndValue
                if is_loose && (joint.is_marked || after_means == Meaning::Code && !has_words(before)) =>
            {
                return mentioned(after_means);
            }
            // The words before say more: "Case number 467266, sign in with your code."
            _ if before_means.is_code() => after_means,
            Meaning::OtherCode | Meaning::OtherNumber | Meaning::AnyNumber => after_means,
            // "467266 customers sign in with a verification code."
            _ if is_loose => Meaning::Nothing,
            _ => after_means,
        };
        match (before_means, after_means) {
            (Meaning::OtherCode | Meaning::OtherNumber | Meaning::AnyNumber, _)
            | (_, Meaning::OtherCode | Meaning::Promotion) => return None,
            // "A verification code was sent for the sign-in near Bengaluru 467266."
            (Meaning::SignIn, _) | (Meaning::Code, Meaning::SignIn | Meaning::SigningIn) if joint.is_apart => {
                return mentioned(Meaning::SignIn);
            }
            (Meaning::Code, Meaning::Code | Meaning::Nothing) if joint.is_apart => return mentioned(Meaning::Code),
            (Meaning::SignIn, _) | (Meaning::SigningIn, Meaning::Code) | (Meaning::Code, Meaning::SigningIn) => {
                return joined(Meaning::SignIn, joint.is_firm);
            }
            // "Room 467266 is where you find the verification code": the word before the number may be its name.
            (Meaning::Nothing, Meaning::SignIn | Meaning::Code) if before.trim_end().ends_with(char::is_alphabetic) => {
                return mentioned(after_means);
            }
            (_, Meaning::SignIn) => return joined(Meaning::SignIn, joint.is_firm),
            (Meaning::OtherPurpose | Meaning::Promotion, _) | (_, Meaning::OtherPurpose) => {
                return (above(1) == Meaning::SignIn).then(|| Ranked::new(Rank::Sentence, Meaning::SignIn));
            }
            (_, Meaning::Code) | (Meaning::Code, _) => return joined(Meaning::Code, joint.is_firm),
            (Meaning::NumberAndValue, _) => return None,
            _ if is_it && self.sentence_before(at, start - before.len()) == Meaning::SignIn => {
                return sentence(Meaning::SignIn);
            }
            _ if !has_words(before) => match above_known(above(1)) {
                label if label.is_code() => return sentence(label),
                label if label.is_weak() && above(2) == Meaning::SignIn => return sentence(Meaning::SignIn),
                Meaning::Nothing | Meaning::SigningIn => {}
                _ => return None,
            },
            _ => {}
        }
        let labelled = before.trim_end().ends_with(':')
            && !(has_words(before) && counts_something(after))
            && !self.has_unit_behind(at, end);
        labelled.then(|| Ranked {
            // "Building: 467266".
            has_name: before_means == Meaning::Nothing && is_name(before),
            ..Ranked::new(Rank::Labelled, Meaning::Nothing)
        })
    }
}

/// Whether the words behind an unnamed number make it an amount: "902417 clips", "902417 of 999999", "902417 (MB)".
fn counts_something(after: &str) -> bool {
    let after = after.trim_start();
    let in_brackets = after
        .strip_prefix(['(', '（', '['])
        .and_then(|rest| rest.split([')', '）', ']']).next());
    let is_unit = |text: &str| text.split(' ').count() <= 2 && !text.contains(|c: char| c.is_ascii_digit());
    after.starts_with(char::is_alphabetic) || in_brackets.is_some_and(is_unit)
}
