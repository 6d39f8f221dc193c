//! Character classes of YAML 1.1, and which characters a text may hold.

/// Bytes that can end or interrupt a plain scalar, or start a line break.
const PLAIN_STOP: [bool; 256] = {
    let mut table = [false; 256];
    let stops = b" \t\r\n\0:,?[]{}\xc2\xe2";
    let mut at = 0;
    while at < stops.len() {
        table[stops[at] as usize] = true;
        at += 1;
    }
    table
};

/// Whether a byte needs a closer look inside a plain scalar.
#[inline]
pub(super) fn plain_stop(byte: u8) -> bool {
    PLAIN_STOP.get(usize::from(byte)).copied().unwrap_or(true)
}

/// Letters, digits, `_` and `-`.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// Characters a tag's URI may hold (`%` starts an escape).
pub(super) fn is_uri(byte: u8) -> bool {
    is_word(byte) || b";/?:@&=+$,.!~*'()[]%".contains(&byte)
}

/// The length in bytes of the line break at the start of `bytes`; 0 if none.
#[inline]
pub(super) fn break_len(bytes: &[u8]) -> usize {
    match bytes {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        [b'\r', ..] => 1,
        [0xc2, 0x85, ..] => 2,
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => 3,
        _ => 0,
    }
}

/// What a line break of these bytes becomes in a value.
pub(super) fn break_text(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xe2, 0x80, 0xa8, ..] => "\u{2028}",
        [0xe2, 0x80, 0xa9, ..] => "\u{2029}",
        _ => "\n",
    }
}

/// The offset of the first character that no YAML text may hold.
pub(super) fn first_forbidden(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = bytes.get(at..)?.iter().position(|byte| matches!(byte, 0..=8 | 11 | 12 | 14..=31 | 127 | 0xc2 | 0xef)) {
        at += found;
        match (bytes.get(at), bytes.get(at + 1), bytes.get(at + 2)) {
            (Some(0xc2), Some(next), _) if (0x80..0xa0).contains(next) && *next != 0x85 => return Some(at),
            (Some(0xef), Some(0xbf), Some(0xbe | 0xbf)) => return Some(at),
            (Some(0xc2 | 0xef), ..) => at += 2,
            _ => return Some(at),
        }
    }
    None
}

/// The start of the block of 512 bytes in which upstream's reader first sees
/// the byte at `offset`: it refuses a bad character when it reads that block,
/// so one that lies past the first document may never be seen.
pub(super) fn reader_block(text: &str, offset: usize) -> usize {
    let mut start = 0;
    loop {
        let mut end = (start + 512).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        if offset < end || end <= start {
            return start;
        }
        start = end;
    }
}
