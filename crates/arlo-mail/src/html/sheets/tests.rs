use super::*;

#[test]
fn sheets_within_comments_and_raw_text_are_none() {
    let empty = |page: &str| from_page(page, Mode::Standard, &Steps::new(10_000)).unwrap().is_empty();
    assert!(!empty("<STYLE type='text/css'>p{color:red}</sTyle >"));
    assert!(!empty("<!--[if !mso]><!--><style>p{color:red}</style><!--<![endif]-->"));
    assert!(empty("<!--[if mso]><style>p{color:red}</style><![endif]-->"));
    assert!(empty("<title><style>p{color:red}</style></title>"));
    assert!(empty("<style"));
}

#[test]
fn sheets_for_something_else_than_a_screen_are_none() {
    let empty = |tag: &str| {
        let page = format!("{tag}p{{color:red}}</style>");
        from_page(&page, Mode::Standard, &Steps::new(10_000))
            .unwrap()
            .is_empty()
    };
    for (tag, expected) in [
        ("<style media='print'>", true),
        ("<style media=print>", true),
        ("<STYLE\nTYPE=text/css MEDIA=PRINT>", true),
        ("<style media='only screen and (max-width:480px)'>", true),
        ("<style media='(width&lt;480px)'>", true),
        ("<style media='(width<480px)'>", true),
        ("<style media=\"(width>480px)\">", false),
        ("<style media='screen'>", false),
        ("<style media=''>", false),
        ("<style media>", false),
        ("<style media='print, screen'>", false),
        ("<style media='screen' media='print'>", false),
        ("<style media='print' media='screen'>", true),
        ("<style title='media=print'>", false),
        ("<style type='text/css'>", false),
        ("<style type='TEXT/CSS'>", false),
        ("<style type=''>", false),
        ("<style type>", false),
        ("<style type='text/less'>", true),
        ("<style type='text/x-css'>", true),
        ("<style type='text/plain' media='screen'>", true),
        ("<style data-type='text/less'>", false),
    ] {
        assert_eq!(empty(tag), expected, "{tag}");
    }
}

#[test]
fn a_start_tag_ends_outside_its_quotes() {
    for (tag, expected) in [
        ("<style>", Some(7)),
        ("<style a='>'>", Some(13)),
        ("<style a = \">\" b>", Some(17)),
        ("<style a'>'>", Some(10)),
        ("<style a='>", None),
        ("<style", None),
    ] {
        assert_eq!(end_of_tag(tag), expected, "{tag}");
    }
}
