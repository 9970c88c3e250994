//! Which days the library is asked for.
//!
//! A new archive goes back some days. Later listings begin a day before the last complete one, because the library can
//! be late. Each asks for a day more at both ends, so midnight and the time zone of the account make no gap.

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};

use crate::catalogue::{around, day};
use crate::index::{Index, Setting};
use crate::shared::back;
use crate::{Error, ErrorKind};

/// Most days of one listing.
const MAX_DAYS: i32 = 7;
/// How far before the last complete listing the next one begins.
const OVERLAP_DAYS: u32 = 1;
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
pub(crate) fn windows(index: &Index, first_days: u32, now: Timestamp) -> Result<Vec<(Date, Date)>, Error> {
    if now < BUILT_AFTER {
        let message = format!("the clock of this machine is wrong: it says {now:.0}");
        return Err(Error::new(ErrorKind::Library, message));
    }
    let first = back(now, first_days.min(MAX_FIRST_DAYS));
    let since = index.time(Setting::Since)?;
    let through = index.time(Setting::ListedThrough)?;
    let from = match (since, through) {
        // More days than before are wanted, or the clock was wrong when the archive was made.
        (Some(since), _) if first < since => first,
        (Some(since), Some(through)) if through.duration_since(now) <= CLOCK_SKEW => {
            back(through, OVERLAP_DAYS).max(since)
        }
        (Some(since), None) => since,
        (Some(_), Some(_)) | (None, _) => first,
    };
    let from = from.max(back(now, MAX_CATCH_UP_DAYS).min(first));
    if since.is_none_or(|since| first < since) {
        index.set(Setting::Since, first.as_millisecond())?;
    }
    Ok(split(day(from.as_millisecond()), day(now.as_millisecond())))
}

/// All of the days, with one more at both ends, in listings of [`MAX_DAYS`] at most.
fn split(from: Date, to: Date) -> Vec<(Date, Date)> {
    let (mut from, last) = around(from.min(to), to);
    let mut windows = Vec::new();
    while from <= last {
        let end = from.saturating_add(Span::new().days(MAX_DAYS - 1)).min(last);
        windows.push((from, end));
        match end.tomorrow() {
            Ok(next) => from = next,
            Err(_) => break,
        }
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

    fn asked(index: &Index, first_days: u32, now: &str) -> (String, String, usize) {
        let windows = windows(index, first_days, at(now)).unwrap();
        for pair in windows.windows(2) {
            assert_eq!(pair[0].1.tomorrow().unwrap(), pair[1].0);
        }
        let (first, last) = (windows[0].0, windows[windows.len() - 1].1);
        (first.to_string(), last.to_string(), windows.len())
    }

    fn listed(index: &Index, now: &str) {
        index.set(Setting::ListedThrough, at(now).as_millisecond()).unwrap();
    }

    #[test]
    fn a_new_archive_goes_back_and_asks_for_a_day_more_at_both_ends() {
        let (_directory, index) = index();
        let asked = asked(&index, 30, "2026-11-26T09:00:00Z");
        assert_eq!(asked, ("2026-10-26".into(), "2026-11-27".into(), 5));
        assert_eq!(index.time(Setting::Since).unwrap(), Some(at("2026-10-27T09:00:00Z")));
    }

    #[test]
    fn what_ends_after_midnight_is_asked_for_the_next_day() {
        let (_directory, index) = index();
        asked(&index, 30, "2026-11-20T00:00:00Z");
        listed(&index, "2026-11-26T23:59:59Z");
        // The recording was made before midnight, and came into the library after it.
        assert_eq!(
            asked(&index, 30, "2026-11-27T00:00:01Z"),
            ("2026-11-24".into(), "2026-11-28".into(), 1)
        );
    }

    #[test]
    fn after_a_time_without_the_archive_all_its_days_are_asked_for() {
        let (_directory, index) = index();
        asked(&index, 7, "2026-11-01T12:00:00Z");
        listed(&index, "2026-11-01T12:00:00Z");
        assert_eq!(
            asked(&index, 7, "2026-11-26T12:00:00Z"),
            ("2026-10-30".into(), "2026-11-27".into(), 5)
        );
    }

    #[test]
    fn a_listing_that_never_completed_begins_where_the_archive_began() {
        let (_directory, index) = index();
        asked(&index, 7, "2026-11-01T12:00:00Z");
        assert_eq!(asked(&index, 7, "2026-11-03T12:00:00Z").0, "2026-10-24");
    }

    #[test]
    fn more_days_than_before_are_fetched_later() {
        let (_directory, index) = index();
        asked(&index, 7, "2026-11-20T12:00:00Z");
        listed(&index, "2026-11-20T12:00:00Z");
        assert_eq!(asked(&index, 30, "2026-11-20T13:00:00Z").0, "2026-10-20");
        assert_eq!(index.time(Setting::Since).unwrap(), Some(at("2026-10-21T13:00:00Z")));
    }

    #[test]
    fn a_clock_that_was_wrong_leaves_no_gap() {
        let (_directory, index) = index();
        asked(&index, 7, "2026-11-20T12:00:00Z");
        listed(&index, "2030-01-01T00:00:00Z");
        assert_eq!(asked(&index, 7, "2026-11-26T12:00:00Z").0, "2026-11-18");
        let error = windows(&index, 7, at("1970-01-01T00:00:00Z")).unwrap_err();
        assert!(
            error.is_retryable() && error.to_string().contains("the clock"),
            "{error}"
        );
        // And one that was wrong before makes no endless listing.
        listed(&index, "1980-01-01T00:00:00Z");
        assert_eq!(asked(&index, 7, "2026-11-26T12:00:00Z").0, "2026-11-12");
    }

    #[test]
    fn no_more_days_are_caught_up_than_arlo_keeps() {
        let (_directory, index) = index();
        asked(&index, 7, "2026-01-20T12:00:00Z");
        listed(&index, "2026-01-20T12:00:00Z");
        assert_eq!(
            asked(&index, 7, "2026-11-26T12:00:00Z"),
            ("2026-08-27".into(), "2026-11-27".into(), 14)
        );
    }
}
