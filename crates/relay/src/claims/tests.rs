//! What an adapter is given to check. What the rules conclude from its answer: `intake/tests/proofs.rs`.

use super::*;

const CODE_MAIL: &str = "From: Arlo <do_not_reply@arlo.com>\r\n\
    To: casey@gmail.com\r\n\
    Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n\
    Subject: Your code\r\n";

const GOOGLE_ASKS: &str = "From: Gmail Team <forwarding-noreply@google.com>\r\n\
    To: arlo@relay.example\r\n\
    Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n\
    Subject: Gmail Forwarding Confirmation - Receive Mail from casey@gmail.com\r\n";

fn signed_by(domain: &str, fields: &str) -> String {
    format!("DKIM-Signature: v=1; a=rsa-sha256; d={domain}; s=x; h={fields}; bh=aGFzaA==; b=c2ln\r\n")
}

fn claims(header: &str, reverse_path: Option<&str>) -> Claims {
    Claims::read(
        format!("{header}\r\nbody").as_bytes(),
        reverse_path,
        &Senders::default(),
    )
    .unwrap()
}

#[test]
fn bytes_without_a_header_claim_nothing() {
    assert!(Claims::read(b"no header", None, &Senders::default()).is_none());
}

#[test]
fn only_a_reverse_path_that_the_header_names_is_worth_a_look_up() {
    for (reverse_path, named) in [
        (Some("casey@gmail.com"), true),
        (Some("casey+caf_=relay=example.org@gmail.com"), true),
        (Some("do_not_reply@arlo.com"), true),
        (Some("mallory@gmail.com"), false),
        (Some(""), false),
        (None, false),
    ] {
        assert_eq!(
            claims(CODE_MAIL, reverse_path).names_forwarder(),
            named,
            "{reverse_path:?}"
        );
    }
}

#[test]
fn the_author_is_arlo_only_by_a_known_address() {
    let author = |address: &str| CODE_MAIL.replace("do_not_reply@arlo.com", address);
    for (header, is_arlo) in [
        (CODE_MAIL.to_owned(), true),
        (author("casey@gmail.com"), false),
        (author("do_not_reply@arlo.com.evil.example"), false),
        (CODE_MAIL.replace("From:", "X-From:"), false),
    ] {
        assert_eq!(claims(&header, None).is_from_arlo(), is_arlo, "{header}");
    }
}

/// The number of a claim's field, whether it is Arlo's, and whether it is the sole one of its domain.
fn listed(header: &str) -> Vec<(usize, bool, bool)> {
    let claims = claims(header, None);
    let claims = claims.signatures().iter();
    claims
        .map(|claim| (claim.field(), claim.is_arlos(), claim.is_sole()))
        .collect()
}

#[test]
fn signatures_are_listed_from_the_last_and_arlos_first() {
    let arlos = signed_by("arlo.com", "From:To:Date");
    let own = signed_by("gmail.com", "From:Date");
    let short = signed_by("arlo.com", "From:To");
    let long = signed_by("arlo.com", "From:To:Date").replace("s=x;", "s=x; l=10;");
    let from_member = CODE_MAIL.replace("do_not_reply@arlo.com", "casey@gmail.com");
    for (header, expected) in [
        (CODE_MAIL.to_owned(), vec![]),
        (format!("{arlos}{CODE_MAIL}"), vec![(0, true, true)]),
        (format!("{CODE_MAIL}{arlos}"), vec![(4, true, true)]),
        (
            format!("{arlos}{arlos}{CODE_MAIL}"),
            vec![(1, true, true), (0, true, true)],
        ),
        // A third one of the same domain is not looked at.
        (
            format!("{arlos}{arlos}{arlos}{CODE_MAIL}"),
            vec![(2, true, false), (1, true, false)],
        ),
        // One that proves less, or that may not count at all: which of them verified is not known.
        (format!("{arlos}{short}{CODE_MAIL}"), vec![(0, true, false)]),
        (format!("{arlos}{long}{CODE_MAIL}"), vec![(0, true, false)]),
        (format!("{short}{CODE_MAIL}"), vec![]),
        // Another domain's is no matter of Arlo's, and comes later.
        (
            format!("{arlos}{own}{from_member}"),
            vec![(0, true, true), (1, false, true)],
        ),
        (format!("{own}{CODE_MAIL}"), vec![]),
        (format!("{own}{from_member}"), vec![(0, false, true)]),
        (
            format!("{}{from_member}", signed_by("gmail.com", "From:Subject")),
            vec![],
        ),
        // Google's question counts by Google's signature over its subject, and by no other.
        (
            format!("{}{GOOGLE_ASKS}", signed_by("google.com", "From:Subject")),
            vec![(0, false, true)],
        ),
        (format!("{}{GOOGLE_ASKS}", signed_by("google.com", "From:Date")), vec![]),
        (
            format!("{}{GOOGLE_ASKS}", signed_by("gmail.com", "From:Subject")),
            vec![],
        ),
        // Which of two fields a signature covers is not known.
        (format!("{arlos}Subject: Another\r\n{CODE_MAIL}"), vec![]),
        (format!("{arlos}{}", CODE_MAIL.replace("Date:", "X-Date:")), vec![]),
    ] {
        assert_eq!(listed(&header), expected, "{header}");
    }
}
