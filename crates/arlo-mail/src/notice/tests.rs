use super::*;
use crate::testing::read_counted;
use crate::{Content, Senders, limits, read_for_owner};

fn notice(raw: &str) -> Notice {
    read_for_owner(raw.as_bytes(), &Senders::default())
        .unwrap()
        .notice
        .unwrap()
}

fn links(raw: &str) -> Vec<String> {
    let notice = notice(raw);
    let links = notice.links(Links::Any).iter();
    links.map(|link| link.url().to_owned()).collect()
}

fn in_text(text: &str) -> Vec<String> {
    links(&format!("From: a@b.example\r\n\r\n{text}"))
}

fn in_page(page: &str) -> Vec<String> {
    links(&format!("From: a@b.example\r\nContent-Type: text/html\r\n\r\n{page}"))
}

#[test]
fn a_providers_question_is_kept_in_short() {
    let raw = "From: Post <Care+forward@post.example>\r\nSubject: =?utf-8?q?Allow_forwarding=3F_=E2=9C=93?=\r\n\r\n\
               robin@post.example would like to pass mail on to you.\r\nTo allow it: https://post.example/allow/7f3c\r\n";
    let kept = notice(raw);
    assert_eq!(
        (&*kept.sender, &*kept.subject),
        ("Care+forward@post.example", "Allow forwarding? ✓")
    );
    let [link] = kept.links(Links::Any) else { panic!() };
    assert_eq!(
        (link.url(), link.host()),
        ("https://post.example/allow/7f3c", "post.example")
    );
    assert_eq!(kept.links(Links::OfProviders), []);
    assert_eq!(format!("{kept:?} {link:?}"), "Notice(…) Link(…)");
}

#[test]
fn of_what_could_end_a_login_nothing_is_kept() {
    let of = |raw: &str| read_for_owner(raw.as_bytes(), &Senders::default()).unwrap();
    for (raw, kept) in [
        ("From: do_not_reply@arlo.com\r\n\r\nYour code is\r\n467266\r\n", false),
        (
            "From: do_not_reply@arlo.com\r\n\r\nYour code is 467266\r\n\r\nYour code is 467267\r\n",
            false,
        ),
        (
            "From: a@b.example\r\n\r\nFrom: do_not_reply@arlo.com\r\nDate: x\r\n\r\nYour code is\r\n467266\r\n",
            false,
        ),
        ("From: do_not_reply@arlo.com\r\n\r\nWelcome.\r\n", true),
        ("From: a@b.example\r\n\r\nHello.\r\n", true),
        ("Subject: x\r\n\r\nHello.\r\n", true),
        ("From: a@b.example\r\nFrom: c@d.example\r\n\r\nHello.\r\n", true),
    ] {
        assert_eq!(of(raw).notice.is_some(), kept, "{raw}");
    }
    let gmail = "From: forwarding-noreply@google.com\r\n\r\nhttps://mail-settings.google.com/mail/vf-x\r\n";
    let read = of(gmail);
    assert!(matches!(read.content, Content::ForwardingConfirmation(_)) && read.notice.is_none());
    // Under a sender that nobody has added, Arlo's mail is nobody's; its code is none the less one.
    let masked = notice("From: a@b.example\r\nSubject: 467266 is your code, 1234567 is not, １２３４５６ is\r\n\r\n");
    assert_eq!(masked.subject, "…… is your code, 1234567 is not, …… is");
}

#[test]
fn links_are_found_in_text_as_people_and_programs_write_it() {
    for (text, expected) in [
        ("<https://post.example/a>", "https://post.example/a"),
        ("(https://post.example/a).", "https://post.example/a"),
        ("[here](https://post.example/a?b=(c))", "https://post.example/a?b=(c))"),
        ("Go to:https://post.example/a, please", "https://post.example/a"),
        ("こちらhttps://post.example/a。", "https://post.example/a"),
        ("HTTPS://Post.Example/A", "https://post.example/A"),
        ("https://post.example", "https://post.example"),
        ("https://post.example:8443/a#b", "https://post.example:8443/a#b"),
    ] {
        assert_eq!(in_text(text), [expected], "{text}");
    }
}

#[test]
fn what_is_no_plain_https_link_is_none() {
    for text in [
        "http://post.example/a",
        "ftp://post.example/a",
        "javascript:alert(1)",
        "xhttps://post.example/a",
        "http://post.example/?to=https://bank.example/a",
        "https://bank.example@post.example/a",
        "https://bank.example:pass@post.example/a",
        "https://bank.example\\@post.example/a",
        "https://192.0.2.1/a",
        "https://[2001:db8::1]/a",
        "https://localhost/a",
        "https://pоst.example/a",
        "https://post.exаmple/a",
        "https:///a",
        "https://post..example/a",
        "https://post.example:x/a",
        "https://",
        "://",
    ] {
        assert_eq!(in_text(text), [""; 0], "{text}");
        assert_eq!(in_page(&format!("<a href=\"{text}\">")), [""; 0], "{text}");
    }
    let long = format!("https://post.example/{}", "a".repeat(MAX_LINK));
    assert_eq!(in_text(&long), [""; 0]);
    assert_eq!(in_page(&format!("<a href=\"{long}\">")), [""; 0]);
    let umlauts = format!("https://post.example/{}", "ä".repeat(MAX_LINK / 4));
    assert_eq!(in_page(&format!("<a href=\"{umlauts}\">")), [""; 0]);
}

#[test]
fn links_are_found_in_pages() {
    for (page, expected) in [
        (
            "<a href='https://post.example/a?b=1&amp;c=2'>",
            "https://post.example/a?b=1&c=2",
        ),
        ("<A CLASS=x HREF=https://post.example/a>", "https://post.example/a"),
        (
            "<a href=\"&#104;ttps&colon;//post.example/a\">",
            "https://post.example/a",
        ),
        ("<a href=\" https://post.example/a\nb \">", "https://post.example/ab"),
        (
            "<a href=\"https://post.example/a b'&quot;&lt;ä\\\">",
            "https://post.example/a%20b%27%22%3C%C3%A4%5C",
        ),
        (
            "<p>Go to https://post.example/a?b&amp;c</p>",
            "https://post.example/a?b&c",
        ),
    ] {
        assert_eq!(in_page(page), [expected], "{page}");
    }
    for page in [
        "<img href=https://post.example/a>",
        "<link rel=stylesheet href=https://post.example/a>",
        "<a title=https://post.example/a>",
        "<style>@import 'https://post.example/a'</style>",
        "<script>x = 'https://post.example/a'</script>",
        "<!-- https://post.example/a -->",
    ] {
        assert_eq!(in_page(page), [""; 0], "{page}");
    }
}

#[test]
fn the_first_links_are_kept_each_once() {
    let many: String = (0..1000)
        .map(|n| format!("https://post.example/{}\r\n", n / 2))
        .collect();
    let first: Vec<String> = (0..5).map(|n| format!("https://post.example/{n}")).collect();
    assert_eq!(in_text(&many), first);
    // A provider's link beyond them is none the less found where only such links are kept.
    let kept = notice(&format!(
        "From: a@b.example\r\n\r\n{many}https://mail.zoho.eu/accept\r\n"
    ));
    let [link] = kept.links(Links::OfProviders) else {
        panic!()
    };
    assert_eq!(link.host(), "mail.zoho.eu");
}

#[test]
fn a_listed_provider_is_its_domain_and_what_is_below() {
    for (url, expected) in [
        ("https://zoho.eu/a", true),
        ("https://accounts.zoho.com/a", true),
        ("https://notzoho.com/a", false),
        ("https://zoho.com.evil.example/a", false),
        ("https://mail-settings.google.com/mail/vf-x", true),
        ("https://docs.google.com/forms/x", false),
        ("https://post.example/a", false),
    ] {
        assert_eq!(Link::parse(url).unwrap().is_of_provider(), expected, "{url}");
    }
}

#[test]
fn a_strangers_text_is_one_short_line() {
    let huge = format!("From: a@b.example\r\nSubject: {}\r\n\r\n", "x".repeat(100_000));
    assert_eq!(notice(&huge).subject, "x".repeat(200));
    let turned = "From: a@b.example\r\nSubject: a\u{202e}b\u{2066}c\u{200b}d\u{7}e\u{2028}f\t \r\n g\u{feff}\r\n\r\n";
    assert_eq!(notice(turned).subject, "abcde f g");
    let two = "From: \"x\u{202e}\" <a@b.example>, c@d.example\r\n\r\n";
    assert_eq!(notice(two).sender, "\"x\" <a@b.example>, c@d.example");
    assert_eq!(notice("Subject: x\r\n\r\n").sender, "");
}

#[test]
fn hostile_mails_are_read_within_the_limit() {
    let size = limits::MAX_READ;
    for body in [
        "https://".repeat(size / 8),
        "https://a.b/ ".repeat(size / 13),
        "://".repeat(size / 3),
        "<a href=https://a.b/>".repeat(size / 21),
        format!("<a href=\"{}", "&amp;".repeat(size / 5)),
        format!("<a {}", "href=https://a.b/ ".repeat(size / 18)),
        format!("https://a.b/{}", "(".repeat(size)),
        format!("https://a.b/{}", ")".repeat(size)),
    ] {
        for kind in ["plain", "html"] {
            let raw = format!("From: a@b.example\r\nContent-Type: text/{kind}\r\n\r\n{body}");
            let (mail, steps) = read_counted(raw.as_bytes(), &Senders::default());
            assert!(steps <= limits::MAX_STEPS);
            assert!(
                mail.unwrap()
                    .notice
                    .is_some_and(|notice| notice.links(Links::Any).len() <= MAX_LINKS)
            );
        }
    }
}

#[test]
fn every_word_may_be_a_link() {
    let two = ["https://a.example/1", "https://a.example/2"].map(str::to_owned);
    for between in [" ", "\n", "\t", "\u{1}", "<", ">", "\"", "\u{a0}"] {
        assert_eq!(
            in_text(&format!("https://a.example/1{between}https://a.example/2")),
            two,
            "{between:?}"
        );
    }
    // Text goes on after the end of an element whose content is none.
    assert_eq!(in_page("<style>x</style>https://a.example/1 https://a.example/2"), two);
}
