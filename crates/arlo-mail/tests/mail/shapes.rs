//! Mails built to be expensive, as a head and what is repeated until the mail has its size. Each was the worst of its
//! kind for some reader: ours before it was linear, or one that looks for the same things.

/// One way to build a mail of any size.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    head: String,
    /// What fills the first half, and what fills the second.
    halves: [String; 2],
}

impl Shape {
    /// The mail, of this many bytes at most.
    pub(crate) fn mail(&self, size: usize) -> Vec<u8> {
        let mut mail = self.head.clone();
        let room = size.saturating_sub(mail.len()) / 2;
        for piece in &self.halves {
            mail.push_str(&piece.repeat(room / piece.len().max(1)));
        }
        mail.into_bytes()
    }
}

const ARLO: &str = "From: do_not_reply@arlo.com\r\nTo: casey@gmail.com\r\nMessage-ID: <1@arlo.com>\r\n";
const NAMELESS: &str = "From: do_not_reply@arlo.com\r\nTo: casey@gmail.com\r\n";
const STRANGER: &str = "From: a@stranger.example\r\nTo: casey@gmail.com\r\nMessage-ID: <1@stranger.example>\r\n";
const GMAIL: &str = "From: forwarding-noreply@google.com\r\nTo: relay@relay.example\r\nMessage-ID: <1@google.com>\r\n";
const HTML: &str = "Content-Type: text/html; charset=utf-8\r\n\r\n";

/// Every shape.
pub(crate) fn shapes() -> Vec<Shape> {
    let mut shapes = Vec::new();
    let mut add = |name, head: &[&str], first: &str, second: &str| {
        shapes.push(Shape {
            name,
            head: head.concat(),
            halves: [first.to_owned(), second.to_owned()],
        });
    };
    // Style sheets and styles.
    let variables = format!("<style>a{{--a:{}}}</style>", "x ".repeat(100));
    add(
        "variables of long values",
        &[ARLO, HTML, &variables],
        "<p style='color:var(--a);color:var(--a)'>x",
        "<p style='color:var(--a)var(--a)var(--a)'>x",
    );
    add(
        "calculations in calculations",
        &[ARLO, HTML],
        "<p style='left:calc((((1px + 1px))))'>x",
        "<p style='left:min(max(min(max(1px,2px),3px),4px),5px)'>x",
    );
    // Forwarded inline: the block of header lines.
    for (name, cell) in [
        ("cells named like From", "From:\t"),
        ("cells named like From with a value", "From: x\ta\t"),
        ("cells named like a Norwegian From", "no:\t"),
        ("lines named like From", "From: x\n"),
        ("lines of a block that never ends", "Date: x\n"),
        ("a From line of listed senders", "do_not_reply@arlo.com "),
        ("unknown fields after From", "X-Folder: y\n"),
    ] {
        add(name, &[STRANGER, "\r\nFrom: "], cell, cell);
    }
    add("a block above its From", &[STRANGER, "\r\n"], "Date: x\n", "From: x\n");
    // Numbers and the words around them.
    let dashes = "-".repeat(230) + &" order 123456".repeat(18) + "\r\n";
    let cues = "code order password number one time verification 123456 ";
    for (name, first, second) in [
        ("dashes, then numbers on one line", "-", " order 123456"),
        ("dashes before numbers on many lines", &dashes, &dashes),
        ("cues of every kind", cues, cues),
        ("numbers without a blank", "(123456)", "(123456)"),
        ("numbers after an address", "@(123456)", "(123456)"),
        ("numbers before an address", "(123456)", "://"),
        ("one long chain of digits", "4 ", "4-"),
        (
            "numbers spelled in lines",
            "1\n2\n3\n4\n5\n6\nx\n",
            "1\n2\n3\n4\n5\n6\n",
        ),
        ("numbers on lines of their own", "order\n123456\n", "123456\n"),
        (
            "numbers and dashes that are no unit",
            "123456 12 ----",
            "123456 12 ----",
        ),
        ("words that say nothing", " in order in case ", " your password or "),
        ("addresses", "a@b.example ", "a@b.example,"),
    ] {
        add(name, &[ARLO, "\r\n"], first, second);
    }
    // Pages.
    let nested = "<div>".repeat(255);
    let rules: String = (0..60)
        .map(|i| format!(".{}{{display:none}}", format!("t{i}").repeat(300)))
        .collect();
    let sheet = format!("<style>.a{{display:none}} {rules}</style>");
    for (name, head, first, second) in [
        ("style sheets in capitals", "", "<STYLE></", "<STYLE></"),
        ("style sheets without an end", "", "<style>", "<style>{"),
        ("style sheets without a tag's end", "", "<style", "@media{"),
        (
            "classes of many rules",
            &*sheet,
            "<b class='b c d e f g h'>",
            "<b id='b c d'>",
        ),
        ("elements in the deepest place", &nested, "<p></q>", "<li></x>"),
        ("cells that end nothing", &nested, "<td>", "</td>"),
        ("attributes", "<a ", "style='color:#fff;color:#ffe;' ", "b='c' "),
        ("declarations", "<a style='", "font-size:0.1111;", "width:0;"),
        ("character references", "", "&#48;", "&amp"),
        ("references that are none", "", "&notindot", "&#x;"),
        ("comments", "", "<!--", "--"),
        ("hidden elements", "", "<b style='display:none'>123456</b>", "<br>"),
        ("white space of every kind", "", "\u{2028}\u{a0}", "\u{200b}4"),
    ] {
        add(name, &[ARLO, HTML, head], first, second);
    }
    add("pages without a Message-ID", &[NAMELESS, HTML], "<STYLE></", "x ");
    add("text without a Message-ID", &[NAMELESS, "\r\n"], "From:\t", "123456 ");
    // The header section.
    for (name, field) in [
        ("recipients", "To: a@b.example, <c@d.example>\r\n"),
        (
            "recipients that are none",
            "To: a@xn--zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz, <>,\r\n",
        ),
        ("folded lines", " folded\r\n"),
        ("lines that are no field", "no field\r\n"),
        ("nested comments", " ((((((((((((((((((\r\n"),
        ("encoded words without an end", " =?utf-8?q?aaaaaaa\r\n"),
        ("parameters in pieces", " a*0*=utf-8'en'b; a*1*=c;\r\n"),
    ] {
        add(
            name,
            &[ARLO, "Subject: x\r\nContent-Type: text/plain; b=c;\r\n"],
            field,
            field,
        );
    }
    add(
        "a subject of encoded words",
        &[ARLO, "Subject: "],
        "=?utf-8?q?a",
        "=?utf-8?q?a?= ",
    );
    // The structure.
    const MIXED: &str = "Content-Type: multipart/mixed; boundary=a\r\n\r\n";
    let inner = "--a\r\nContent-Type: multipart/mixed; boundary=never\r\n\r\n";
    let attached = "--a\r\nContent-Type: message/rfc822\r\n\r\nFrom: do_not_reply@arlo.com\r\n\r\ncode 123456\r\n";
    let orders = format!("--a\r\n\r\n{}\r\n", "order 123456 ".repeat(300));
    for (name, first, second) in [
        ("parts", "--a\r\n\r\nx\r\n", "--a\r\n\r\n"),
        ("multiparts whose boundary never comes", inner, "--never\r\n"),
        ("attached mails", attached, attached),
        ("parts of numbers", &*orders, &*orders),
        ("lines like a boundary", "--\r\n", "--ab\r\n"),
    ] {
        add(name, &[ARLO, MIXED], first, second);
    }
    let nested: String = (0..9)
        .map(|i| format!("Content-Type: multipart/mixed; boundary={i}\r\n\r\n--{i}\r\n"))
        .collect();
    add("multiparts in multiparts", &[ARLO, &nested], "x\r\n", "--x\r\n");
    for (name, encoding, piece) in [
        ("base64", "base64", "PHRkPjQ8L3RkPg==\r\n"),
        ("quoted-printable", "quoted-printable", "=3D=\r\n=20="),
        ("blanks after an escape", "quoted-printable", "=    \t   x"),
    ] {
        add(
            name,
            &[ARLO, "Content-Transfer-Encoding: ", encoding, "\r\n\r\n"],
            piece,
            piece,
        );
    }
    add(
        "base64 that nobody declared",
        &[ARLO, "\r\n"],
        &("QUFB".repeat(16) + "\r\n"),
        "QUFB",
    );
    add(
        "old Mac line ends",
        &["From: a@stranger.example\rTo: b@c.example\r\r"],
        "From:\t",
        "x\r",
    );
    // Gmail's question.
    let many: String = (0..700).map(|i| format!("To: a{i}@b.example\r\n")).collect();
    add(
        "addresses among the recipients",
        &[GMAIL, &many, "\r\n"],
        "a699@b.example ",
        "a31@b.example ",
    );
    let link = "=https://mail.google.com/mail/vf-";
    add(
        "links in links",
        &[GMAIL, "\r\n"],
        link,
        "https://mail-settings.google.com/mail/vf- ",
    );
    shapes
}
