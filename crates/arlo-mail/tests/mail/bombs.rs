//! Mails built to be expensive. None of these tests measures time: a reader whose time grew with the square of the size
//! would not come to the end of them.

use arlo_mail::limits::{MAX_NAMED, MAX_READ};
use arlo_mail::{Content, Mail, Senders, read};

const HEAD: &str = "From: do_not_reply@arlo.com\r\nTo: casey@gmail.com\r\n";

fn read_whole(mail: &str) -> Mail {
    read(mail.as_bytes(), &Senders::default()).unwrap()
}

/// Large enough for a square to be seen, and small enough for a debug build.
const SIZE: usize = MAX_READ / 8;

/// Repeats a piece until the mail is large.
fn filled(head: &str, piece: &str) -> String {
    format!("{HEAD}{head}{}", piece.repeat(SIZE / piece.len()))
}

#[test]
fn pages_of_one_piece_over_and_over() {
    for piece in [
        "<",
        "<div>",
        "<td>",
        "<li>",
        "<ul><li>",
        "<table><tr><td>",
        "</div>",
        "<p>",
        "<h1>",
        "<a href=\"",
        "<!--",
        "&",
        "&#",
        "&amp",
        "<style>",
        "<style>{",
        "<style>.a{display:none}</style><b class='a b c d e f'>",
        "<br>",
        "4",
        "4 ",
        "4<td>",
        "467266 ",
        "467266<br>",
        "467-",
        "\u{200b}",
        "https://",
        "a.",
        ". ",
        "\u{ff14}",
        "<span style='color:#fff;'>",
        "\0",
    ] {
        let mail = filled("Content-Type: text/html; charset=utf-8\r\n\r\n", piece);
        assert!(!matches!(read_whole(&mail).content, Content::NotFromArlo), "{piece:?}");
    }
}

#[test]
fn texts_of_one_piece_over_and_over() {
    for piece in [
        "4",
        "4\n",
        "4 ",
        "467266\n",
        "467266 ",
        "code 467266 ",
        "\n",
        "\t",
        ">",
        "=",
        "a@b.c ",
        "From: do_not_reply@arlo.com\n",
        "\r",
    ] {
        let mail = filled("\r\n", piece);
        read_whole(&mail);
        read_whole(&mail.replace("do_not_reply@arlo.com\r\nTo", "casey@gmail.com\r\nTo"));
        read_whole(&mail.replace("do_not_reply@arlo.com\r\nTo", "forwarding-noreply@google.com\r\nTo"));
    }
}

#[test]
fn structures_of_one_piece_over_and_over() {
    for (head, piece) in [
        ("Content-Type: multipart/mixed; boundary=a\r\n\r\n", "--a\r\n\r\n"),
        (
            "Content-Type: multipart/mixed; boundary=a\r\n\r\n",
            "--a\r\nContent-Type: multipart/mixed; boundary=never\r\n\r\n",
        ),
        (
            "Content-Type: multipart/mixed; boundary=a\r\n\r\n",
            "--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n",
        ),
        ("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n", "--"),
        (
            "Content-Type: multipart/mixed; boundary=a\r\n\r\n",
            "--a\r\nContent-Type: message/rfc822\r\n\r\n",
        ),
        ("", "Content-Type: message/rfc822\r\n\r\n"),
        ("", "Subject: x\r\n"),
        ("", "X"),
        ("Subject: ", "=?utf-8?q?x?= "),
        ("Subject: ", "=?"),
        ("Content-Type: text/plain; ", "a*0*=x;"),
        ("Content-Type: text/plain; ", "\"\\"),
        ("Content-Type: ", "("),
        ("To: ", "("),
        ("To: ", "<a@b.example>,"),
        ("To: ", "\r\n "),
        ("Date: ", "1"),
        ("Content-Transfer-Encoding: base64\r\n\r\n", "===="),
        ("Content-Transfer-Encoding: quoted-printable\r\n\r\n", "=\r\n"),
        ("Content-Type: text/plain; charset=utf-7\r\n\r\n", "+A-"),
        ("Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n", "\u{1b}$B"),
    ] {
        let mail = read_whole(&filled(head, piece));
        assert!(mail.named.len() <= MAX_NAMED, "{head:?} {piece:?}");
    }
}

#[test]
fn a_header_beyond_the_limit_names_no_sender() {
    let mail = format!("{HEAD}{}\r\nYour code is 467266.\r\n", "X-A: b\r\n".repeat(2000));
    assert_eq!(read_whole(&mail).content, Content::NotFromArlo);
    let mail = format!("{HEAD}X-A: {}\r\n\r\nYour code is 467266.\r\n", "b".repeat(300 * 1024));
    assert_eq!(read_whole(&mail).content, Content::NotFromArlo);
}

#[test]
fn a_mail_larger_than_is_read_is_read_that_far() {
    let code = "\r\nYour code is 467266.\r\n";
    let filler = "nothing to see here\r\n".repeat(MAX_READ / 10);
    let before = read_whole(&format!("{HEAD}{code}{filler}"));
    assert!(matches!(before.content, Content::Code(code) if code.expose() == "467266"));
    let after = read_whole(&format!("{HEAD}\r\n{filler}{code}"));
    assert_eq!(after.content, Content::NoCode);
}
