//! Where the position is after lists with and without a gap.

use super::*;

fn at(uid: u32) -> Position {
    Position { uid_validity: 7, uid }
}

fn opened() -> Progress {
    let mut progress = Progress::default();
    progress.open_at(at(9));
    progress
}

#[test]
fn without_a_gap_the_position_follows_the_mails() {
    let mut progress = opened();
    progress.listed_all(false);
    progress.done(at(12));
    progress.done(at(11));
    assert_eq!(progress.position(), Some(at(12)));
    let other = Position {
        uid_validity: 8,
        uid: 20,
    };
    progress.done(other);
    assert_eq!(progress.position(), Some(at(12)), "a mail of another UIDVALIDITY");
}

#[test]
fn a_missing_mail_keeps_the_position_until_it_comes() {
    let mut progress = opened();
    progress.listed_some(false);
    progress.done(at(11));
    assert_eq!((progress.position(), progress.is_done(11)), (Some(at(9)), true));
    progress.listed_all(false);
    progress.done(at(10));
    progress.listed_all(true);
    assert_eq!((progress.position(), progress.is_done(11)), (Some(at(11)), false));
}

#[test]
fn a_mail_that_never_comes_is_passed() {
    let mut progress = opened();
    progress.listed_some(false);
    progress.done(at(11));
    for earlier in 1..REFUSED_TRIES {
        let refused = progress.listed_some(true);
        let is_given_up = earlier == REFUSED_TRIES - 1;
        assert_eq!(refused, RefusedList { earlier, is_given_up });
    }
    assert_eq!(progress.position(), Some(at(11)));

    // While the server lists nothing at all, the position stays.
    let mut progress = opened();
    assert!((0..u8::MAX).all(|_| !progress.listed_some(true).is_given_up));
    assert_eq!(progress.position(), Some(at(9)));
}

#[test]
fn a_new_uid_validity_forgets_what_was_done() {
    let mut progress = opened();
    progress.listed_some(false);
    progress.done(at(11));
    let new = Position {
        uid_validity: 8,
        uid: 0,
    };
    progress.open_at(new);
    assert!(!progress.is_done(11));
    progress.listed_all(true);
    assert_eq!(progress.position(), Some(new));
}
