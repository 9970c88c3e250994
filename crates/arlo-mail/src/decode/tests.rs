use super::*;

fn decoded(body: &str, encoding: &str) -> String {
    String::from_utf8_lossy(&transfer(body.as_bytes(), encoding)).into_owned()
}

#[test]
fn transfer_encodings_are_undone_as_far_as_they_make_sense() {
    for (body, encoding, expected) in [
        ("NDY3MjY2", "base64", "467266"),
        ("NDY3\r\nMjY2\r\n", "Base64", "467266"),
        ("NDY3MjY=", "base64; (of course)", "46726"),
        ("NDY3Mj", "base64", "4672"),
        ("NDY3Mg==NDY3Mg==", "base64", "46724672"),
        ("Your code is 467266.", "base64", "Your code is 467266."),
        ("467=\r\n266", "quoted-printable", "467266"),
        ("467= \t\n266", "quoted-printable", "467266"),
        ("=34=3d=3D=", "quoted-printable", "4=="),
        ("a==b=4", "quoted-printable", "a==b=4"),
        ("467=\r\n266", "7bit", "467=\r\n266"),
        ("a=3D=\r\nb", "8bit", "a=b"),
    ] {
        assert_eq!(decoded(body, encoding), expected, "{body:?} {encoding}");
    }
}

#[test]
fn plain_looks_go_before_the_declared_charset() {
    for (bytes, charset, expected) in [
        (&b"caf\xE9"[..], "iso-8859-1", "café"),
        ("café".as_bytes(), "iso-8859-1", "café"),
        (b"caf\xE9", "utf-8", "caf\u{FFFD}"),
        (b"\xFF\xFE4\x006\x00", "utf-8", "46"),
        (b"4\x006\x00", "utf-16le", "46"),
        (b"46", "utf-16", "46"),
        (b"\x1b$B%3!<%I\x1b(B", "us-ascii", "コード"),
        ("\x1b[1mcafé".as_bytes(), "iso-8859-1", "\x1b[1mcafé"),
        (b"46", "no such charset", "46"),
    ] {
        assert_eq!(text(Cow::Borrowed(bytes), Some(charset)), expected, "{charset}");
    }
}

#[test]
fn utf_16_without_a_mark_has_its_zeroes_on_one_side() {
    for little in [false, true] {
        let units = "Code 467266 é".encode_utf16();
        let bytes: Vec<u8> = units
            .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
            .collect();
        assert_eq!(text(Cow::Owned(bytes), Some("UTF-16")), "Code 467266 é");
    }
    // As many on each side: big-endian.
    assert_eq!(text(Cow::Borrowed(b"\0A\x01\0"), Some("utf-16")), "AĀ");
    assert_eq!(text(Cow::Borrowed(b"A\0B\0"), Some("utf-16le")), "AB");
}
