//! The replies after a message: one reply in SMTP, one for each accepted RCPT in LMTP (RFC 2033 section 4.2).

use super::Protocol;
use super::reply::{self, Reply};

/// The replies in their order, the last one apart: there is always one.
///
/// `accepted` has the recipient of each accepted RCPT, `outcomes` the outcome for each recipient. A recipient without
/// an outcome was put off.
pub(super) fn answers(protocol: Protocol, accepted: &[usize], outcomes: &[Reply]) -> (Vec<Reply>, Reply) {
    let mut each = match protocol {
        Protocol::Smtp => vec![one_for_all(outcomes)],
        Protocol::Lmtp => accepted
            .iter()
            .map(|&recipient| outcomes.get(recipient).cloned().unwrap_or(reply::UNAVAILABLE))
            .collect(),
    };
    let last = each.pop().unwrap_or(reply::UNAVAILABLE);
    (each, last)
}

/// If a recipient was put off, that is the reply, since the client tries again only then. Else it is that of a
/// recipient that took the message, and else that the message is too large.
fn one_for_all(outcomes: &[Reply]) -> Reply {
    let weight = |reply: &&Reply| match reply.code() {
        400..500 => 0,
        500.. => 2,
        _ => 1,
    };
    outcomes
        .iter()
        .min_by_key(weight)
        .cloned()
        .unwrap_or(reply::UNAVAILABLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAKEN: Reply = reply::MESSAGE_TAKEN;
    const TOO_LARGE: Reply = reply::MESSAGE_TOO_LARGE;
    const AWAY: Reply = reply::UNAVAILABLE;

    #[test]
    fn smtp_has_one_reply_and_loses_nothing() {
        for (outcomes, expected) in [
            (&[TAKEN][..], TAKEN),
            (&[TAKEN, AWAY], AWAY),
            (&[TOO_LARGE, AWAY], AWAY),
            (&[TOO_LARGE, TAKEN], TAKEN),
            (&[TOO_LARGE, TOO_LARGE], TOO_LARGE),
            (&[], AWAY),
        ] {
            assert_eq!(
                answers(Protocol::Smtp, &[0, 1, 0], outcomes),
                (Vec::new(), expected),
                "{outcomes:?}"
            );
        }
    }

    #[test]
    fn lmtp_has_a_reply_for_each_accepted_rcpt() {
        assert_eq!(
            answers(Protocol::Lmtp, &[0, 1, 0, 2], &[TAKEN, AWAY, TOO_LARGE]),
            (vec![TAKEN, AWAY, TAKEN], TOO_LARGE)
        );
        assert_eq!(answers(Protocol::Lmtp, &[0, 1], &[TAKEN]), (vec![TAKEN], AWAY));
    }
}
