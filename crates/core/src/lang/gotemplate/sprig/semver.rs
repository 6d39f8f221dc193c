//! `semver.go` on `Masterminds/semver` 3.4.0.

use std::{any::Any, cmp::Ordering, rc::Rc, sync::LazyLock};

use regex::Regex;

use super::super::{
    convert::text,
    function::{Function, Ty, fixed},
};
use crate::lang::gofmt::{Foreign, Kind, Text, Value, time::no_arguments};

/// Versions and constraints.
pub(super) fn functions() -> Vec<Function> {
    use Ty::Str;
    vec![
        fixed("semver", &[Str], |_, args| {
            let version = Version::parse(&lossy(args, 0))?;
            Ok(Value::Foreign(Rc::new(version)))
        }),
        fixed("semverCompare", &[Str, Str], |_, args| {
            let constraints = Constraints::parse(&lossy(args, 0))?;
            let version = Version::parse(&lossy(args, 1))?;
            Ok(Value::Bool(constraints.check(&version)))
        }),
    ]
}

fn lossy(args: &[Value], index: usize) -> String {
    Text::from(text(args, index)).to_lossy().into_owned()
}

/// `semver.Version`, or a pointer to one.
#[derive(Debug, Clone, Default)]
struct Version {
    major: u64,
    minor: u64,
    patch: u64,
    pre: String,
    metadata: String,
    original: String,
    by_value: bool,
}

const INVALID: &str = "invalid semantic version";

impl Version {
    fn parse(text: &str) -> Result<Self, String> {
        static LOOSE: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r"^v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?$")
                .ok()
        });
        let captures = LOOSE.as_ref().and_then(|regex| regex.captures(text)).ok_or(INVALID)?;
        let group = |index| captures.get(index).map_or("", |found| found.as_str());
        let segment = |index| -> Result<u64, String> {
            match group(index).trim_start_matches('.') {
                "" => Ok(0),
                digits => digits
                    .parse()
                    .map_err(|_| format!("error parsing version segment: strconv.ParseUint: parsing {digits:?}: value out of range")),
            }
        };
        let version = Self {
            major: segment(1)?,
            minor: segment(2)?,
            patch: segment(3)?,
            pre: group(5).into(),
            metadata: group(8).into(),
            original: text.into(),
            by_value: false,
        };
        let leading_zero = |part: &str| part.len() > 1 && part.starts_with('0') && part.bytes().all(|b| b.is_ascii_digit());
        if !version.pre.is_empty() && version.pre.split('.').any(leading_zero) {
            return Err("version segment starts with 0".into());
        }
        Ok(version)
    }

    fn text(&self) -> String {
        let mut text = format!("{}.{}.{}", self.major, self.minor, self.patch);
        if !self.pre.is_empty() {
            text.push('-');
            text.push_str(&self.pre);
        }
        if !self.metadata.is_empty() {
            text.push('+');
            text.push_str(&self.metadata);
        }
        text
    }

    fn compare(&self, other: &Self) -> Ordering {
        let numbers = (self.major, self.minor, self.patch).cmp(&(other.major, other.minor, other.patch));
        numbers.then_with(|| match (self.pre.as_str(), other.pre.as_str()) {
            ("", "") => Ordering::Equal,
            ("", _) => Ordering::Greater,
            (_, "") => Ordering::Less,
            (a, b) => compare_pre(a, b),
        })
    }

    fn next(&self, part: &str) -> Self {
        let mut next = Self { pre: String::new(), metadata: String::new(), by_value: true, ..self.clone() };
        match part {
            "IncMajor" => (next.major, next.minor, next.patch) = (self.major.wrapping_add(1), 0, 0),
            "IncMinor" => (next.minor, next.patch) = (self.minor.wrapping_add(1), 0),
            _ if self.pre.is_empty() => next.patch = self.patch.wrapping_add(1),
            _ => {}
        }
        next.original = format!("{}{}", if self.original.starts_with('v') { "v" } else { "" }, next.text());
        next
    }
}

fn compare_pre(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split('.').collect(), b.split('.').collect());
    for index in 0..a.len().max(b.len()) {
        let order = match (a.get(index).copied(), b.get(index).copied()) {
            (Some(a), Some(b)) if a == b => Ordering::Equal,
            (None, Some("")) | (Some(""), None) => Ordering::Equal,
            (None, _) => Ordering::Less,
            (_, None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>().ok(), b.parse::<u64>().ok()) {
                (None, None) => a.cmp(b),
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(a), Some(b)) => a.cmp(&b),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

impl Foreign for Version {
    fn type_name(&self) -> String {
        if self.by_value { "semver.Version" } else { "*semver.Version" }.into()
    }
    fn kind(&self) -> Kind {
        if self.by_value { Kind::Struct } else { Kind::Ptr }
    }
    fn string(&self) -> Option<Vec<u8>> {
        Some(self.text().into_bytes())
    }
    fn json(&self) -> Option<String> {
        Some(format!("{:?}", self.text()))
    }
    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        let other = match arguments {
            [Value::Foreign(other)] => other.as_any().downcast_ref::<Self>(),
            _ => None,
        };
        let pointer_only = ["Original", "Compare", "LessThan", "GreaterThan", "Equal", "LessThanEqual", "GreaterThanEqual"].contains(&name);
        if pointer_only && self.by_value {
            return None;
        }
        if pointer_only && name != "Original" {
            let Some(other) = other else { return Some(Err(format!("wrong type or number of args for {name}"))) };
            let order = self.compare(other);
            return Some(Ok(match name {
                "Compare" => Value::Int(order as i64),
                "LessThan" => Value::Bool(order.is_lt()),
                "GreaterThan" => Value::Bool(order.is_gt()),
                "LessThanEqual" => Value::Bool(order.is_le()),
                "GreaterThanEqual" => Value::Bool(order.is_ge()),
                _ => Value::Bool(order.is_eq()),
            }));
        }
        let value = match name {
            "Major" => Value::Uint64(self.major),
            "Minor" => Value::Uint64(self.minor),
            "Patch" => Value::Uint64(self.patch),
            "Prerelease" => Value::text(self.pre.as_str()),
            "Metadata" => Value::text(self.metadata.as_str()),
            "Original" => Value::text(self.original.as_str()),
            "String" => Value::text(self.text()),
            "IncMajor" | "IncMinor" | "IncPatch" => Value::Foreign(Rc::new(self.next(name))),
            _ => return None,
        };
        Some(no_arguments(name, arguments).map(|()| value))
    }
    fn equals(&self, other: &dyn Foreign) -> bool {
        other.as_any().downcast_ref::<Self>().is_some_and(|other| self.original == other.original && self.text() == other.text())
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[derive(Debug)]
struct Constraint {
    version: Version,
    operator: String,
    dirty: bool,
    minor_dirty: bool,
    patch_dirty: bool,
}

/// Alternatives of constraints that must all hold.
#[derive(Debug)]
struct Constraints(Vec<(Vec<Constraint>, bool)>);

const CV: &str =
    r"v?([0-9|xX*]+)(\.[0-9|xX*]+)?(\.[0-9|xX*]+)?(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?";
const OPERATORS: &str = r"=||!=|>|<|>=|=>|<=|=<|~|~>|\^";

struct Patterns {
    one: Regex,
    range: Regex,
    find: Regex,
    valid: Regex,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    let space = r"[\t\n\f\r ]";
    Some(Patterns {
        one: Regex::new(&format!("^{space}*({OPERATORS}){space}*({CV}){space}*$")).ok()?,
        range: Regex::new(&format!("{space}*({CV}){space}+-{space}+({CV}){space}*")).ok()?,
        find: Regex::new(&format!("({OPERATORS}){space}*({CV})")).ok()?,
        valid: Regex::new(&format!(
            "^({space}*({OPERATORS}){space}*({CV}){space}*)((?:{space}+|,{space}*)({OPERATORS}){space}*({CV}){space}*)*$"
        ))
        .ok()?,
    })
});

impl Constraints {
    fn parse(source: &str) -> Result<Self, String> {
        let patterns = PATTERNS.as_ref().ok_or("constraint parser error")?;
        let mut text = source.to_owned();
        for range in patterns.range.captures_iter(source) {
            let group = |index| range.get(index).map_or("", |found| found.as_str());
            text = text.replacen(group(0), &format!(">= {}, <= {} ", group(1), group(11)), 1);
        }
        let mut alternatives = Vec::new();
        for part in text.split("||") {
            if !patterns.valid.is_match(part) {
                return Err(format!("improper constraint: {part}"));
            }
            let mut found: Vec<&str> = patterns.find.find_iter(part).map(|found| found.as_str()).collect();
            if found.is_empty() {
                found.push(part);
            }
            let constraints: Result<Vec<Constraint>, String> = found.iter().map(|one| Constraint::parse(one, patterns)).collect();
            let constraints = constraints?;
            let pre = constraints.iter().any(|constraint| !constraint.version.pre.is_empty());
            alternatives.push((constraints, pre));
        }
        Ok(Self(alternatives))
    }

    fn check(&self, version: &Version) -> bool {
        self.0.iter().any(|(constraints, pre)| constraints.iter().all(|constraint| constraint.check(version, *pre)))
    }
}

impl Constraint {
    fn parse(source: &str, patterns: &Patterns) -> Result<Self, String> {
        let captures = patterns.one.captures(source).ok_or_else(|| format!("improper constraint: {source}"))?;
        let group = |index| captures.get(index).map_or("", |found| found.as_str());
        let wild = |index| matches!(group(index).trim_start_matches('.'), "" | "x" | "X" | "*");
        let mut constraint =
            Self { version: Version::default(), operator: group(1).to_owned(), dirty: true, minor_dirty: false, patch_dirty: false };
        let pre = group(6);
        let text = if wild(3) {
            format!("0.0.0{pre}")
        } else if wild(4) {
            constraint.minor_dirty = true;
            format!("{}.0.0{pre}", group(3))
        } else if wild(5) {
            constraint.patch_dirty = true;
            format!("{}{}.0{pre}", group(3), group(4))
        } else {
            constraint.dirty = false;
            group(2).to_owned()
        };
        constraint.version = Version::parse(&text).map_err(|_| "constraint parser error")?;
        Ok(constraint)
    }

    fn check(&self, version: &Version, include_pre: bool) -> bool {
        if !version.pre.is_empty() && !include_pre {
            return false;
        }
        let con = &self.version;
        let order = version.compare(con);
        match self.operator.as_str() {
            "" | "=" if self.dirty => self.tilde(version),
            "" | "=" => order.is_eq(),
            "!=" => self.not_equal(version),
            ">" if !self.dirty => order.is_gt(),
            ">" => match version.major.cmp(&con.major) {
                Ordering::Greater => true,
                Ordering::Less => false,
                Ordering::Equal if self.minor_dirty => false,
                Ordering::Equal if self.patch_dirty => version.minor > con.minor,
                Ordering::Equal => order.is_gt(),
            },
            "<" => order.is_lt(),
            ">=" | "=>" => order.is_ge(),
            "<=" | "=<" if !self.dirty => order.is_le(),
            "<=" | "=<" => !(version.major > con.major || (version.major == con.major && version.minor > con.minor && !self.minor_dirty)),
            "~" | "~>" => self.tilde(version),
            _ => self.caret(version),
        }
    }

    fn not_equal(&self, version: &Version) -> bool {
        let con = &self.version;
        if self.dirty {
            if con.major != version.major || (con.minor != version.minor && !self.minor_dirty) {
                return true;
            }
            if self.minor_dirty {
                return false;
            }
            if con.patch != version.patch && !self.patch_dirty {
                return true;
            }
            if self.patch_dirty {
                let pre = !version.pre.is_empty() || !con.pre.is_empty();
                return pre && compare_pre(&version.pre, &con.pre).is_ne();
            }
        }
        version.compare(con).is_ne()
    }

    fn tilde(&self, version: &Version) -> bool {
        let con = &self.version;
        if version.compare(con).is_lt() {
            return false;
        }
        if con.major == 0 && con.minor == 0 && con.patch == 0 && !self.minor_dirty && !self.patch_dirty {
            return true;
        }
        version.major == con.major && (version.minor == con.minor || self.minor_dirty)
    }

    fn caret(&self, version: &Version) -> bool {
        let con = &self.version;
        if version.compare(con).is_lt() {
            return false;
        }
        if con.major > 0 || self.minor_dirty {
            return version.major == con.major;
        }
        if version.major > 0 {
            return false;
        }
        if con.minor > 0 || self.patch_dirty {
            return version.minor == con.minor;
        }
        version.minor == 0 && version.patch == con.patch
    }
}
