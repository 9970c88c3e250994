//! What a file is, by its own bytes, and whether it is whole.
//!
//! A server can say a wrong length, and a cut file can look complete by all that HTTP says. An MP4 file is a sequence
//! of boxes with their lengths (ISO/IEC 14496-12), so a missing end shows. A JPEG file ends with a marker (ITU-T T.81).
//! Only the heads of the boxes are read, whatever the length of the file is.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use crate::recording::Kind;

/// Most boxes at the top of an MP4 file. A fragmented recording has two a fragment.
const MAX_BOXES: usize = 100_000;
/// How much of the end is searched for the end of a picture. Some cameras append bytes.
const MAX_TAIL: u64 = 4096;

/// The judgment of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// It is what it should be, and whole. With its extension.
    Whole(&'static str),
    /// It may be what it should be, but it is not known, or its end is missing. With its extension and the reason.
    Doubtful(&'static str, &'static str),
    /// It is no recording.
    Wrong(&'static str),
}

/// Reads as much of the file as the judgment needs.
pub(crate) fn judge(file: &mut File, kind: Kind, content_type: &str) -> io::Result<Content> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    file.by_ref().take(64).read_to_end(&mut head)?;
    if head.is_empty() {
        return Ok(Content::Wrong("it is empty"));
    }
    if is_text(&head) {
        return Ok(Content::Wrong("it is a text and no recording"));
    }
    let content = if head.get(4..8) == Some(b"ftyp") {
        mp4(file, length)?
    } else if head.starts_with(&[0xff, 0xd8, 0xff]) {
        jpeg(file, length)?
    } else if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        Content::Whole("png")
    } else if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        Content::Whole("webp")
    } else {
        let extension = by_content_type(kind, content_type);
        return Ok(Content::Doubtful(extension, "its format is unknown"));
    };
    let is_picture = matches!(
        content,
        Content::Whole("jpg" | "png" | "webp") | Content::Doubtful("jpg", _)
    );
    Ok(match content {
        Content::Whole(extension) if is_picture != (kind == Kind::Snapshot) => {
            Content::Doubtful(extension, "it is a picture in place of a video, or the other way round")
        }
        other => other,
    })
}

/// An error page instead of the file. XML and JSON of a server begin like this, and no format of a recording does.
fn is_text(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    matches!(head.trim_ascii_start().first(), Some(b'<' | b'{' | b'[') | None)
}

/// Arlo also writes the resolution of a video there.
fn by_content_type(kind: Kind, content_type: &str) -> &'static str {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
        "image/jpg" | "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "video/mp4" | "2k" | "4k" | "hd" => "mp4",
        "video/webm" => "webm",
        "video/mp2t" => "ts",
        "video/quicktime" => "mov",
        _ if kind == Kind::Snapshot => "jpg",
        _ => "mp4",
    }
}

fn mp4(file: &mut File, length: u64) -> io::Result<Content> {
    const EXTENSION: &str = "mp4";
    let mut at = 0;
    let mut has_index = false;
    for _ in 0..MAX_BOXES {
        if at == length {
            return Ok(if has_index {
                Content::Whole(EXTENSION)
            } else {
                Content::Doubtful(EXTENSION, "the video has no index")
            });
        }
        let mut head = Vec::new();
        file.seek(SeekFrom::Start(at))?;
        file.by_ref().take(16).read_to_end(&mut head)?;
        let (Some(size), Some(name)) = (head.first_chunk::<4>(), head.get(4..8)) else {
            return Ok(Content::Doubtful(EXTENSION, "its end is missing"));
        };
        has_index |= name == b"moov";
        let size = match u32::from_be_bytes(*size) {
            // Up to the end of the file.
            0 => length - at,
            1 => match head.get(8..16).and_then(|long| long.first_chunk::<8>()) {
                Some(long) => u64::from_be_bytes(*long),
                None => 0,
            },
            size => size.into(),
        };
        match at.checked_add(size) {
            Some(next) if size >= 8 && next <= length => at = next,
            _ => return Ok(Content::Doubtful(EXTENSION, "its end is missing")),
        }
    }
    Ok(Content::Doubtful(EXTENSION, "the video has too many parts"))
}

fn jpeg(file: &mut File, length: u64) -> io::Result<Content> {
    const EXTENSION: &str = "jpg";
    file.seek(SeekFrom::Start(length.saturating_sub(MAX_TAIL)))?;
    let mut tail = Vec::new();
    file.by_ref().take(MAX_TAIL).read_to_end(&mut tail)?;
    Ok(if tail.windows(2).any(|pair| pair == [0xff, 0xd9]) {
        Content::Whole(EXTENSION)
    } else {
        Content::Doubtful(EXTENSION, "its end is missing")
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn box_(name: &[u8; 4], body: usize) -> Vec<u8> {
        let mut bytes = u32::try_from(body + 8).unwrap().to_be_bytes().to_vec();
        bytes.extend_from_slice(name);
        bytes.extend(std::iter::repeat_n(7, body));
        bytes
    }

    fn video() -> Vec<u8> {
        [box_(b"ftyp", 16), box_(b"moov", 100), box_(b"mdat", 1000)].concat()
    }

    fn judged(bytes: &[u8], kind: Kind, content_type: &str) -> Content {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        judge(&mut file, kind, content_type).unwrap()
    }

    #[test]
    fn a_whole_video_is_told_from_a_cut_one() {
        let video = video();
        assert_eq!(judged(&video, Kind::Recording, "4k"), Content::Whole("mp4"));
        let mut whole = 0;
        for end in 13..video.len() {
            match judged(&video[..end], Kind::Recording, "4k") {
                Content::Whole(_) => whole += 1,
                Content::Doubtful("mp4", _) => {}
                other => panic!("{end}: {other:?}"),
            }
        }
        // After the index and before the pictures: that cut alone looks like an end.
        assert_eq!(whole, 1);
    }

    #[test]
    fn long_and_open_boxes_are_followed() {
        let mut long = box_(b"ftyp", 16);
        long.extend([0, 0, 0, 1]);
        long.extend(b"mdat");
        long.extend(24_u64.to_be_bytes());
        long.extend([0; 8]);
        long.extend(box_(b"moov", 4));
        assert_eq!(judged(&long, Kind::Recording, ""), Content::Whole("mp4"));
        let mut open = [box_(b"ftyp", 16), box_(b"moov", 4)].concat();
        open.extend([0, 0, 0, 0]);
        open.extend(b"mdat12345");
        assert_eq!(judged(&open, Kind::Recording, ""), Content::Whole("mp4"));
    }

    #[test]
    fn lengths_that_lead_nowhere_end_the_walk() {
        for size in [[0, 0, 0, 7], [0, 0, 0, 1], [0xff; 4]] {
            let mut bytes = box_(b"ftyp", 16);
            bytes.extend(size);
            bytes.extend(b"free");
            bytes.extend([0xff; 8]);
            assert!(matches!(
                judged(&bytes, Kind::Recording, ""),
                Content::Doubtful("mp4", _)
            ));
        }
    }

    #[test]
    fn a_picture_must_have_its_end() {
        let picture = [&[0xff, 0xd8, 0xff, 0xe0][..], &[5; 100], &[0xff, 0xd9]].concat();
        assert_eq!(judged(&picture, Kind::Snapshot, ""), Content::Whole("jpg"));
        let cut = &picture[..picture.len() - 1];
        assert!(matches!(judged(cut, Kind::Snapshot, ""), Content::Doubtful("jpg", _)));
        assert!(matches!(
            judged(&picture, Kind::Recording, ""),
            Content::Doubtful("jpg", _)
        ));
    }

    #[test]
    fn texts_and_empty_files_are_no_recordings() {
        for text in [
            "",
            "<?xml version='1.0'?><Error/>",
            "  {\"error\":1}",
            "\u{feff}<html>",
            "\n\n",
        ] {
            assert!(
                matches!(judged(text.as_bytes(), Kind::Recording, "video/mp4"), Content::Wrong(_)),
                "{text}"
            );
        }
    }

    #[test]
    fn an_unknown_format_takes_its_extension_from_the_content_type() {
        for (kind, content_type, extension) in [
            (Kind::Recording, "4k", "mp4"),
            (Kind::Recording, "video/webm; x=1", "webm"),
            (Kind::Snapshot, "image/jpg", "jpg"),
            (Kind::Snapshot, "", "jpg"),
            (Kind::Recording, "application/octet-stream", "mp4"),
        ] {
            let content = judged(&[1, 2, 3, 4, 5], kind, content_type);
            assert_eq!(content, Content::Doubtful(extension, "its format is unknown"));
        }
    }
}
