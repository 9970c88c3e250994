//! `backup` and `restore`: the data directory in one file, and back.

use relay::SystemClock;
use relay::ports::Clock;
use relay_server::data_dir;
use serde_json::json;

use super::minute;
use crate::cli::{BackupArgs, RestoreArgs};
use crate::failure::Failure;
use crate::memory;
use crate::output::{FAINT, Output, STRONG, styled};

pub(crate) fn backup(args: &BackupArgs, output: &Output) -> Result<(), Failure> {
    memory::leave_no_core_file();
    let now = SystemClock.now();
    let made = data_dir::backup(&args.data_dir.path()?, &args.file, now).map_err(Failure::operation)?;
    if !made.is_recorded {
        output.note("warning: the data directory cannot be written, so that doctor will not know of this backup");
    }
    let object = json!({
        "file": args.file,
        "bytes": made.bytes,
        "enrolments": made.enrolments,
        "made_at": now,
    });
    output.result(&object, || {
        format!(
            "{} ({} KiB): {}.\n{}",
            styled(STRONG, &args.file.display().to_string()),
            made.bytes.div_ceil(1024),
            enrolments(made.enrolments),
            styled(
                FAINT,
                "It holds the relay's key: keep it as safe as the data directory."
            ),
        )
    })
}

pub(crate) async fn restore(args: RestoreArgs, output: &Output) -> Result<(), Failure> {
    memory::leave_no_core_file();
    let directory = args.data_dir.path()?;
    let restored = data_dir::restore(&directory, &args.file, args.replace).await;
    let restored = restored.map_err(Failure::operation)?;
    let object = json!({
        "data_dir": directory,
        "enrolments": restored.enrolments,
        "made_at": restored.made_at,
        "kept": restored.kept,
    });
    output.result(&object, || {
        let mut text = format!(
            "{} is as it was at {}: {}.\nWhat happened since then is undone: a token that was replaced is valid again, \
             and so is an enrolment that was revoked.",
            styled(STRONG, &directory.display().to_string()),
            minute(restored.made_at),
            enrolments(restored.enrolments),
        );
        if let Some(kept) = &restored.kept {
            text.push_str(&format!(
                "\nWhat it replaced is in {}, with its key: delete that when all is well.",
                kept.display()
            ));
        }
        text
    })
}

fn enrolments(count: u64) -> String {
    match count {
        1 => "1 enrolment".to_owned(),
        count => format!("{count} enrolments"),
    }
}
