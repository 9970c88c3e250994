use super::*;

#[test]
fn queries_that_hold_at_a_desk() {
    for (query, expected) in [
        ("", true),
        ("screen", true),
        ("all", true),
        ("only screen and (min-width: 480px)", true),
        ("screen and (max-width:600px)", false),
        ("(max-width:600px), (min-width: 601px)", true),
        ("print", false),
        ("not print", true),
        ("(prefers-color-scheme: dark)", false),
        ("screen and (-webkit-min-device-pixel-ratio:0)", true),
        ("yahoo", false),
        ("screen, print", true),
        ("print, screen", true),
        ("print, speech", false),
        ("not screen", false),
        ("not print, print", true),
        ("(min-width: 1024px)", true),
        ("(min-device-width: 1025px)", false),
        ("(max-width: 1024px)", true),
        ("(max-device-width: 1023px)", false),
        ("(min-height: 768px)", true),
        ("(min-device-height: 769px)", false),
        ("(max-height: 768px)", true),
        ("(max-device-height: 767px)", false),
        ("(-webkit-min-device-pixel-ratio: 2)", false),
        ("(-webkit-max-device-pixel-ratio: 1)", true),
        ("(-webkit-max-device-pixel-ratio: .5)", false),
        ("(prefers-color-scheme: light)", true),
        ("(orientation: landscape)", true),
        ("(orientation: portrait)", false),
    ] {
        assert_eq!(holds(&mut Parser::new(query)), expected, "{query}");
    }
}
