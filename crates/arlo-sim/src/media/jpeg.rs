//! A small JPEG file (ITU-T T.81): eight by eight grey points, and a comment that makes each one different.

use bytes::Bytes;

/// Baseline, one component. The quantisation table is all ones; each of the two Huffman tables has one code of one bit:
/// no difference of the mean, and the end of the block.
const AFTER_COMMENT: &[u8] = b"\
    \xff\xc0\0\x0b\x08\0\x08\0\x08\x01\x01\x11\0\
    \xff\xc4\0\x14\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    \xff\xc4\0\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    \xff\xda\0\x08\x01\x01\0\0\x3f\0\
    \x3f\xff\xd9";

/// A picture whose comment is `comment`.
pub(super) fn picture(comment: &str) -> Bytes {
    let mut file = b"\xff\xd8\xff\xdb\0\x43\0".to_vec();
    file.extend([1; 64]);
    let comment = comment.as_bytes().get(..1000).unwrap_or(comment.as_bytes());
    // The length counts itself.
    let length = u16::try_from(comment.len() + 2).unwrap_or_default();
    file.extend(b"\xff\xfe");
    file.extend(length.to_be_bytes());
    file.extend(comment);
    file.extend(AFTER_COMMENT);
    file.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_segment_ends_where_the_next_begins() {
        let file = picture("/media/C/snapshots/1.jpg");
        let mut place = 2;
        let mut seen = vec![];
        while file[place + 1] != 0xda {
            assert_eq!(file[place], 0xff);
            seen.push(file[place + 1]);
            place += 2 + usize::from(u16::from_be_bytes([file[place + 2], file[place + 3]]));
        }
        assert_eq!(seen, [0xdb, 0xfe, 0xc0, 0xc4, 0xc4]);
        assert!(file.starts_with(b"\xff\xd8") && file.ends_with(b"\xff\xd9"));
    }
}
