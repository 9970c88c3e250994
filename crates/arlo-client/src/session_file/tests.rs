use super::*;

fn saved(device_id: &str) -> Saved {
    let mut saved = Saved::new("casey@example.org", "https://auth", "https://api", device_id.to_owned());
    saved.session = Some(SavedSession {
        token: "2_token".to_owned(),
        user_id: "U1".to_owned(),
        expires_at: "2026-11-21T12:00:00Z".parse().unwrap(),
        mfa: true,
    });
    saved
}

fn device_id(path: &Path) -> Option<String> {
    match load(path).unwrap() {
        Loaded::Saved(saved) => Some(saved.device_id),
        _ => None,
    }
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_was_saved_is_read_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new/session.json");
    assert!(matches!(load(&path).unwrap(), Loaded::Nothing));
    save(&path, &saved("one")).unwrap();
    save(&path, &saved("two")).unwrap();
    let Loaded::Saved(read) = load(&path).unwrap() else {
        panic!("nothing was saved")
    };
    assert_eq!(read.device_id, "two");
    assert_eq!(read.session.unwrap().token, "2_token");
    assert_eq!(names(path.parent().unwrap()), ["session.json"]);
}

#[test]
fn a_file_name_alone_is_a_path_too() {
    // Its parent is the empty path, which does not exist.
    assert_eq!(beside(Path::new("session.json"), ".bad"), Path::new("session.json.bad"));
    let error = load(Path::new("/dev/null/session.json"));
    assert_eq!(error.err().map(|error| error.kind()), Some(ErrorKind::SessionFile));
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_it() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state/session.json");
    save(&path, &saved("one")).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);

    // The next save corrects the permissions and keeps a link.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let link = directory.path().join("link.json");
    symlink(&path, &link).unwrap();
    save(&link, &saved("two")).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(device_id(&path).as_deref(), Some("two"));
}

#[test]
fn a_file_that_cannot_be_used_is_named_and_kept() {
    let whole = serde_json::to_vec(&saved("one")).unwrap();
    let other_version = String::from_utf8(whole.clone())
        .unwrap()
        .replace("\"version\":1", "\"version\":2");
    for (text, why) in [
        (Vec::new(), "damaged"),
        (whole[..whole.len() / 2].to_vec(), "damaged"),
        (b"\0\xff".to_vec(), "damaged"),
        (b"{\"version\":1}".to_vec(), "damaged"),
        (other_version.into_bytes(), "another version"),
        (vec![b' '; 1024 * 1024 + 1], "too long"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("session.json");
        fs::write(&path, &text).unwrap();
        let Loaded::Unusable(error) = load(&path).unwrap() else {
            panic!("{why}: it was used")
        };
        assert_eq!(error.kind(), ErrorKind::SessionFile);
        assert!(
            error.to_string().contains(why) && error.to_string().contains("session.json"),
            "{error}"
        );
        assert_eq!(fs::read(&path).unwrap(), text, "reading does not change the file");

        save(&path, &saved("two")).unwrap();
        assert_eq!(device_id(&path).as_deref(), Some("two"));
        assert_eq!(fs::read(directory.path().join("session.json.bad")).unwrap(), text);
    }
}

#[test]
fn kept_files_do_not_grow_without_end() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("session.json");
    for n in 0..20 {
        fs::write(&path, format!("bad {n}")).unwrap();
        save(&path, &saved("one")).unwrap();
    }
    let names = names(directory.path());
    assert_eq!(names.len(), 11, "{names:?}");
    assert_eq!(
        fs::read(directory.path().join("session.json.bad")).unwrap(),
        b"bad 0",
        "the first file is kept"
    );
}

#[test]
fn what_cannot_be_written_leaves_the_old_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("session.json");
    // A directory with the name of the file can be neither read nor replaced.
    fs::create_dir(&path).unwrap();
    fs::write(path.join("keep"), "").unwrap();
    assert_eq!(
        load(&path).err().map(|error| error.kind()),
        Some(ErrorKind::SessionFile)
    );

    for path in [path.join("keep/session.json"), path] {
        let error = save(&path, &saved("one")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SessionFile);
        assert!(error.to_string().contains("cannot be written"), "{error}");
        assert_eq!(
            names(directory.path()),
            ["session.json"],
            "not renamed, and without a temporary file beside it"
        );
    }
}

#[test]
fn a_pause_of_a_file_with_its_old_name_is_kept() {
    let mut file = serde_json::to_value(saved("one")).unwrap();
    file["hold"] = serde_json::json!({
        "cause": "wrong-password", "until": "2026-11-22T12:00:00Z", "count": 1, "password": 7
    });
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("session.json");
    fs::write(&path, file.to_string()).unwrap();
    let Loaded::Saved(read) = load(&path).unwrap() else {
        panic!("the file was not used")
    };
    assert!(read.pause.is_some());
}
