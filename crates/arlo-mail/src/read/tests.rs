use super::*;
use crate::testing::read_counted;

#[test]
fn a_mail_is_read_to_its_last_step_or_not_at_all() {
    let senders = Senders::default();
    for mail in [
        "From: do_not_reply@arlo.com\r\n\r\nYour code is\r\n467266\r\n",
        "From: do_not_reply@arlo.com\r\nContent-Type: text/html\r\n\r\n<p>Your code is<h1>467266</h1>",
        "From: a@b.example\r\n\r\nFrom: do_not_reply@arlo.com\r\nDate: x\r\n\r\nYour code is\r\n467266\r\n",
        "From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\nFrom: do_not_reply@arlo.com\r\n\r\nYour code is 467266",
    ] {
        let (_, used) = read_counted(mail.as_bytes(), &senders);
        for limit in (0..used).chain([used]) {
            let read = read_within(mail.as_bytes(), &senders, Notices::Taken, &Steps::new(limit)).unwrap();
            match read.content {
                Content::Code(code) => assert!(limit == used && code.expose() == "467266"),
                content => assert!(limit < used && content == Content::TooComplex, "{limit} of {used}"),
            }
        }
    }
}
