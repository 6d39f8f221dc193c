//! Sprig's `derivePassword`: the Master Password algorithm.

use hmac::{Hmac, Mac};
use sha2::Sha256;

const SEED: &[u8] = b"com.lyndir.masterpassword";

const LONG: [&str; 21] = [
    "CvcvnoCvcvCvcv",
    "CvcvCvcvnoCvcv",
    "CvcvCvcvCvcvno",
    "CvccnoCvcvCvcv",
    "CvccCvcvnoCvcv",
    "CvccCvcvCvcvno",
    "CvcvnoCvccCvcv",
    "CvcvCvccnoCvcv",
    "CvcvCvccCvcvno",
    "CvcvnoCvcvCvcc",
    "CvcvCvcvnoCvcc",
    "CvcvCvcvCvccno",
    "CvccnoCvccCvcv",
    "CvccCvccnoCvcv",
    "CvccCvccCvcvno",
    "CvcvnoCvccCvcc",
    "CvcvCvccnoCvcc",
    "CvcvCvccCvccno",
    "CvccnoCvcvCvcc",
    "CvccCvcvnoCvcc",
    "CvccCvcvCvccno",
];

fn templates(kind: &[u8]) -> Option<&'static [&'static str]> {
    Some(match kind {
        b"maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        b"long" => &LONG,
        b"medium" => &["CvcnoCvc", "CvcCvcno"],
        b"short" => &["Cvcn"],
        b"basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        b"pin" => &["nnnn"],
        _ => return None,
    })
}

fn characters(class: u8) -> &'static [u8] {
    match class {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'A' => b"AEIOUBCDFGHJKLMNPQRSTVWXYZ",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

fn seeded(name: &[u8]) -> Vec<u8> {
    let len = u32::try_from(name.len()).unwrap_or(u32::MAX);
    [SEED, &len.to_be_bytes(), name].concat()
}

/// The password, or the text that upstream gives in its place.
pub(super) fn derive(counter: u32, kind: &[u8], password: &[u8], user: &[u8], site: &[u8]) -> Vec<u8> {
    let Some(templates) = templates(kind) else {
        return [b"cannot find password template ", kind].concat();
    };
    let mut key = [0u8; 64];
    let derived = scrypt::Params::new(15, 8, 2, 64).is_ok_and(|params| scrypt::scrypt(password, &seeded(user), &params, &mut key).is_ok());
    let Some(mut mac) = derived.then(|| Hmac::<Sha256>::new_from_slice(&key).ok()).flatten() else {
        return b"failed to derive password: scrypt: parameters are too large".to_vec();
    };
    mac.update(&seeded(site));
    mac.update(&counter.to_be_bytes());
    let seed = mac.finalize().into_bytes();
    let first = usize::from(seed.first().copied().unwrap_or(0));
    let template = templates.get(first % templates.len()).copied().unwrap_or_default();
    template
        .bytes()
        .zip(seed.iter().skip(1))
        .filter_map(|(class, byte)| {
            let set = characters(class);
            set.get(usize::from(*byte) % set.len()).copied()
        })
        .collect()
}
