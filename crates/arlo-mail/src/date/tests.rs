use super::*;

fn read(field: &str) -> String {
    parse(field).map_or("none".to_owned(), |time| time.to_string())
}

#[test]
fn a_date_with_a_zone_that_is_defined_is_a_time() {
    for (field, expected) in [
        ("Sun, 22 Nov 2026 10:00:00 +0000", "2026-11-22T10:00:00Z"),
        ("Sun, 22 Nov 2026 03:10:00 -0800", "2026-11-22T11:10:00Z"),
        ("Sun, 22 Nov 2026 03:10:00 -0800 (PST)", "2026-11-22T11:10:00Z"),
        ("Sun, 22 Nov 2026 03:10:00 -0800 PST", "2026-11-22T11:10:00Z"),
        (
            "Sun, 22 Nov 2026 15:40:00 +0530 (India (Standard) Time)",
            "2026-11-22T10:10:00Z",
        ),
        ("22 Nov 2026 10:00 GMT", "2026-11-22T10:00:00Z"),
        ("Sun,22 Nov 2026 10:00:00 UT", "2026-11-22T10:00:00Z"),
        ("Sun, 22 Nov 2026 10:00:00 Z", "2026-11-22T10:00:00Z"),
        ("Sun, 22 Nov 2026 10:00:00 UTC", "2026-11-22T10:00:00Z"),
        ("So., 22 Nov 2026 05:00:00 EST", "2026-11-22T10:00:00Z"),
        ("Sun, 22 Nov 2026 06:00:00 EDT", "2026-11-22T10:00:00Z"),
        ("Sun, 22 Nov 2026 04:00:00 CST", "2026-11-22T10:00:00Z"),
        ("Sun, 22 Nov 2026 05:00:00 CDT", "2026-11-22T10:00:00Z"),
        ("Sun, 22 Nov 2026 03:00:00 MST", "2026-11-22T10:00:00Z"),
        ("Sun, 22 Nov 2026 04:00:00 MDT", "2026-11-22T10:00:00Z"),
        ("Sun, 22 Nov 2026 03:00:00 PDT", "2026-11-22T10:00:00Z"),
        ("Sun, 22 November 26 02:00:60 pst", "2026-11-22T10:00:59Z"),
        ("Sun, 22 Nov 2026 02:00:00 GMT-08:00", "2026-11-22T10:00:00Z"),
        ("Sun, 22 Nov 2026 02:00:00 GMT-8", "2026-11-22T10:00:00Z"),
        ("Sun, 22 Nov 2026 12:00:00 UTC +02:00", "2026-11-22T10:00:00Z"),
        ("Sun, 22 Nov 2026 10:00:00 -0000", "2026-11-22T10:00:00Z"),
        (
            "Sun, 22 (a (nested) day) Nov 2026 10:00:00 +0000",
            "2026-11-22T10:00:00Z",
        ),
        // Short years: RFC 5322 section 4.3.
        ("22 Nov 49 10:00:00 +0000", "2049-11-22T10:00:00Z"),
        ("22 Nov 99 10:00:00 +0000", "1999-11-22T10:00:00Z"),
        ("22 Nov 126 10:00:00 +0000", "2026-11-22T10:00:00Z"),
        ("22 Nov 026 10:00:00 +0000", "1926-11-22T10:00:00Z"),
        ("22 Nov 1900 10:00:00 +0000", "1900-11-22T10:00:00Z"),
        ("Sun, 22 Nov 2026 23:59:00 +2359", "2026-11-22T00:00:00Z"),
    ] {
        assert_eq!(read(field), expected, "{field}");
    }
}

#[test]
fn what_would_have_to_be_guessed_is_no_date() {
    for field in [
        "Sun, 22 Nov 2026 03:10:00 AKST",
        "Sun, 22 Nov 2026 03:10:00 HST",
        "Sun, 22 Nov 2026 03:10:00 BRT",
        "Sun, 22 Nov 2026 03:10:00 CEST",
        "Sun, 22 Nov 2026 03:10:00 A",
        "Sun, 22 Nov 2026 03:10:00 Pacific Standard Time",
        "Sun, 22 Nov 2026 03:10:00 GMT Standard Time",
        "Sun, 22 Nov 2026 03:10:00 America/Anchorage",
        "Sun, 22 Nov 2026 03:10:00",
        "Sun, 22 Nov 2026 03:10:00 (PST)",
        "Sun, 22 Nov 2026 03:10:00 PM -0800",
        "Sun, 22 Nov 2026 22.05.17 +0100",
        "Sun, 22 Nov 2026 10:00:00 -9900",
        "Sun, 22 Nov 2026 10:00:00 +2400",
        "Sun, 22 Nov 2026 10:00:00 +0060",
        "Sun, 22 Nov 2026 10:00:00 EST -0500",
        "Sun, 22 Nov 1899 10:00:00 +0000",
        "Sun, 22 Nov 2026 10:00:00 -08000",
        "Sun, 31 Nov 2026 10:00:00 +0000",
        "Sun, 22 Nov 2026 25:00:00 +0000",
        "2026-11-22T10:00:00Z",
        "Sun Nov 22 10:00:00 2026",
        "yesterday",
        "",
    ] {
        assert_eq!(read(field), "none", "{field}");
    }
}

#[test]
fn a_field_has_a_length() {
    let field = |bytes: usize| format!("{:bytes$}", "Sun, 22 Nov 2026 10:00:00 +0000");
    assert_eq!(read(&field(256)), "2026-11-22T10:00:00Z");
    assert_eq!(read(&field(257)), "none");
}
