use super::*;

#[test]
fn document_types_that_ask_for_the_standard() {
    for (page, expected) in [
        ("<!DOCTYPE html><p>", Mode::Standard),
        ("<!-- x --><!doctype HTML>", Mode::Standard),
        (
            "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">",
            Mode::Standard,
        ),
        (
            "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\">",
            Mode::Quirks,
        ),
        (
            "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\" \"http://www.w3.org/TR/html4/loose.dtd\">",
            Mode::Standard,
        ),
        (
            "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\" \"x\">",
            Mode::Quirks,
        ),
        ("<!DOCTYPE html PUBLIC \"HTML\" \"x\">", Mode::Quirks),
        ("<!DOCTYPE html PUBLIC \"HTML x\" \"x\">", Mode::Standard),
        ("<!DOCTYPE html SYSTEM \"about:legacy-compat\">", Mode::Standard),
        ("<!DOCTYPE svg>", Mode::Quirks),
        ("\r\n <!DOCTYPE html>", Mode::Standard),
        ("\u{feff}<!DOCTYPE html>", Mode::Standard),
        ("<?xml version=\"1.0\"?><!DOCTYPE html>", Mode::Standard),
        ("<html><p>", Mode::Quirks),
        ("", Mode::Quirks),
    ] {
        assert_eq!(mode_of_page(page), expected, "{page}");
    }
}
