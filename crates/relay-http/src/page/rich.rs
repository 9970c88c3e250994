//! A text of the page with something in its places: `Write to {address}.`

use maud::{Markup, html};

/// The text, with each `{name}` replaced by its part. A name without a part stays as it is.
pub(super) fn filled(text: &str, parts: &[(&str, Markup)]) -> Markup {
    html! {
        @for piece in pieces(text) {
            @match piece {
                Piece::Text(text) => (text),
                Piece::Place(name) => {
                    @match parts.iter().find(|(known, _)| *known == name) {
                        Some((_, part)) => (part),
                        None => { "{" (name) "}" },
                    }
                },
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Place(&'a str),
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    // What is before the first brace is text; behind each brace a name ends at the next one.
    text.split('{').enumerate().flat_map(|(number, part)| {
        let place = (number > 0).then(|| part.split_once('}')).flatten();
        let (name, rest) = place.map_or((None, part), |(name, rest)| (Some(name), rest));
        name.map(Piece::Place).into_iter().chain([Piece::Text(rest)])
    })
}

/// The names of the places of a text.
#[cfg(test)]
pub(super) fn places(text: &str) -> Vec<&str> {
    pieces(text)
        .filter_map(|piece| match piece {
            Piece::Place(name) => Some(name),
            Piece::Text(_) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_gets_its_part_and_all_else_is_text() {
        let address = [("address", html! { code { "a<b@c" } }), ("date", html! { "today" })];
        for (text, expected) in [
            ("", ""),
            ("no place", "no place"),
            ("to {address}.", "to <code>a&lt;b@c</code>."),
            ("{date}: {address}{date}", "today: <code>a&lt;b@c</code>today"),
            ("<b>{other}", "&lt;b&gt;{other}"),
        ] {
            assert_eq!(filled(text, &address).into_string(), expected, "{text}");
        }
        assert_eq!(places("{date}: {address}"), ["date", "address"]);
    }
}
