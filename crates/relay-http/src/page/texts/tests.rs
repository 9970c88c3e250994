use super::super::language::Language;
use super::super::rich::places;
use super::*;

#[test]
fn each_language_has_each_text_with_the_same_places() {
    for language in Language::ALL {
        for ((name, text), (_, english)) in language.texts().all().into_iter().zip(EN.all()) {
            let tag = language.tag();
            assert!(!text.trim().is_empty() && text == text.trim(), "{tag}: {name} is empty");
            assert!(
                !text.contains("  ") && !text.contains('\n'),
                "{tag}: {name} has stray spaces"
            );
            let (mut found, mut expected) = (places(text), places(english));
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{tag}: {name}");
        }
    }
}

/// What is a name or the same word in two languages.
const ALIKE: [&str; 8] = [
    "api",
    "alias_name",
    "client_hass",
    "client_pyaarlo",
    "client_scrypted",
    "client_command",
    "join_invitation",
    "value_token",
];

#[test]
fn nothing_was_left_in_english() {
    for language in [Language::German, Language::French, Language::Spanish] {
        for ((name, text), (_, english)) in language.texts().all().into_iter().zip(EN.all()) {
            assert!(text != english || ALIKE.contains(&name), "{}: {name}", language.tag());
        }
    }
}

#[test]
fn each_event_has_words() {
    for event in MailEvent::ALL {
        assert_ne!(EN.event(AuditKind::Mail(event)), event.name());
    }
}
