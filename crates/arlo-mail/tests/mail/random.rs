//! Mails made at random: any bytes are survived, and a code is found however it is laid out, encoded and surrounded.

use arlo_mail::{Content, Senders, read};
use proptest::prelude::*;
use proptest::sample::select;

fn content(raw: &[u8]) -> Content {
    read(raw, &Senders::default()).unwrap().content
}

/// How the six digits stand on the page, with the place where they go as `{}`-less pieces.
fn layout() -> impl Strategy<Value = fn(&str) -> String> {
    select(vec![
        (|c| c.to_owned()) as fn(&str) -> String,
        |c| format!("<h1 style=\"color:#1B5A8F\">\n   {c} </h1>"),
        |c| format!("<p><b>{c}</b></p>"),
        |c| c.chars().map(|d| format!("<td>{d}</td>")).collect::<String>(),
        |c| {
            c.chars()
                .map(|d| format!("<span>{d}</span>\u{200b}"))
                .collect::<String>()
        },
        |c| {
            c.chars()
                .map(|d| format!("<div style='float:left'>{d}</div>\n"))
                .collect::<String>()
        },
        |c| c.chars().map(|d| format!("&#{};", u32::from(d))).collect::<String>(),
        |c| {
            c.chars()
                .map(|d| char::from_u32(u32::from(d) - 0x30 + 0xFF10).unwrap())
                .collect::<String>()
        },
        |c| format!("{}&nbsp;{}", &c[..3], &c[3..]),
        |c| format!("{}-{}", &c[..3], &c[3..]),
        |c| format!("{}&#8203;{}", &c[..2], &c[2..]),
    ])
}

/// What stands beside the code and is none.
fn decoy() -> impl Strategy<Value = String> {
    (
        select(vec![
            "<p>Carlsbad, CA 92008</p>",
            "<p style='color:#{}'>Arlo</p>",
            "<div style='display:none'>Your code is {}</div>",
            "<!-- {} -->",
            "<p>Order #{}</p>",
            "<p>Call +1 408 {}</p>",
            "<p>2026-11-21 10:15:30</p>",
            "<a href='https://arlo.com/?t={}'>Arlo</a>",
            "<p>https://arlo.com/{}</p>",
            "<p>{}1</p>",
            "<p>© 2026 Arlo, Reference: {}</p>",
            "<img alt='{}' src='{}.png'>",
            "<style>.x{{color:#{}}}</style>",
            "<script>var code = {}</script>",
            "<p>{}.pdf</p>",
            "<p>$ {}</p>",
            "",
        ]),
        "[0-9]{6}",
    )
        .prop_map(|(decoy, digits)| decoy.replace("{}", &digits))
}

/// The body's bytes in one of the transfer encodings, with its name.
fn encode(body: &str, how: usize) -> (String, &'static str) {
    match how {
        0 => {
            let mut lines = String::new();
            for (at, byte) in body.bytes().enumerate() {
                match byte {
                    b'\n' => lines.push_str("\r\n"),
                    b'=' | 0x7F.. | 0..b' ' => lines.push_str(&format!("={byte:02X}")),
                    _ => lines.push(byte.into()),
                }
                // Soft breaks anywhere, in the middle of the code too.
                if at % 41 == 40 && byte != b'\n' {
                    lines.push_str("=\r\n");
                }
            }
            (lines, "quoted-printable")
        }
        1 => {
            let mut lines = String::new();
            for (at, c) in base64(body.as_bytes()).chars().enumerate() {
                if at > 0 && at % 76 == 0 {
                    lines.push_str("\r\n");
                }
                lines.push(c);
            }
            (lines, "base64")
        }
        _ => (body.replace('\n', "\r\n"), "8bit"),
    }
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let mut bits = 0_u32;
        for at in 0..3 {
            bits = bits << 8 | u32::from(group.get(at).copied().unwrap_or(0));
        }
        for at in 0..4 {
            let sextet = (bits >> (18 - 6 * at)) & 63;
            text.push(if at > group.len() {
                '='
            } else {
                ALPHABET[sextet as usize].into()
            });
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_code_is_found_in_every_dress(
        code in "[0-9]{6}",
        layout in layout(),
        intro in select(vec![
            "Your Arlo one-time authentication code is:", "Ihr Einmalcode lautet:", "Votre code à usage unique :",
            "認証コード", "Ваш одноразовый код:", "Namba yako:",
        ]),
        above in prop::collection::vec(decoy(), 0..4),
        below in prop::collection::vec(decoy(), 0..4),
        how in 0_usize..3,
        bare_lf in any::<bool>(),
        in_multipart in any::<bool>(),
    ) {
        let page = format!(
            "<html><body>{}<table><tr><td>{intro}</td></tr><tr>{}</tr></table>{}</body></html>\n",
            above.concat(), layout(&code), below.concat(),
        );
        let (body, encoding) = encode(&page, how);
        let entity = format!("Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}");
        let entity = if in_multipart {
            format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n{entity}\r\n--b--\r\n")
        } else {
            entity
        };
        let mut mail = format!("From: Arlo <do_not_reply@arlo.com>\r\nSubject: Arlo\r\n{entity}");
        if bare_lf {
            mail = mail.replace("\r\n", "\n");
        }
        match content(mail.as_bytes()) {
            Content::Code(found) => prop_assert_eq!(found.expose(), code),
            other => prop_assert!(false, "{:?} in\n{}", other, page),
        }
    }

    #[test]
    fn without_a_code_there_is_none(decoys in prop::collection::vec(decoy(), 0..8), how in 0_usize..3) {
        let (body, encoding) = encode(&format!("<html><body>{}</body></html>", decoys.concat()), how);
        let mail = format!(
            "From: Arlo <do_not_reply@arlo.com>\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}"
        );
        prop_assert_eq!(content(mail.as_bytes()), Content::NoCode);
    }

    #[test]
    fn no_other_sender_gives_one(from in "[ -~]{0,40}", code in "[0-9]{6}") {
        prop_assume!(!from.to_ascii_lowercase().contains("do_not_reply") );
        let mail = format!("From: {from}\r\nSubject: Your code\r\n\r\nYour code is\r\n{code}\r\n");
        prop_assert_eq!(content(mail.as_bytes()), Content::NotFromArlo);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = read(&bytes, &Senders::default());
    }

    #[test]
    fn any_bytes_in_every_place_are_survived(
        fields in prop::collection::vec((
            select(vec!["From", "To", "Delivered-To", "X-Forwarded-For", "Subject", "Date", "Message-ID", "Content-Type", "Content-Disposition", "Content-Transfer-Encoding"]),
            "(=\\?utf-8\\?[qb]\\?|[\"<>()@;:=*'\\\\/?,. -]|[a-z0-9]|boundary=|name\\*0\\*?=|multipart/mixed|message/rfc822|text/html|base64|\\PC|\\r\\n |\u{0}){0,30}",
        ), 0..8),
        body in "(--[a-c]?\r\n|<[a-z]{0,3}[ =\"'/>]|&#?x?[0-9a-z]{0,4};?|=[0-9A-F]?|[0-9]{1,7}|[ -~]|\\PC|\r?\n|From: do_not_reply@arlo.com\n){0,60}",
    ) {
        let mut mail = String::from("From: do_not_reply@arlo.com\r\n");
        for (name, value) in fields {
            mail.push_str(&format!("{name}: {value}\r\n"));
        }
        let _ = read(format!("{mail}\r\n{body}").as_bytes(), &Senders::default());
    }

    #[test]
    fn a_mail_cut_anywhere_is_survived(case in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>(), flip in any::<(prop::sample::Index, u8)>()) {
        let cases = super::corpus::cached();
        let mut raw = cases[case.index(cases.len())].raw.clone();
        if !raw.is_empty() {
            let at = flip.0.index(raw.len());
            raw[at] = flip.1;
            raw.truncate(cut.index(raw.len()) + 1);
        }
        let _ = read(&raw, &Senders::default());
    }
}
