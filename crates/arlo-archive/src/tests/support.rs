//! A library and a media server that do what a test says, and an archive with short waits.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::{
    Archive, BoxFuture, Error, ErrorKind, Event, HttpFetch, Kind, Library, MediaUrl, Pattern, Recorder, Recording,
    Settings, Totals,
};

/// The time at which the tests begin.
pub(crate) const NOW: &str = "2026-11-26T12:00:00Z";

static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

/// What the server does to one request instead of a right answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// Answers with this status.
    Status(u16),
    /// Sends so many bytes of the body, and closes the connection.
    Cut(usize),
    /// Announces so many bytes fewer than there are, and sends those.
    Short(usize),
    /// Announces so many bytes more than there are.
    Long(usize),
    /// Sends a page of text.
    Page,
    /// Sends nothing.
    Empty,
    /// Sends half of the body, and then keeps the connection open.
    Stall,
    /// Does not say how long the body is, and closes the connection at its end.
    Unsaid,
}

/// The account: what its library lists, and what its media server has.
#[derive(Default)]
pub(crate) struct World {
    recordings: BTreeMap<usize, (Recording, Vec<u8>)>,
    faults: HashMap<usize, VecDeque<Fault>>,
    /// Faults of the library: the errors that its next listings give.
    pub(crate) library_faults: VecDeque<ErrorKind>,
    /// The library fails for listings that begin before.
    pub(crate) no_library_before: Option<Timestamp>,
    /// URLs with another number are not valid.
    pub(crate) epoch: u32,
    /// After so many requests for media the URLs end.
    pub(crate) expires_after: Option<usize>,
    pub(crate) has_ranges: bool,
    pub(crate) listings: Vec<(Timestamp, Timestamp)>,
    /// The status of each answer of the media server, by recording.
    pub(crate) answers: Vec<(usize, u16)>,
    /// The whole bodies that were sent.
    pub(crate) sent: HashMap<usize, usize>,
    address: String,
}

impl World {
    /// Takes a recording away from the library and the server.
    pub(crate) fn take(&mut self, number: usize) -> (Recording, Vec<u8>) {
        self.recordings.remove(&number).unwrap()
    }

    /// Lets the URLs lead to another server.
    pub(crate) fn redirect_to(&mut self, address: String) {
        self.address = address;
    }

    /// Puts it back.
    pub(crate) fn give(&mut self, number: usize, recording: (Recording, Vec<u8>)) {
        self.recordings.insert(number, recording);
    }
}

/// A running server, and the library that goes with it.
#[derive(Clone)]
pub(crate) struct Cloud(pub(crate) Arc<Mutex<World>>);

impl Cloud {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let cloud = Self(Arc::new(Mutex::new(World {
            address: format!("http://{}", listener.local_addr().unwrap()),
            has_ranges: true,
            ..World::default()
        })));
        let world = Arc::clone(&cloud.0);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&world)));
            }
        });
        cloud
    }

    /// Adds a recording with a content of its own.
    pub(crate) fn add(&self, number: usize, created: &str, kind: Kind) -> Vec<u8> {
        let content = match kind {
            Kind::Recording => video(number, 20_000),
            Kind::Snapshot => picture(number),
        };
        self.put(number, "CAM1", created, kind, content.clone());
        content
    }

    pub(crate) fn put(&self, number: usize, device: &str, created: &str, kind: Kind, content: Vec<u8>) {
        let recording = Recording {
            device_id: device.into(),
            device_name: "Front Door".into(),
            created: created.parse().unwrap(),
            kind,
            content_type: "2k".into(),
            url: MediaUrl::new(""),
        };
        self.world().recordings.insert(number, (recording, content));
    }

    pub(crate) fn fault(&self, number: usize, faults: &[Fault]) {
        self.world().faults.entry(number).or_default().extend(faults);
    }

    pub(crate) fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    pub(crate) fn address(&self) -> String {
        self.world().address.clone()
    }

    pub(crate) fn requests(&self) -> usize {
        self.world().answers.len()
    }

    /// All contents, sorted.
    pub(crate) fn contents(&self) -> Vec<Vec<u8>> {
        let mut contents: Vec<_> = self
            .world()
            .recordings
            .values()
            .map(|(_, content)| content.clone())
            .collect();
        contents.sort();
        contents
    }

    /// A recorder on this cloud.
    pub(crate) async fn recorder(&self, settings: Settings) -> Recorder {
        // A process that another test starts has the lock as well, up to its exec.
        let archive = loop {
            match Archive::open(settings.clone()).await {
                Err(error) if error.kind() == ErrorKind::Busy => tokio::task::yield_now().await,
                opened => break opened.unwrap(),
            }
        };
        Recorder::new(archive, self.clone(), HttpFetch::local().unwrap())
    }

    /// Records once.
    pub(crate) async fn once(&self, settings: Settings) -> Result<Totals, Error> {
        self.recorder(settings).await.once().await
    }

    /// Records once, with the events as lines.
    pub(crate) async fn once_heard(&self, settings: Settings) -> (Result<Totals, Error>, Vec<String>) {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = Arc::clone(&heard);
        let recorder = self.recorder(settings).await;
        let recorder = recorder.observed_by(move |event: &Event| ear.lock().unwrap().push(event.to_string()));
        let done = recorder.once().await;
        let heard = heard.lock().unwrap().clone();
        (done, heard)
    }
}

impl Library for Cloud {
    fn list(&self, from: Timestamp, to: Timestamp) -> BoxFuture<'_, Result<Vec<Recording>, Error>> {
        let mut world = self.world();
        world.listings.push((from, to));
        if let Some(kind) = world.library_faults.pop_front() {
            return Box::pin(async move { Err(Error::new(kind, "the library says no")) });
        }
        if world.no_library_before.is_some_and(|before| from < before) {
            return Box::pin(async { Err(Error::new(ErrorKind::Library, "the library cannot say")) });
        }
        let listing = world.recordings.iter().rev().filter_map(|(number, (recording, _))| {
            let mut recording = recording.clone();
            let is_listed = (from..to).contains(&recording.created);
            recording.url = MediaUrl::new(format!("{}/media/{number}?token={}", world.address, world.epoch));
            is_listed.then_some(recording)
        });
        let listing = listing.collect();
        Box::pin(async move { Ok(listing) })
    }
}

async fn serve(mut stream: TcpStream, world: Arc<Mutex<World>>) {
    let mut buffer = Vec::new();
    loop {
        while !buffer.windows(4).any(|end| end == b"\r\n\r\n") {
            let mut piece = [0; 4096];
            match stream.read(&mut piece).await {
                Ok(length) if length > 0 => buffer.extend_from_slice(&piece[..length]),
                _ => return,
            }
        }
        let head = String::from_utf8(std::mem::take(&mut buffer)).unwrap();
        let (bytes, then) = answer(&head, &mut world.lock().unwrap());
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
        match then {
            Then::Next => {}
            Then::Close => return drop(stream.shutdown().await),
            Then::Nothing => std::future::pending().await,
        }
    }
}

/// What follows an answer.
enum Then {
    Next,
    Close,
    Nothing,
}

/// The bytes to send, and what follows.
fn answer(head: &str, world: &mut World) -> (Vec<u8>, Then) {
    assert!(!head.to_ascii_lowercase().contains("authorization"), "{head}");
    let path = head.split_whitespace().nth(1).unwrap();
    let (number, token) = path.strip_prefix("/media/").unwrap().split_once("?token=").unwrap();
    let number: usize = number.parse().unwrap();
    if world.expires_after.is_some_and(|after| world.answers.len() >= after) {
        world.expires_after = None;
        world.epoch += 1;
    }
    let plain = |world: &mut World, status: u16, body: &str| {
        world.answers.push((number, status));
        let text = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        (text.into_bytes(), Then::Next)
    };
    if token != world.epoch.to_string() {
        return plain(world, 403, "<Error><Code>AccessDenied</Code></Error>");
    }
    let fault = world.faults.get_mut(&number).and_then(VecDeque::pop_front);
    let content = match fault {
        Some(Fault::Status(status)) => return plain(world, status, "no"),
        Some(Fault::Page) => return plain(world, 200, "<html>no recording</html>"),
        Some(Fault::Empty) => return plain(world, 200, ""),
        _ => match world.recordings.get(&number) {
            Some((_, content)) => content.clone(),
            None => return plain(world, 404, ""),
        },
    };
    let field = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
            .next()
    };
    let tag = format!("\"{number}-{}\"", content.len());
    let start = field("range").filter(|_| world.has_ranges && field("if-range") == Some(tag.clone()));
    let start: usize = start.map_or(0, |range| range["bytes=".len()..range.len() - 1].parse().unwrap());
    let total = content.len();
    if start >= total {
        world.answers.push((number, 416));
        let text = format!("HTTP/1.1 416 X\r\ncontent-range: bytes */{total}\r\ncontent-length: 0\r\n\r\n");
        return (text.into_bytes(), Then::Next);
    }
    let mut body = content[start..].to_vec();
    let mut announced = body.len();
    let mut then = Then::Next;
    match fault {
        Some(Fault::Cut(after)) => {
            body.truncate(after);
            then = Then::Close;
        }
        Some(Fault::Short(fewer)) => {
            announced -= fewer;
            body.truncate(announced);
        }
        Some(Fault::Long(more)) => {
            announced += more;
            then = Then::Close;
        }
        Some(Fault::Stall) => {
            body.truncate(announced / 2);
            then = Then::Nothing;
        }
        Some(Fault::Unsaid) => then = Then::Close,
        _ => *world.sent.entry(number).or_default() += 1,
    }
    let status = if start > 0 { 206 } else { 200 };
    world.answers.push((number, status));
    let mut text = format!("HTTP/1.1 {status} X\r\netag: {tag}\r\n");
    if !matches!(fault, Some(Fault::Unsaid)) {
        text.push_str(&format!("content-length: {announced}\r\n"));
    }
    if start > 0 {
        let end = start + announced - 1;
        text.push_str(&format!("content-range: bytes {start}-{end}/{}\r\n", start + announced));
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    bytes.extend(body);
    (bytes, then)
}

/// A video whose bytes no other number has.
pub(crate) fn video(number: usize, length: usize) -> Vec<u8> {
    let part = |name: &[u8; 4], body: &[u8]| {
        let mut bytes = u32::try_from(body.len() + 8).unwrap().to_be_bytes().to_vec();
        bytes.extend_from_slice(name);
        bytes.extend_from_slice(body);
        bytes
    };
    let pictures: Vec<u8> = (0..length)
        .map(|at| u8::try_from((at * 7 + number * 13) % 251).unwrap())
        .collect();
    let number = u64::try_from(number).unwrap().to_be_bytes();
    [part(b"ftyp", b"isom"), part(b"moov", &number), part(b"mdat", &pictures)].concat()
}

fn picture(number: usize) -> Vec<u8> {
    let number = u64::try_from(number).unwrap().to_be_bytes();
    [&[0xff, 0xd8, 0xff, 0xe0][..], &number, &[7; 500], &[0xff, 0xd9]].concat()
}

/// A directory that is removed in the end. In memory if there is such a disk, because a test flushes a thousand times.
pub(crate) fn directory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

/// Settings with short waits, in this directory.
pub(crate) fn settings(root: &Path) -> Settings {
    let pattern = format!("{}/${{SN}}/${{F}}/${{t}}", root.display());
    let mut settings = Settings::new(Pattern::parse(&pattern).unwrap());
    settings.time_zone = TimeZone::UTC;
    settings.reserve = 0;
    settings.clock = Arc::new(|| NOW.parse::<Timestamp>().unwrap() + STARTED.elapsed());
    settings.pace.between = Duration::ZERO;
    settings.pace.settle = Duration::ZERO;
    settings.pace.first_retry = Duration::ZERO;
    settings.pace.last_retry = Duration::from_millis(1);
    settings.pace.renew = Duration::ZERO;
    settings.pace.disk = Duration::from_millis(1);
    settings
}

/// The files of an archive without its own, sorted, below the root.
pub(crate) fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut directories = vec![root.to_path_buf()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else {
                found.push(path.strip_prefix(root).unwrap().display().to_string());
            }
        }
    }
    found.retain(|name| !name.starts_with(".arlo-archive"));
    found.sort();
    found
}

/// Their contents, sorted.
pub(crate) fn contents(root: &Path) -> Vec<Vec<u8>> {
    let mut contents: Vec<_> = files(root)
        .iter()
        .map(|name| fs::read(root.join(name)).unwrap())
        .collect();
    contents.sort();
    contents
}
