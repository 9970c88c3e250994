//! What may divide a code, and words for how long it is valid: "570•318", "570 318 - 10 minutes". A number before such
//! a word is no part of the code. Mails and SMS have the same lists.

use crate::address::is_of_other_script;

/// Digits of the longest duration: "120 seconds".
pub(crate) const DIGITS: usize = 3;
/// Characters that are compared. No beginning in the list is longer.
const LENGTH: usize = 12;

/// How the words begin, in lower case and in the languages of Arlo's customers: minutes, hours, seconds.
#[rustfmt::skip]
const BEGINNINGS: &[&str] = &[
    "minut", "minuut", "minúto", "minūt", "minuč", "minit", "perc", "dakika", "dk", "λεπτ", "мин", "минут", "хв", "хвилин", "דק", "دقيقة",
    "دقائق", "دقیقه", "मिनट", "นาที", "phút", "menit", "分", "분",
    "hour", "hrs", "std", "stunde", "heure", "hora", "hores", "uur", "uren", "timm", "timer", "time", "tunti", "tunni",
    "godzin", "hodin", "hodín", "óra", "saat", "ώρ", "час", "годин", "שעה", "שעות", "ساعة", "ساعات", "ساعت", "घंट",
    "ชั่วโมง", "giờ", "jam", "valand", "stund", "時間", "小时", "小時", "시간",
    "second", "sekund", "secs", "segund", "segon", "seconde", "másodperc", "saniye", "δευτερ", "сек", "שניות", "ثانية",
    "ثوان", "ثانیه", "सेकंड", "วินาที", "giây", "detik", "秒", "초",
];

/// The words that mean a duration only as a whole.
const WORDS: &[&str] = &["min", "mins", "mn", "h", "hr", "ore", "oră", "ora", "sec", "sek", "ur"];

/// Whether a text begins with such a word, after a blank or a hyphen: " minutes", "-minute", "分".
pub(crate) fn is_at_start_of(text: impl Iterator<Item = char>) -> bool {
    let word: String = text
        .skip_while(|c| matches!(c, ' ' | '-'))
        .take_while(|&c| c.is_alphanumeric() || is_mark(c))
        .take(LENGTH)
        .flat_map(|c| c.to_lowercase())
        .collect();
    BEGINNINGS.iter().any(|beginning| word.starts_with(beginning)) || WORDS.contains(&&*word)
}

/// Whether a text begins with a comma and a duration, as a clause of a language without blanks: ",10分钟". A comma before
/// a unit of Latin letters may be a decimal comma.
pub(crate) fn is_clause(text: &str) -> bool {
    let Some(clause) = text.strip_prefix(',') else {
        return false;
    };
    let unit = clause.trim_start_matches(|c: char| c.is_ascii_digit());
    (1..=DIGITS).contains(&(clause.len() - unit.len()))
        && unit.starts_with(is_of_other_script)
        && is_at_start_of(unit.chars())
}

/// Whether a character is a vowel sign or the like, which some scripts write into their words.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{fff}')
}

/// Whether a character divides the groups of a code: a hyphen, a dash, or a dot in the middle of the line.
pub(crate) fn is_divider(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2212}'
                | '·'
                | '\u{2022}'
                | '\u{2027}'
                | '\u{2219}'
                | '\u{22c5}'
                | '\u{30fb}'
                | '\u{ff65}'
    )
}
