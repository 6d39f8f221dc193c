//! The hash by which Endpoints are sorted: MD5 of a Go `spew` dump of the struct.

use std::fmt::Write as _;

use crate::Value;

/// The hash of an `EndpointPort`.
pub(super) fn port_hash(port: &Value) -> [u8; 16] {
    let mut dump = String::from("(v1.EndpointPort)");
    port_fields(&mut dump, port);
    md5(dump.as_bytes())
}

/// The hash of an `EndpointSubset`.
pub(super) fn subset_hash(subset: &Value) -> [u8; 16] {
    let mut dump = String::from("(v1.EndpointSubset){");
    for (name, list) in [("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")] {
        let _ = write!(dump, "{name}:");
        list_dump(&mut dump, subset.get(list), "v1.EndpointAddress", address_fields);
        dump.push(' ');
    }
    dump.push_str("Ports:");
    list_dump(&mut dump, subset.get("ports"), "v1.EndpointPort", port_fields);
    dump.push('}');
    md5(dump.as_bytes())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

fn list_dump(out: &mut String, list: Option<&Value>, ty: &str, each: fn(&mut String, &Value)) {
    let _ = write!(out, "([]{ty})");
    let Some(items) = list.and_then(Value::as_array) else {
        out.push_str("<nil>");
        return;
    };
    out.push('[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(' ');
        }
        each(out, item);
    }
    out.push(']');
}

fn port_fields(out: &mut String, port: &Value) {
    let number = port.get("port").and_then(Value::as_i64).unwrap_or(0);
    let _ = write!(
        out,
        "{{Name:(string){} Port:(int32){number} Protocol:(v1.Protocol){} AppProtocol:",
        text(port, "name"),
        text(port, "protocol")
    );
    pointer(out, port, "appProtocol");
    out.push('}');
}

fn pointer(out: &mut String, value: &Value, key: &str) {
    let _ = write!(out, "(*string){}", value.get(key).and_then(Value::as_str).unwrap_or("<nil>"));
}

const REFERENCE: [(&str, &str, &str); 7] = [
    ("Kind", "string", "kind"),
    ("Namespace", "string", "namespace"),
    ("Name", "string", "name"),
    ("UID", "types.UID", "uid"),
    ("APIVersion", "string", "apiVersion"),
    ("ResourceVersion", "string", "resourceVersion"),
    ("FieldPath", "string", "fieldPath"),
];

fn address_fields(out: &mut String, address: &Value) {
    let _ = write!(out, "{{IP:(string){} Hostname:(string){} NodeName:", text(address, "ip"), text(address, "hostname"));
    pointer(out, address, "nodeName");
    out.push_str(" TargetRef:(*v1.ObjectReference)");
    match address.get("targetRef").filter(|target| !target.is_null()) {
        None => out.push_str("<nil>"),
        Some(target) => {
            let fields: Vec<String> = REFERENCE.iter().map(|(name, ty, key)| format!("{name}:({ty}){}", text(target, key))).collect();
            let _ = write!(out, "{{{}}}", fields.join(" "));
        }
    }
    out.push('}');
}

const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

/// RFC 1321; used for order only.
fn md5(data: &[u8]) -> [u8; 16] {
    let mut message = data.to_vec();
    message.push(0x80);
    while message.len() % 64 != 56 {
        message.push(0);
    }
    message.extend(u64::try_from(data.len()).unwrap_or(0).wrapping_mul(8).to_le_bytes());
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in message.chunks_exact(64) {
        let mut words = [0_u32; 16];
        for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
            *word = bytes.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
        }
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64_usize {
            let (mix, word) = match step / 16 {
                0 => ((b & c) | (!b & d), step),
                1 => ((d & b) | (!d & c), (5 * step + 1) % 16),
                2 => (b ^ c ^ d, (3 * step + 5) % 16),
                _ => (c ^ (b | !d), (7 * step) % 16),
            };
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
            let constant = (((step + 1) as f64).sin().abs() * 4_294_967_296.0) as u32;
            let sum = a.wrapping_add(mix).wrapping_add(constant).wrapping_add(words.get(word).copied().unwrap_or(0));
            let shift = SHIFTS.get(step / 16).and_then(|row| row.get(step % 4)).copied().unwrap_or(0);
            (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(shift)));
        }
        for (total, part) in state.iter_mut().zip([a, b, c, d]) {
            *total = total.wrapping_add(part);
        }
    }
    let mut out = [0; 16];
    for (bytes, word) in out.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes() {
        let hex: String = md5(b"abc").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "900150983cd24fb0d6963f7d28e17f72");
    }
}
