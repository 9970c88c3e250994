//! What the filter passes on, and what the parser of `imap-proto` makes of it.

use async_imap::imap_proto::Response;
use proptest::prelude::*;

use super::*;
use crate::testing::parse_responses;

#[test]
fn a_requested_response_passes_whole() {
    let answer: &[u8] = b"* OK [UIDVALIDITY 7] fine {3}\r\n* 3 EXISTS\r\n\
        * 3 FETCH (UID 9 BODY[HEADER.FIELDS (FROM DATE)] {12}\r\nFrom: \xeb\r\n\r\n FLAGS (\\Seen))\r\n\
        + go\r\nA0001 OK done\r\n";
    assert_eq!(passed(&[answer]).unwrap(), answer);
    let bytes: Vec<&[u8]> = answer.chunks(1).collect();
    assert_eq!(passed(&bytes).unwrap(), answer);
}

#[test]
fn a_response_that_was_not_requested_is_skipped_with_its_literals() {
    let answer: &[u8] = b"* FLAGS (\\Seen)\r\n* LIST () \"/\" {5}\r\nA\r\n B\r\n* 1 RECENT\r\n* METADATA \"\xff\" (x)\r\n\r\n* 1 EXISTS\n";
    assert_eq!(passed(&[answer]).unwrap(), b"* 1 EXISTS\r\n");
}

#[test]
fn bytes_outside_ascii_do_not_reach_the_parser() {
    let passed = passed(&["* OK [UIDNEXT 5]é Prêt\r\n* BYE \u{0}\r\n".as_bytes()]).unwrap();
    assert_eq!(passed, b"* OK [UIDNEXT 5]?? Pr??t\r\n* BYE ?\r\n");
    assert!(Response::parse(&passed).is_ok());
}

#[test]
fn everything_has_a_limit() {
    let deep = [b"* 1 FETCH ", &*vec![b'('; 100_000]].concat();
    for (answer, malformed) in [
        (vec![b'x'; MAX_LINE + 1], Malformed::LongLine),
        (b"* 1 FETCH (BODY[] {1099999999}\r\n".to_vec(), Malformed::LongLiteral),
        (
            b"* LIST {99999999999999999999999999}\r\n".to_vec(),
            Malformed::LongLiteral,
        ),
        ([&deep[..1000], b"\r\n"].concat(), Malformed::DeepBrackets),
        (deep, Malformed::LongLine),
        (b"* 1 FETCH (InternalDate nil)\r\n".to_vec(), Malformed::NoDate),
        (b"HTTP/1.1 400 Bad Request\r\n".to_vec(), Malformed::NotImap),
        (b"SSH-2.0-OpenSSH\r\n".to_vec(), Malformed::NotImap),
    ] {
        assert_eq!(passed(&[&answer]), Err(malformed));
    }
    let mut state = State {
        allowance: 10,
        ..State::default()
    };
    assert_eq!(state.push(b"* 1 EXISTS\r\n"), Err(Malformed::LongAnswer));
    assert!(passed(&[b"* 1 FETCH (BODY[TEXT] \"((((((((((((((((((((\\\"((\" UID 1)\r\n"]).is_ok());
}

proptest! {
    #[test]
    fn the_parser_handles_all_that_passes(pieces in proptest::collection::vec(prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..30),
        prop::sample::select(vec![
            "* OK [", "UIDNEXT 5] ", "* ", "1 FETCH (", "UID 3 ", "BODY[] {4}\r\n", "BODYSTRUCTURE ", "INTERNALDATE ", "NIL",
            "ENVELOPE ", "((", "))", "\"", "\r\n", "é", "A0001 ", "NO ", "+ ", "[", "] ", "CAPABILITY ", "EXISTS",
            "FLAGS (", "PERMANENTFLAGS (\\*)", "METADATA ", "X-GM-LABELS ", "MODSEQ (1)", " ",
        ]).prop_map(|text| text.as_bytes().to_vec()),
    ], 0..40)) {
        let whole = pieces.concat();
        // It must not panic.
        let _ = parse_responses(&[&whole]);
    }
}
