//! The socket of systemd's journal.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use tracing_subscriber::fmt::MakeWriter;

/// Where the journal takes entries.
const SOCKET: &str = "/run/systemd/journal/socket";

/// Each write is one entry.
#[derive(Debug)]
pub(super) struct Journal {
    socket: UnixDatagram,
    path: PathBuf,
}

impl Journal {
    /// The journal of this machine.
    pub(super) fn open() -> io::Result<Self> {
        Self::at(Path::new(SOCKET))
    }

    fn at(path: &Path) -> io::Result<Self> {
        path.metadata()?;
        Ok(Self {
            socket: UnixDatagram::unbound()?,
            path: path.to_owned(),
        })
    }

    fn send(&self, entry: &[u8]) -> io::Result<usize> {
        // By its path each time, so that a journal that was started again gets what follows.
        self.socket.send_to(entry, &self.path)
    }
}

impl Write for Journal {
    fn write(&mut self, entry: &[u8]) -> io::Result<usize> {
        self.send(entry)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for &Journal {
    fn write(&mut self, entry: &[u8]) -> io::Result<usize> {
        self.send(entry)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Journal {
    type Writer = &'w Self;

    fn make_writer(&'w self) -> Self::Writer {
        self
    }
}

/// The file that standard error is.
pub(super) fn standard_error() -> io::Result<(u64, u64)> {
    let file = io::stderr().as_fd().try_clone_to_owned().map(std::fs::File::from)?;
    let found = file.metadata()?;
    Ok((found.dev(), found.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_one_datagram_also_after_the_journal_was_started_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        assert!(Journal::at(&path).is_err(), "there is no journal");
        let mut read = [0; 64];
        let first = UnixDatagram::bind(&path).unwrap();
        let mut journal = Journal::at(&path).unwrap();
        journal.write_all(b"PRIORITY=6\nMESSAGE=one\n").unwrap();
        let count = first.recv(&mut read).unwrap();
        assert_eq!(&read[..count], b"PRIORITY=6\nMESSAGE=one\n");
        drop(first);
        assert!(journal.write(b"lost").is_err());
        std::fs::remove_file(&path).unwrap();
        let second = UnixDatagram::bind(&path).unwrap();
        journal.write_all(b"MESSAGE=two\n").unwrap();
        let count = second.recv(&mut read).unwrap();
        assert_eq!(&read[..count], b"MESSAGE=two\n");
    }
}
