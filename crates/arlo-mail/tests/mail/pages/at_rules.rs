//! Rules inside `@supports` and `@layer`.

use super::{STANDARD, seen};

/// Whether each sheet hides a paragraph of the class `x`.
fn of_sheet(cases: &[(&str, bool)]) {
    for (sheet, is_hidden) in cases {
        let page = format!("{STANDARD}<style>{sheet}</style><p class=x>467266");
        assert_eq!(seen(&page).is_empty(), *is_hidden, "{sheet}");
    }
}

#[test]
fn rules_for_what_a_browser_supports() {
    of_sheet(&[
        ("@supports (display:grid){.x{display:none}}", true),
        ("@supports (display:grid) and (gap:1px){.x{display:none}}", true),
        ("@supports not (display:grid){.x{display:none}}", false),
        ("@supports (-moz-appearance:none){.x{display:none}}", false),
        ("@supports (-webkit-overflow-scrolling:touch){.x{display:none}}", false),
        ("@supports not (-ms-ime-align:auto){.x{display:none}}", true),
        (
            "@supports (-ms-ime-align:auto) or (display:flex){.x{display:none}}",
            true,
        ),
        ("@supports (--a:b){.x{display:none}}", true),
        ("@supports ((color:red) and (not (-o-x:y))){.x{display:none}}", true),
        // Nothing is known of a value that is not read.
        ("@supports (display:foo){.x{display:none}}", false),
        ("@supports not (display:foo){.x{display:none}}", false),
        (".x{display:none}@supports (display:flex){.x{display:block}}", false),
        // Nothing is known of these.
        ("@supports (foo:bar){.x{display:none}}", false),
        ("@supports not (foo:bar){.x{display:none}}", false),
        ("@supports selector(:has(a)){.x{display:none}}", false),
        ("@supports (display:grid) x{.x{display:none}}", false),
        ("@container (min-width:1px){.x{display:none}}", false),
    ]);
}

#[test]
fn rules_in_layers() {
    of_sheet(&[
        ("@layer a{.x{display:none}}", true),
        ("@layer{.x{display:none}}", true),
        ("@layer a{.x{display:none}}.x{display:block}", false),
        ("@layer a{.x{display:none!important}}.x{display:block!important}", true),
        ("@layer a{.x{display:none}}@layer b{.x{display:block}}", false),
        ("@layer b,a;@layer a{.x{display:none}}@layer b{.x{display:block}}", true),
        (
            "@layer a,b,c;@layer c{.x{display:none}}@layer b{.x{display:block}}",
            true,
        ),
        (
            "@layer a{.x{display:none}}@layer b{.x{color:red}}@layer a{.x{display:block}}",
            false,
        ),
        // "a.b" is a layer within another one.
        (
            "@layer a.b,c;@layer b{.x{display:none}}@layer c{.x{display:block}}",
            true,
        ),
        ("@layer a{p.x{display:none}}@layer b{.x{display:block}}", false),
        ("@layer a{p.x{display:none}}p.x{color:red}.x{display:block}", false),
        (
            "@layer a{.x{display:none!important}}@layer b{.x{display:block!important}}",
            true,
        ),
        ("@layer{.x{display:none}}@layer{.x{display:block}}", false),
        ("@layer a.b{.x{display:none}}", true),
        ("@layer a{@layer b{.x{display:none}}}", true),
        ("@media screen{@layer a{@supports (color:red){.x{display:none}}}}", true),
        ("@layer a{.x{color:red}}.x{display:none}", true),
    ]);
}
