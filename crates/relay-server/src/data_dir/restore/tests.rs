use std::cell::Cell;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::sync::Arc;

use arlo_mail::Account;
use relay::ports::FindEnrolments;
use relay::{Credentials, Deployment, Domain, Enroller, NewEnrolment, SystemRandom};

use super::super::backup::{BackedUp, backup, newest_backup};
use super::*;

thread_local! {
    /// So many names may still be changed.
    static LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// Fails in place of a step, as if the process had been killed before it.
pub(super) fn step() -> Result<(), StartError> {
    let left = LEFT.get();
    LEFT.set(left.saturating_sub(1));
    match left {
        0 => Err(StartError::new(StartErrorKind::File, "killed")),
        _ => Ok(()),
    }
}

async fn enrol(data: &DataDir, account: &str) -> Credentials {
    let deployment = Deployment {
        keys: data.keys.clone(),
        domain: Domain::parse("relay.example").unwrap(),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    };
    let enroller = Enroller::new(deployment, data.store.clone());
    let account = Account::parse(account).unwrap();
    let new = NewEnrolment::for_account(&account);
    enroller.enrol(new).await.unwrap()
}

/// A directory with one enrolment, and the enrolment.
async fn relay_of(directory: &Path, account: &str) -> Credentials {
    let data = DataDir::open(directory).await.unwrap();
    let enrolled = enrol(&data, account).await;
    data.store.close().await;
    enrolled
}

/// Whether the relay in the directory has this enrolment, and its key.
async fn has(data: &DataDir, enrolled: &Credentials) -> bool {
    let found = data.store.find_enrolment(&enrolled.id).await.unwrap();
    assert_eq!(
        found.is_some(),
        enrolled.token.is_genuine(&data.keys),
        "the key and the database belong together"
    );
    found.is_some()
}

fn now() -> Timestamp {
    "2026-11-26T13:10:00Z".parse().unwrap()
}

struct Scene {
    dir: tempfile::TempDir,
    backup: PathBuf,
    /// In the backup.
    saved: Credentials,
}

impl Scene {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (source, file) = (dir.path().join("source"), dir.path().join("relay.backup"));
        let saved = relay_of(&source, "casey@example.org").await;
        backup(&source, &file, now()).unwrap();
        Self {
            saved,
            backup: file,
            dir,
        }
    }

    fn target(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

#[tokio::test]
async fn a_backup_is_made_while_others_write_and_restores_what_there_was() {
    let dir = tempfile::tempdir().unwrap();
    let (source, file) = (dir.path().join("source"), dir.path().join("relay.backup"));
    let data = DataDir::open(&source).await.unwrap();
    let _serving = data.lock().unwrap();
    let casey = enrol(&data, "casey@example.org").await;
    assert_eq!(newest_backup(&source).unwrap(), None);
    let made = backup(&source, &file, now()).unwrap();
    let expected = BackedUp {
        bytes: fs::metadata(&file).unwrap().len(),
        enrolments: 1,
        is_recorded: true,
    };
    assert_eq!(made, expected);
    assert_eq!(newest_backup(&source).unwrap(), Some(now()));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    // An enrolment after the backup is not in it.
    let robin = enrol(&data, "robin@example.org").await;

    let target = dir.path().join("target");
    let restored = restore(&target, &file, false).await.unwrap();
    assert_eq!((restored.made_at, restored.enrolments, restored.kept), (now(), 1, None));
    let restored = DataDir::open_existing(&target).await.unwrap();
    assert!(has(&restored, &casey).await);
    assert!(restored.store.find_enrolment(&robin.id).await.unwrap().is_none());
    assert_eq!(newest_backup(&target).unwrap(), Some(now()));
    restored.store.close().await;
    drop(restored);
    let key = fs::read(target.join(PRESENT)).unwrap();
    assert_eq!(key, fs::read(source.join(PRESENT)).unwrap());
    assert!(contains(&fs::read(&file).unwrap(), &key));
    assert!(
        !contains(&fs::read(target.join(DATABASE)).unwrap(), &key),
        "the key is beside the database alone"
    );
    let names = fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(
        !names
            .into_iter()
            .any(|name| name.to_string_lossy().starts_with("restore."))
    );
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn a_code_is_in_no_backup() {
    let dir = tempfile::tempdir().unwrap();
    let (source, file) = (dir.path().join("source"), dir.path().join("relay.backup"));
    let casey = relay_of(&source, "casey@example.org").await;
    let db = rusqlite::Connection::open(source.join(DATABASE)).unwrap();
    let insert = "INSERT INTO requests (id, enrolment, staged_at, expires_at, code) VALUES (?1, ?2, 1, 9, ?3)";
    for (id, code) in [([1_u8; 16], Some("x482913y")), ([2; 16], None)] {
        db.execute(insert, rusqlite::params![id, casey.id.as_bytes(), code])
            .unwrap();
    }
    backup(&source, &file, now()).unwrap();
    assert!(!contains(&fs::read(&file).unwrap(), b"482913"));
    let target = dir.path().join("target");
    restore(&target, &file, false).await.unwrap();
    let db = rusqlite::Connection::open(target.join(DATABASE)).unwrap();
    let left: i64 = db
        .query_row("SELECT count(*) FROM requests", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 1);
}

#[tokio::test]
async fn a_code_is_in_no_file_of_a_relay_that_was_replaced() {
    let scene = Scene::new().await;
    let target = scene.target("target");
    let robin = relay_of(&target, "robin@example.org").await;
    let db = rusqlite::Connection::open(target.join(DATABASE)).unwrap();
    db.execute(
        "INSERT INTO requests (id, enrolment, staged_at, expires_at, code) VALUES (x'01', ?1, 1, 9, 'x482913y')",
        [robin.id.as_bytes()],
    )
    .unwrap();
    drop(db);
    let kept = restore(&target, &scene.backup, true).await.unwrap().kept.unwrap();
    for directory in [&target, &kept] {
        for file in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
            assert!(
                file.is_dir() || !contains(&fs::read(&file).unwrap(), b"482913"),
                "{}",
                file.display()
            );
        }
    }
    assert!(has(&DataDir::open_existing(&kept).await.unwrap(), &robin).await);
}

#[tokio::test]
async fn a_restore_that_is_killed_before_any_step_leaves_the_old_relay_or_the_restored_one() {
    let scene = Scene::new().await;
    let mut states = Vec::new();
    for steps in 0.. {
        let target = scene.target(&format!("target-{steps}"));
        let old = relay_of(&target, "robin@example.org").await;
        fs::write(target.join("other"), "not ours").unwrap();
        LEFT.set(steps);
        let done = restore(&target, &scene.backup, true).await;
        // The next start is killed as early, and so on, until one is not.
        let mut next = steps;
        let data = loop {
            LEFT.set(next);
            match DataDir::open(&target).await {
                Ok(data) => break data,
                Err(error) => assert!(error.to_string().contains("killed"), "{error}"),
            }
            next += 1;
        };
        let (has_old, has_saved) = (has(&data, &old).await, has(&data, &scene.saved).await);
        assert!(has_old != has_saved, "{steps}");
        states.push(has_saved);
        let kept = fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().path());
        let kept: Vec<_> = kept
            .filter(|path| path.to_string_lossy().contains("before-restore-"))
            .collect();
        assert_eq!(kept.len(), usize::from(has_saved), "{steps}");
        assert_eq!(fs::read_to_string(target.join("other")).unwrap(), "not ours");
        LEFT.set(usize::MAX);
        // What was replaced is a whole relay.
        if let [kept] = &kept[..] {
            assert!(has(&DataDir::open_existing(kept).await.unwrap(), &old).await);
            assert_eq!(fs::metadata(kept).unwrap().permissions().mode() & 0o777, 0o700);
        }
        if let Ok(done) = done {
            assert_eq!(done.kept.as_ref(), kept.first());
            break;
        }
    }
    assert!(states.len() > 6, "{states:?}");
    assert!(!states[0] && states[1..].iter().all(|saved| *saved), "{states:?}");
}

#[tokio::test]
async fn a_relay_is_replaced_only_when_asked_and_never_while_it_serves() {
    let scene = Scene::new().await;
    let target = scene.target("target");
    let old = relay_of(&target, "robin@example.org").await;
    let error = restore(&target, &scene.backup, false).await.unwrap_err();
    assert_eq!(error.kind(), StartErrorKind::Occupied);
    assert!(error.to_string().contains("--replace"), "{error}");

    let data = DataDir::open(&target).await.unwrap();
    let serving = data.lock().unwrap();
    let error = restore(&target, &scene.backup, true).await.unwrap_err();
    assert_eq!(error.kind(), StartErrorKind::InUse);
    drop(serving);
    // Not even while another command has it open.
    assert!(has(&data, &old).await);
    let error = restore(&target, &scene.backup, true).await.unwrap_err();
    assert_eq!(error.kind(), StartErrorKind::InUse);
    assert!(has(&data, &old).await);
    data.store.close().await;
    drop(data);
    assert!(!target.join(STAGING).exists());
    restore(&target, &scene.backup, true).await.unwrap();
    assert!(has(&DataDir::open(&target).await.unwrap(), &scene.saved).await);
}

#[tokio::test]
async fn a_damaged_relay_is_replaced_and_kept() {
    let scene = Scene::new().await;
    let target = scene.target("target");
    relay_of(&target, "robin@example.org").await;
    fs::write(target.join(DATABASE), "a disk that fails").unwrap();
    let restored = restore(&target, &scene.backup, true).await.unwrap();
    let kept = restored.kept.unwrap().join(DATABASE);
    assert_eq!(fs::read_to_string(kept).unwrap(), "a disk that fails");
    assert!(has(&DataDir::open(&target).await.unwrap(), &scene.saved).await);
}

#[tokio::test]
async fn what_is_no_whole_backup_is_refused_and_nothing_changes() {
    let scene = Scene::new().await;
    let whole = fs::read(&scene.backup).unwrap();
    let wrong = scene.target("wrong");
    let with = |edit: &str| {
        fs::write(&wrong, &whole).unwrap();
        rusqlite::Connection::open(&wrong).unwrap().execute_batch(edit).unwrap();
    };
    let target = scene.target("target");
    let refused = async |expected: StartErrorKind| {
        let error = restore(&target, &wrong, true).await.unwrap_err();
        assert_eq!(error.kind(), expected, "{error}");
        assert!(error.to_string().contains(&*wrong.to_string_lossy()), "{error}");
        assert!(!error.to_string().contains(STAGING), "{error}");
        let left: Vec<_> = fs::read_dir(&target)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["serve.lock"]);
    };
    for bytes in [&whole[..whole.len() / 2], b"", b"something else"] {
        fs::write(&wrong, bytes).unwrap();
        refused(StartErrorKind::NotABackup).await;
    }
    // A page in the middle is damaged.
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2 / 4096 * 4096;
    damaged[middle..middle + 64].fill(0xff);
    fs::write(&wrong, damaged).unwrap();
    refused(StartErrorKind::NotABackup).await;
    with("DELETE FROM backup WHERE name = 'made at'");
    refused(StartErrorKind::NotABackup).await;
    with("UPDATE backup SET value = randomblob(32) WHERE name = 'present key'");
    refused(StartErrorKind::WrongKey).await;
    with("PRAGMA user_version = 99");
    refused(StartErrorKind::Newer).await;
    // A plain database has no key with it.
    fs::copy(scene.target("source").join(DATABASE), &wrong).unwrap();
    refused(StartErrorKind::NotABackup).await;
}

#[tokio::test]
async fn a_backup_replaces_a_backup_and_nothing_else() {
    let scene = Scene::new().await;
    let source = scene.target("source");
    backup(&source, &scene.backup, now()).unwrap();
    let (text, database) = (scene.target("text"), source.join(DATABASE));
    fs::write(&text, "x".repeat(200)).unwrap();
    let link = scene.target("link");
    std::os::unix::fs::symlink(&scene.backup, &link).unwrap();
    for there in [&text, &database, &link, &source] {
        let before = fs::read(there).ok();
        let error = backup(&source, there, now()).unwrap_err();
        assert_eq!(error.kind(), StartErrorKind::Occupied, "{error}");
        assert_eq!(fs::read(there).ok(), before);
    }
    // What one that was killed has left is in nobody's way.
    fs::write(scene.target("relay.backup.partial"), "x".repeat(100_000)).unwrap();
    backup(&source, &scene.backup, now()).unwrap();
    assert!(!scene.target("relay.backup.partial").exists());
    let other = scene.target("unused");
    assert_eq!(
        backup(&other, &scene.target("new"), now()).unwrap_err().kind(),
        StartErrorKind::NoDatabase
    );
    assert!(!scene.target("new").exists());
}

#[tokio::test]
async fn a_backup_is_written_into_no_file_that_others_may_read() {
    let scene = Scene::new().await;
    let (source, partial) = (scene.target("source"), scene.target("relay.backup.partial"));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    fs::write(&partial, "left over").unwrap();
    fs::set_permissions(&partial, fs::Permissions::from_mode(0o644)).unwrap();
    backup(&source, &scene.backup, now()).unwrap();
    assert_eq!(mode(&scene.backup), 0o600);

    let before = fs::read(&scene.backup).unwrap();
    let refused = || {
        let error = backup(&source, &scene.backup, now()).unwrap_err();
        assert_eq!(error.kind(), StartErrorKind::Occupied, "{error}");
        assert!(error.to_string().contains("relay.backup.partial"), "{error}");
        assert_eq!(fs::read(&scene.backup).unwrap(), before);
        fs::remove_file(&partial).unwrap();
    };
    let other = scene.target("other");
    std::os::unix::fs::symlink(&other, &partial).unwrap();
    refused();
    assert!(!other.exists());
    fs::write(&other, "another's").unwrap();
    std::os::unix::fs::symlink(&other, &partial).unwrap();
    refused();
    fs::hard_link(&other, &partial).unwrap();
    refused();
    assert_eq!(fs::read(&other).unwrap(), b"another's");
    if chown(&other, Some(12_345), None).is_ok() {
        fs::rename(&other, &partial).unwrap();
        refused();
    }
}

#[tokio::test]
async fn both_keys_are_kept_and_a_missing_one_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (source, file) = (dir.path().join("source"), dir.path().join("relay.backup"));
    let casey = relay_of(&source, "casey@example.org").await;
    fs::rename(source.join(PRESENT), source.join(FORMER)).unwrap();
    let robin = relay_of(&source, "robin@example.org").await;
    backup(&source, &file, now()).unwrap();
    let target = dir.path().join("target");
    restore(&target, &file, false).await.unwrap();
    let data = DataDir::open(&target).await.unwrap();
    assert!(has(&data, &casey).await && has(&data, &robin).await);

    fs::remove_file(source.join(FORMER)).unwrap();
    let before = fs::read(&file).unwrap();
    let error = backup(&source, &file, now()).unwrap_err();
    assert_eq!(error.kind(), StartErrorKind::WrongKey);
    assert_eq!(fs::read(&file).unwrap(), before);
    assert!(!dir.path().join("relay.backup.partial").exists());
}

#[tokio::test]
async fn a_backup_in_place_of_the_database_is_named() {
    let scene = Scene::new().await;
    let target = scene.target("target");
    fs::create_dir(&target).unwrap();
    fs::copy(&scene.backup, target.join(DATABASE)).unwrap();
    let error = DataDir::open(&target).await.unwrap_err();
    assert_eq!(error.kind(), StartErrorKind::IsABackup);
    assert!(error.to_string().contains("arlo-relay restore"), "{error}");
}

/// An operator restores as root what a user of the system serves. Without root's rights it is the same user.
#[tokio::test]
async fn what_is_restored_belongs_to_the_owner_of_the_directory() {
    let scene = Scene::new().await;
    let target = scene.target("target");
    relay_of(&target, "robin@example.org").await;
    let owner = |path: &Path| (fs::metadata(path).unwrap().uid(), fs::metadata(path).unwrap().gid());
    let mine = owner(&target);
    let owned = if chown(&target, Some(12_345), Some(12_345)).is_ok() {
        (12_345, 12_345)
    } else {
        mine
    };
    let kept = restore(&target, &scene.backup, true).await.unwrap().kept.unwrap();
    backup(&target, &scene.target("again.backup"), now()).unwrap();
    for name in [DATABASE, PRESENT, LAST_BACKUP, LOCK] {
        assert_eq!(owner(&target.join(name)), owned, "{name}");
    }
    assert_eq!(owner(&kept), owned);
    assert_eq!(owner(&scene.backup), mine);
}
