//! Lines of the log on their way to standard error, or to systemd's journal.
//!
//! Callers put a line into a bounded queue and continue; one thread writes. A line is dropped and counted if the queue
//! is full or it cannot be written. The count is written as soon as a line can be written again.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use super::form::Form;

/// Lines that may wait.
const LINES: usize = 512;
/// The longest line, in bytes; of a longer one the start is kept.
pub(super) const LINE: usize = 4096;
/// How long the end of the process waits for lines that are still to be written.
pub(super) const EXIT_WAIT: Duration = Duration::from_secs(2);
/// Pause before a write is tried again if standard error does not block and is full.
const PAUSE: Duration = Duration::from_millis(20);

enum Item {
    Line(Vec<u8>),
    /// All before it was tried.
    End(SyncSender<()>),
}

/// Where lines are put. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    items: SyncSender<Item>,
    dropped: Arc<AtomicU64>,
    form: Form,
}

impl Queue {
    /// A queue whose lines go to standard error.
    pub(super) fn on_standard_error(form: Form) -> io::Result<Self> {
        // A descriptor of its own: the lock of `io::stderr` is never held while a write waits.
        match io::stderr().as_fd().try_clone_to_owned() {
            Ok(stderr) => Self::start(File::from(stderr), form),
            // Closed: nobody reads the lines.
            Err(_) => Self::start(io::sink(), form),
        }
    }

    /// A queue whose lines go there.
    pub(super) fn start(output: impl Write + Send + 'static, form: Form) -> io::Result<Self> {
        let (items, waiting) = mpsc::sync_channel(LINES);
        let dropped = Arc::new(AtomicU64::new(0));
        let mut writer = Lines {
            output,
            dropped: Arc::clone(&dropped),
            form,
            broken: false,
        };
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || writer.write_all(&waiting))?;
        Ok(Self { items, dropped, form })
    }

    fn put(&self, line: &[u8]) {
        let line = self.form.fit(line, LINE);
        if self.items.try_send(Item::Line(line)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until what was put is written, but no longer than [`EXIT_WAIT`].
    pub(super) fn end(&self) {
        let (done, ended) = mpsc::sync_channel(1);
        // If the queue is full now, nobody reads it.
        if self.items.try_send(Item::End(done)).is_ok() {
            let _ = ended.recv_timeout(EXIT_WAIT);
        }
    }
}

impl<'w> MakeWriter<'w> for Queue {
    type Writer = &'w Self;

    fn make_writer(&'w self) -> Self::Writer {
        self
    }
}

/// Each call is a whole line; it always succeeds.
impl Write for &Queue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if !line.is_empty() {
            self.put(line);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The side that writes.
struct Lines<W> {
    output: W,
    dropped: Arc<AtomicU64>,
    form: Form,
    /// Only a part of the last line was written: the next one begins on a new line.
    broken: bool,
}

impl<W: Write> Lines<W> {
    fn write_all(&mut self, waiting: &Receiver<Item>) {
        while let Ok(item) = waiting.recv() {
            match item {
                Item::Line(line) if self.write(&line) => self.say_what_was_dropped(),
                Item::Line(_) => {
                    self.dropped.fetch_add(1, Ordering::Relaxed);
                }
                Item::End(done) => {
                    let _ = done.send(());
                }
            }
        }
    }

    fn say_what_was_dropped(&mut self) {
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped == 0 {
            return;
        }
        if !self.write(self.form.dropped(dropped).as_bytes()) {
            self.dropped.fetch_add(dropped, Ordering::Relaxed);
        }
    }

    /// Whether the line was written whole.
    fn write(&mut self, line: &[u8]) -> bool {
        if self.broken && !self.bytes(b"\n") {
            return false;
        }
        self.bytes(line)
    }

    fn bytes(&mut self, mut rest: &[u8]) -> bool {
        while !rest.is_empty() {
            match self.output.write(rest) {
                Ok(0) => return false,
                Ok(count) => {
                    self.broken = rest.get(..count).is_some_and(|written| written.last() != Some(&b'\n'));
                    rest = rest.get(count..).unwrap_or_default();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The queue, not this loop, is the bound: it fills up and lines are dropped there.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(PAUSE),
                Err(_) => return false,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::Sender;

    use super::*;

    /// An output that takes this many bytes, and shows what it took.
    #[derive(Clone, Default)]
    struct Disk(Arc<Mutex<(usize, Vec<u8>)>>);

    impl Disk {
        fn add_space(&self, bytes: usize) {
            self.0.lock().unwrap().0 = bytes;
        }

        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().1.clone()).unwrap()
        }
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut disk = self.0.lock().unwrap();
            let count = bytes.len().min(disk.0);
            if count == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            disk.0 -= count;
            disk.1.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn put(queue: &Queue, line: &str) {
        let mut writer = queue;
        writer.write_all(line.as_bytes()).unwrap();
    }

    #[test]
    fn a_full_disk_loses_lines_and_says_how_many() {
        let disk = Disk::default();
        let queue = Queue::start(disk.clone(), Form::Text).unwrap();
        disk.add_space(10);
        for line in ["first\n", "second\n", "third\n"] {
            put(&queue, line);
        }
        queue.end();
        assert_eq!(disk.text(), "first\nseco");
        disk.add_space(1000);
        put(&queue, "fourth\n");
        put(&queue, "fifth\n");
        queue.end();
        let text = disk.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            [lines[0], lines[1], lines[2], lines[4]],
            ["first", "seco", "fourth", "fifth"]
        );
        assert!(lines[3].ends_with("dropped=2"), "{text}");
    }

    /// An output that never returns.
    struct Stuck(Sender<()>);

    impl Write for Stuck {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            self.0.send(()).unwrap();
            loop {
                thread::park();
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_output_that_nobody_reads_holds_nobody_up() {
        let (begun, writing) = mpsc::channel();
        let queue = Queue::start(Stuck(begun), Form::Text).unwrap();
        put(&queue, "one\n");
        writing.recv().unwrap();
        for _ in 0..LINES + 7 {
            put(&queue, "more\n");
        }
        assert_eq!(queue.dropped.load(Ordering::Relaxed), 7);
        queue.end();
    }

    #[test]
    fn a_line_has_an_end() {
        let disk = Disk::default();
        disk.add_space(100_000);
        let queue = Queue::start(disk.clone(), Form::Text).unwrap();
        put(&queue, &"x".repeat(50_000));
        queue.end();
        assert_eq!(disk.text().len(), LINE + 1);
    }
}
