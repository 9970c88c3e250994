//! The event by which SES says that it stored a mail.

#![no_main]

#[path = "../../crates/relay-aws/src/inbound/event.rs"]
#[allow(dead_code, reason = "the functions use more of it")]
mod event;
#[path = "../../crates/relay-aws/src/verdicts.rs"]
#[allow(dead_code, reason = "the functions use more of it")]
mod verdicts;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for mail in event::mails(bytes).into_iter().flatten() {
        // The id is the end of an object's key.
        assert!(!mail.id.is_empty() && !mail.id.contains(['/', '\\']));
        assert!(mail.reverse_path.is_none_or(|path| !path.is_empty()));
    }
});
