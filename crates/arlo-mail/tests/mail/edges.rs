//! Mails at the edges of what the corpus has: one limit, one missing declaration, one mail too many.

use arlo_mail::limits::{MAX_ATTACHED, MAX_HEADER, MAX_NAMED, MAX_NUMBERS, MAX_PARTS, MAX_READ};
use arlo_mail::{Content, ForwardingConfirmation, Link, Mail, Senders, Verbatim, canonical_domain, read};

const FROM_ARLO: &str = "From: do_not_reply@arlo.com\r\n";
const FROM_CASEY: &str = "From: casey@gmail.com\r\n";

fn mail(raw: impl AsRef<[u8]>) -> Mail {
    read(raw.as_ref(), &Senders::default()).unwrap()
}

fn code(raw: impl AsRef<[u8]>) -> String {
    match mail(raw).content {
        Content::Code(code) => code.expose().to_owned(),
        Content::ConflictingCodes => "conflict".to_owned(),
        Content::NoCode => "none".to_owned(),
        Content::NotFromArlo => "other".to_owned(),
        content => format!("{content:?}"),
    }
}

/// A multipart of these entities.
fn multipart(kind: &str, entities: &[String]) -> String {
    let parts: String = entities.iter().map(|entity| format!("--b\r\n{entity}\r\n")).collect();
    format!("Content-Type: multipart/{kind}; boundary=b\r\n\r\n{parts}--b--\r\n")
}

fn arlos(code: &str) -> String {
    format!("Content-Type: message/rfc822\r\n\r\n{FROM_ARLO}\r\nYour code is:\r\n{code}\r\n")
}

fn persons() -> String {
    format!("Content-Type: message/rfc822\r\n\r\n{FROM_CASEY}\r\nHello\r\n")
}

#[test]
fn a_multipart_without_its_boundary_is_divided_by_its_first_line() {
    let of_boundary = |length: usize| {
        let boundary = "x".repeat(length);
        format!(
            "{FROM_ARLO}Content-Type: multipart/mixed\r\n\r\n--{boundary}\r\nContent-Type: text/plain\r\n\
             Content-Transfer-Encoding: base64\r\n\r\nWW91ciBjb2RlIGlzOg0KNDY3MjY2DQo=\r\n--{boundary}--\r\n"
        )
    };
    assert_eq!(code(of_boundary(1)), "467266");
    assert_eq!(code(of_boundary(70)), "467266");
    assert_eq!(code(of_boundary(71)), "none");
}

#[test]
fn a_text_of_an_unknown_kind_is_plain() {
    let of = |kind: &str| {
        code(format!(
            "{FROM_ARLO}Content-Type: {kind}\r\n\r\nYour code is:\r\n467266\r\n"
        ))
    };
    for kind in [
        "markdown",
        "x-foo",
        "richtext",
        "enriched",
        "plain charset=utf-8",
        "MARKDOWN; x=y",
    ] {
        assert_eq!(of(&format!("text/{kind}")), "467266", "{kind}");
    }
    for kind in [
        "text/calendar",
        "text/css",
        "text/CSV",
        "text/vcard",
        "text/rfc822-headers",
        "application/x-foo",
    ] {
        assert_eq!(of(kind), "none", "{kind}");
    }
}

#[test]
fn a_page_may_be_declared_as_plain_text() {
    for (begin, expected) in [
        ("<!DOCTYPE html>", "467266"),
        ("<html>", "467266"),
        ("a<p>", "conflict"),
    ] {
        let page = format!("{begin}<p>Your code is: 467266</p>\r\n<p hidden>Your code is: 111222</p>\r\n");
        assert_eq!(
            code(format!("{FROM_ARLO}Content-Type: text/plain\r\n\r\n{page}")),
            expected,
            "{begin}"
        );
    }
}

#[test]
fn a_semicolon_may_be_missing_after_the_media_type() {
    let page = "<p>Your code is:</p><h1>467266</h1>";
    assert_eq!(
        code(format!(
            "{FROM_ARLO}Content-Type: text/html charset=utf-8\r\n\r\n{page}"
        )),
        "467266"
    );
}

#[test]
fn a_page_may_say_its_charset_itself() {
    // windows-1251 has the Cyrillic letters in the order of Unicode.
    let encoded = |text: &str| -> Vec<u8> {
        let byte = |c: char| u8::try_from(c).or_else(|_| u8::try_from(u32::from(c) - 0x410 + 0xc0));
        text.chars().map(|c| byte(c).unwrap()).collect()
    };
    for declared in [
        "<meta charset=windows-1251>",
        "<meta charset=\"windows-1251\">",
        "<meta http-equiv=Content-Type content='text/html; charset=windows-1251'>",
    ] {
        let page = format!(
            "{FROM_ARLO}Content-Type: text/html\r\n\r\n{declared}<p>Номер заказа</p><p>111222</p><p>Код</p><p>467266</p>"
        );
        assert_eq!(code(encoded(&page)), "467266", "{declared}");
    }
}

#[test]
fn as_many_parts_are_read_as_the_limit_says() {
    let at = |place: usize| {
        let mut parts = vec!["Content-Type: image/png\r\n\r\n".to_owned(); MAX_PARTS];
        parts[place] = "\r\nYour code is:\r\n467266\r\n".to_owned();
        code(FROM_ARLO.to_owned() + &multipart("mixed", &parts))
    };
    // The multipart itself is one of them.
    assert_eq!(at(MAX_PARTS - 2), "467266");
    assert_eq!(at(MAX_PARTS - 1), "none");
}

#[test]
fn as_many_attached_mails_are_read_as_the_limit_says() {
    let as_text = arlos("467266").replace("message/rfc822", "text/plain; name=mail.eml");
    let as_text = as_text.replace(FROM_ARLO, &format!("{FROM_ARLO}Subject: Code\r\n"));
    for mail in [arlos("467266"), as_text] {
        let at = |place: usize| {
            let mut parts = vec![persons(); MAX_ATTACHED + 1];
            parts[place] = mail.clone();
            code(FROM_CASEY.to_owned() + &multipart("mixed", &parts))
        };
        assert_eq!(at(MAX_ATTACHED - 1), "467266");
        assert_eq!(at(MAX_ATTACHED), "other");
    }
}

#[test]
fn two_attached_mails_have_one_code_or_conflict() {
    let both = |other: &str| {
        let parts = [arlos("467266"), persons(), arlos(other)];
        code(FROM_CASEY.to_owned() + &multipart("mixed", &parts))
    };
    assert_eq!(both("467266"), "467266");
    assert_eq!(both("111222"), "conflict");
}

#[test]
fn a_mail_without_a_code_does_not_conflict() {
    let attached = |id: &str, text: &str| {
        let date = format!("Date: Sun, 22 Nov 2026 10:00:0{id} +0000");
        format!("Content-Type: message/rfc822\r\n\r\n{FROM_ARLO}Message-ID: <{id}@x>\r\n{date}\r\n\r\n{text}\r\n")
    };
    let welcome = |id| attached(id, "Welcome to Arlo.");
    let with_code = |id| attached(id, "Your code is:\r\n467266");
    let alone = mail(FROM_CASEY.to_owned() + &multipart("mixed", &[with_code("2")]));
    for parts in [
        vec![welcome("1"), with_code("2")],
        vec![with_code("2"), welcome("1")],
        vec![welcome("1"), with_code("2"), welcome("3"), with_code("4")],
    ] {
        for around in [FROM_ARLO, FROM_CASEY] {
            let found = mail(around.to_owned() + &multipart("mixed", &parts));
            assert_eq!(found.content, alone.content, "{around}{parts:?}");
            assert_eq!((found.id, found.date), (alone.id, alone.date), "{around}{parts:?}");
        }
    }
    let block = "\r\nFrom: do_not_reply@arlo.com\r\nDate: 22 Nov\r\n\r\nYour code is:\r\n467266\r\n".to_owned();
    let quoted = multipart("mixed", &[block.clone(), welcome("1")]);
    assert_eq!(code(FROM_CASEY.to_owned() + &quoted), "467266");
    // What is quoted does not count beside an attached mail with a code.
    let quoted = multipart("mixed", &[block, arlos("111222")]);
    assert_eq!(code(FROM_CASEY.to_owned() + &quoted), "111222");
    assert_eq!(
        code(FROM_CASEY.to_owned() + &multipart("mixed", &[welcome("1"), welcome("2")])),
        "none"
    );
}

#[test]
fn the_parts_of_a_digest_are_mails() {
    let untyped = format!("\r\n{FROM_ARLO}\r\nYour code is:\r\n467266\r\n");
    let of = |kind| mail(FROM_CASEY.to_owned() + &multipart(kind, std::slice::from_ref(&untyped)));
    assert!(matches!(of("digest").content, Content::Code(_)));
    assert_eq!(of("mixed").content, Content::NotFromArlo);
}

#[test]
fn a_mail_that_is_a_file_as_a_whole_is_read() {
    let file = format!("{FROM_ARLO}Content-Disposition: attachment\r\n\r\nYour code is:\r\n467266\r\n");
    assert_eq!(code(file), "467266");
}

#[test]
fn mails_within_mails_are_read_to_a_depth() {
    let within = |depth: usize| {
        let around = |inner: String| format!("Content-Type: message/rfc822\r\n\r\n{FROM_ARLO}{inner}");
        let inner = (1..depth).fold(arlos("467266"), |inner, _| around(inner));
        code(FROM_CASEY.to_owned() + &inner)
    };
    assert_eq!(within(1), "467266");
    assert_eq!(within(2), "467266");
    assert_eq!(within(3), "none");
}

#[test]
fn a_text_that_is_a_mail_is_read_as_one() {
    let with = |fields: &str, text: &str| {
        let part = format!("{fields}\r\n\r\n{text}\r\nYour code is:\r\n467266\r\n");
        code(FROM_CASEY.to_owned() + &multipart("mixed", &[part]))
    };
    let mail = format!("{FROM_ARLO}Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n");
    for fields in [
        "Content-Type: text/plain; x-spam-type=original",
        "Content-Type: TEXT/PLAIN; X-Spam-Type=\"Original\"",
        "Content-Type: text/plain; x-spam-type=original\r\nContent-Disposition: attachment",
        "Content-Type: text/plain; name=mail.eml",
        "Content-Type: text/plain\r\nContent-Disposition: attachment; filename=\"Mail.EML\"",
    ] {
        assert_eq!(with(fields, &mail), "467266", "{fields}");
        assert_eq!(with(fields, &format!("\r\n{mail}")), "467266", "{fields}");
    }
    let original = "text/plain; x-spam-type=original";
    for (media_type, text) in [
        ("text/plain", &*mail),
        ("text/plain; x-spam-type=report", &mail),
        ("text/html; x-spam-type=original", &mail),
        ("text/plain; name=mail.txt", &mail),
        (original, FROM_ARLO),
        (original, "Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n"),
        (original, &format!("Hello\r\n{mail}")),
        (original, &format!("{mail}Hello\r\n")),
        (original, &format!("{mail}{FROM_ARLO}")),
        (original, &mail.replace("do_not_reply@", "alerts@")),
    ] {
        // As an attached file it is not read as a text.
        let fields = format!("Content-Type: {media_type}\r\nContent-Disposition: attachment");
        assert_eq!(with(&fields, text), "other", "{fields}: {text}");
    }
    // Arlo's own mail goes on as a text if its part is no mail.
    let own = format!("{FROM_ARLO}Content-Type: {original}\r\n\r\nYour code is:\r\n467266\r\n");
    assert_eq!(code(own), "467266");
}

#[test]
fn a_heading_goes_before_another_number() {
    let page = |heading: &str, other: &str| {
        let html = "Content-Type: text/html\r\n\r\n";
        code(format!(
            "{FROM_ARLO}{html}<p>Hello</p><p>{other}</p><h1>{heading}</h1><p>Bye</p>"
        ))
    };
    assert_eq!(page("467266", "111222"), "467266");
}

#[test]
fn the_words_below_a_number_say_what_it_is() {
    let text = "Hello\r\n\r\n111222\r\n\r\n467266\r\n\r\nis your verification code. Bye.\r\n";
    assert_eq!(code(format!("{FROM_ARLO}\r\n{text}")), "467266");
}

/// What Gmail's question with this subject and text asks.
fn asked(subject: &str, text: &str) -> ForwardingConfirmation {
    let head = "From: forwarding-noreply@google.com\r\nTo: arlo@relay.example\r\n";
    match mail(format!("{head}Subject: {subject}\r\n\r\n{text}\r\n")).content {
        Content::ForwardingConfirmation(asked) => asked,
        content => panic!("{content:?}"),
    }
}

#[test]
fn gmails_question_is_about_the_account_that_is_not_its_own() {
    for text in [
        "casey@gmail.com has asked",
        "arlo@relay.example is asked for by casey@gmail.com",
        "support@google.com asks for casey@gmail.com",
    ] {
        let account = asked("Gmail Forwarding Confirmation", text).account.unwrap();
        assert_eq!(account.as_str(), "casey@gmail.com", "{text}");
    }
}

#[test]
fn gmails_number_has_seven_digits_at_least() {
    for (subject, text, expected) in [
        ("(#1234567) Gmail", "casey@gmail.com has asked", Some("1234567")),
        ("(#123456) Gmail", "casey@gmail.com has asked", None),
        ("Gmail", "casey@gmail.com has asked. Code: 123456789", Some("123456789")),
        ("Gmail", "casey@gmail.com has asked. Code: 12345678", Some("12345678")),
        (
            "Gmail",
            "casey@gmail.com has asked. Code: 12345678 now",
            Some("12345678"),
        ),
        ("Gmail", "casey@gmail.com has asked. Room: 12345678 now", None),
        // After a colon at the end of the line or of the cell before.
        ("Gmail", "casey@gmail.com\r\nCode:\r\n12345678", Some("12345678")),
        (
            "Gmail",
            "casey@gmail.com\r\n*Code:*\r\n\r\n*1234567*\r\nx",
            Some("1234567"),
        ),
        ("Gmail", "casey@gmail.com\r\nCode：\t12345678.", Some("12345678")),
        ("Gmail", "casey@gmail.com\r\nCode:\r\n123456", None),
        ("Gmail", "casey@gmail.com\r\nCode:\r\nsee below\r\n12345678", None),
        ("Gmail", "casey@gmail.com\r\nCode\r\n12345678", Some("12345678")),
        ("Gmail", "casey@gmail.com\r\nRoom\r\n12345678", None),
        ("Gmail", "casey@gmail.com\r\nCode:\r\n12345678 now", Some("12345678")),
        ("Gmail", "casey@gmail.com\r\nRoom:\r\n12345678 now", None),
        ("Gmail", "casey@gmail.com\r\nCode:\r\nRoom 12345678", None),
        // In a sentence over several lines.
        (
            "Gmail",
            "casey@gmail.com\r\n12345678 is the\r\nconfirmation code",
            Some("12345678"),
        ),
        (
            "Gmail",
            "casey@gmail.com\r\nThe confirmation code for the\r\naddress is\r\n12345678 now",
            Some("12345678"),
        ),
        // Most have nine digits. Such a number needs no word, since the text may be in any language.
        ("Gmail", "casey@gmail.com\r\nRoom\r\n123456789", Some("123456789")),
    ] {
        let asked = asked(subject, text);
        assert_eq!(asked.confirmation_code.as_deref(), expected, "{subject} {text}");
    }
}

#[test]
fn so_many_numbers_of_gmails_question_are_looked_at() {
    let number = |before: usize| {
        let orders = "Case number: 1112223\r\n".repeat(before);
        asked("Gmail", &format!("casey@gmail.com\r\n{orders}Code: 12345678")).confirmation_code
    };
    assert_eq!(number(MAX_NUMBERS - 1).as_deref(), Some("12345678"));
    assert_eq!(number(MAX_NUMBERS), None);
}

#[test]
fn gmails_link_may_follow_one_that_is_none() {
    let link = "https://mail.google.com/mail/vf-";
    let asked = asked("Gmail", &format!("casey@gmail.com x{link}1 {link}2"));
    assert_eq!(asked.link, Some(format!("{link}2")));
}

#[test]
fn so_many_recipients_of_gmails_question_are_known() {
    let account = |other: &str| {
        let first: Vec<String> = (1..MAX_NAMED).map(|n| format!("a{n}@b.example")).collect();
        let to = format!("To: {}\r\nTo: c1@b.example, c2@b.example\r\n", first.join(", "));
        let raw = format!("From: forwarding-noreply@google.com\r\n{to}Subject: (#123456789)\r\n\r\n{other}\r\n");
        match mail(raw).content {
            Content::ForwardingConfirmation(asked) => asked.account,
            content => panic!("{content:?}"),
        }
    };
    assert!(account("a1@b.example c1@b.example").is_none());
    assert!(account("c2@b.example").is_some());
}

#[test]
fn a_header_names_so_many_accounts() {
    let to: Vec<String> = (0..=MAX_NAMED).map(|n| format!("a{n}@b.example")).collect();
    let named = mail(format!("{FROM_ARLO}To: {}\r\n\r\n467266\r\n", to.join(", "))).named;
    assert_eq!(named.len(), MAX_NAMED);
}

#[test]
fn mails_headers_and_links_have_a_length() {
    let of_header = |length: usize| {
        let field = |length: usize| format!("X: {}\n", "x".repeat(length - 4));
        let whole = field(8 * 1024).repeat(length / (8 * 1024) - 1);
        let last = field(length - whole.len() - 1);
        whole + &last + "\n467266\n"
    };
    assert!(Verbatim::from_raw(of_header(MAX_HEADER).as_bytes()).is_ok());
    assert!(Verbatim::from_raw(of_header(MAX_HEADER + 1).as_bytes()).is_err());
    let of_length = |length: usize| format!("{FROM_ARLO}\n{}", "x".repeat(length - FROM_ARLO.len() - 1));
    assert!(Verbatim::from_raw(of_length(MAX_READ).as_bytes()).is_ok());
    assert!(Verbatim::from_raw(of_length(MAX_READ + 1).as_bytes()).is_err());
    let link = |length: usize| Link::parse(&format!("https://a.example/{}", "x".repeat(length - 18)));
    assert!(link(500).is_some());
    assert!(link(501).is_none());
}

#[test]
fn labels_of_a_domain_have_a_length() {
    let domain = |label: usize| canonical_domain(&format!("{}.example", "x".repeat(label)));
    assert!(domain(63).is_some());
    assert!(domain(64).is_none());
    assert_eq!(canonical_domain(&"a.".repeat(200)), None);
}
