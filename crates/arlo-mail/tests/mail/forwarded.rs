//! Mail forwarded by hand, by the words of the programs that people forward with.
//!
//! `languages.json` holds what K-9 Mail (Thunderbird for Android) and Roundcube print for From, Date, To and Subject in
//! each language, as their public translations have it: program, language, and the four names with their colons.

use arlo_mail::{Content, Senders, read};

const ARLO: &str = "Arlo <do_not_reply@arlo.com>";

fn languages() -> Vec<[String; 6]> {
    serde_json::from_str(include_str!("languages.json")).unwrap()
}

fn content(text: &str) -> Content {
    let mail = format!(
        "From: Casey <casey@example.org>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{}",
        text.replace('\n', "\r\n")
    );
    read(mail.as_bytes(), &Senders::default()).unwrap().content
}

fn code(text: &str) -> Option<String> {
    match content(text) {
        Content::Code(code) => Some(code.expose().to_owned()),
        _ => None,
    }
}

const BODY: &str = "Authentication code for your cameras\n\n570318\n";

#[test]
fn the_blocks_of_every_language_are_known() {
    let mut missed = Vec::new();
    for [program, language, from, date, to, subject] in languages() {
        let orders = [
            format!("{from} {ARLO}\n{date} 22 Nov\n{to} casey@example.org\n{subject} x\n"),
            format!("{subject} x\n{date} 22 Nov\n{from} {ARLO}\n{to} casey@example.org\n"),
            format!("{date} 22 Nov\nX-Folder: y\n{from} {ARLO}\n"),
        ];
        for block in orders {
            if code(&format!("See below.\n\n-------- x --------\n{block}\n{BODY}")).as_deref() != Some("570318") {
                missed.push(format!("{program} {language}: {block}"));
            }
        }
    }
    assert!(missed.is_empty(), "{}: {}", missed.len(), missed.join("\n"));
}

#[test]
fn only_from_says_who_wrote() {
    for [program, language, from, date, to, subject] in languages() {
        for block in [
            format!("{from} Shop <hello@shop.example>\n{date} 22 Nov\n{to} do_not_reply@arlo.com\n{subject} x\n"),
            format!("{subject} do_not_reply@arlo.com\n{from} hello@shop.example\n{to} {ARLO}\n"),
            format!("{from} {ARLO}, Shop <hello@shop.example>\n{date} 22 Nov\n{subject} x\n"),
            format!("{from} do_not_reply@arlo.com\n<hello@shop.example>\n{date} 22 Nov\n{subject} x\n"),
            // "Da" is To in Breton and From in Italian; a program that prints To prints From above it.
            format!("{from} hello@shop.example\n{to} {ARLO}\n{subject} x\n"),
            // What a stranger wrote may look like a block; the first one says who wrote.
            format!("{from} hello@shop.example\n{date} 22 Nov\n\nFrom: {ARLO}\nDate: 22 Nov\nTo: casey@example.org\n"),
            format!("{from} Shop\n{date} 22 Nov\n\nFrom: {ARLO}\nDate: 22 Nov\nTo: casey@example.org\n"),
        ] {
            let found = content(&format!("{block}\n{BODY}"));
            assert_eq!(found, Content::NotFromArlo, "{program} {language}: {block}");
        }
    }
}

#[test]
fn blocks_of_every_form() {
    for block in [
        // Names that no table has, among those that it has.
        "Von: Arlo <do_not_reply@arlo.com>\nOrdner: Posteingang\nDatum: 22.11.2026",
        "Da: Arlo <do_not_reply@arlo.com>\nInviato in data: 22 novembre 2026\nA: casey@example.org\nOggetto: x",
        "Mailing list: x\nSubject: x\nMessage size: 4 KB\nFrom: Arlo <do_not_reply@arlo.com>",
        "From: Arlo <do_not_reply@arlo.com>\nSent on behalf of: Arlo\nSecurity: TLS\nSubject: x",
        // Without a colon.
        "From \"Arlo\" <do_not_reply@arlo.com>\nTo casey@example.org\nDate 22.11.2026 10:00:00\nSubject x",
        "Von \"Arlo\" <do_not_reply@arlo.com>\nAn casey@example.org\nDatum 22.11.2026 10:00:00\nBetreff x",
        "From do_not_reply@arlo.com\nTo casey@example.org\nSubject x",
        // Over two lines.
        "From: Arlo\n<do_not_reply@arlo.com>\nDate: 22 Nov\nTo: casey@example.org",
        "From: Arlo <\ndo_not_reply@arlo.com>\nDate: 22 Nov\nTo: casey@example.org",
        "Od: Arlo Technologies Authentication Service\n <do_not_reply@arlo.com>\nDate: 22 Nov",
        "From:\nArlo <do_not_reply@arlo.com>\nDate: 22 Nov\nTo: casey@example.org",
        // Fields with an address right below the From.
        "From \"Arlo\" <do_not_reply@arlo.com>\nTo \"Casey\" <casey@example.org>\nDate 22.11.2026\nSubject x",
        "Von Arlo <do_not_reply@arlo.com>\nAn Casey <casey@example.org>\nDatum 22.11.2026",
        "From: Arlo <do_not_reply@arlo.com>\nSender: Mailer <bounce@mailer.example>\nDate: 22 Nov",
        "From: Arlo <do_not_reply@arlo.com>\nReturn-Path: <bounce@mailer.example>\nDate: 22 Nov",
        "From: Arlo <do_not_reply@arlo.com>\nOrganization: Arlo <info@arlo.example>\nDate: 22 Nov",
        "Date: 22 Nov\nFrom: Arlo <do_not_reply@arlo.com>\nAdressaat: Casey <casey@example.org>\nTeema: x",
        "> From: Arlo <do_not_reply@arlo.com>\n> Résent-Pour: Casey <casey@example.org>\n> Date: 22 Nov",
        // On one line.
        "----- Forwarded Message ----- From: Arlo <do_not_reply@arlo.com>To: \"casey@example.org\" <casey@example.org>\
         Sent: Sunday, November 22, 2026, 09:26:50 AM GMT+1Subject: x",
        "----- Weitergeleitete Nachricht ----- Von: Arlo <do_not_reply@arlo.com>An: Casey <casey@example.org>\
         Gesendet: Sonntag, 22. November 2026 um 09:26:50 MEZBetreff: x",
        "  ----- Message transféré ----- De : Arlo <do_not_reply@arlo.com>À : Casey <casey@example.org>\
         Envoyé : dimanche 22 novembre 2026 à 09:26:50 UTC+1Objet : x",
        // Recipients over two lines.
        "From: Arlo <do_not_reply@arlo.com>\nTo: casey@example.org,\n robin@example.net\nSubject: x",
        "From: Arlo <do_not_reply@arlo.com>\nTo: casey@example.org,\n robin@example.net\nSubject: Your code is 111222",
        "From: Arlo\ndo_not_reply@arlo.com\nDate: 22 Nov",
        "From: Arlo\n<do_not_reply@arlo.com> by mail\nDate: 22 Nov",
        "From: Arlo <do_not_reply@arlo.com>\n<by mail>\nDate: 22 Nov",
        // Above the From a field with a colon may be apart from it; one without a colon may not.
        "Subject: x\n\nFrom: Arlo <do_not_reply@arlo.com>",
        "Subject x\nFrom do_not_reply@arlo.com",
        // In the cells of one line.
        "From: Arlo <do_not_reply@arlo.com>\tDate: 22 Nov",
        "From:\tArlo <do_not_reply@arlo.com>\tDate: 22 Nov",
        "x\tFrom: Arlo <do_not_reply@arlo.com>\nDate: 22 Nov",
        "> *From:* Arlo <do_not_reply@arlo.com>\n> *Date:* 22 Nov\n> *To:* casey@example.org",
        // In a table, without a colon.
        "| From | Arlo<do_not_reply@arlo.com> |\n| Date | 11/22/2026 10:00 |\n| To | <casey@example.org> |\n| Subject | x |",
        "| Subject | Re: x |\n| From | Arlo<do_not_reply@arlo.com> |",
        "|From|Arlo<do_not_reply@arlo.com>|\n|To|casey@example.org|",
        "| **发件人** | Arlo<do_not_reply@arlo.com> |\n| **发送日期** | 2026年11月22日 10:00 |",
        "From\tArlo<do_not_reply@arlo.com>\nDate\t11/22/2026 10:00\nTo\t<casey@example.org>",
        "| From | Arlo<do_not_reply@arlo.com>\n| To | <casey@example.org>",
        "Von\tdo_not_reply@arlo.com\nDatum\t22.11.2026 10:00",
        "Subject\tx\nFrom\tArlo <do_not_reply@arlo.com>\nHello",
        // In a list.
        "- From: Arlo <do_not_reply@arlo.com>\n- Date: 22 Nov\n- To: casey@example.org",
        "• From: Arlo <do_not_reply@arlo.com>\n• Date: 22 Nov",
        "→ **From:** Arlo <do_not_reply@arlo.com>\n→ **Date:** 22 Nov",
        "– From do_not_reply@arlo.com\n– To casey@example.org",
    ] {
        assert_eq!(
            code(&format!("{block}\n\n{BODY}")).as_deref(),
            Some("570318"),
            "{block}"
        );
    }
}

#[test]
fn no_number_of_a_block_is_the_code() {
    for block in [
        "From: Arlo <do_not_reply@arlo.com>\nSubject: Your code is 111222",
        "Subject: Your code is 111222\nFrom: Arlo <do_not_reply@arlo.com>",
        "From: Arlo <do_not_reply@arlo.com>\nTo: casey@example.org,\n robin@example.net\nSubject: Your code is 111222",
        "From: Arlo <do_not_reply@arlo.com>\nDate: 22 Nov\nFolder: x\nSubject: Your code is 111222",
    ] {
        let text = format!("Your code is 333444.\n\n{block}\n\nYour code is 570318.\n");
        assert_eq!(code(&text).as_deref(), Some("570318"), "{block}");
    }
}

#[test]
fn prose_is_no_block() {
    for text in [
        "From do_not_reply@arlo.com I got this, see below.\nTo be sure I ask you.",
        "From: Arlo <do_not_reply@arlo.com>\n\nI do not know the rest.",
        "The mail came from do_not_reply@arlo.com\nto me on Sunday.",
        "From: Shop (see do_not_reply@arlo.com) <hello@shop.example>\nDate: 22 Nov",
        "Reply-To: do_not_reply@arlo.com\nDate: 22 Nov\nTo: casey@example.org",
        "X-From: do_not_reply@arlo.com\nDate: 22 Nov\nTo: casey@example.org",
        // A field without a colon counts beside others without one, and none is apart from the From.
        "From: Arlo <do_not_reply@arlo.com>\nTo be sure, see below.",
        "From do_not_reply@arlo.com\n\nTo casey@example.org",
        "Subject x\n\nFrom do_not_reply@arlo.com\nHello",
        "From Arlo <do_not_reply@arlo.com\nTo casey@example.org\nSubject x",
        // Above the From is no field, or a text is between them.
        "Hello there\nFrom: Arlo <do_not_reply@arlo.com>\n",
        "Subject: x\nHello there\nFrom: Arlo <do_not_reply@arlo.com>\n",
        // What follows is a text.
        "From: Arlo <do_not_reply@arlo.com>\nHello\nDate: 22 Nov",
        "From: Arlo <do_not_reply@arlo.com>\n\nFolder: x\nDate: 22 Nov",
        "From: Arlo <do_not_reply@arlo.com>\n\nto robin@example.net\nDate: 22 Nov",
        "From: Arlo <do_not_reply@arlo.com>\nI have 2 cameras: these\nDate: 22 Nov",
        "From: Arlo <do_not_reply@arlo.com>\nOne of these may be mine: x\nDate: 22 Nov",
        "From: Arlo <do_not_reply@arlo.com>\nSee this. And: x\nDate: 22 Nov",
        "From: Arlo <do_not_reply@arlo.com>\n---: x\nDate: 22 Nov",
        "From: Arlo <do_not_reply@arlo.com>\tHello",
        "From: Shop\tFrom: Arlo <do_not_reply@arlo.com>, hello@shop.example\nDate: 22 Nov",
        // In a table.
        "| From | Shop<hello@shop.example> |\n| To | Arlo<do_not_reply@arlo.com> |\n| Subject | x |",
        "| From | Arlo<do_not_reply@arlo.com>, Shop<hello@shop.example> |\n| Date | x |",
        "| Folder | Arlo<do_not_reply@arlo.com> |\n| Date | x |",
        "From\tShop\nDate\t22 Nov\n\nFrom: Arlo <do_not_reply@arlo.com>\nDate: 22 Nov",
        "| From | Shop |\n| Date | 22 Nov |\n\nFrom: Arlo <do_not_reply@arlo.com>\nDate: 22 Nov",
        "From\tArlo <do_not_reply@arlo.com>\nHello",
        "- From: Shop <hello@shop.example>\n- To: Arlo <do_not_reply@arlo.com>",
    ] {
        assert_eq!(content(&format!("{text}\n\n{BODY}")), Content::NotFromArlo, "{text}");
    }
}

/// The author of a forwarded mail chooses the name that is before the address.
#[test]
fn no_name_of_an_author_makes_a_block() {
    let name = "Arlo <do_not_reply@arlo.com>";
    let rule = "----- Forwarded Message -----";
    let sent = "Sent: Sunday, November 22, 2026, 09:26:50 AM GMT+1Subject: x";
    for block in [
        // Wrapped before a word that is like the name of a field.
        "From: Arlo Technologies, your cameras <do_not_reply@arlo.com>\nSender: x <hello@shop.example>\nDate: 22 Nov"
            .to_owned(),
        format!("From: {name}\nSender:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx <hello@shop.example>\nDate: 22 Nov"),
        format!("From: {name}\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: <hello@shop.example>\nDate: 22 Nov"),
        format!("From: {name}\n<hello@shop.example>\nDate: 22 Nov"),
        format!("From: {name}\nfor you hello@shop.example>\nDate: 22 Nov"),
        format!("From: {name} and all the friends of it\nTo x <hello@shop.example>\nDate: 22 Nov"),
        // Unicode's own ends of lines.
        format!("From: {name}\u{2028}Date: x <hello@shop.example>\nDate: 22 Nov"),
        format!("From: {name}\u{2029}Date: x <hello@shop.example>\nDate: 22 Nov"),
        format!("From: {name}\u{85}Date: x <hello@shop.example>\nDate: 22 Nov"),
        // In a block on one line.
        format!("{rule} From: {name}To: x <hello@shop.example>To: <casey@example.org>{sent}"),
        format!("{rule} From: {name}Cc: x <hello@shop.example>To: <casey@example.org>{sent}"),
        format!("{rule} From: {name}To: x <hello@shop.example>To: casey@example.org{sent}"),
        format!("{rule} From: {name}Cc: x <hello@shop.example>To: casey@example.org{sent}"),
        format!("{rule} From: {name}To: <casey@example.org>{sent} <hello@shop.example>To: <casey@example.org>{sent}"),
        format!("{rule} From: {name}To: <casey@example.org>Sent: 1 hello@shop.example"),
        format!("{rule} From: {name}<hello@shop.example>To: <casey@example.org>{sent}"),
        format!("{rule} From: {name} <hello@shop.example>To: <casey@example.org>{sent}"),
        format!("{rule} From: do_not_reply@arlo.com <hello@shop.example>To: <casey@example.org>{sent}"),
        format!("{rule} From: Shop <hello@shop.example>To: {name}{sent}"),
        format!("{rule} To: {name}From: Shop <hello@shop.example>{sent}"),
        format!("Hello {rule} From: {name}To: <casey@example.org>{sent}"),
        format!("{rule} From: {name}To: <casey@example.org>Sent: x"),
    ] {
        assert_eq!(content(&format!("{block}\n\n{BODY}")), Content::NotFromArlo, "{block}");
    }
}

#[test]
fn a_from_goes_on_in_lines_of_a_length() {
    let block = |length: usize| {
        let line = "<do_not_reply@arlo.com> ".to_owned() + &"x".repeat(length - 24);
        code(&format!("From: Arlo\n{line}\nDate: 22 Nov\n\n{BODY}"))
    };
    assert_eq!(block(255).as_deref(), Some("570318"));
    assert_eq!(block(256), None);
}

#[test]
fn a_from_has_so_many_addresses() {
    let block = |count: usize| {
        let authors = vec![ARLO; count].join(", ");
        code(&format!("From: {authors}\nDate: 22 Nov\n\n{BODY}"))
    };
    assert_eq!(block(8).as_deref(), Some("570318"));
    assert_eq!(block(9), None);
}

#[test]
fn a_page_has_the_same_blocks() {
    let read_page = |page: &str| {
        let mail = format!("From: casey@example.org\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{page}");
        match read(mail.as_bytes(), &Senders::default()).unwrap().content {
            Content::Code(code) => Some(code.expose().to_owned()),
            _ => None,
        }
    };
    let body = "<p>Authentication code for your cameras</p><p>570318</p>";
    for [_, language, from, date, to, subject] in languages() {
        let table = format!(
            "<table><tr><th>{subject} </th><td>x</td></tr><tr><th>{date} </th><td>22 Nov</td></tr><tr><th>{from} </th>\
             <td>Arlo &lt;do_not_reply@arlo.com&gt;</td></tr><tr><th>{to} </th><td>casey@example.org</td></tr></table>{body}"
        );
        let lines = format!(
            "<div><b>{from}</b> Arlo &lt;<a href='x'>do_not_reply@arlo.com</a>&gt;<br><b>{date}</b> 22 Nov<br>\
             <b>{to}</b> casey@example.org<br><b>{subject}</b> x<br></div><br>{body}"
        );
        let source = format!(
            "<pre class='moz-quote-pre' wrap=''>{from} Arlo &lt;do_not_reply@arlo.com&gt;\n{date} 22 Nov\n\
             {to} casey@example.org\n{subject} x\n\nAuthentication code for your cameras\n\n570318\n\n10 minutes left</pre>"
        );
        let bare = table.replace([':', '՝', '：'], "");
        for page in [table, lines, source, bare] {
            assert_eq!(read_page(&page).as_deref(), Some("570318"), "{language}: {page}");
        }
    }
}
