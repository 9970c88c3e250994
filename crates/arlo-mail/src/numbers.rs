//! Numbers of six digits in a line of text that could be a code, by their form alone.
//!
//! A number is taken with everything that is chained to it, so that six digits out of a date, a telephone number, a
//! price or an address of the web are never seen as six digits by themselves.

use crate::code::{CODE_DIGITS, Code};

/// Six digits and where they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Number {
    pub(crate) code: Code,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Whether it is divided in a way that only a number on its own can be.
    pub(crate) odd: bool,
    /// Whether a `#` stands before it as before a heading.
    pub(crate) marked: bool,
}

/// How two groups of digits are held together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    Blank,
    Hyphen,
    Other,
}

/// A run of groups of digits with their joints.
#[derive(Debug, Default)]
struct Chain {
    /// Where each group begins and ends.
    groups: Vec<(usize, usize)>,
    joints: Vec<Joint>,
}

/// Groups of a chain that are kept; a longer one is no code anyhow.
const MAX_GROUPS: usize = 8;

/// The numbers of a line, by their form.
pub(crate) fn six_digits(text: &str) -> impl Iterator<Item = Number> + '_ {
    let mut at = 0;
    let mut addresses = Addresses::of(text);
    std::iter::from_fn(move || {
        loop {
            let rest = text.as_bytes().get(at..)?;
            at += rest.iter().position(u8::is_ascii_digit)?;
            let chain = chain(text, at);
            at = chain.groups.last().map_or(text.len(), |&(_, end)| end);
            let number = number(text, chain).filter(|number| !addresses.hold(number.start, number.end));
            if number.is_some() {
                return number;
            }
        }
    })
}

/// The chain that begins at a digit.
fn chain(text: &str, start: usize) -> Chain {
    let bytes = text.as_bytes();
    let mut chain = Chain::default();
    let mut start = start;
    loop {
        let digits = bytes.iter().skip(start).take_while(|b| b.is_ascii_digit()).count();
        let end = start + digits;
        if chain.groups.len() < MAX_GROUPS {
            chain.groups.push((start, end));
        } else if let Some(last) = chain.groups.last_mut() {
            last.1 = end;
        }
        let rest = bytes.get(end..).unwrap_or_default();
        let Some(width) = rest.iter().take(6).position(u8::is_ascii_digit) else {
            return chain;
        };
        let next = end + width;
        let joint = match rest.get(..width).unwrap_or_default() {
            b" " => Joint::Blank,
            b"-" | b" - " | b"\xc2\xb7" | b" \xc2\xb7 " | b"\xe2\x80\x94" | b" \xe2\x80\x94 " => Joint::Hyphen,
            b"." | b"," | b":" | b"/" | b"'" | b"_" | b"+" | b"*" | b"x" | b"(" | b")" | b" (" | b") " | b")-"
            | b" / " | b"/ " | b" +" | b"T" | b"\xe2\x80\x99" => Joint::Other,
            _ => return chain,
        };
        if chain.joints.len() < MAX_GROUPS {
            chain.joints.push(joint);
        }
        start = next;
    }
}

/// The number that a chain is, if it is one.
fn number(text: &str, mut chain: Chain) -> Option<Number> {
    // "467266 15 minutes": what follows is a number of its own, with its unit.
    if let [.., (_, code_end), (start, end)] = *chain.groups
        && chain.joints.last() == Some(&Joint::Blank)
        && end - start <= 2
        && code_end < start
        && text
            .get(end..)
            .is_some_and(|after| after.trim_start_matches([' ', '-']).starts_with(char::is_alphabetic))
    {
        chain.groups.pop();
        chain.joints.pop();
    }
    let (start, end) = (chain.groups.first()?.0, chain.groups.last()?.1);
    let sizes: Vec<usize> = chain.groups.iter().map(|(from, to)| to - from).collect();
    if sizes.iter().sum::<usize>() != CODE_DIGITS {
        return None;
    }
    let joint = chain.joints.first().copied();
    if chain.joints.iter().any(|&j| j == Joint::Other || Some(j) != joint) {
        return None;
    }
    let even = match (joint, &*sizes) {
        (None, _) | (_, [3, 3] | [1, 1, 1, 1, 1, 1]) | (Some(Joint::Blank), [2, 2, 2]) => true,
        // A date or a sort code.
        (Some(Joint::Hyphen), [2, 2, 2]) => return None,
        _ => false,
    };
    let marked = is_heading_mark(text.get(..start)?);
    if !marked && !may_precede(text.get(..start)?) || !may_follow(text.get(end..)?) {
        return None;
    }
    let digits: String = text.get(start..end)?.chars().filter(char::is_ascii_digit).collect();
    Some(Number {
        code: Code::parse(&digits)?,
        start,
        end,
        odd: !even,
        marked,
    })
}

/// Whether a letter holds to the number beside it. Scripts that put no blanks between words do not.
fn is_word(c: char) -> bool {
    c.is_alphabetic() && (c < '\u{590}' || ('\u{1e00}'..='\u{1fff}').contains(&c))
}

/// Whether a line begins as a heading of Markdown does (CommonMark section 4.2).
fn is_heading_mark(before: &str) -> bool {
    let marks = before.trim_start().trim_end_matches(' ');
    marks.len() < before.trim_start().len() && (1..=6).contains(&marks.len()) && marks.bytes().all(|b| b == b'#')
}

fn is_currency(c: char) -> bool {
    matches!(c, '$' | '¢'..='¥' | '֏' | '؋' | '฿' | '₠'..='⃀' | '﷼' | '﹩')
}

/// Whether what stands before a number leaves it a number of its own.
fn may_precede(before: &str) -> bool {
    let mut chars = before.chars().rev();
    let Some(last) = chars.next() else { return true };
    let touching = is_word(last)
        || last.is_numeric()
        || matches!(
            last,
            '#' | '№' | '=' | '&' | '?' | '/' | '\\' | '@' | '_' | '+' | '.' | ',' | '%' | '°' | '^' | '$'
        )
        || is_currency(last);
    // A hyphen that ties the number to a word.
    let tied = matches!(last, '-' | '\'' | '’' | ':')
        && chars
            .next()
            .is_some_and(|c| last != ':' && (is_word(c) || c.is_ascii_digit()));
    let distant = before.trim_end().chars().next_back();
    let marked = distant.is_some_and(|c| matches!(c, '#' | '№' | '°' | 'º' | '+' | '$') || is_currency(c));
    !touching && !tied && !marked
}

/// Longest unit, in characters.
const MAX_UNIT: usize = 9;

/// Units and currencies, in lower case. Letters that are words by themselves somewhere are not among them.
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

/// Whether what stands after a number leaves it a number of its own.
fn may_follow(after: &str) -> bool {
    let mut chars = after.chars();
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
    // "467266.Never share it": a sentence without the blank, unlike a file name.
    let next_sentence =
        first == '.' && second.is_some_and(char::is_uppercase) && chars.next().is_some_and(char::is_lowercase);
    let after = after.trim_start();
    let marked = after.starts_with(|c| c == '%' || is_currency(c));
    let word: String = after
        .chars()
        .take_while(|c| c.is_alphabetic())
        .take(MAX_UNIT + 1)
        .collect();
    let unit = word == "B" || UNITS.contains(&&*word.to_lowercase());
    !touching && (!tied || next_sentence) && !marked && !unit
}

/// The web and mail addresses of a line. A number in one is none. Numbers are asked for from left to right, so that
/// no byte is looked at more than twice, however many there are.
struct Addresses<'t> {
    text: &'t [u8],
    /// How far the text before the number was looked at, and whether its last piece without a blank has a mark.
    seen: usize,
    marked: bool,
    /// The next blank and the next mark, once they were looked for.
    blank: usize,
    mark: usize,
}

impl<'t> Addresses<'t> {
    fn of(text: &'t str) -> Self {
        Self {
            text: text.as_bytes(),
            seen: 0,
            marked: false,
            blank: 0,
            mark: 0,
        }
    }

    /// Whether an address reaches up to this number or goes on after it.
    fn hold(&mut self, start: usize, end: usize) -> bool {
        while self.seen < start {
            self.marked = match self.text.get(self.seen) {
                Some(b' ') => false,
                Some(b'@') => true,
                Some(b'/' | b'.') => self.marked || self.ends_mark(self.seen),
                _ => self.marked,
            };
            self.seen += 1;
        }
        self.blank = self.first(self.blank, end, |text| text.starts_with(b" "));
        self.mark = self.first(self.mark, end, |text| {
            text.starts_with(b"@") || text.starts_with(b"://") || text.starts_with(b"www.")
        });
        self.marked || self.mark < self.blank
    }

    fn ends_mark(&self, at: usize) -> bool {
        let text = self.text.get(..=at).unwrap_or_default();
        text.ends_with(b"://") || text.ends_with(b"www.")
    }

    /// Where something first stands at or after `from`, if it was found `before` the last time.
    fn first(&self, before: usize, from: usize, is_it: impl Fn(&[u8]) -> bool) -> usize {
        if before >= from && before > 0 {
            return before;
        }
        (from..self.text.len())
            .find(|&at| self.text.get(at..).is_some_and(&is_it))
            .unwrap_or(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Vec<String> {
        six_digits(line).map(|number| number.code.expose().to_owned()).collect()
    }

    #[test]
    fn six_digits_by_themselves() {
        for line in [
            "467266",
            "(467266)",
            "code:467266",
            "467 266",
            "467-266",
            "467 - 266",
            "46 72 66",
            "4 6 7 2 6 6",
            "4-6-7-2-6-6",
            "467·266",
            "467 — 266",
            "コードは467266です",
            "467266.",
            "467266.Never",
            "467266, please",
            "467266 15 minutes",
            "467266 10-minute code",
            "“467266”",
            "*467266*",
            "ל-467266",
            "46 7266",
        ] {
            assert_eq!(found(line), ["467266"], "{line}");
        }
        assert_eq!(found("467266 / 111222"), Vec::<String>::new());
        assert!(six_digits("# 467266").all(|number| number.marked));
        assert!(six_digits("order # 467266").next().is_none());
        assert_eq!(found("467266 or 111222"), ["467266", "111222"]);
    }

    #[test]
    fn six_digits_of_something_else() {
        for line in [
            "46726",
            "4672661",
            "467266 1",
            "1 467 266",
            "467,266",
            "467.266",
            "#467266",
            "Order # 467266",
            "####### 467266",
            "#467266",
            "467266 MB",
            "467266 KiB used",
            "467266 Mbps",
            "467266 kWh.",
            "467266 Minuten",
            "467266 B",
            "467266 МБ",
            "467266km",
            "$467266",
            "467266 €",
            "467266%",
            "+467266",
            "0151 467266",
            "467266-22",
            "21-11-26",
            "21.11.26",
            "21/11/26",
            "10:15:30",
            "A467266",
            "467266B",
            "IMG_467266",
            "467266.pdf",
            "v1.467266",
            "x@467266",
            "467266@x.example",
            "https://a.example/b,467266",
            "www.a.example?467266",
            "№ 467266",
            "467266/7",
            "AB-467266",
            "467266-AB",
            "467266 px",
            "4 67 266",
            "467 26-6",
        ] {
            assert!(
                found(line).is_empty() || found(line) == ["467266"] && six_digits(line).all(|n| n.odd),
                "{line}"
            );
        }
    }
}
