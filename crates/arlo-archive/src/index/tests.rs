use std::collections::HashSet;
use std::path::Path;

use rusqlite::{Connection, StatementStatus};

use super::schema::MIGRATIONS;
use super::*;
use crate::recording::{Key, Kind};

fn open() -> (tempfile::TempDir, Index) {
    let directory = tempfile::tempdir().unwrap();
    let index = Index::open(&directory.path().join("index")).unwrap();
    (directory, index)
}

fn key(created: i64) -> Key {
    Key {
        device: "CAM1".into(),
        created,
        kind: Kind::Recording,
    }
}

fn add(index: &mut Index, created: &[i64]) -> Added {
    let keys: Vec<_> = created.iter().map(|created| key(*created)).collect();
    index.add(keys.iter(), None).unwrap()
}

fn due(index: &Index, now: i64, is_newest_first: bool) -> Option<i64> {
    let row = index.due(now, now + 1000, is_newest_first, &HashSet::new()).unwrap();
    row.map(|row| row.key.created)
}

fn keep(index: &mut Index, created: i64, bytes: u64) -> i64 {
    let row = index.due(i64::MAX, i64::MAX, false, &HashSet::new()).unwrap().unwrap();
    assert_eq!(row.key.created, created);
    assert!(index.place(row.id, &format!("{created}.mp4"), bytes, Some(1)).unwrap());
    index.kept(row.id).unwrap();
    row.id
}

#[test]
fn a_listing_adds_what_is_new_and_names_what_waits() {
    let (_directory, mut index) = open();
    assert_eq!(add(&mut index, &[3, 1, 2]).new, 3);
    keep(&mut index, 1, 10);
    let again = add(&mut index, &[1, 2, 3, 4]);
    assert_eq!(again.new, 1);
    assert_eq!(again.waiting, HashSet::from([key(2), key(3), key(4)]));
    let totals = index.totals().unwrap();
    assert_eq!((totals.kept, totals.bytes, totals.waiting), (1, 10, 3));
}

#[test]
fn a_video_and_a_picture_of_one_millisecond_are_two() {
    let (_directory, mut index) = open();
    let picture = Key {
        kind: Kind::Snapshot,
        ..key(1)
    };
    let added = index.add([key(1), picture, key(1)].iter(), None).unwrap();
    assert_eq!((added.new, added.waiting.len()), (2, 2));
}

#[test]
fn what_is_due_comes_in_order_and_a_time_of_a_wrong_clock_does_not_count() {
    let (_directory, mut index) = open();
    add(&mut index, &[1, 2, 3]);
    assert_eq!((due(&index, 0, false), due(&index, 0, true)), (Some(1), Some(3)));
    let id = |index: &Index, created| {
        let sql = "SELECT id FROM recordings WHERE created = ?";
        index
            .connection
            .query_row(sql, [created], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    index.postpone(id(&index, 1), 1, 0, 500).unwrap();
    assert_eq!((due(&index, 499, false), due(&index, 500, false)), (Some(2), Some(1)));
    assert_eq!(index.next_due(0).unwrap(), Some(500));
    index.postpone(id(&index, 1), 1, 0, 1_000_000).unwrap();
    assert_eq!(due(&index, 0, false), Some(1));
}

#[test]
fn the_horizon_ends_what_waits_and_forgets_what_was_removed() {
    let (_directory, mut index) = open();
    add(&mut index, &[1, 2, 3, 4]);
    keep(&mut index, 1, 10);
    let files = index.oldest_kept(i64::MAX, 10).unwrap();
    index.begin_removal(&files).unwrap();
    assert_eq!(index.totals().unwrap().bytes, 0);
    assert_eq!(index.removing(i64::MIN, 10).unwrap(), files);
    index.removed(&files).unwrap();
    index.raise_horizon(3).unwrap();
    assert_eq!(index.totals().unwrap().waiting, 1);
    let rows: i64 = index
        .connection
        .query_row("SELECT count(*) FROM recordings", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 1);
    assert_eq!(add(&mut index, &[1, 2, 3, 4]).new, 0);
    // It never falls.
    index.raise_horizon(2).unwrap();
    assert_eq!(index.setting(Setting::Horizon).unwrap(), Some(3));
}

#[test]
fn a_name_belongs_to_one_recording_whatever_its_case() {
    let (_directory, mut index) = open();
    add(&mut index, &[1, 2]);
    keep(&mut index, 1, 10);
    let second = index.due(0, 1, false, &HashSet::new()).unwrap().unwrap();
    assert!(!index.place(second.id, "1.MP4", 10, None).unwrap());
    assert!(index.place(second.id, "2.mp4", 10, None).unwrap());
    // A second try of the same move.
    assert!(index.place(second.id, "2.mp4", 10, None).unwrap());
}

#[test]
fn an_index_opens_again_as_it_was() {
    let (directory, mut index) = open();
    add(&mut index, &[1, 2]);
    keep(&mut index, 1, 10);
    let totals = index.totals().unwrap();
    drop(index);
    let path = directory.path().join("index");
    assert_eq!(Index::open(&path).unwrap().totals().unwrap(), totals);
    // No shared memory: the database may be on a network drive.
    let index = Index::open(&path).unwrap();
    assert!(directory.path().join("index-wal").exists() && !directory.path().join("index-shm").exists());
    drop(index);
}

#[test]
fn an_index_of_somebody_else_or_of_a_newer_version_is_left_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("index");
    let refused = |path: &Path| {
        let before = std::fs::read(path).unwrap();
        let error = Index::open(path).unwrap_err();
        assert_eq!(std::fs::read(path).unwrap(), before);
        assert_eq!(error.kind(), ErrorKind::Index);
        error.to_string()
    };
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE theirs (x)")
        .unwrap();
    assert!(refused(&path).contains("no index of an archive"));
    std::fs::remove_file(&path).unwrap();
    drop(Index::open(&path).unwrap());
    let next = MIGRATIONS.len() + 1;
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", next)
        .unwrap();
    assert!(refused(&path).contains("newer version"));
}

#[test]
fn a_full_disk_is_named() {
    let (_directory, mut index) = open();
    let pages: i64 = index
        .connection
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    index
        .connection
        .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
        .unwrap();
    let keys: Vec<_> = (0..10_000).map(key).collect();
    assert_eq!(index.add(keys.iter(), None).unwrap_err().kind(), ErrorKind::DiskFull);
    assert_eq!(index.totals().unwrap(), Totals::default());
}

/// How many steps of its virtual machine SQLite takes for the questions that are asked all the time.
#[test]
fn what_is_asked_of_a_hundred_thousand_recordings_does_not_read_them_all() {
    let (directory, mut index) = open();
    let keys: Vec<_> = (0..100_000).map(key).collect();
    assert_eq!(index.add(keys.iter(), None).unwrap().new, 100_000);
    index
        .connection
        .execute_batch(
            "UPDATE recordings SET state = 1, bytes = 10, modified = 1, name = 'CAM1/' || created || '.mp4'
         WHERE created NOT IN (7, 50000, 99999)",
        )
        .unwrap();
    drop(index);
    let mut index = Index::open(&directory.path().join("index")).unwrap();
    let totals = index.totals().unwrap();
    assert_eq!((totals.kept, totals.bytes, totals.waiting), (99_997, 999_970, 3));
    assert_eq!((due(&index, 0, false), due(&index, 0, true)), (Some(7), Some(99_999)));
    assert_eq!(index.oldest_kept(i64::MAX, 3).unwrap().len(), 3);
    assert_eq!(index.kept_after((50_000, 0), 3).unwrap()[0].created, 50_001);
    assert_eq!(index.removing(i64::MIN, 3).unwrap(), []);
    assert_eq!(index.parts_up_to(99_999).unwrap(), Vec::<String>::new());
    index.next_due(0).unwrap();
    assert!(!index.place(index_row(&index), "CAM1/8.MP4", 1, None).unwrap());
    // A listing of a day asks for each of its recordings.
    assert_eq!(add(&mut index, &[7, 8, 9, 100_000]).new, 1);
    index.raise_horizon(5).unwrap();
    for sql in [
        "SELECT id FROM recordings INDEXED BY waiting WHERE state = 0 AND (next_at <= 0 OR next_at > 9)
         ORDER BY created, id",
        "SELECT min(next_at) FROM recordings INDEXED BY waiting_by_time WHERE state = 0 AND next_at > 0",
        "SELECT id FROM recordings INDEXED BY kept WHERE state = 1 AND created < 99999 ORDER BY created, id LIMIT 64",
        "SELECT id FROM recordings INDEXED BY kept WHERE state = 1 AND (created, id) > (5000, 0)
         ORDER BY created, id LIMIT 64",
        "SELECT 1 FROM recordings WHERE name = 'CAM1/8.MP4' COLLATE NOCASE AND name IS NOT NULL AND id <> 7",
        "DELETE FROM recordings WHERE state IN (3, 4) AND created <= 50000",
        "SELECT part FROM recordings INDEXED BY waiting
         WHERE state = 0 AND created <= 99999 AND name IS NULL AND part IS NOT NULL",
    ] {
        let mut statement = index.connection.prepare(sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        while rows.next().unwrap().is_some() {}
        drop(rows);
        let steps = statement.get_status(StatementStatus::VmStep);
        assert!(steps < 1000, "{steps} steps: {sql}");
    }
}

fn index_row(index: &Index) -> i64 {
    index.due(0, 1, false, &HashSet::new()).unwrap().unwrap().id
}
