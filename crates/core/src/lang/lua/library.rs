//! The functions a program can call, and which of them are open.

use super::ast::Bytes;
use super::machine::{Machine, Ran};
use super::value::{Table, Value};
use super::{base, math, os, string, table};

macro_rules! builtins {
    ($($variant:ident $library:literal $name:literal;)*) => {
        /// A function written here.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Builtin { $($variant,)* }

        const ALL: &[(Builtin, &str, &str)] = &[$((Builtin::$variant, $library, $name),)*];
    };
}

builtins! {
    Assert "" "assert"; CollectGarbage "" "collectgarbage"; Error "" "error"; GetMetatable "" "getmetatable"; Ipairs "" "ipairs";
    LoadString "" "loadstring"; Next "" "next"; Pairs "" "pairs"; Pcall "" "pcall"; Print "" "print"; RawEqual "" "rawequal"; RawGet "" "rawget";
    RawSet "" "rawset"; Require "" "require"; Select "" "select"; SetMetatable "" "setmetatable"; ToNumber "" "tonumber"; ToString "" "tostring";
    Type "" "type"; Unpack "" "unpack"; Xpcall "" "xpcall"; IpairsStep "-" "ipairs step";
    Concat "table" "concat"; GetN "table" "getn"; Insert "table" "insert"; MaxN "table" "maxn"; Remove "table" "remove"; Sort "table" "sort";
    TableTime "table" "time"; TableDate "table" "date";
    Byte "string" "byte"; Char "string" "char"; Find "string" "find"; Format "string" "format"; Gmatch "string" "gmatch"; Gsub "string" "gsub";
    Len "string" "len"; Lower "string" "lower"; Match "string" "match"; Rep "string" "rep"; Reverse "string" "reverse"; Sub "string" "sub"; Upper "string" "upper";
    GmatchStep "-" "gmatch step";
    Abs "math" "abs"; Ceil "math" "ceil"; Floor "math" "floor"; Fmod "math" "fmod"; Max "math" "max"; Min "math" "min"; Mod "math" "mod"; Modf "math" "modf";
    Pow "math" "pow"; Sqrt "math" "sqrt"; Exp "math" "exp"; Log "math" "log"; Log10 "math" "log10";
    Time "os" "time"; Date "os" "date"; DiffTime "os" "difftime"; GetEnv "os" "getenv"; Clock "os" "clock";
}

/// The base function of that name.
pub(super) fn base(name: &[u8]) -> Option<Builtin> {
    ALL.iter().find(|(_, library, known)| library.is_empty() && known.as_bytes() == name).map(|(builtin, _, _)| *builtin)
}

/// Whether a name that is no base function stands for something else once the globals are filled.
pub(super) fn is_opened(name: &[u8]) -> bool {
    matches!(name, b"table" | b"_VERSION" | b"_G")
}

/// Fills the globals: base, `table` with the time functions that Argo CD's safe loader leaves there, and the rest if everything is open.
pub(super) fn open(machine: &mut Machine<'_>) {
    let mut libraries: Vec<(&str, Table)> = vec![("table", Table::default())];
    if machine.open_libs {
        libraries.extend(["string", "math", "os", "io", "coroutine", "debug"].map(|name| (name, Table::default())));
    }
    let mut globals = Table::default();
    for (builtin, library, name) in ALL {
        if library.is_empty() {
            globals.set_text(name, Value::Builtin(*builtin));
        } else if let Some((_, table)) = libraries.iter_mut().find(|(known, _)| known == library) {
            table.set_text(name, Value::Builtin(*builtin));
        }
    }
    for (name, mut table) in libraries {
        if name == "math" {
            table.set_text("pi", Value::Number(std::f64::consts::PI));
            table.set_text("huge", Value::Number(f64::INFINITY));
        }
        let is_string = name == "string";
        let library = machine.heap.adopt(table);
        if is_string {
            let mut metatable = Table::default();
            metatable.set_text("__index", library.clone());
            if let Value::Table(at) = machine.heap.adopt(metatable) {
                machine.strings = Some(at);
            }
        }
        globals.set_text(name, library);
    }
    globals.set_text("_VERSION", Value::text("Lua 5.1"));
    globals.set_text("_G", Value::Table(machine.globals));
    if let Some(place) = machine.heap.tables.get_mut(machine.globals) {
        let set = std::mem::replace(place, globals);
        set.into_hash().for_each(|(key, value)| place.set(&key, value));
    }
}

/// The module that `require("os")` gives: Argo CD's reduced one.
pub(super) fn safe_os(machine: &mut Machine<'_>) -> Value {
    let mut table = Table::default();
    table.set_text("time", Value::Builtin(Builtin::Time));
    table.set_text("date", Value::Builtin(Builtin::Date));
    machine.heap.adopt(table)
}

/// Runs a builtin.
pub(super) fn call(machine: &mut Machine<'_>, builtin: Builtin, arguments: Vec<Value>) -> Ran<Vec<Value>> {
    let library = ALL.get(builtin as usize).map_or("", |(_, library, _)| library);
    let arguments = Arguments(arguments);
    match (library, builtin) {
        (_, Builtin::TableTime | Builtin::TableDate) | ("os", _) => os::call(machine, builtin, &arguments),
        ("table", _) => table::call(machine, builtin, arguments),
        ("string", _) | (_, Builtin::GmatchStep) => string::call(machine, builtin, &arguments),
        ("math", _) => math::call(machine, builtin, &arguments),
        _ => base::call(machine, builtin, arguments),
    }
}

/// What a builtin was called with, and gopher-lua's complaints about it.
#[derive(Debug)]
pub(super) struct Arguments(pub(super) Vec<Value>);

impl Arguments {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Counted from 1; nil past the end.
    pub(super) fn get(&self, at: usize) -> Value {
        self.0.get(at.wrapping_sub(1)).cloned().unwrap_or_default()
    }

    pub(super) fn complain<T>(machine: &Machine<'_>, at: usize, message: impl std::fmt::Display) -> Ran<T> {
        machine.error(format!("bad argument #{at} to {} ({message})", String::from_utf8_lossy(&machine.callee)))
    }

    fn wrong<T>(&self, machine: &Machine<'_>, at: usize, wanted: &str) -> Ran<T> {
        Self::complain(machine, at, format!("{wanted} expected, got {}", self.get(at).kind()))
    }

    pub(super) fn any(&self, machine: &Machine<'_>, at: usize) -> Ran<Value> {
        if at > self.len() { Self::complain(machine, at, "value expected") } else { Ok(self.get(at)) }
    }

    pub(super) fn table(&self, machine: &Machine<'_>, at: usize) -> Ran<usize> {
        match self.get(at) {
            Value::Table(table) => Ok(table),
            _ => self.wrong(machine, at, "table"),
        }
    }

    pub(super) fn function(&self, machine: &Machine<'_>, at: usize) -> Ran<Value> {
        match self.get(at) {
            function @ (Value::Closure(_) | Value::Builtin(_)) => Ok(function),
            _ => self.wrong(machine, at, "function"),
        }
    }

    pub(super) fn number(&self, machine: &Machine<'_>, at: usize) -> Ran<f64> {
        match self.get(at).as_number() {
            Some(number) => Ok(number),
            None => self.wrong(machine, at, "number"),
        }
    }

    pub(super) fn integer(&self, machine: &Machine<'_>, at: usize) -> Ran<i64> {
        Ok(self.number(machine, at)? as i64)
    }

    pub(super) fn integer_or(&self, machine: &Machine<'_>, at: usize, default: i64) -> Ran<i64> {
        if self.get(at).is_nil() { Ok(default) } else { self.integer(machine, at) }
    }

    pub(super) fn text(&self, machine: &Machine<'_>, at: usize) -> Ran<Bytes> {
        match self.get(at) {
            Value::Text(text) => Ok(text),
            number @ Value::Number(_) => Ok(number.display().into_bytes().into()),
            _ => self.wrong(machine, at, "string"),
        }
    }
}
