use super::*;
use crate::header::Header;
use crate::settings::{Credential, Secret};

#[test]
fn a_mail_that_is_done_ends_the_growth_of_the_waits() {
    let credential = Credential::Password(Secret::Value("geheim".to_owned().into()));
    let settings = Settings::new("casey@imap.example.org".parse().unwrap(), credential);
    let mut watcher = Watcher::new(settings, Pace::SERVICE, Start::Now);
    let put_off = |watcher: &mut Watcher| {
        watcher.put_off();
        watcher.resume_at.unwrap().duration_since(Instant::now())
    };
    let shortest = Pace::SERVICE.first_retry.mul_f64(1.26);
    assert!(put_off(&mut watcher) <= shortest);
    for _ in 0..10 {
        put_off(&mut watcher);
    }
    let uid_validity = 7;
    watcher.done(&Arrival {
        at: Position { uid_validity, uid: 12 },
        header: Header::read(b""),
    });
    assert!(put_off(&mut watcher) <= shortest);
}
