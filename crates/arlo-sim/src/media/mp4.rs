//! A small MP4 file (ISO/IEC 14496-12 and -14): one picture that is shown for ten seconds, and filling.

use bytes::Bytes;

use super::{jpeg, seed};

/// Milliseconds that the picture is shown.
const DURATION: u32 = 10_000;
/// The unity matrix of a movie and a track.
const MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// A recording of about `size` bytes, or of as many as it needs. Its bytes depend on the path and the size alone.
pub(super) fn recording(path: &str, size: usize) -> Bytes {
    let picture = jpeg::picture(path);
    let start = boxed(b"ftyp", b"isom\0\0\x02\0isomiso2mp41");
    // The offset in the movie counts the movie itself, whose length does not depend on the offset.
    let movie = |offset: usize| boxed(b"moov", &[movie_header(), track(offset, picture.len())].concat());
    let offset = start.len() + movie(0).len() + 8;
    let mut file = [start, movie(offset), boxed(b"mdat", &picture)].concat();
    let filling = filling(seed(path), size.saturating_sub(file.len() + 8));
    file.extend(boxed(b"free", &filling));
    file.into()
}

/// Bytes that no link compresses and no mistake repeats.
fn filling(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let next = || {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut bytes: Vec<u8> = std::iter::repeat_with(next).take(count.div_ceil(8)).flatten().collect();
    bytes.truncate(count);
    bytes
}

fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), &kind[..], content].concat()
}

/// A box with version 0 and flags.
fn full(kind: &[u8; 4], flags: u32, content: &[u8]) -> Vec<u8> {
    boxed(kind, &[&flags.to_be_bytes(), content].concat())
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn word(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn movie_header() -> Vec<u8> {
    let times = words(&[0, 0, 1000, DURATION, 0x1_0000, 0x0100_0000, 0, 0]);
    full(
        b"mvhd",
        0,
        &[times, words(&MATRIX), words(&[0, 0, 0, 0, 0, 0, 2])].concat(),
    )
}

fn track(offset: usize, length: usize) -> Vec<u8> {
    let size = words(&[8 << 16, 8 << 16]);
    let header = [words(&[0, 0, 1, 0, DURATION, 0, 0, 0, 0]), words(&MATRIX), size].concat();
    // "und" in five bits a letter.
    let media_header = full(b"mdhd", 0, &words(&[0, 0, 1000, DURATION, 0x55c4_0000]));
    let handler = full(b"hdlr", 0, b"\0\0\0\0vide\0\0\0\0\0\0\0\0\0\0\0\0camera\0");
    let here = full(b"url ", 1, &[]);
    let data = boxed(b"dinf", &full(b"dref", 0, &[words(&[1]), here].concat()));
    let video = full(b"vmhd", 1, &[0; 8]);
    let information = boxed(b"minf", &[video, data, samples(offset, length)].concat());
    let media = boxed(b"mdia", &[media_header, handler, information].concat());
    boxed(b"trak", &[full(b"tkhd", 3, &header), media].concat())
}

/// One sample in one chunk.
fn samples(offset: usize, length: usize) -> Vec<u8> {
    // ISO/IEC 14496-1: the object type 0x6c is JPEG.
    let decoder = b"\x04\x0d\x6c\x11\0\x10\0\0\0\0\0\0\0\0\0";
    let stream = [&b"\x03\x15\0\x01\0"[..], decoder, b"\x06\x01\x02"].concat();
    let mut entry = vec![0, 0, 0, 0, 0, 0, 0, 1];
    entry.extend([0; 16]);
    entry.extend([0, 8, 0, 8, 0, 0x48, 0, 0, 0, 0x48, 0, 0, 0, 0, 0, 0, 0, 1]);
    entry.extend([0; 32]);
    entry.extend([0, 0x18, 0xff, 0xff]);
    entry.extend(full(b"esds", 0, &stream));
    let described = full(b"stsd", 0, &[words(&[1]), boxed(b"mp4v", &entry)].concat());
    let times = full(b"stts", 0, &words(&[1, 1, DURATION]));
    let chunks = full(b"stsc", 0, &words(&[1, 1, 1, 1]));
    let sizes = full(b"stsz", 0, &words(&[0, 1, word(length)]));
    let offsets = full(b"stco", 0, &words(&[1, word(offset)]));
    boxed(b"stbl", &[described, times, chunks, sizes, offsets].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kinds of the boxes in these bytes.
    fn kinds(mut bytes: &[u8]) -> Vec<String> {
        let mut kinds = vec![];
        while !bytes.is_empty() {
            let length = usize::try_from(u32::from_be_bytes(bytes[..4].try_into().unwrap())).unwrap();
            kinds.push(String::from_utf8(bytes[4..8].to_vec()).unwrap());
            bytes = &bytes[length..];
        }
        kinds
    }

    #[test]
    fn the_boxes_fill_the_file_and_the_sample_is_the_picture() {
        let file = recording("/media/C/recordings/1.mp4", 5000);
        assert_eq!(file.len(), 5000);
        assert_eq!(kinds(&file), ["ftyp", "moov", "mdat", "free"]);
        let stco = file.windows(4).position(|window| window == b"stco").unwrap();
        let offset = u32::from_be_bytes(file[stco + 12..stco + 16].try_into().unwrap());
        assert!(file[usize::try_from(offset).unwrap()..].starts_with(b"\xff\xd8\xff\xdb"));
    }

    #[test]
    fn two_recordings_differ_and_one_is_always_the_same() {
        let one = recording("/media/C/recordings/1.mp4", 4000);
        assert_eq!(one, recording("/media/C/recordings/1.mp4", 4000));
        assert_ne!(one, recording("/media/C/recordings/2.mp4", 4000));
        assert_eq!(kinds(&recording("/x", 0)), ["ftyp", "moov", "mdat", "free"]);
    }
}
