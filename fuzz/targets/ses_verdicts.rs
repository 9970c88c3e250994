//! What SES's own header block says of a mail: a sender can write nothing that changes it.

#![no_main]

#[path = "../../crates/relay-aws/src/verdicts.rs"]
#[allow(dead_code, reason = "the functions use more of it")]
mod verdicts;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use arlo_mail::Senders;
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use relay::ports::{AuthenticateMail, Inline};
use relay::{Claims, Verdicts};
use verdicts::EventVerdicts;

/// What SES writes above a mail that nothing proves.
const BLOCK: &str = "Return-Path: <casey@gmail.com>\r\n\
    Received: from mail.example.org by inbound-smtp.eu-west-1.amazonaws.com with SMTP id x for a@relay.example\r\n\
    X-SES-Spam-Verdict: PASS\r\n\
    Received-SPF: fail (spfCheck: no) client-ip=192.0.2.1; envelope-from=casey@gmail.com; helo=mail.example.org;\r\n\
    Authentication-Results: amazonses.com;\r\n spf=fail (spfCheck: no) client-ip=192.0.2.1;\r\n dkim=fail header.i=@arlo.com;\r\n\
    X-SES-RECEIPT: x\r\n";

fuzz_target!(|sent: &[u8]| {
    verdicts(Bytes::copy_from_slice(sent));
    let stored = Bytes::from([BLOCK.as_bytes(), sent].concat());
    assert_eq!(verdicts(stored), Verdicts::default());
});

/// Of a mail for which SES's event says that everything passes.
fn verdicts(raw: Bytes) -> Verdicts {
    let passes = EventVerdicts { spf: true, dkim: true };
    let path = Some("casey@gmail.com");
    let Some(claims) = Claims::read(&raw, path, &Senders::default()) else {
        return Verdicts::default();
    };
    let asked = pin!(passes.verdicts(&claims, path, &raw, &Inline));
    match asked.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(verdicts) => verdicts.expect("SES's answer is in the mail"),
        Poll::Pending => unreachable!("nothing to wait for"),
    }
}
