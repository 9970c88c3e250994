//! `set`, `snapshot` and `stream`.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use arlo_cameras::{LiveKind, StreamChoice};
use serde_json::json;

use super::{open, print};
use crate::cli::{SetArgs, SnapshotArgs, StreamArgs, StreamKind};
use crate::failure::Failure;
use crate::output::Output;

pub(crate) async fn set(args: SetArgs, output: &Output) -> Result<(), Failure> {
    let account = open(args.account, StreamChoice::Auto).await?;
    let device = account.device(&args.device).map_err(Failure::operation)?;
    let value = json!(args.value);
    let outcome = account.set(&device, &args.attribute, &value).await;
    let outcome = outcome.map_err(Failure::operation)?;
    let object = json!({ "device": device.id, "name": device.name, "attribute": args.attribute, "value": args.value });
    let what = format!("{} of {} is {}", args.attribute, device.name, args.value);
    print(output, outcome, object, &what)
}

pub(crate) async fn snapshot(args: SnapshotArgs, output: &Output) -> Result<(), Failure> {
    let shown = args.to.display();
    let cannot = |error| Failure::operation(format!("{shown} cannot be written: {error}"));
    // First the file: a picture that cannot be kept wakes no camera.
    check(&args.to).map_err(cannot)?;
    let account = open(args.account, StreamChoice::Auto).await?;
    let camera = account.device(&args.camera).map_err(Failure::operation)?;
    let url = account.take_picture(&camera).await.map_err(Failure::operation)?;
    let picture = account.fetch(&url).await.map_err(Failure::operation)?;
    let bytes = picture.len();
    let path = args.to.clone();
    let written = tokio::task::spawn_blocking(move || write(&path, &picture)).await;
    written.map_err(Failure::operation)?.map_err(cannot)?;
    let object = json!({ "device": camera.id, "name": camera.name, "file": args.to, "bytes": bytes });
    output.result(&object, || format!("{shown}: {bytes} bytes of {}.", camera.name))
}

/// Where a file of this path is.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Checks that [`write()`] can succeed. Leaves nothing behind, also where the command is killed while Arlo is asked.
fn check(path: &Path) -> io::Result<()> {
    if path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if is_device(path) {
        // It is not opened: the reader of a pipe would see its end.
        return Ok(rustix::fs::access(path, rustix::fs::Access::WRITE_OK)?);
    }
    tempfile::NamedTempFile::new_in(parent(path)).map(drop)
}

/// Whether the path is that of a device or a pipe, which a file must not replace.
fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Writes the file as a whole: a reader sees the old one or the new one.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    if is_device(path) {
        return fs::File::options().write(true).open(path)?.write_all(content);
    }
    let mut file = tempfile::NamedTempFile::new_in(parent(path))?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    // A temporary file is for its owner only. The picture is as public as a file that the user makes.
    let mode = 0o666 & !umask();
    fs::set_permissions(file.path(), fs::Permissions::from_mode(mode))?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// What the user's files are not to be.
fn umask() -> u32 {
    let mask = rustix::process::umask(rustix::fs::Mode::empty());
    rustix::process::umask(mask);
    mask.bits()
}

pub(crate) async fn stream(args: StreamArgs, output: &Output) -> Result<(), Failure> {
    // Without the event stream: the answer has all.
    let account = open(args.account, StreamChoice::Off).await?;
    let camera = account.device(&args.camera).map_err(Failure::operation)?;
    let kind = match args.kind {
        StreamKind::Rtsp => LiveKind::Rtsp,
        StreamKind::Hls => LiveKind::Hls,
        StreamKind::Dash => LiveKind::Dash,
    };
    let stream = account.start_stream(&camera, kind, args.user_agent.as_ref()).await;
    let stream = stream.map_err(Failure::operation)?;
    let token = stream.egress_token().filter(|_| stream.kind == Some(LiveKind::Dash));
    let object = json!({
        "device": camera.id, "name": camera.name, "kind": stream.kind.map(LiveKind::as_str),
        "url": stream.url.expose(), "egress_token": token,
    });
    output.result(&object, || stream.url.expose().to_owned())
}
