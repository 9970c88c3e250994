//! Pages at the limits of what is read of them.

use arlo_mail::limits::MAX_OPEN_ELEMENTS;

use super::{hidden, shown};

/// Elements that are open in the body at most.
const OPEN: usize = MAX_OPEN_ELEMENTS - 2;

/// So many open elements, the last of them hidden.
fn deep(count: usize) -> String {
    "<div>".repeat(count - 1) + "<div hidden>"
}

#[test]
fn deeper_elements_count_as_their_parent() {
    let full = deep(OPEN);
    // The end tag of an element that is not open ends no other.
    hidden(&[
        &format!("{full}<div>a</div>467266"),
        &format!("{full}<div><div>a</div></div>467266"),
        &format!("{full}<div>a</br>467266"),
    ]);
    shown(&[
        &format!("{full}<div>a</div></div>467266"),
        &format!("{full}<div>a<br></br></div></div>467266"),
        &format!("{}<div hidden>467266", "<div>".repeat(OPEN)),
    ]);
}

#[test]
fn formatting_goes_on_as_far_as_elements_may_be_open() {
    let ended = "<p><b style='display:none'>x</p>";
    let full = "<div>".repeat(OPEN);
    // The text in the deeper element has no place for it; a place is free when one more has ended.
    hidden(&[&format!("{ended}{full}<div>a</div></div>467266")]);
    shown(&[&format!("{ended}{full}467266")]);
    // Of the formatting elements of a paragraph 16 go on, without those that look like the text around them.
    let red = "<b style='color:red'>";
    let none = "<i style='display:none'>x</p>467266";
    hidden(&[
        &format!("<p>{}{none}", red.repeat(15)),
        &format!("<p>{}{none}", "<b>".repeat(16)),
    ]);
    shown(&[&format!("<p>{}{none}", red.repeat(16))]);
}

/// Whether these rules hide the body of this page.
fn hides(rules: &str, page: &str, expected: bool) {
    let page = format!("<style>{rules}</style>{page}");
    if expected { hidden(&[&page]) } else { shown(&[&page]) }
}

#[test]
fn sheets_are_read_to_a_length() {
    let rule = "p{display:none}";
    for (length, expected) in [(256 * 1024, true), (256 * 1024 + 1, false)] {
        hides(
            &format!("{rule}{}", " ".repeat(length - rule.len())),
            "<p>467266",
            expected,
        );
        let variable = ":root{--d:none}";
        hides(
            &format!("{variable}{}", " ".repeat(length - variable.len())),
            "<p style='display:var(--d)'>467266",
            expected,
        );
    }
}

#[test]
fn variables_have_so_many_names_and_so_long_values() {
    for (count, expected) in [(1023, true), (1024, false)] {
        let others: String = (0..count).map(|n| format!("--v{n}-:x;")).collect();
        hides(
            &format!("b{{{others}}}b{{--d:none}}"),
            "<p style='display:var(--d)'>467266",
            expected,
        );
    }
    for (length, expected) in [(256, true), (257, false)] {
        let (start, end) = ("var(--d,", "none)");
        let blanks = " ".repeat(length - start.len() - end.len());
        hides("", &format!("<p style='display:{start}{blanks}{end}'>467266"), expected);
    }
}

#[test]
fn so_many_layers_are_known() {
    // The rules of more are taken for those of the last, so that the stronger selector wins and not the later layer.
    for (count, expected) in [(63, false), (64, true)] {
        let others: String = (1..count).map(|n| format!("@layer l{n}{{b{{color:red}}}}")).collect();
        let rules = format!("{others}@layer y{{p.x{{display:none}}}}@layer z{{.x{{display:block}}}}");
        hides(&rules, "<p class=x>467266", expected);
    }
}

#[test]
fn selectors_have_so_many_parts() {
    for (count, expected) in [(8, true), (9, false)] {
        let names = (0..count).map(|n| format!("c{n}"));
        let (selector, classes): (String, String) = names.map(|name| (format!(".{name}"), format!("{name} "))).unzip();
        hides(
            &format!("{selector}{{display:none}}"),
            &format!("<p class='{classes}'>467266"),
            expected,
        );
        let around = "div ".repeat(count - 1);
        hides(
            &format!("{around} p{{display:none}}"),
            &format!("{}<p>467266", "<div>".repeat(9)),
            expected,
        );
    }
}

#[test]
fn elements_have_so_many_names_that_rules_know() {
    let rules: String = (0..33).map(|n| format!(".c{n}{{color:red}}")).collect();
    let classes: Vec<String> = (0..33).map(|n| format!("c{n}")).collect();
    let page = format!("<p class='{}'>467266", classes.join(" "));
    hides(&format!("{rules}.c31{{display:none}}"), &page, true);
    hides(&format!("{rules}.c32{{display:none}}"), &page, false);
}

#[test]
fn so_many_names_of_rules_are_known() {
    for (count, expected) in [(4095, true), (4096, false)] {
        let names: Vec<String> = (0..count).map(|n| format!(".c{n}")).collect();
        let rules: String = names.chunks(8).map(|names| names.concat() + "{color:red}").collect();
        hides(&format!("{rules}.z{{display:none}}"), "<p class=z>467266", expected);
    }
}

#[test]
fn media_blocks_in_media_blocks_are_read_to_a_depth() {
    for (depth, expected) in [(1, true), (4, true), (5, false)] {
        let (open, close) = ("@media screen{".repeat(depth), "}".repeat(depth));
        hides(&format!("{open}p{{display:none}}{close}"), "<p>467266", expected);
    }
    let after = "@media screen{b{color:red}}".repeat(5);
    hides(&format!("{after}@media screen{{p{{display:none}}}}"), "<p>467266", true);
}
