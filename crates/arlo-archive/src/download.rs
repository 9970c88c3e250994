//! One recording: from its URL to its file.
//!
//! A partial file is beside its later place, so that the last step is a rename. What arrived is flushed every
//! [`SYNC_BYTES`], and the index remembers how much that is. A later attempt cuts the partial file there and asks for
//! the rest, with a proof that the content is still the same (`If-Range`). So neither a cut connection nor a loss of
//! power puts wrong bytes into a file.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::BytesMut;
use jiff::Timestamp;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::catalogue::Fresh;
use crate::content::{Content, judge};
use crate::event::Event;
use crate::fetch::{Answer, Request};
use crate::head::{Plan, plan, validator};
use crate::index::Row;
use crate::job::Job;
use crate::pattern::{Stem, Subject};
use crate::place::{Base, Placed, place};
use crate::shared::{Shared, item};
use crate::{Error, ErrorKind, disk};

/// How much is collected before it is written.
const WRITE_BYTES: usize = 256 << 10;
/// How much is written before it is flushed.
const SYNC_BYTES: u64 = 4 << 20;

/// A file that was fetched and placed.
pub(crate) struct Fetched {
    pub(crate) placed: Placed,
    /// Why it may be incomplete.
    pub(crate) doubt: Option<&'static str>,
}

/// The partial file of an attempt.
struct Part {
    /// Below the root.
    name: String,
    stem: Stem,
    file: File,
    written: u64,
    synced: u64,
}

/// Fetches the content at the URL, and places it.
pub(crate) async fn fetch(job: &Job, row: &Row, fresh: &Fresh) -> Result<Fetched, Error> {
    let shared = &job.shared;
    let subject = Subject {
        device: &row.key.device,
        name: &fresh.device_name,
        created: Timestamp::from_millisecond(row.key.created).unwrap_or(Timestamp::UNIX_EPOCH),
    };
    let stem = shared.settings.pattern.stem(&subject, &shared.settings.time_zone);
    let name = stem.directory.join(shared.part_name(row.id));
    let name = name.to_string_lossy().into_owned();
    let have = {
        let (row, name) = (row.clone(), name.clone());
        shared.on_disk(move |shared| usable(shared, &row, &name)).await?
    };
    let content_type = &fresh.content_type;
    if have > 0 && row.total == Some(have) {
        let part = resume(shared, row, &name, &stem, have).await?;
        return finish(job, row, part, content_type.clone()).await;
    }
    let answer = ask(job, row, fresh, have).await?;
    let total = if have > 0 { row.total } else { None };
    let (part, total) = match plan(&answer, have, total, shared.settings.max_file, shared.now())? {
        Plan::Whole { total } => (
            begin(shared, row, &name, &stem, total, validator(&answer)).await?,
            total,
        ),
        Plan::Rest { total } => (resume(shared, row, &name, &stem, have).await?, total),
        Plan::Complete => {
            let part = resume(shared, row, &name, &stem, have).await?;
            return finish(job, row, part, content_type.clone()).await;
        }
        Plan::Discard(error) => {
            let (row, name) = (row.clone(), name);
            shared.on_disk(move |shared| discard(shared, &row, &name)).await?;
            return Err(error);
        }
    };
    job.reporter.say(&Event::Started {
        item: item(row),
        resumed_at: part.written,
        length: total,
    });
    let (part, outcome) = receive(job, row, part, answer, total).await?;
    match outcome {
        Ok(()) => finish(job, row, part, content_type.clone()).await,
        Err(error) => cut_off(job, row, part, content_type.clone(), error).await,
    }
}

async fn ask(job: &Job, row: &Row, fresh: &Fresh, have: u64) -> Result<Answer, Error> {
    let mut request = Request::new(fresh.url.clone());
    if let (true, Some(validator)) = (have > 0, &row.validator) {
        request.headers.push(("range", format!("bytes={have}-")));
        request.headers.push(("if-range", validator.clone()));
    }
    let answer = timeout(job.shared.settings.pace.answer, job.fetch.get(request)).await;
    answer.map_err(|_| Error::new(ErrorKind::Network, "the media server did not answer in time"))?
}

/// How much of the partial file can be used. One that cannot be used is removed.
fn usable(shared: &Shared, row: &Row, name: &str) -> Result<u64, Error> {
    let Some(part) = &row.part else { return Ok(0) };
    let length = fs::symlink_metadata(shared.path(part)).map_or(0, |part| part.len());
    let is_complete = row.total == Some(row.synced);
    let is_usable = row.synced > 0 && length >= row.synced && (is_complete || row.validator.is_some());
    if part == name && is_usable {
        return Ok(row.synced);
    }
    discard(shared, row, part)?;
    Ok(0)
}

/// Removes a partial file and what the index knows about it.
pub(crate) fn discard(shared: &Shared, row: &Row, part: &str) -> Result<(), Error> {
    let path = shared.path(part);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Error::file(format!("{} cannot be removed", path.display()), error));
        }
        _ => {}
    }
    if let Some(directory) = Path::new(part).parent() {
        disk::remove_empty(shared.home.root(), directory);
    }
    shared.step("partial file removed")?;
    shared.index().drop_part(row.id)
}

async fn begin(
    shared: &Arc<Shared>,
    row: &Row,
    name: &str,
    stem: &Stem,
    total: Option<u64>,
    validator: Option<String>,
) -> Result<Part, Error> {
    let (row, name, stem) = (row.clone(), name.to_owned(), stem.clone());
    shared
        .on_disk(move |shared| {
            room(shared, total.unwrap_or(0))?;
            // First the index: no partial file is without an owner.
            shared.index().begin(row.id, &name, total, validator.as_deref())?;
            shared.step("download in the index")?;
            let path = shared.path(&name);
            let cannot = |error| Error::file(format!("{} cannot be written", path.display()), error);
            let make = || {
                disk::create_directory(shared.home.root(), &stem.directory)?;
                File::options()
                    .read(true)
                    .write(true)
                    .create(true)
                    .truncate(true)
                    .open(&path)
            };
            let file = match make() {
                // Another download has removed the directory, because it was empty.
                Err(error) if error.kind() == io::ErrorKind::NotFound => make(),
                made => made,
            };
            let file = file.map_err(cannot)?;
            shared.step("partial file made")?;
            Ok(Part {
                name,
                stem,
                file,
                written: 0,
                synced: 0,
            })
        })
        .await
}

async fn resume(shared: &Arc<Shared>, row: &Row, name: &str, stem: &Stem, have: u64) -> Result<Part, Error> {
    let (rest, name, stem) = (
        row.total.unwrap_or(have).saturating_sub(have),
        name.to_owned(),
        stem.clone(),
    );
    shared
        .on_disk(move |shared| {
            room(shared, rest)?;
            let path = shared.path(&name);
            let cannot = |error| Error::file(format!("{} cannot be written", path.display()), error);
            let mut file = File::options().read(true).write(true).open(&path).map_err(cannot)?;
            // What is behind was not flushed.
            file.set_len(have).map_err(cannot)?;
            file.seek(SeekFrom::End(0)).map_err(cannot)?;
            Ok(Part {
                name,
                stem,
                file,
                written: have,
                synced: have,
            })
        })
        .await
}

/// Checks that the disk has room for so many bytes and the reserve.
pub(crate) fn room(shared: &Shared, bytes: u64) -> Result<(), Error> {
    let free = free(shared)?;
    let needed = shared.settings.reserve.saturating_add(bytes);
    if free >= needed {
        return Ok(());
    }
    let message = format!("the disk is full: {free} bytes are free, and {needed} are needed");
    Err(Error::new(ErrorKind::DiskFull, message).with_needed(needed))
}

/// The free bytes of the archive's disk, which must be there: whoever asks is about to write.
pub(crate) fn free(shared: &Shared) -> Result<u64, Error> {
    shared.home.check()?;
    let root = shared.home.root();
    shared
        .settings
        .disk
        .available(root)
        .map_err(|error| Error::file(format!("the free space of {} cannot be read", root.display()), error))
}

/// Writes the body into the partial file. The inner result says whether the body came to its end; what had arrived is
/// on disk in both cases.
async fn receive(
    job: &Job,
    row: &Row,
    mut part: Part,
    mut answer: Answer,
    total: Option<u64>,
) -> Result<(Part, Result<(), Error>), Error> {
    let pace = &job.shared.settings.pace;
    let (started, before) = (Instant::now(), part.written);
    let deadline = started + pace.attempt;
    let mut buffer = BytesMut::new();
    let outcome = loop {
        let chunk = timeout_at(deadline.min(Instant::now() + pace.idle), answer.body.chunk()).await;
        let chunk = match chunk {
            Ok(Ok(Some(chunk))) => chunk,
            Ok(Ok(None)) => break Ok(()),
            Ok(Err(error)) => break Err(error),
            Err(_) => break Err(Error::new(ErrorKind::Network, "the media server stopped sending")),
        };
        buffer.extend_from_slice(&chunk);
        let length = length(&part, &buffer);
        if length > total.unwrap_or(job.shared.settings.max_file) {
            let name = part.name.clone();
            let row = row.clone();
            job.shared.on_disk(move |shared| discard(shared, &row, &name)).await?;
            let message = "the media server sent more than it announced";
            return Err(Error::new(ErrorKind::UnexpectedAnswer, message));
        }
        if buffer.len() >= WRITE_BYTES {
            part = write(job, row, part, buffer.split(), false).await?;
        }
        if let Some(rate) = pace.bytes_per_second {
            let milliseconds = length.saturating_sub(before).saturating_mul(1000) / rate.get();
            sleep_until((started + std::time::Duration::from_millis(milliseconds)).min(deadline)).await;
        }
    };
    let is_short = total.is_some_and(|total| length(&part, &buffer) < total);
    let outcome = match outcome {
        Ok(()) if is_short => Err(Error::new(
            ErrorKind::Network,
            "the media server sent less than it announced",
        )),
        outcome => outcome,
    };
    // A whole file is flushed when it is placed.
    let part = write(job, row, part, buffer, outcome.is_err()).await?;
    Ok((part, outcome))
}

/// How much has arrived.
fn length(part: &Part, buffer: &BytesMut) -> u64 {
    part.written.saturating_add(count(buffer.len()))
}

async fn write(job: &Job, row: &Row, mut part: Part, bytes: BytesMut, is_cut: bool) -> Result<Part, Error> {
    let id = row.id;
    let part = job
        .shared
        .on_disk(move |shared| {
            let path = shared.path(&part.name);
            let cannot = |error| Error::file(format!("{} cannot be written", path.display()), error);
            shared.settings.disk.write(&mut part.file, &bytes).map_err(cannot)?;
            part.written = part.written.saturating_add(count(bytes.len()));
            if part.written > part.synced && (is_cut || part.written - part.synced >= SYNC_BYTES) {
                shared.step("bytes written")?;
                part.file.sync_data().map_err(cannot)?;
                shared.step("bytes flushed")?;
                shared.index().synced(id, part.written)?;
                part.synced = part.written;
                shared.step("flush in the index")?;
                room(shared, 0)?;
            }
            Ok(part)
        })
        .await?;
    job.reporter.say(&Event::Received {
        item: item(row),
        bytes: part.written,
    });
    Ok(part)
}

/// The body came to its end: judges the content, and places it.
async fn finish(job: &Job, row: &Row, mut part: Part, content_type: String) -> Result<Fetched, Error> {
    let row = row.clone();
    job.shared
        .on_disk(move |shared| {
            let content = judge_part(shared, &mut part, &row, &content_type)?;
            let (extension, doubt) = match content {
                Content::Whole(extension) => (extension, None),
                // The same length twice: it is as whole as the server has it.
                Content::Doubtful(extension, why) if row.doubted == Some(part.written) => (extension, Some(why)),
                Content::Doubtful(_, why) => {
                    shared.index().doubt(row.id, part.written)?;
                    discard(shared, &row, &part.name)?;
                    return Err(Error::new(
                        ErrorKind::WrongContent,
                        format!("the content seems wrong: {why}"),
                    ));
                }
                Content::Wrong(why) => {
                    discard(shared, &row, &part.name)?;
                    return Err(Error::new(
                        ErrorKind::WrongContent,
                        format!("the content is wrong: {why}"),
                    ));
                }
            };
            let placed = place(shared, &row, &part.name, &Base::new(part.stem, extension))?;
            Ok(Fetched { placed, doubt })
        })
        .await
}

/// The body did not come to its end. If what there is is a whole recording, and was so at the same length before, then
/// the server announces a wrong length.
async fn cut_off(job: &Job, row: &Row, mut part: Part, content_type: String, error: Error) -> Result<Fetched, Error> {
    let row = row.clone();
    job.shared
        .on_disk(move |shared| {
            let Content::Whole(extension) = judge_part(shared, &mut part, &row, &content_type)? else {
                return Err(error);
            };
            if row.doubted != Some(part.written) {
                shared.index().doubt(row.id, part.written)?;
                return Err(error);
            }
            let placed = place(shared, &row, &part.name, &Base::new(part.stem, extension))?;
            let doubt = Some("the media server announces another length");
            Ok(Fetched { placed, doubt })
        })
        .await
}

fn judge_part(shared: &Shared, part: &mut Part, row: &Row, content_type: &str) -> Result<Content, Error> {
    let path: PathBuf = shared.path(&part.name);
    judge(&mut part.file, row.key.kind, content_type)
        .map_err(|error| Error::file(format!("{} cannot be read", path.display()), error))
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
