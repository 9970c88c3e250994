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
    ] {
        assert_eq!(holds(&mut Parser::new(query)), expected, "{query}");
    }
}
