//! One SMTP session: the replies are replies, and it does not matter how the network cuts what the client sends.

#![no_main]

use libfuzzer_sys::fuzz_target;
use relay_server::smtp::testing::session;

fuzz_target!(|bytes: &[u8]| {
    // Somewhere, and for the same bytes always in the same place.
    let sum: usize = bytes.iter().copied().map(usize::from).sum();
    let (first, second) = bytes.split_at(sum % (bytes.len() + 1));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let whole = session(bytes, b"").await;
        let replies = std::str::from_utf8(&whole.replies).expect("ASCII");
        assert!(replies.starts_with("220 ") && replies.ends_with("\r\n"), "{replies:?}");
        for reply in replies.split_terminator("\r\n") {
            let (code, rest) = reply.split_at_checked(3).expect("a code");
            assert!(
                code.parse::<u16>().is_ok_and(|code| (200..600).contains(&code)),
                "{reply:?}"
            );
            assert!(
                rest.starts_with([' ', '-']) && !rest.contains(['\r', '\n']),
                "{reply:?}"
            );
        }
        assert!(
            session(first, second).await == whole,
            "the cut at {} changes the session",
            first.len()
        );
    });
});
