//! Which mode a schedule has at a time, and until when. Arlo says only that the schedule is active.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::Value;

use crate::message::{number, text};

/// The days as Arlo writes them, from Monday.
const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
/// The most entries of a schedule.
const MAX_ENTRIES: usize = 256;
const MINUTES_OF_A_DAY: i64 = 24 * 60;

/// The mode that the schedule has now; `None` between its entries, or if its time zone is not known.
pub(super) fn mode(schedule: &Value, zone: &str, now: Timestamp) -> Option<String> {
    let now = now.to_zoned(TimeZone::get(zone).ok()?);
    let yesterday = now.checked_sub(Span::new().days(1)).ok()?;
    let minute = i64::from(now.hour()) * 60 + i64::from(now.minute());
    let entries = schedule.get("schedule")?.as_array()?.iter().take(MAX_ENTRIES);
    entries.into_iter().find_map(|entry| {
        let start = entry.get("startTime").and_then(number)?;
        let end = start.checked_add(entry.get("duration").and_then(number)?)?;
        let is_today = is_on(entry, now.weekday()) && (start..end).contains(&minute);
        // An entry can last beyond midnight.
        let is_since_yesterday =
            is_on(entry, yesterday.weekday()) && (start..end).contains(&(minute + MINUTES_OF_A_DAY));
        let modes = entry.pointer("/startActions/enableModes")?.as_array()?;
        let mode = modes.first()?.as_str()?;
        (is_today || is_since_yesterday).then(|| mode.to_owned())
    })
}

/// When an entry of the schedule begins or ends next; `None` if it has none, or if its time zone is not known.
pub(super) fn next_change(schedule: &Value, zone: &str, now: Timestamp) -> Option<Timestamp> {
    let zone = TimeZone::get(zone).ok()?;
    let yesterday = now.to_zoned(zone.clone()).date().yesterday().ok()?;
    let entries = schedule.get("schedule")?.as_array()?.iter().take(MAX_ENTRIES);
    // An entry of yesterday can end today, and one of today can begin again in a week.
    let begun = entries.flat_map(|entry| {
        yesterday
            .series(Span::new().days(1))
            .take(9)
            .map(move |day| (entry, day))
    });
    let changes = begun
        .filter(|(entry, day)| is_on(entry, day.weekday()))
        .flat_map(|(entry, day)| {
            let start = entry.get("startTime").and_then(number);
            let duration = entry.get("duration").and_then(number);
            let end = start
                .zip(duration)
                .and_then(|(start, duration)| start.checked_add(duration));
            [start, end].into_iter().flatten().map(move |minute| (day, minute))
        })
        .filter_map(|(day, minute)| minute_of(day, minute, &zone));
    changes.filter(|change| *change > now).min()
}

/// The time of a minute that is counted from the day's midnight.
fn minute_of(day: Date, minute: i64, zone: &TimeZone) -> Option<Timestamp> {
    let time = day
        .to_datetime(jiff::civil::Time::midnight())
        .checked_add(Span::new().try_minutes(minute).ok()?)
        .ok()?;
    Some(zone.to_zoned(time).ok()?.timestamp())
}

/// Whether the entry begins on this day.
fn is_on(entry: &Value, day: Weekday) -> bool {
    let index = usize::try_from(day.to_monday_zero_offset()).ok();
    let name = index.and_then(|index| DAYS.get(index));
    let days = entry.get("days").and_then(Value::as_array);
    days.is_some_and(|days| days.iter().any(|listed| name.is_some_and(|name| listed == *name)))
}

/// The time zone of the modes' definitions, or of the base.
pub(super) fn zone<'a>(definitions: &'a Value, base: Option<&'a str>) -> &'a str {
    text(definitions, "olsonTimeZone").or(base).unwrap_or("UTC")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_entry_holds_from_its_start_and_beyond_midnight() {
        let schedule = json!({ "schedule": [
            { "days": ["Mo"], "startTime": 480, "duration": 60, "startActions": { "enableModes": ["mode1"] } },
            { "days": ["Mo"], "startTime": 1380, "duration": 120, "startActions": { "enableModes": ["mode2"] } },
        ]});
        // 2026-11-23 is a Monday. Berlin is an hour ahead of UTC then.
        for (at, expected) in [
            ("2026-11-23T06:59:00Z", None),
            ("2026-11-23T07:00:00Z", Some("mode1")),
            ("2026-11-23T07:59:00Z", Some("mode1")),
            ("2026-11-23T08:00:00Z", None),
            ("2026-11-23T22:30:00Z", Some("mode2")),
            ("2026-11-23T23:30:00Z", Some("mode2")),
            ("2026-11-24T00:30:00Z", None),
            ("2026-11-24T07:00:00Z", None),
        ] {
            assert_eq!(
                mode(&schedule, "Europe/Berlin", at.parse().unwrap()).as_deref(),
                expected,
                "{at}"
            );
        }
        for (at, expected) in [
            ("2026-11-23T06:59:00Z", "2026-11-23T07:00:00Z"),
            ("2026-11-23T07:00:00Z", "2026-11-23T08:00:00Z"),
            ("2026-11-23T07:59:59Z", "2026-11-23T08:00:00Z"),
            ("2026-11-23T08:00:00Z", "2026-11-23T22:00:00Z"),
            ("2026-11-23T23:30:00Z", "2026-11-24T00:00:00Z"),
            ("2026-11-24T00:00:00Z", "2026-11-30T07:00:00Z"),
        ] {
            let change = next_change(&schedule, "Europe/Berlin", at.parse().unwrap());
            assert_eq!(change, Some(expected.parse().unwrap()), "{at}");
        }
        let at = "2026-11-23T07:00:00Z".parse().unwrap();
        assert_eq!(mode(&schedule, "Middle/Earth", at), None);
        assert_eq!(next_change(&schedule, "Middle/Earth", at), None);
        for odd in [
            json!({}),
            json!({"schedule": [{}]}),
            json!({"schedule": [{"startTime": i64::MAX, "duration": 9}]}),
            json!({"schedule": [{"days": ["Mo"], "startTime": i64::MAX, "duration": 9}]}),
        ] {
            assert_eq!(mode(&odd, "UTC", at), None);
            assert_eq!(next_change(&odd, "UTC", at), None);
        }
    }
}
