//! `serve --lmtp` as the mail server of the same machine meets it.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;

use crate::support::{PATIENCE, Serving, arlo_mail, run};

/// Sends all of it, and gives the codes of the replies up to the end.
fn converse(socket: &str, text: &str) -> Vec<String> {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    BufReader::new(stream)
        .lines()
        .map(Result::unwrap)
        .filter(|line| line.as_bytes()[3] == b' ')
        .map(|line| line[..3].to_owned())
        .collect()
}

#[test]
fn a_mail_comes_in_by_the_socket() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("lmtp.sock");
    let path = socket.to_str().unwrap();
    let serving = Serving::start(dir.path(), &["--lmtp", path, "--lmtp-mode", "600"]);
    assert_eq!(serving.lmtp.as_deref(), Some(path));
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);

    let casey = serving.enroll(dir.path(), "casey@gmail.com");
    let poll = serving.prestage(&casey);
    let codes = converse(
        path,
        &format!(
            "LHLO mta\r\nMAIL FROM:<casey@gmail.com>\r\nRCPT TO:<{}>\r\nRCPT TO:<x@relay.localhost>\r\nDATA\r\n{}\r\n.\r\n\
             QUIT\r\n",
            casey["relay_address"].as_str().unwrap(),
            arlo_mail("482913", "1")
        ),
    );
    assert_eq!(codes, ["220", "250", "250", "250", "550", "354", "250", "221"]);
    assert_eq!(serving.poll(&poll, "").1["code"], "482913");

    let log = serving.stop();
    assert_eq!((log.exit, socket.exists()), (0, false));
}

#[test]
fn what_a_killed_relay_left_does_not_stop_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("lmtp.sock");
    let lmtp = ["--lmtp", socket.to_str().unwrap()];
    Serving::start(dir.path(), &lmtp).kill();
    assert!(socket.exists());
    let serving = Serving::start(dir.path(), &lmtp);
    assert_eq!(converse(lmtp[1], "QUIT\r\n"), ["220", "221"]);

    // A second relay with data of its own must not take it.
    let other = tempfile::tempdir().unwrap();
    let data_dir = other.path().to_str().unwrap();
    let ran = run(&[
        &[
            "serve",
            "--http",
            "127.0.0.1:0",
            "--smtp",
            "127.0.0.1:0",
            "--data-dir",
            data_dir,
        ][..],
        &lmtp,
    ]
    .concat());
    assert_eq!((ran.exit, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(
        ran.stderr.contains(lmtp[1]) && ran.stderr.contains("another process listens"),
        "{ran:?}"
    );
    assert_eq!(converse(lmtp[1], "QUIT\r\n"), ["220", "221"]);
    assert_eq!(serving.stop().exit, 0);
}

#[test]
fn a_mode_is_octal() {
    for mode in ["rw", "0999", "1777", "6", "66666", "+660"] {
        let ran = run(&["serve", "--lmtp", "s", "--lmtp-mode", mode]);
        assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{mode}: {ran:?}");
        assert!(ran.stderr.contains("octal"), "{ran:?}");
    }
}
