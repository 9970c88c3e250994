//! In which language a page speaks.

use std::cmp::Reverse;

use axum::http::{HeaderMap, header};

use super::texts::{DE, EN, ES, FR, Texts};

/// Ranges of an `Accept-Language` that are looked at.
const MAX_RANGES: usize = 16;

/// A language that the page speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
    French,
    Spanish,
}

impl Language {
    /// All of them, in the order in which the page offers them.
    pub(super) const ALL: [Self; 4] = [Self::English, Self::German, Self::French, Self::Spanish];

    /// Its tag (BCP 47).
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
        }
    }

    /// What its speakers call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
            Self::Spanish => "Español",
        }
    }

    /// What the page says in it.
    pub(super) fn texts(self) -> &'static Texts {
        match self {
            Self::English => &EN,
            Self::German => &DE,
            Self::French => &FR,
            Self::Spanish => &ES,
        }
    }

    /// The language of a tag such as `de-AT`.
    fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split('-').next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The one that the person has chosen, else the one that the browser likes best (RFC 9110 section 12.5.4), else
    /// English.
    pub(crate) fn chosen(by_person: Option<&str>, headers: &HeaderMap) -> Self {
        let accepted = headers.get_all(header::ACCEPT_LANGUAGE).iter();
        by_person
            .and_then(Self::from_tag)
            .or_else(|| Self::best(accepted.filter_map(|value| value.to_str().ok())))
            .unwrap_or(Self::English)
    }

    fn best<'a>(accepted: impl Iterator<Item = &'a str>) -> Option<Self> {
        let ranges = accepted.flat_map(|list| list.split(',')).take(MAX_RANGES);
        let known = ranges.filter_map(|range| {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let quality = thousandths(parameters)?;
            Some((Reverse(quality), Self::from_tag(tag)?))
        });
        // Of equals the first one.
        known.min_by_key(|(quality, _)| *quality).map(|(_, language)| language)
    }
}

/// The quality in thousandths; `None` for 0, which means "not this", and for what is no quality.
fn thousandths(parameters: &str) -> Option<u16> {
    let Some((_, value)) = parameters.split_once("q=") else {
        return Some(1000);
    };
    let (whole, fraction) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    let digits: u16 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let quality = whole.parse::<u16>().ok()?.checked_mul(1000)?.checked_add(digits)?;
    (1..=1000).contains(&quality).then_some(quality)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn accepted(list: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_str(list).unwrap());
        Language::chosen(None, &headers)
    }

    #[test]
    fn the_browsers_favourite_among_the_known_ones_is_taken() {
        for (list, language) in [
            ("de", Language::German),
            ("de-AT,de;q=0.9,en;q=0.8", Language::German),
            ("nl, fr-CH;q=0.7, es;q=0.9", Language::Spanish),
            ("en;q=0.5, fr;q=0.5", Language::English),
            ("FR", Language::French),
            ("de;q=0, es;q=0.001", Language::Spanish),
            ("nl", Language::English),
            ("", Language::English),
            ("*", Language::English),
            ("de;q=x, fr;q=7, es;q=0.3", Language::Spanish),
            ("de;q=1.0000000000000000001", Language::German),
        ] {
            assert_eq!(accepted(list), language, "{list}");
        }
    }

    #[test]
    fn what_the_person_chose_goes_first_if_it_is_known() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("fr"));
        for (chosen, language) in [
            ("es", Language::Spanish),
            ("ES-mx", Language::Spanish),
            ("xx", Language::French),
            ("", Language::French),
            ("<script>", Language::French),
        ] {
            assert_eq!(Language::chosen(Some(chosen), &headers), language, "{chosen}");
        }
    }
}
