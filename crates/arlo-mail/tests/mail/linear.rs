//! The steps that reading takes grow as the bytes do, whatever the mail is made of. Steps are counted, not time.

use arlo_mail::limits::{MAX_READ, MAX_STEPS, STEPS_PER_BYTE, max_steps};
use arlo_mail::testing::read_counted;
use arlo_mail::{Content, Senders};

use super::grammar::Numbers;
use super::shapes::shapes;

/// Steps by which a linear pass may be off: a limit that is reached at one size and not yet at the other.
const SLACK: usize = 64 * 1024;

fn steps(mail: &[u8]) -> usize {
    read_counted(mail, &Senders::default()).1
}

/// Whether the steps for four times the bytes are four times as many, and a tenth.
fn is_linear(counts: [usize; 3]) -> bool {
    let [small, middle, large] = counts;
    let grows = |one: usize, next: usize| next <= one * 44 / 10 + SLACK;
    grows(small, middle) && grows(middle, large) && large <= MAX_STEPS
}

#[test]
fn known_shapes_take_steps_as_they_have_bytes() {
    let mut bad = Vec::new();
    for shape in shapes() {
        let counts = [MAX_READ / 16, MAX_READ / 4, MAX_READ].map(|size| steps(&shape.mail(size)));
        if !is_linear(counts) {
            bad.push(format!("{}: {counts:?}", shape.name));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn shapes_of_the_grammar_take_steps_as_they_have_bytes() {
    for seed in 0..160 {
        let shape = Numbers(seed).shape();
        let counts = [MAX_READ / 64, MAX_READ / 16, MAX_READ / 4].map(|size| steps(&shape.mail(size)));
        assert!(
            is_linear(counts),
            "seed {seed}: {counts:?} of {:.500}",
            format!("{shape:?}")
        );
    }
}

#[test]
fn real_mails_take_less_than_a_tenth_of_the_budget() {
    for case in super::corpus::cached() {
        let used = steps(&case.raw);
        let budget = case.raw.len() * STEPS_PER_BYTE;
        assert!(
            used * 10 <= budget,
            "{}/{}: {used} steps for {} bytes",
            case.kind,
            case.name,
            case.raw.len()
        );
    }
}

/// Small parts, each full of numbers that have to be weighed.
fn too_complex() -> String {
    let part = "--b\r\n\r\n".to_owned() + &"order 123456 ".repeat(1270) + "\r\n";
    let head = "From: do_not_reply@arlo.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
    format!("{head}--b\r\n\r\nYour code is 467266.\r\n{}", part.repeat(62))
}

#[test]
fn a_mail_beyond_the_budget_is_given_up() {
    let mail = too_complex();
    assert!(mail.len() < MAX_READ);
    let (read, used) = read_counted(mail.as_bytes(), &Senders::default());
    let read = read.unwrap();
    assert_eq!(read.content, Content::TooComplex);
    let limit = max_steps(mail.len());
    assert!(read.named.is_empty() && read.forwarded_by.is_none() && used > limit);
    // It stops soon after.
    assert!(used < limit + limit / 100, "{used}");
}

/// A page with as many rules as are kept, each of them compared with every second element and its ancestors.
fn rules_for_elements(bytes: usize) -> String {
    let rules = "p p p p p p p q{color:red}".repeat(1024);
    let head = "From: do_not_reply@arlo.com\r\nContent-Type: text/html\r\n\r\nYour code is 467266.";
    let page = format!("{head}<style>{rules}</style>");
    page.clone() + &"<q><p>".repeat((bytes - page.len()) / 6)
}

#[test]
fn a_short_mail_has_no_more_steps_than_its_bytes_need() {
    for bytes in [32 * 1024, 64 * 1024, 256 * 1024] {
        let page = rules_for_elements(bytes);
        let (read, used) = read_counted(page.as_bytes(), &Senders::default());
        assert_eq!(read.unwrap().content, Content::TooComplex);
        // The last element may be one too many.
        assert!(used < STEPS_PER_BYTE * bytes + 64 * 1024, "{used}");
    }
    assert_eq!(max_steps(1), max_steps(10_000));
    assert_eq!(max_steps(10 * MAX_READ), MAX_STEPS);
}
