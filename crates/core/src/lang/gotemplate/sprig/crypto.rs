//! `crypto.go`: what is computed, and stand-ins for what is drawn at random.
//!
//! Keys, certificates and salted hashes never come out of a template: a text
//! that depends on them is refused. The stand-ins let the rest of it be checked.

use std::{any::Any, rc::Rc};

use aes::cipher::{BlockDecryptMut, BlockEncryptMut, KeyIvInit, block_padding::NoPadding};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    super::{
        convert::{any, text},
        env::Env,
        function::{Fault, Function, Outcome, Ty, fixed, volatile},
    },
    encoding::base64_decode,
    password::derive,
};
use crate::{
    Error,
    lang::gofmt::{Foreign, Kind, Text, Value},
};

/// Keys, certificates, hashes and ciphers.
pub(super) fn functions() -> Vec<Function> {
    use Ty::{Any, Int, List, Str, Uint32};
    let mut table = vec![
        volatile(fixed("bcrypt", &[Str], |env, args| Ok(Value::text(bcrypt(env, "bcrypt", text(args, 0)))))),
        volatile(fixed("htpasswd", &[Str, Str], |env, args| {
            let user = text(args, 0);
            if user.contains(&b':') {
                return Ok(Value::text([b"invalid username: ", user].concat()));
            }
            Ok(Value::text([user, b":", bcrypt(env, "htpasswd", text(args, 1)).as_bytes()].concat()))
        })),
        volatile(fixed("genPrivateKey", &[Str], |env, args| {
            let label = match text(args, 0) {
                b"" | b"rsa" => "RSA PRIVATE KEY",
                b"dsa" => "DSA PRIVATE KEY",
                b"ecdsa" => "EC PRIVATE KEY",
                b"ed25519" => "PRIVATE KEY",
                other => return Ok(Value::text([b"Unknown type ", other].concat())),
            };
            Ok(Value::text(pem(env, "genPrivateKey", label)))
        })),
        fixed("derivePassword", &[Uint32, Str, Str, Str, Str], |_, args| {
            let counter = if let Value::Uint64(counter) = any(args, 0) { *counter as u32 } else { 0 };
            Ok(Value::text(derive(counter, text(args, 1), text(args, 2), text(args, 3), text(args, 4))))
        }),
        fixed("buildCustomCert", &[Str, Str], build_custom),
        volatile(fixed("encryptAES", &[Str, Str], encrypt)),
        fixed("decryptAES", &[Str, Str], decrypt),
    ];
    let certificates: [(&'static str, &'static [Ty]); 6] = [
        ("genCA", &[Str, Int]),
        ("genCAWithKey", &[Str, Int, Str]),
        ("genSelfSignedCert", &[Str, List, List, Int]),
        ("genSelfSignedCertWithKey", &[Str, List, List, Int, Str]),
        ("genSignedCert", &[Str, List, List, Int, Any]),
        ("genSignedCertWithKey", &[Str, List, List, Int, Any, Str]),
    ];
    for (name, params) in certificates {
        table.push(volatile(fixed(name, params, generated)));
    }
    table
}

fn bcrypt(env: &Env, name: &'static str, password: &[u8]) -> String {
    if password.len() > 72 {
        return "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes".into();
    }
    let digits = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let drawn = (0..53).filter_map(|_| digits.get((env.entropy(name) % 64) as usize));
    let hash: String = drawn.map(|digit| char::from(*digit)).collect();
    format!("$2a$10${hash}")
}

fn pem(env: &Env, name: &'static str, label: &str) -> String {
    let bytes: Vec<u8> = (0..118).map(|_| env.entropy(name) as u8).collect();
    let body = STANDARD.encode(bytes);
    let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// Sprig's `certificate`: a struct of two texts.
#[derive(Debug)]
struct Certificate {
    cert: String,
    key: String,
}

impl Foreign for Certificate {
    fn type_name(&self) -> String {
        "sprig.certificate".into()
    }
    fn kind(&self) -> Kind {
        Kind::Struct
    }
    fn string(&self) -> Option<Vec<u8>> {
        None
    }
    fn plain(&self) -> Vec<u8> {
        format!("{{{} {}}}", self.cert, self.key).into_bytes()
    }
    fn json(&self) -> Option<String> {
        Some(format!("{{\"Cert\":{:?},\"Key\":{:?}}}", self.cert, self.key))
    }
    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        let value = match name {
            "Cert" => self.cert.as_str(),
            "Key" => self.key.as_str(),
            _ => return None,
        };
        Some(if arguments.is_empty() {
            Ok(Value::text(value))
        } else {
            Err(format!("{name} has arguments but cannot be invoked as function"))
        })
    }
    fn equals(&self, other: &dyn Foreign) -> bool {
        other.as_any().downcast_ref::<Self>().is_some_and(|other| self.cert == other.cert && self.key == other.key)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn generated(env: &Env, _: &[Value]) -> Outcome {
    let certificate = Certificate { cert: pem(env, "genCA", "CERTIFICATE"), key: pem(env, "genCA", "RSA PRIVATE KEY") };
    Ok(Value::Foreign(Rc::new(certificate)))
}

fn build_custom(_: &Env, args: &[Value]) -> Outcome {
    let part = |index: usize, what: &str| -> Result<String, Fault> {
        let bytes = base64_decode(text(args, index)).map_err(|_| format!("unable to decode base64 {what}"))?;
        let text = Text::from(bytes).to_lossy().into_owned();
        if text.contains("-----BEGIN ") && text.contains("-----END ") { Ok(text) } else { Err(format!("unable to decode {what}").into()) }
    };
    part(0, "certificate")?;
    part(1, "private key")?;
    Err(Fault::Refused(Error::new("notModelled", "buildCustomCert: certificates are not read here")))
}

fn key(password: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    key.iter_mut().zip(password).for_each(|(slot, byte)| *slot = *byte);
    key
}

fn encrypt(env: &Env, args: &[Value]) -> Outcome {
    let plain = text(args, 1);
    if plain.is_empty() {
        return Ok(Value::text(""));
    }
    env.room(plain.len().checked_mul(2))?;
    let pad = 16 - plain.len() % 16;
    let mut padded = plain.to_vec();
    padded.resize(plain.len() + pad, pad as u8);
    let mut iv = [0u8; 16];
    iv.iter_mut().for_each(|byte| *byte = env.entropy("encryptAES") as u8);
    let sealed = cbc::Encryptor::<aes::Aes256>::new(&key(text(args, 0)).into(), &iv.into()).encrypt_padded_vec_mut::<NoPadding>(&padded);
    Ok(Value::text(STANDARD.encode([iv.as_slice(), &sealed].concat())))
}

fn decrypt(_: &Env, args: &[Value]) -> Outcome {
    let source = text(args, 1);
    if source.is_empty() {
        return Ok(Value::text(""));
    }
    let sealed = base64_decode(source).map_err(|at| format!("illegal base64 data at input byte {at}"))?;
    let (Some(iv), Some(body)) = (sealed.first_chunk::<16>(), sealed.get(16..)) else {
        return Err("runtime error: slice bounds out of range".into());
    };
    if body.len() % 16 != 0 {
        return Err("crypto/cipher: input not full blocks".into());
    }
    let opened = cbc::Decryptor::<aes::Aes256>::new(&key(text(args, 0)).into(), iv.into())
        .decrypt_padded_vec_mut::<NoPadding>(body)
        .map_err(|_| "crypto/cipher: input not full blocks")?;
    let pad = opened.last().copied().ok_or("runtime error: index out of range [-1]")?;
    let end = opened.len().checked_sub(usize::from(pad)).ok_or("runtime error: slice bounds out of range")?;
    Ok(Value::text(opened.get(..end).unwrap_or_default()))
}
