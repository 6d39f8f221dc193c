//! Whether a file's bytes are text (npm `isbinaryfile` 5.0.7).

/// Bytes that are looked at.
const MAX_BYTES: usize = 512;
/// Bytes beyond, to complete a character.
const RESERVE: usize = 3;

/// Whether a file is copied as it is.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    if bytes.is_empty() {
        return false;
    }
    let text_marks: [&[u8]; 4] = [&[0xef, 0xbb, 0xbf], &[0, 0, 0xfe, 0xff], &[0xff, 0xfe, 0, 0], &[0x84, 0x31, 0x95, 0x33]];
    if text_marks.iter().any(|mark| bytes.starts_with(mark)) {
        return false;
    }
    if bytes.starts_with(b"%PDF-") {
        return true;
    }
    if bytes.starts_with(&[0xfe, 0xff]) || bytes.starts_with(&[0xff, 0xfe]) {
        return false;
    }
    let total = bytes.len().min(MAX_BYTES + RESERVE);
    let scanned = total.min(MAX_BYTES);
    let head = bytes.get(..total).unwrap_or(bytes);
    let mut suspicious = 0;
    let mut at = 0;
    while at < scanned {
        let Some(&byte) = head.get(at) else { break };
        if byte == 0 {
            return true;
        }
        if !(7..=14).contains(&byte) && !(32..=127).contains(&byte) {
            let (end, character) = sequence(head, at);
            at = end;
            if !character {
                suspicious += 1;
                if at >= 32 && suspicious * 100 > 10 * scanned {
                    return true;
                }
            }
        }
        at += 1;
    }
    suspicious * 100 > 10 * scanned || (suspicious > 1 && is_protobuf(head.get(..scanned).unwrap_or(head)))
}

/// The last byte that a lead byte takes with it, and whether the bytes make a character.
fn sequence(head: &[u8], at: usize) -> (usize, bool) {
    let length = match head.get(at) {
        Some(0xc0..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf7) => 4,
        _ => return (at, false),
    };
    match head.get(at + 1..at + length) {
        None => (at, false),
        Some(rest) if rest.iter().all(|byte| (0x80..=0xbf).contains(byte)) => (at + length - 1, true),
        // Only the first byte after the lead byte is skipped then.
        Some(_) => (at + 1, false),
    }
}

/// Bytes read one after another; reading too far is an error.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    failed: bool,
}

impl Reader<'_> {
    fn next(&mut self) -> u8 {
        match self.bytes.get(self.at) {
            Some(byte) if !self.failed => {
                self.at += 1;
                *byte
            }
            _ => {
                self.failed = true;
                0xff
            }
        }
    }

    fn skip(&mut self, count: i32) {
        for _ in 0..count.max(0) {
            if self.failed {
                return;
            }
            self.next();
        }
    }

    fn number(&mut self) -> i32 {
        let mut number = 0_i32;
        let mut index = 0_u32;
        while !self.failed {
            let byte = self.next();
            number |= i32::from(byte & 0x7f).wrapping_shl(7 * index);
            if byte & 0x80 == 0 {
                break;
            }
            if index >= 10 {
                self.failed = true;
                break;
            }
            index += 1;
        }
        number
    }

    fn message(&mut self) -> bool {
        match self.number() & 7 {
            0 => {
                self.number();
            }
            1 => self.skip(8),
            2 => {
                let length = self.number();
                self.skip(length);
            }
            5 => self.skip(4),
            _ => return false,
        }
        true
    }
}

fn is_protobuf(bytes: &[u8]) -> bool {
    let mut reader = Reader { bytes, at: 0, failed: false };
    let mut messages = 0;
    loop {
        if !reader.message() && !reader.failed {
            return false;
        }
        if reader.failed {
            return messages > 0;
        }
        messages += 1;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn tells_text() {
        assert!(!super::is_binary("# Grüße\n".as_bytes()));
        assert!(super::is_binary(b"a\0b") && super::is_binary(&[0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a]));
    }
}
