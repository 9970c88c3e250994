use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn pending(id: u8, staged: i64) -> Pending {
    Pending {
        id: RequestId::from_bytes([id; 16]),
        staged_at: at(staged),
        expires_at: at(staged + 300),
    }
}

#[test]
fn the_request_made_nearest_to_the_mail_is_ended() {
    let (a, b, c) = (pending(1, 0), pending(2, 10), pending(3, 100));
    for (requests, written, now, expected) in [
        (vec![], 5, 5, None),
        // A login that was given up, and the one that followed it.
        (vec![a, b], 12, 13, Some(b)),
        (vec![b, a], 12, 13, Some(b)),
        (vec![a, b], 200, 201, Some(b)),
        // Each of two at once, though the mails come in the other order or late.
        (vec![a, b], 11, 130, Some(b)),
        (vec![a, b], 1, 140, Some(a)),
        // One that was made a little after the Date, by a clock that is not Arlo's.
        (vec![a, b], 9, 11, Some(b)),
        // As near on either side: the mail comes after the request.
        (vec![a, b], 5, 11, Some(a)),
        // A minute of skew, and not a second more.
        (vec![c], 40, 101, Some(c)),
        (vec![c], 39, 101, None),
        // A mail that was late for a request that is gone serves the next one only if it is young enough.
        (vec![a, c], 101, 300, Some(c)),
        (vec![a], 1, 300, None),
        // A date in the future is worth no more than now.
        (vec![a, c], 100_000, 101, Some(c)),
    ] {
        assert_eq!(
            Pending::choose(&requests, at(written), at(now)),
            expected,
            "written {written}, now {now}"
        );
    }
}

#[test]
fn requests_made_at_the_same_time_are_told_apart() {
    let twins = [pending(2, 10), pending(1, 10)];
    assert_eq!(Pending::choose(&twins, at(11), at(12)), Some(twins[1]));
    assert_eq!(Pending::choose(&[twins[1], twins[0]], at(11), at(12)), Some(twins[1]));
}

#[test]
fn a_clock_that_is_set_back_loses_no_request() {
    let (before, after) = (pending(1, 120), pending(2, 1));
    // The mail is dated by a clock that was right all the time, or by none.
    for written in [1, 3, 125] {
        assert_eq!(
            Pending::choose(&[before], at(written), at(3)),
            Some(before),
            "{written}"
        );
    }
    // An old mail ends nothing all the same.
    assert_eq!(Pending::choose(&[before], at(-100), at(3)), None);
    assert_eq!(Pending::choose(&[before, after], at(1), at(3)), Some(after));
    // It counts as 15 seconds away, and one that is made right now as it is.
    assert_eq!(Pending::choose(&[before, pending(3, -15)], at(1), at(3)), Some(before));
    assert_eq!(
        Pending::choose(&[before, pending(3, -13)], at(1), at(3)),
        Some(pending(3, -13))
    );
    assert_eq!(
        Pending::choose(&[pending(3, -4), pending(4, 3)], at(1), at(3)),
        Some(pending(4, 3))
    );
    // Once the clock has come that far, the request is like any other.
    assert_eq!(Pending::choose(&[before, after], at(122), at(123)), Some(before));
}

#[test]
fn requests_of_a_clock_that_was_ahead_give_way() {
    let now: Vec<Pending> = (0..16).map(|id| pending(id, i64::from(id))).collect();
    assert_eq!(Capacity::beside(&now[..15], at(16)), Capacity::Free);
    assert_eq!(Capacity::beside(&now, at(16)), Capacity::Full(at(300)));
    // One that was made at this moment is not ahead.
    assert_eq!(Capacity::beside(&now, at(15)), Capacity::Full(at(300)));
    // The first has expired.
    assert_eq!(Capacity::beside(&now, at(300)), Capacity::Free);
    let ahead: Vec<Pending> = (0..16).map(|id| pending(id, 3600 + i64::from(id))).collect();
    assert_eq!(Capacity::beside(&ahead, at(0)), Capacity::InsteadOf(ahead[15].id));
    let mixed: Vec<Pending> = ahead[..1].iter().chain(&now[..15]).copied().collect();
    assert_eq!(Capacity::beside(&mixed, at(16)), Capacity::InsteadOf(ahead[0].id));
}

#[test]
fn extreme_dates_are_no_fault() {
    assert_eq!(Pending::choose(&[pending(1, 0)], Timestamp::MAX, Timestamp::MAX), None);
    assert_eq!(Pending::choose(&[pending(1, 0)], Timestamp::MIN, at(1)), None);
    let whole = Pending {
        staged_at: Timestamp::MIN,
        ..pending(1, 0)
    };
    assert_eq!(Pending::choose(&[whole], at(1), at(1)), Some(whole));
}

#[test]
fn faults_read_back() {
    let fault = Fault::ConflictingCodes;
    assert_eq!(fault.name(), "conflicting-codes");
    assert_eq!(Fault::from_name(fault.name()), Some(fault));
    assert_eq!(Fault::from_name("?"), None);
    assert!(fault.message().starts_with("Arlo's mail holds two different numbers"));
}
