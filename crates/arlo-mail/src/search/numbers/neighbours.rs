//! The characters before and after a number, which may make it a part of something else: a word, a price, a size.

/// Whether a letter beside a number makes one word with it. In scripts without blanks between words it does not.
fn is_word(c: char) -> bool {
    c.is_alphabetic() && (c < '\u{590}' || ('\u{1e00}'..='\u{1fff}').contains(&c))
}

/// Whether a line begins like a Markdown heading (CommonMark section 4.2).
pub(super) fn is_heading_mark(before: &str) -> bool {
    let marks = before.trim_start().trim_end_matches(' ');
    marks.len() < before.trim_start().len() && (1..=6).contains(&marks.len()) && marks.bytes().all(|b| b == b'#')
}

/// The text on both sides of a number without the marks of emphasis around the number: `_467266_`, `__467266__`
/// (CommonMark section 6.2).
pub(super) fn without_emphasis<'t>(before: &'t str, after: &'t str) -> (&'t str, &'t str) {
    let stripped = ["__", "_"]
        .into_iter()
        .find_map(|mark| before.strip_suffix(mark).zip(after.strip_prefix(mark)));
    stripped.unwrap_or((before, after))
}

fn is_currency(c: char) -> bool {
    matches!(c, '$' | '¢'..='¥' | '֏' | '؋' | '฿' | '₠'..='⃀' | '﷼' | '﹩')
}

/// Whether a number can be a code after this text.
pub(super) fn may_precede(before: &str) -> bool {
    let mut chars = before.chars().rev();
    let Some(last) = chars.next() else { return true };
    let touching = is_word(last)
        || last.is_numeric()
        || matches!(
            last,
            '#' | '№' | '=' | '&' | '?' | '/' | '\\' | '@' | '_' | '+' | '.' | ',' | '%' | '°' | '^' | '$'
        )
        || is_currency(last);
    // A hyphen or the like joins the number to a word.
    let tied = matches!(last, '-' | '\'' | '’' | ':')
        && chars
            .next()
            .is_some_and(|c| last != ':' && (is_word(c) || c.is_ascii_digit()));
    let distant = before.trim_end().chars().next_back();
    let marked = distant.is_some_and(|c| matches!(c, '#' | '№' | '°' | 'º' | '+' | '$') || is_currency(c));
    !touching && !tied && !marked
}

/// Length of the longest unit, in characters.
const MAX_UNIT: usize = 8;

/// Units and currencies, in lower case. A unit that is also a word in some language is not in the list.
#[rustfmt::skip]
const UNITS: &[&str] = &[
    "usd", "eur", "gbp", "chf", "kr", "zł", "rs", "jpy", "sek", "nok", "dkk", "pln", "inr", "brl", "cad", "aud", "cny",
    "円", "元", "руб", "euro", "euros", "dollars", "cents",
    "bit", "bits", "byte", "bytes", "kb", "mb", "gb", "tb", "pb", "kib", "mib", "gib", "tib", "pib",
    "kbit", "mbit", "gbit", "kbps", "mbps", "gbps", "bps", "кб", "мб", "гб", "тб", "px", "pixel", "pixels", "dpi", "fps",
    "ns", "µs", "μs", "ms", "sec", "secs", "seconds", "min", "mins", "minutes", "hrs",
    "hours", "days", "sekunden", "minuten", "stunden", "tage", "secondes", "heures", "jours", "segundos", "minutos",
    "horas", "días", "мс", "сек", "мин", "秒", "分", "分钟", "小时", "時間",
    "wh", "kwh", "mwh", "gwh", "kw", "mw", "watt", "watts", "volt", "volts", "mah", "kva", "квтч", "квт",
    "hz", "khz", "mhz", "ghz", "rpm", "db", "dbm", "lx", "lux", "lm", "hpa", "mbar", "psi", "kpa", "ppm",
    "mm", "cm", "dm", "km", "ft", "feet", "inch", "inches", "yd", "yards", "miles", "meter", "meters",
    "metres", "kmh", "mph", "км", "см", "мм", "mg", "kg", "lb", "lbs", "oz", "tons", "кг", "ml", "cl", "dl", "liter",
    "liters", "litres", "kcal", "kj", "percent", "prozent",
];

/// Letters of the longest ending of a word.
const MAX_ENDING: usize = 6;
/// Endings that Hungarian adds with a hyphen, which also joins other words.
#[rustfmt::skip]
const HYPHENATED: &[&str] = &[
    "as", "es", "os", "ös", "t", "at", "et", "ot", "öt", "nak", "nek", "hoz", "hez", "höz", "val", "vel", "tal", "tel", "sal",
    "sel", "cal", "cel", "gyel", "mal", "mel", "ban", "ben", "ból", "ből", "ba", "be", "ra", "re", "ról", "ről", "tól",
    "től", "nál", "nél", "ért", "ig",
];

/// Whether a text behind a number begins with the ending of a word, which agglutinating languages add to a number too:
/// Turkish and others with an apostrophe (570318'dir), Finnish and Swedish with a colon (570318:n), Hungarian with a
/// hyphen (570318-as).
fn begins_with_ending(after: &str) -> bool {
    let mut chars = after.chars();
    let Some(mark) = chars.next() else { return false };
    let ending: String = chars.take_while(|c| c.is_lowercase()).take(MAX_ENDING + 1).collect();
    let length = ending.chars().count();
    let goes_on = after
        .chars()
        .nth(1 + length)
        .is_some_and(|c| is_word(c) || c.is_numeric() || matches!(c, '-' | '_' | '/'));
    let may_be = match mark {
        '\'' | '’' => length <= MAX_ENDING,
        ':' => length <= 4,
        '-' => HYPHENATED.contains(&&*ending),
        _ => false,
    };
    length > 0 && may_be && !goes_on
}

/// Whether a number can be a code before this text.
pub(super) fn may_follow(behind: &str) -> bool {
    let mut chars = behind.chars();
    let Some(first) = chars.next() else { return true };
    let second = chars.next();
    let touching = is_word(first)
        || first.is_numeric()
        || matches!(
            first,
            '%' | '_' | '@' | '/' | '\\' | '=' | '&' | '#' | '°' | '+' | '^' | '‰' | '$'
        )
        || is_currency(first);
    let tied =
        matches!(first, '.' | '-' | ',' | '\'' | '’' | ':') && second.is_some_and(|c| is_word(c) || c.is_ascii_digit());
    // "467266.Never share it" is two sentences without a blank between them, and no file name.
    let next_sentence =
        first == '.' && second.is_some_and(char::is_uppercase) && chars.next().is_some_and(char::is_lowercase);
    let after = behind.trim_start();
    let marked = after.starts_with(|c| c == '%' || is_currency(c));
    let word: String = after
        .chars()
        .take_while(|c| c.is_alphabetic())
        .take(MAX_UNIT + 1)
        .collect();
    let unit = word == "B" || UNITS.contains(&&*word.to_lowercase());
    !touching && (!tied || next_sentence || begins_with_ending(behind)) && !marked && !unit
}
