//! Files that change as programs change them: at once, half, and with another's key.

use std::fs;

use tempfile::TempDir;

use super::*;

/// How long a test waits for what has to happen.
const DEADLINE: Duration = Duration::from_secs(20);

struct Files {
    certificate: Certificate,
    _directory: TempDir,
}

fn pair() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["relay.example".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

impl Files {
    fn new((chain, key): (String, String)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let files = Self {
            certificate: Certificate {
                chain: directory.path().join("chain.pem"),
                key: directory.path().join("key.pem"),
            },
            _directory: directory,
        };
        files.write_chain(&chain);
        files.write_key(&key);
        files
    }

    /// Another file takes its place, so that a change is seen however soon it comes after the one before.
    fn replace(path: &std::path::Path, text: &str) {
        let other = path.with_extension("new");
        fs::write(&other, text).unwrap();
        fs::rename(other, path).unwrap();
    }

    fn write_chain(&self, text: &str) {
        Self::replace(&self.certificate.chain, text);
    }

    fn write_key(&self, text: &str) {
        Self::replace(&self.certificate.key, text);
    }

    fn watched(&self) -> Watched {
        Watched::new(self.certificate.clone(), self.certificate.load().unwrap())
    }
}

fn shown(identity: &Identity) -> Vec<u8> {
    identity.chain().unwrap()[0].to_vec()
}

#[tokio::test]
async fn another_pair_is_taken_when_it_is_whole() {
    let files = Files::new(pair());
    let mut watched = files.watched();
    let first = shown(&watched.identity);
    assert!(
        !watched.look(false).await && !watched.look(false).await,
        "nothing has changed"
    );

    let (chain, key) = pair();
    let half = &chain[..chain.len() / 2];
    for (text, is_key) in [
        (half, false),
        (chain.as_str(), false),
        ("", true),
        (&key[..key.len() / 2], true),
    ] {
        if is_key {
            files.write_key(text);
        } else {
            files.write_chain(text);
        }
        assert!(!watched.look(false).await, "{text}");
        assert!(!watched.is_good);
        assert_eq!(shown(&watched.identity), first, "the old one stays");
    }
    files.write_key(&key);
    assert!(watched.look(false).await);
    assert_ne!(shown(&watched.identity), first);
    assert!(!watched.look(true).await, "a look at the same files changes nothing");
}

#[tokio::test]
async fn files_that_are_gone_leave_the_certificate_as_it_was() {
    let files = Files::new(pair());
    let mut watched = files.watched();
    let first = shown(&watched.identity);
    fs::remove_file(&files.certificate.chain).unwrap();
    assert!(!watched.look(false).await && shown(&watched.identity) == first);
}

#[tokio::test]
async fn it_looks_when_it_is_asked_and_from_time_to_time() {
    for every in [Duration::from_millis(1), Duration::from_secs(3600)] {
        let files = Files::new(pair());
        let identity = files.certificate.load().unwrap();
        let first = shown(&identity);
        let (reload, stop) = (Reload::default(), Arc::new(Notify::new()));
        let task = {
            let (stopped, certificate) = (Arc::clone(&stop), files.certificate.clone());
            let watching = watch(certificate, identity.clone(), reload.clone(), every, async move {
                stopped.notified().await;
            });
            tokio::spawn(watching)
        };
        let (chain, key) = pair();
        files.write_chain(&chain);
        files.write_key(&key);
        if every > DEADLINE {
            reload.now().await;
        }
        let changed = async {
            while shown(&identity) == first {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(DEADLINE, changed).await.unwrap();
        stop.notify_one();
        timeout(DEADLINE, task).await.unwrap().unwrap();
    }
}
