//! The answers of an IMAP server: what passes the filter can be parsed, however the network cuts it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailbox_watch::testing::parse_responses;

fuzz_target!(|bytes: &[u8]| {
    // Somewhere, and for the same bytes always in the same place.
    let sum: usize = bytes.iter().copied().map(usize::from).sum();
    let (first, second) = bytes.split_at(sum % (bytes.len() + 1));
    assert_eq!(parse_responses(&[bytes]), parse_responses(&[first, second]));
});
