//! Which times the library is asked for.
//!
//! A new archive goes back some days. Later listings begin two days before the last complete one, because the library
//! can be late: a recording that ends after midnight is listed under the day before. They end a day after now, because
//! the clock of a camera can be ahead.

use jiff::{SignedDuration, Timestamp};

use crate::index::{Index, Setting};
use crate::shared::back;
use crate::{Error, ErrorKind};

/// The longest listing. With the day more at both ends that the library asks for, it is a week.
const LONGEST: SignedDuration = SignedDuration::from_hours(5 * 24);
/// How far after now the last listing ends.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// How far before the last complete listing the next one begins.
const OVERLAP_DAYS: u32 = 2;
/// The last listing was at a wrong time if it was so much later than now.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_hours(1);
/// The most days that a new archive goes back.
const MAX_FIRST_DAYS: u32 = 3650;
/// The most days that are caught up, if a new archive does not go back further. Arlo keeps fewer.
const MAX_CATCH_UP_DAYS: u32 = 90;
/// This code is newer, so a clock before it is wrong: some machines have none that runs on without power.
const BUILT_AFTER: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// The listings that are due at `now`, in order.
///
/// # Errors
/// [`ErrorKind::Library`] if the clock is wrong, so that the library is asked later.
pub(crate) fn windows(
    index: &mut Index,
    first_days: u32,
    now: Timestamp,
) -> Result<Vec<(Timestamp, Timestamp)>, Error> {
    if now < BUILT_AFTER {
        let message = format!("the clock of this machine is wrong: it says {now:.0}");
        return Err(Error::new(ErrorKind::Library, message));
    }
    let first = back(now, first_days.min(MAX_FIRST_DAYS));
    let known = index.time(Setting::Since)?;
    // Lower if more days than before are wanted, or the clock was wrong when the archive was made.
    let since = known.map_or(first, |known| known.min(first));
    if known != Some(since) {
        index.lower_since(since.as_millisecond())?;
    }
    let from = match index.time(Setting::ListedThrough)? {
        None => since,
        Some(through) if through.duration_since(now) <= CLOCK_SKEW => back(through, OVERLAP_DAYS).max(since),
        Some(_) => first,
    };
    let from = from.max(back(now, MAX_CATCH_UP_DAYS).min(first));
    Ok(split(from, now))
}

/// All of the time in listings of [`LONGEST`] at most.
fn split(from: Timestamp, now: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let end = now.saturating_add(AHEAD).unwrap_or(now);
    let mut from = from.min(now);
    let mut windows = Vec::new();
    while from < end {
        let next = from.saturating_add(LONGEST).unwrap_or(end).min(end);
        windows.push((from, next));
        from = next;
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> (tempfile::TempDir, Index) {
        let directory = tempfile::tempdir().unwrap();
        let index = Index::open(&directory.path().join("index")).unwrap();
        (directory, index)
    }

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    fn asked(index: &mut Index, first_days: u32, now: &str) -> (String, String, usize) {
        let windows = windows(index, first_days, at(now)).unwrap();
        for pair in windows.windows(2) {
            assert_eq!(pair[0].1, pair[1].0);
        }
        let (first, last) = (windows[0].0, windows[windows.len() - 1].1);
        (first.to_string(), last.to_string(), windows.len())
    }

    fn listed(index: &Index, now: &str) {
        index.set(Setting::ListedThrough, at(now).as_millisecond()).unwrap();
    }

    #[test]
    fn a_new_archive_goes_back_and_asks_up_to_the_next_day() {
        let (_directory, mut index) = index();
        let asked = asked(&mut index, 30, "2026-11-26T09:00:00Z");
        assert_eq!(asked, ("2026-10-27T09:00:00Z".into(), "2026-11-27T09:00:00Z".into(), 7));
        assert_eq!(index.time(Setting::Since).unwrap(), Some(at("2026-10-27T09:00:00Z")));
    }

    #[test]
    fn what_ends_after_midnight_is_asked_for_the_next_day() {
        let (_directory, mut index) = index();
        asked(&mut index, 30, "2026-11-20T00:00:00Z");
        listed(&index, "2026-11-26T23:59:59Z");
        // The recording was made before midnight, and came into the library after it.
        assert_eq!(
            asked(&mut index, 30, "2026-11-27T00:00:01Z"),
            ("2026-11-24T23:59:59Z".into(), "2026-11-28T00:00:01Z".into(), 1)
        );
    }

    #[test]
    fn after_a_time_without_the_archive_all_its_days_are_asked_for() {
        let (_directory, mut index) = index();
        asked(&mut index, 7, "2026-11-01T12:00:00Z");
        listed(&index, "2026-11-01T12:00:00Z");
        assert_eq!(
            asked(&mut index, 7, "2026-11-26T12:00:00Z"),
            ("2026-10-30T12:00:00Z".into(), "2026-11-27T12:00:00Z".into(), 6)
        );
    }

    #[test]
    fn a_listing_that_never_completed_begins_where_the_archive_began() {
        let (_directory, mut index) = index();
        asked(&mut index, 7, "2026-11-01T12:00:00Z");
        assert_eq!(asked(&mut index, 7, "2026-11-03T12:00:00Z").0, "2026-10-25T12:00:00Z");
    }

    #[test]
    fn more_days_than_before_are_fetched_later() {
        let (_directory, mut index) = index();
        asked(&mut index, 7, "2026-11-20T12:00:00Z");
        listed(&index, "2026-11-20T12:00:00Z");
        assert_eq!(asked(&mut index, 30, "2026-11-20T13:00:00Z").0, "2026-10-21T13:00:00Z");
        assert_eq!(index.time(Setting::Since).unwrap(), Some(at("2026-10-21T13:00:00Z")));
        // As often as a listing of them fails.
        assert_eq!(asked(&mut index, 30, "2026-11-20T14:00:00Z").0, "2026-10-21T13:00:00Z");
        listed(&index, "2026-11-20T15:00:00Z");
        assert_eq!(asked(&mut index, 30, "2026-11-20T16:00:00Z").0, "2026-11-18T15:00:00Z");
    }

    #[test]
    fn a_clock_that_was_wrong_leaves_no_gap() {
        let (_directory, mut index) = index();
        asked(&mut index, 7, "2026-11-20T12:00:00Z");
        listed(&index, "2030-01-01T00:00:00Z");
        assert_eq!(asked(&mut index, 7, "2026-11-26T12:00:00Z").0, "2026-11-19T12:00:00Z");
        let error = windows(&mut index, 7, at("1970-01-01T00:00:00Z")).unwrap_err();
        assert!(
            error.is_retryable() && error.to_string().contains("the clock"),
            "{error}"
        );
        // And one that was wrong before makes no endless listing.
        listed(&index, "1980-01-01T00:00:00Z");
        assert_eq!(asked(&mut index, 7, "2026-11-26T12:00:00Z").0, "2026-11-13T12:00:00Z");
    }

    #[test]
    fn no_more_days_are_caught_up_than_arlo_keeps() {
        let (_directory, mut index) = index();
        asked(&mut index, 7, "2026-01-20T12:00:00Z");
        listed(&index, "2026-01-20T12:00:00Z");
        assert_eq!(
            asked(&mut index, 7, "2026-11-26T12:00:00Z"),
            ("2026-08-28T12:00:00Z".into(), "2026-11-27T12:00:00Z".into(), 19)
        );
    }
}
