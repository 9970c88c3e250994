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
