//! The arguments of `record`.

use std::num::{NonZeroU32, NonZeroU64};

use arlo_archive::Pattern;
use clap::Args;

use super::cameras::AccountArgs;

pub(super) const EXAMPLE: &str = "\
Example, with ARLO_ACCOUNT, ARLO_PASSWORD and ARLO_SESSION_FILE set:
  arlo-relay record --to '/media/${SN}/${F}/${t}' --keep-days 90

Once, for a timer:
  arlo-relay record --to '/media/${N}/${Y}/${m}/${d}/${t}' --keep-bytes 200G --once

The pattern takes pyaarlo's substitutions, as $X or ${X}:
  SN  serial number          N   name of the camera     NN  the same as front_door
  Y m d  year, month, day    H M S  hour, minute, second, all in local time
  F   Y-m-d                  T t  H-M-S                 s   seconds since 1970
The extension is added, -2 and so on where a name is taken, and $$ is a dollar. Quote it for the shell.

What is before the first substitution is the archive's directory, which one process uses at a time.
It remembers what it has in .arlo-archive there: what you delete is not fetched again, and files
that it did not make are neither overwritten nor removed. It wakes no camera. Where Arlo cannot be
reached at the start it waits, but not with --once.";

#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    /// The names of the files: a pattern with substitutions, below
    #[arg(long, value_name = "PATTERN", env = "ARLO_RECORD_TO", value_parser = Pattern::parse)]
    pub(crate) to: Pattern,
    /// Remove recordings that are older than so many days
    #[arg(long, value_name = "N")]
    pub(crate) keep_days: Option<NonZeroU32>,
    /// Remove the oldest recordings while all have more bytes than this: a number, with K, M, G or T
    #[arg(long, value_name = "N", value_parser = bytes)]
    pub(crate) keep_bytes: Option<NonZeroU64>,
    /// Remove the oldest recordings while fewer bytes of the disk are free
    #[arg(long, value_name = "N", value_parser = bytes)]
    pub(crate) keep_free: Option<NonZeroU64>,
    /// How many days a new archive goes back
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(crate) first_days: u32,
    /// End when all that there is now was tried, with exit code 1 if something is missing or it is interrupted
    #[arg(long)]
    pub(crate) once: bool,
    #[command(flatten)]
    pub(crate) account: AccountArgs,
}

/// A number of bytes, with a unit of a thousand, a million and so on.
fn bytes(text: &str) -> Result<NonZeroU64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match text
        .get(digits.len()..)
        .unwrap_or_default()
        .to_ascii_uppercase()
        .trim_end_matches('B')
    {
        "" => 1,
        "K" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "T" => 1_000_000_000_000,
        _ => return Err("write a number, alone or with K, M, G or T".to_owned()),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| "write a number, alone or with K, M, G or T".to_owned())?;
    number
        .checked_mul(unit)
        .and_then(NonZeroU64::new)
        .ok_or_else(|| "it must be more than 0 and fit".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_a_unit_or_none() {
        for (text, expected) in [
            ("1", 1),
            ("20K", 20_000),
            ("5m", 5_000_000),
            ("200G", 200_000_000_000),
            ("1TB", 1_000_000_000_000),
        ] {
            assert_eq!(bytes(text).unwrap().get(), expected, "{text}");
        }
        for text in ["", "G", "0", "-1", "1.5G", "1X", "99999999999T", "1 G"] {
            bytes(text).unwrap_err();
        }
    }
}
