use proptest::prelude::*;

use super::*;

fn zone() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
}

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn path(pattern: &str, name: &str, time: &str) -> String {
    let pattern = Pattern::parse(pattern).unwrap();
    let subject = Subject {
        device: "A1B2C3",
        name,
        created: at(time),
    };
    let stem = pattern.stem(&subject, &zone());
    pattern
        .root()
        .join(stem.directory)
        .join(stem.file)
        .display()
        .to_string()
}

fn refused(pattern: &str) -> String {
    let error = Pattern::parse(pattern).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Pattern);
    error.to_string()
}

#[test]
fn each_substitution_of_pyaarlo_is_known() {
    let time = "2026-01-05T23:04:09.123Z"; // 2026-01-06 00:04:09 in the zone
    for (word, expected) in [
        ("SN", "A1B2C3"),
        ("N", "Front Door"),
        ("NN", "front_door"),
        ("Y", "2026"),
        ("m", "01"),
        ("d", "06"),
        ("H", "00"),
        ("M", "04"),
        ("S", "09"),
        ("F", "2026-01-06"),
        ("T", "00-04-09"),
        ("t", "00-04-09"),
        ("s", "1767654249"),
    ] {
        assert_eq!(
            path(&format!("/media/${word}"), "Front Door", time),
            format!("/media/{expected}")
        );
        assert_eq!(
            path(&format!("/media/x${{{word}}}y"), "Front Door", time),
            format!("/media/x{expected}y")
        );
    }
}

#[test]
fn the_example_of_pyaarlo_works_and_a_dollar_can_be_written() {
    assert_eq!(
        path("/config/media/${SN}/${Y}/${m}/${d}/${T}", "x", "2026-07-05T10:00:00Z"),
        "/config/media/A1B2C3/2026/07/05/12-00-00"
    );
    assert_eq!(
        path("/m/$$a/$SN-$$-$s", "x", "1970-01-01T00:00:07Z"),
        "/m/$a/A1B2C3-$-7"
    );
}

#[test]
fn the_root_is_what_is_before_the_first_substitution() {
    for (pattern, root) in [
        ("/media/cams/${SN}/$F", "/media/cams"),
        ("/media/cam-$SN", "/media"),
        ("/$SN", "/"),
        ("media/$SN", "media"),
        ("$SN/$F", "."),
        ("cam-$SN", "."),
        ("../up/$SN", "../up"),
        ("/a:b/$SN/c:d", "/a:b"),
    ] {
        assert_eq!(Pattern::parse(pattern).unwrap().root(), Path::new(root), "{pattern}");
    }
}

#[test]
fn text_after_the_root_is_made_valid_and_empty_components_are_dropped() {
    assert_eq!(
        path("/a:b/$SN/c:d//./e", "x", "1970-01-01T00:00:00Z"),
        "/a:b/A1B2C3/c-d/e"
    );
    assert_eq!(path("/m/$N/.x/$t", "..", "1970-01-01T00:00:00Z"), "/m/_/_x/01-00-00");
}

#[test]
fn a_pattern_that_cannot_be_used_says_why() {
    assert!(
        refused("/m/$X").contains("$X is unknown: there are SN N NN"),
        "{}",
        refused("/m/$X")
    );
    assert!(refused("/m/${SN").contains("${ has no }"));
    assert!(
        refused("/m/$SN_x").contains("write ${SN} if letters follow"),
        "{}",
        refused("/m/$SN_x")
    );
    assert!(refused("/m/$NNx").contains("write ${NN}"));
    assert!(refused("/m/${}").contains("$$ for a dollar"));
    assert!(refused("/m/$SN/5$").contains("$$ for a dollar"));
    assert!(refused("/m/$-").contains("$$ for a dollar"));
    assert!(refused("/m/video").contains("one file for all"));
    assert!(refused("").contains("one file for all"));
    assert!(refused("/m/$$SN").contains("one file for all"));
    assert!(refused("/m/$SN/").contains("ends with a directory"));
    assert!(refused("/m/$SN/.").contains("ends with a directory"));
    assert!(refused("/m/$SN/../x").contains("out of the archive"));
    assert!(refused("/m/$SN/..").contains("out of the archive"));
    assert!(refused(&format!("/m/$SN/{}", "a/".repeat(20) + "b")).contains("16 directories"));
    assert!(refused(&format!("/m/$SN/{}", "a".repeat(1024))).contains("1024 bytes"));
    assert!(refused("/m/\0$SN").contains("null"));
}

/// The hour comes twice, an hour apart: the names are the same, and the archive counts them. `$s` tells them apart.
#[test]
fn the_hour_that_the_clock_repeats_gives_a_name_twice() {
    let (first, second) = ("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z");
    assert_eq!(path("/m/$t", "x", first), path("/m/$t", "x", second));
    assert_eq!(path("/m/$t", "x", first), "/m/02-30-00");
    assert_ne!(path("/m/$t-$s", "x", first), path("/m/$t-$s", "x", second));
    // In spring the clock leaves an hour out.
    assert_eq!(path("/m/$F-$t", "x", "2026-03-29T00:59:59Z"), "/m/2026-03-29-01-59-59");
    assert_eq!(path("/m/$F-$t", "x", "2026-03-29T01:00:00Z"), "/m/2026-03-29-03-00-00");
}

proptest! {
    #[test]
    fn no_name_of_a_device_leads_out_of_the_root(
        name in "\\PC*|[./\\\\: \u{0}-\u{1f}]*|(\\.\\./)+etc",
        device in "\\PC*|[./\\\\]*",
        millisecond in -62_000_000_000_000_i64..253_000_000_000_000,
        pattern in "/m/(\\$\\{(SN|N|NN|Y|m|d|H|M|S|F|T|t|s)\\}[a-z./:]{0,3}){1,6}x?",
    ) {
        if let Ok(pattern) = Pattern::parse(&pattern) {
            let created = Timestamp::from_millisecond(millisecond).unwrap();
            let stem = pattern.stem(&Subject { device: &device, name: &name, created }, &zone());
            let path = stem.directory.join(&stem.file);
            prop_assert!(path.is_relative());
            for part in path.components() {
                let std::path::Component::Normal(part) = part else { panic!("{path:?}") };
                let part = part.to_str().unwrap();
                prop_assert_eq!(component(part), part);
            }
            prop_assert!(!stem.file.is_empty() && path.as_os_str().len() < 3300);
        }
    }

    #[test]
    fn any_text_is_a_pattern_or_a_clear_error(text in "\\PC*|[$A-Za-z{}/.]*") {
        if let Err(error) = Pattern::parse(&text) {
            prop_assert!(error.to_string().starts_with("the pattern of the file names"));
        }
    }
}
