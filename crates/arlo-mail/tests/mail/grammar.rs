//! New shapes of expensive mail, made from the tokens that the reader looks for: repeated, alternating, in halves,
//! nested, in each kind of mail. The numbers come from a seed, so that a shape that fails can be made again.

/// What the reader looks for, with what only looks alike.
#[rustfmt::skip]
const TOKENS: &[&str] = &[
    "From:", "Date: x", "To: a@b.example", "Subject:", "De :", "差出人：", "From: do_not_reply@arlo.com", "X-Folder: y",
    "<style>", "</style>", "<STYLE></", "<td>", "</td>", "<tr>", "<table>", "</table>", "<p>", "<div>", "</div>", "<br>",
    "<h1>", "<li>", "<ul>", "<head>", "<body>", "<script>", "<title>", "<svg>", "<b class='a b'>", "<a href=\"", "<!--", "-->",
    "<![if !mso]>", "<p style='font-size:0'>", "<i style=\"display:none;color:#fff\">", ".a{display:none}", "@media{", "}",
    "{", "/*", "*/", "&#48;", "&#x34;", "&nbsp;", "&amp", "&zwnj;", "hidden", "'", "\"", ">", "<", "=", "/", ";",
    "code", "order", "password", "one-time code", "verification", "reset", "number", "discount", "認証コード", "код",
    "123456", "123 456", "4", "4-", "12-34-56", "467266.", "#", "$", "%", "+", "MB", ".", "!", "。", ":", ",",
    "-", "--", "--b", "--b--", "\u{2013}", "\u{200b}", "\u{a0}", "\u{ff14}", "\u{661}", "=?utf-8?q?", "?=", "=?utf-8?b?", "=3D", "=\r\n",
    "Content-Type: message/rfc822", "Content-Type: multipart/mixed; boundary=b", "Content-Transfer-Encoding: base64", "QUFB",
    "@", "a@b.example", "do_not_reply@arlo.com", "https://", "www.", "<a@b.example>", "(", ")", "\\", "[", "]", "\0", "\u{1b}$B", "+A-",
    "https://mail.google.com/mail/vf-", "x", "word ",
];

/// What stands between two tokens.
const JOINTS: &[&str] = &["", "", " ", "\t", "\n", "\r\n", "\r\n\r\n", "\r"];

/// The kinds of mail, each with where the tokens go.
#[rustfmt::skip]
const HEADS: &[&str] = &[
    "From: do_not_reply@arlo.com\r\nMessage-ID: <1@x>\r\n\r\n",
    "From: do_not_reply@arlo.com\r\nMessage-ID: <1@x>\r\nContent-Type: text/html\r\n\r\n",
    "From: do_not_reply@arlo.com\r\nContent-Type: text/html\r\n\r\n",
    "From: do_not_reply@arlo.com\r\nSubject: ",
    "From: do_not_reply@arlo.com\r\nContent-Type: ",
    "From: do_not_reply@arlo.com\r\nTo: ",
    "From: do_not_reply@arlo.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
    "From: do_not_reply@arlo.com\r\nContent-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n",
    "From: do_not_reply@arlo.com\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: text/html\r\n\r\n",
    "From: do_not_reply@arlo.com\r\nContent-Transfer-Encoding: base64\r\n\r\n",
    "From: a@stranger.example\r\nMessage-ID: <1@x>\r\n\r\n",
    "From: a@stranger.example\r\n\r\nFrom: do_not_reply@arlo.com\r\n",
    "From: a@stranger.example\r\nContent-Type: text/html\r\n\r\n<p>From: do_not_reply@arlo.com<br>Date: x<br>",
    "From: a@stranger.example\r\nContent-Type: message/rfc822\r\n\r\nFrom: do_not_reply@arlo.com\r\n",
    "From: forwarding-noreply@google.com\r\n\r\n",
    "From: forwarding-noreply@google.com\r\nContent-Type: text/html\r\n\r\n",
];

/// One shape out of the grammar.
#[derive(Debug)]
pub(crate) struct Made {
    head: &'static str,
    /// Filled one after the other, in equal shares.
    pieces: Vec<String>,
}

impl Made {
    /// The mail, of this many bytes at most.
    pub(crate) fn mail(&self, size: usize) -> Vec<u8> {
        let mut mail = self.head.to_owned();
        let room = size.saturating_sub(mail.len()) / self.pieces.len().max(1);
        for piece in &self.pieces {
            mail.push_str(&piece.repeat(room / piece.len().max(1)));
        }
        mail.into_bytes()
    }
}

/// Numbers without end, the same from the same seed (Vigna's SplitMix64).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % limit as u64).unwrap()
    }

    fn of<'l>(&mut self, list: &[&'l str]) -> &'l str {
        list[self.below(list.len())]
    }

    /// One to three tokens with their joints.
    fn piece(&mut self) -> String {
        (0..=self.below(3))
            .map(|_| self.of(TOKENS).to_owned() + self.of(JOINTS))
            .collect()
    }

    /// The next shape.
    pub(crate) fn shape(&mut self) -> Made {
        let head = self.of(HEADS);
        let pieces = match self.below(4) {
            // One piece over and over.
            0 => vec![self.piece()],
            // One, then another: what is looked for stands far from where the search begins.
            1 => vec![self.piece(), self.piece()],
            2 => vec![self.piece(), self.piece(), self.piece()],
            // Lines that are long but not endless.
            _ => {
                let piece = self.piece();
                let times = (1 << self.below(10)).min(2048 / piece.len());
                vec![piece.repeat(times) + &self.piece() + "\r\n"]
            }
        };
        Made { head, pieces }
    }
}
