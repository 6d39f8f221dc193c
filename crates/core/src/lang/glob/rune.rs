//! Go's view of bytes as characters, for matchers that step by bytes.

/// What an invalid byte decodes to.
pub(super) const ERROR: u32 = 0xfffd;

/// First character and its width, as `utf8.DecodeRune`: an invalid byte is U+FFFD of width 1, no byte is width 0.
pub(super) fn decode(bytes: &[u8]) -> (u32, usize) {
    let Some(&first) = bytes.first() else { return (ERROR, 0) };
    let width = match first {
        0..=0x7f => return (u32::from(first), 1),
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return (ERROR, 1),
    };
    let head = bytes.get(..width).and_then(|head| std::str::from_utf8(head).ok());
    head.and_then(|text| text.chars().next()).map_or((ERROR, 1), |c| (u32::from(c), width))
}
