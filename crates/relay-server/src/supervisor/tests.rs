//! A service manager that only listens.

use std::time::Instant;

use tempfile::TempDir;
use tokio::time::timeout;

use super::*;
use crate::liveness::Beat;

const DEADLINE: Duration = Duration::from_secs(20);

/// A service manager below this directory, and how to reach it.
fn manager(directory: &TempDir, watchdog: Option<Duration>) -> (UnixDatagram, Supervisor) {
    let path = directory.path().join("notify");
    let at = address(path.as_os_str().as_bytes()).unwrap();
    let socket = UnixDatagram::bind_addr(&at).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    let supervisor = Supervisor {
        at: Some(Arc::new(at)),
        watchdog,
    };
    (socket, supervisor)
}

fn told(socket: &UnixDatagram) -> String {
    let mut message = [0; 200];
    let length = socket.recv(&mut message).unwrap();
    String::from_utf8(message[..length].to_vec()).unwrap()
}

#[test]
fn each_state_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let (socket, supervisor) = manager(&directory, None);
    supervisor.ready();
    assert_eq!(told(&socket), "READY=1");
    supervisor.reloading();
    let reloading = told(&socket);
    let micros = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
    assert!(micros.parse::<u64>().unwrap() > 0);
    supervisor.stopping();
    assert_eq!(told(&socket), "STOPPING=1");
    drop(socket);
    supervisor.ready();
    Supervisor::default().ready();
}

#[test]
fn addresses_are_paths_and_abstract_names() {
    assert!(address(b"/run/systemd/notify").unwrap().as_pathname().is_some());
    assert_eq!(
        address(b"@manager").is_some(),
        cfg!(any(target_os = "linux", target_os = "android"))
    );
    assert!(address(b"vsock:2:1234").is_none() && address(b"").is_none() && address(b"x").is_none());
}

#[tokio::test]
async fn the_watchdog_hears_of_a_relay_whose_parts_all_live() {
    let directory = tempfile::tempdir().unwrap();
    let (socket, supervisor) = manager(&directory, Some(Duration::from_millis(2)));
    let pulse = Arc::new(Pulse::new(vec![("http", Beat::new(Instant::now()))]));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let watching = tokio::spawn(supervisor.watch(pulse, async {
        let _ = stopped.await;
    }));
    let hearing = tokio::task::spawn_blocking(move || [told(&socket), told(&socket)]);
    let heard = timeout(DEADLINE, hearing).await.unwrap().unwrap();
    assert_eq!(heard, ["WATCHDOG=1", "WATCHDOG=1"]);
    drop(stop);
    timeout(DEADLINE, watching).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_watchdog_hears_nothing_while_a_part_is_dead() {
    let directory = tempfile::tempdir().unwrap();
    let (socket, supervisor) = manager(&directory, Some(Duration::from_secs(2)));
    socket.set_nonblocking(true).unwrap();
    let long_ago = Instant::now() - Duration::from_secs(3600);
    let dead = Beat::new(long_ago);
    let parts = vec![("smtp", Beat::new(Instant::now())), ("http", dead.clone())];
    let watching = supervisor.watch(Arc::new(Pulse::new(parts)), std::future::pending());
    let mut watching = std::pin::pin!(watching);
    assert!(timeout(Duration::from_secs(60), &mut watching).await.is_err());
    assert_eq!(socket.recv(&mut [0; 20]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    dead.beat(Instant::now());
    assert!(timeout(Duration::from_secs(2), &mut watching).await.is_err());
    assert_eq!(told(&socket), "WATCHDOG=1");
}
