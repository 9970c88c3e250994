//! Pseudo-classes and pseudo-elements: which ones a browser knows (Selectors 4, and what Chromium adds).

use cssparser::{Parser, Token, match_ignore_ascii_case};

/// A pseudo-class or pseudo-element that a browser knows.
pub(super) enum Pseudo {
    /// Links that were not visited are links.
    Link,
    Root,
    /// A state that does not occur while a mail is read, or one that this reader does not know of an element.
    Other,
}

/// Reads what is behind a colon; `None` if no browser of today knows it.
pub(super) fn read(input: &mut Parser<'_>) -> Option<Pseudo> {
    let is_known = match input.next_including_whitespace().cloned().ok()? {
        Token::Colon => match input.next_including_whitespace().cloned().ok()? {
            Token::Ident(name) => is_element(&name),
            Token::Function(name) => is_function_of_element(&name),
            _ => false,
        },
        Token::Ident(name) => match_ignore_ascii_case! { &*name,
            "link" | "any-link" | "-webkit-any-link" => return Some(Pseudo::Link),
            "root" => return Some(Pseudo::Root),
            // Those of CSS 2 may have one colon.
            "before" | "after" | "first-line" | "first-letter" => true,
            _ => is_class(&name),
        },
        Token::Function(name) => is_function(&name),
        _ => false,
    };
    is_known.then_some(Pseudo::Other)
}

fn is_class(name: &str) -> bool {
    match_ignore_ascii_case! { name,
        "active" | "active-view-transition" | "autofill" | "checked" | "default" | "defined" | "disabled" | "empty"
        | "enabled" | "first-child" | "first-of-type" | "focus" | "focus-visible" | "focus-within" | "fullscreen"
        | "future" | "has-slotted" | "host" | "hover" | "in-range" | "indeterminate" | "invalid" | "last-child"
        | "last-of-type" | "modal" | "muted" | "only-child" | "only-of-type" | "open" | "optional" | "out-of-range"
        | "past" | "paused" | "picture-in-picture" | "placeholder-shown" | "playing" | "popover-open" | "read-only"
        | "read-write" | "required" | "scope" | "seeking" | "stalled" | "buffering" | "target" | "target-current"
        | "user-invalid" | "user-valid" | "valid" | "visited" | "volume-locked" | "xr-overlay"
        | "-webkit-autofill" | "-webkit-drag" | "-webkit-full-page-media" | "-webkit-full-screen"
        | "-webkit-full-screen-ancestor" | "-webkit-resizer" | "-webkit-scrollbar"
        // Of a scrollbar.
        | "horizontal" | "vertical" | "start" | "end" | "increment" | "decrement" | "double-button" | "single-button"
        | "no-button" | "corner-present" | "window-inactive" => true,
        _ => false,
    }
}

fn is_function(name: &str) -> bool {
    match_ignore_ascii_case! { name,
        "not" | "is" | "where" | "has" | "nth-child" | "nth-last-child" | "nth-of-type" | "nth-last-of-type" | "lang"
        | "dir" | "host" | "host-context" | "state" | "active-view-transition-type" | "-webkit-any" => true,
        _ => false,
    }
}

fn is_element(name: &str) -> bool {
    match_ignore_ascii_case! { name,
        "before" | "after" | "first-line" | "first-letter" | "selection" | "backdrop" | "marker" | "placeholder"
        | "file-selector-button" | "cue" | "grammar-error" | "spelling-error" | "target-text" | "view-transition"
        | "details-content" | "search-text" | "checkmark" | "picker-icon" | "scroll-marker" | "scroll-marker-group"
        | "column" => true,
        // Browsers keep any name with this prefix (Selectors 4 section 3.6.3).
        _ => name.get(..8).is_some_and(|prefix| prefix.eq_ignore_ascii_case("-webkit-")),
    }
}

fn is_function_of_element(name: &str) -> bool {
    match_ignore_ascii_case! { name,
        "part" | "slotted" | "highlight" | "cue" | "picker" | "scroll-button" | "view-transition-group"
        | "view-transition-image-pair" | "view-transition-old" | "view-transition-new" => true,
        _ => false,
    }
}
