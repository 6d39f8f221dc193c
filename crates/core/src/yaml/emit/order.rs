//! The order of keys: letters by code point, numbers inside them by value
//! (go-yaml's `sorter.go`).

/// Sorts by [`less`]. The order is not total for all texts (`a10`, `a1b` and
/// `a9` go round in a circle), so this is a sort of our own, which cannot be led
/// astray; few keys are inserted one by one, as Go does.
pub(super) fn sort<T>(mut pairs: Vec<(&String, T)>) -> Vec<(&String, T)> {
    pairs.sort_by_key(|(key, _)| *key);
    if pairs.len() <= 12 {
        for end in 1..pairs.len() {
            let mut at = end;
            while at > 0 && matches!(pairs.get(at - 1..=at), Some([before, here]) if less(here.0, before.0)) {
                pairs.swap(at, at - 1);
                at -= 1;
            }
        }
        return pairs;
    }
    merge_sort(pairs)
}

fn merge_sort<T>(mut pairs: Vec<(&String, T)>) -> Vec<(&String, T)> {
    if pairs.is_sorted_by(|one, other| !less(other.0, one.0)) {
        return pairs;
    }
    let right = pairs.split_off(pairs.len() / 2);
    let mut left = merge_sort(pairs).into_iter().peekable();
    let mut right = merge_sort(right).into_iter().peekable();
    let mut merged = Vec::with_capacity(left.len() + right.len());
    loop {
        let take_right = match (left.peek(), right.peek()) {
            (Some(left), Some(right)) => less(right.0, left.0),
            (None, Some(_)) => true,
            (Some(_), None) => false,
            (None, None) => return merged,
        };
        merged.extend(if take_right { right.next() } else { left.next() });
    }
}

/// Whether one key comes before another.
fn less(one: &str, other: &str) -> bool {
    let common = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let boundary = (0..=common).rev().find(|at| one.is_char_boundary(*at) && other.is_char_boundary(*at)).unwrap_or(0);
    let (shared, one_rest) = one.split_at(boundary);
    let other_rest = other.get(boundary..).unwrap_or_default();
    let (Some(a), Some(b)) = (one_rest.chars().next(), other_rest.chars().next()) else {
        return one_rest.len() < other_rest.len();
    };
    match (is_letter(a), is_letter(b)) {
        (true, true) => return a < b,
        (false, false) => {}
        (_, letter) => return letter,
    }
    // A zero inside a number counts by what stands before it.
    let inside = (a == '0' || b == '0') && shared.chars().rev().take_while(|digit| is_digit(*digit)).any(|digit| digit != '0');
    let (one_number, one_len) = leading_number(one_rest, inside);
    let (other_number, other_len) = leading_number(other_rest, inside);
    if one_number != other_number {
        return one_number < other_number;
    }
    if one_len != other_len {
        return one_len < other_len;
    }
    a < b
}

fn leading_number(text: &str, inside: bool) -> (i64, usize) {
    let digits = text.chars().take_while(|digit| is_digit(*digit));
    digits.fold((i64::from(inside), 0), |(number, len), digit| {
        (number.wrapping_mul(10).wrapping_add(i64::from(digit as u32) - i64::from(b'0')), len + 1)
    })
}

fn is_letter(character: char) -> bool {
    character.is_alphabetic() && !character.is_numeric()
}

fn is_digit(character: char) -> bool {
    character.is_ascii_digit()
        || (!character.is_ascii() && character.is_numeric() && character.to_digit(10).is_none() && is_decimal(character))
}

/// Decimal digits outside ASCII come in runs of ten that start at a multiple
/// of 16, or 6 above one, in their block.
fn is_decimal(character: char) -> bool {
    matches!(character as u32,
        0x660..=0x669 | 0x6f0..=0x6f9 | 0x7c0..=0x7c9 | 0x966..=0x96f | 0x9e6..=0x9ef | 0xa66..=0xa6f | 0xae6..=0xaef
        | 0xb66..=0xb6f | 0xbe6..=0xbef | 0xc66..=0xc6f | 0xce6..=0xcef | 0xd66..=0xd6f | 0xde6..=0xdef | 0xe50..=0xe59
        | 0xed0..=0xed9 | 0xf20..=0xf29 | 0x1040..=0x1049 | 0x17e0..=0x17e9 | 0x1810..=0x1819 | 0xff10..=0xff19)
}
