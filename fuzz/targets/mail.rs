//! Reading a mail: any bytes are read, in a bounded number of steps, and the same twice.

#![no_main]

use arlo_mail::limits::{MAX_READ, MAX_STEPS};
use arlo_mail::testing::read_counted;
use arlo_mail::{Content, Head, Senders, code_in_text, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &[u8]| {
    let senders = Senders::default();
    let (for_owner, steps) = read_counted(raw, &senders);
    // The last pass may go over the limit by what it counts at once.
    assert!(steps <= MAX_STEPS + 8 * MAX_READ, "{steps}");
    let mail = read(raw, &senders);
    assert_eq!(mail.is_ok(), for_owner.is_ok());
    assert_eq!(mail.is_ok(), Head::read(raw).is_some());
    if let (Ok(mail), Ok(for_owner)) = (mail, for_owner) {
        assert!(mail.notice.is_none());
        if for_owner.content != Content::TooComplex {
            assert_eq!(mail.content, for_owner.content);
            assert_eq!(mail.id, for_owner.id);
        }
    }
    if let Ok(text) = std::str::from_utf8(raw) {
        let _ = code_in_text(text);
    }
});
