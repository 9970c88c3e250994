use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use arlo_mail::Account;
use jiff::{SignedDuration, Timestamp};
use relay::ports::Clock;
use relay::{Credentials, Deployment, Enroller, NewEnrolment, Overview, SystemClock, SystemRandom};

use super::*;

#[tokio::test]
async fn the_key_is_made_once_and_private() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("new").join("data");
    let first = DataDir::open(&path).await.unwrap().keys.current_id();
    assert_eq!(DataDir::open(&path).await.unwrap().keys.current_id(), first);
    for file in [path.clone(), path.join("hash.key")] {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o077, 0);
    }
    let names: Vec<_> = fs::read_dir(&path).unwrap().map(|f| f.unwrap().file_name()).collect();
    assert!(
        !names.iter().any(|name| name.to_string_lossy().contains("key.")),
        "{names:?}"
    );
}

#[test]
fn a_private_file_is_a_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let (file, other) = (dir.path().join("file"), dir.path().join("other"));
    fs::write(&other, "another's").unwrap();
    std::os::unix::fs::symlink(&other, &file).unwrap();
    for _ in 0..2 {
        key_files::write_private(&file, b"secret").unwrap();
        let found = fs::symlink_metadata(&file).unwrap();
        assert_eq!((found.is_file(), found.permissions().mode() & 0o777), (true, 0o600));
        assert_eq!(fs::read(&file).unwrap(), b"secret");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    }
    assert_eq!(fs::read(&other).unwrap(), b"another's");
}

#[tokio::test]
async fn where_nothing_was_nothing_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing");
    for path in [dir.path(), &missing] {
        let error = DataDir::open_existing(path).await.unwrap_err();
        assert!(error.kind() == StartErrorKind::NoDatabase, "{error}");
        assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    drop(DataDir::open(dir.path()).await.unwrap());
    DataDir::open_existing(dir.path()).await.unwrap();
}

#[tokio::test]
async fn another_or_a_missing_key_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    drop(DataDir::open(dir.path()).await.unwrap());
    let key = dir.path().join("hash.key");
    let original = fs::read(&key).unwrap();
    for wrong in [vec![1; 32], vec![1; 31], vec![1; 33], vec![]] {
        fs::write(&key, &wrong).unwrap();
        let error = DataDir::open(dir.path()).await.unwrap_err();
        assert!(error.kind() == StartErrorKind::WrongKey, "{error}");
        assert_eq!(fs::read(&key).unwrap(), wrong);
    }
    fs::remove_file(&key).unwrap();
    let error = DataDir::open(dir.path()).await.unwrap_err();
    assert_eq!(error.kind(), StartErrorKind::WrongKey);
    assert!(!key.exists());
    fs::write(&key, original).unwrap();
    DataDir::open(dir.path()).await.unwrap();
}

#[tokio::test]
async fn one_process_serves_and_another_opens() {
    let dir = tempfile::tempdir().unwrap();
    let serving = DataDir::open(dir.path()).await.unwrap();
    let lock = serving.lock().unwrap();
    let other = DataDir::open(dir.path()).await.unwrap();
    assert_eq!(other.lock().unwrap_err().kind(), StartErrorKind::InUse);
    drop(lock);
    other.lock().unwrap();
}

#[tokio::test]
async fn a_directory_that_is_a_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, "").unwrap();
    let error = DataDir::open(&path).await.unwrap_err();
    assert!(error.to_string().contains("file"), "{error}");
}

fn enroller(data: &DataDir) -> Enroller<SqliteStore> {
    let deployment = Deployment {
        keys: data.keys.clone(),
        domain: Domain::parse("relay.example").unwrap(),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    };
    Enroller::new(deployment, data.store.clone())
}

async fn enrolled(data: &DataDir) -> Credentials {
    let account = Account::parse("casey@example.org").unwrap();
    let new = NewEnrolment::for_account(&account);
    enroller(data).enrol(new).await.unwrap()
}

/// How many enrolments need the former key, where there is one.
async fn need_former_key(data: &DataDir, now: Timestamp) -> Option<usize> {
    let overview = Overview::read(&data.store, &data.keys, now).await.unwrap();
    overview.has_former_key.then_some(overview.need_former_key)
}

#[tokio::test]
async fn the_former_key_is_kept_until_no_enrolment_needs_it() {
    let dir = tempfile::tempdir().unwrap();
    let (present, former) = (dir.path().join("hash.key"), dir.path().join("hash.former.key"));
    let open = || DataDir::open(dir.path());
    let now = SystemClock.now();
    let data = open().await.unwrap();
    let old = enrolled(&data).await;
    let first = data.keys.current_id();
    assert_eq!(need_former_key(&data, now).await, None);

    // While it is served the key stays as it is.
    fs::rename(&present, &former).unwrap();
    let serving = data.lock().unwrap();
    assert_eq!(open().await.unwrap_err().kind(), StartErrorKind::InUse);
    assert!(!present.exists());
    drop(serving);

    let data = open().await.unwrap();
    assert_ne!(data.keys.current_id(), first);
    assert_eq!(fs::metadata(&present).unwrap().permissions().mode() & 0o077, 0);
    enrolled(&data).await;
    assert!(old.token.is_genuine(&data.keys) && old.local_part.is_genuine(&data.keys));
    assert_eq!(need_former_key(&data, now).await, Some(1));
    let found = enroller(&data).of_account(&old.account).await.unwrap();
    assert_eq!(found.len(), 2, "by the hash under either key");

    // Without it nothing is done, and nothing is lost.
    let aside = dir.path().join("aside");
    fs::rename(&former, &aside).unwrap();
    let error = open().await.unwrap_err();
    assert_eq!(error.kind(), StartErrorKind::WrongKey);
    let said = error.to_string();
    assert!(
        said.contains("an enrolment") && said.contains(&*former.to_string_lossy()),
        "{said}"
    );
    fs::rename(&aside, &former).unwrap();

    let (account, overlap) = (Some(&old.account), SignedDuration::from_hours(1));
    enroller(&data).replace_token(&old.id, account).await.unwrap();
    assert_eq!(need_former_key(&data, now).await, Some(1), "its address");
    enroller(&data).replace_address(&old.id, overlap).await.unwrap();
    assert_eq!(
        need_former_key(&data, now).await,
        Some(1),
        "the address that takes mail for an hour more"
    );
    let later = SystemClock.now().saturating_add(overlap).unwrap();
    assert_eq!(need_former_key(&data, later).await, Some(0));
    fs::remove_file(&former).unwrap();
    let data = open().await.unwrap();
    assert_eq!(need_former_key(&data, later).await, None);
    assert!(!old.token.is_genuine(&data.keys));
}

/// Also where nobody is enrolled yet, and where the former key is another deployment's.
#[tokio::test]
async fn the_key_of_a_deployment_cannot_be_exchanged_unseen() {
    let dir = tempfile::tempdir().unwrap();
    let (present, former) = (dir.path().join("hash.key"), dir.path().join("hash.former.key"));
    drop(DataDir::open(dir.path()).await.unwrap());
    fs::remove_file(&present).unwrap();
    for wrong in [vec![1; 32], vec![1; 33]] {
        fs::write(&former, wrong).unwrap();
        let error = DataDir::open(dir.path()).await.unwrap_err();
        assert_eq!(error.kind(), StartErrorKind::WrongKey);
        assert!(!present.exists());
    }
}
