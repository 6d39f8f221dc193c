//! `RenderGeneratorParams`: the second child of a matrix, with the first child's parameters in it.

use super::{params::Params, stop::Stop, text::Engine};
use crate::{
    Map, Value,
    kube::structs::{Structs, Type, structs},
};

/// The generator structs whose `values` are resolved ahead, and only as far as they can be.
const WITH_VALUES: [&str; 7] = [
    "ClusterGenerator",
    "DuckTypeGenerator",
    "GitGenerator",
    "SCMProviderGenerator",
    "PullRequestGenerator",
    "PluginGenerator",
    "OciGenerator",
];

struct Walk<'e> {
    engine: &'e Engine,
    params: &'e Params,
    table: &'static Structs,
}

/// The decoded generator with every text rendered. Absent lists and maps of its structs become empty ones, as
/// upstream's walk makes them.
pub(super) fn interpolate(generator: &Value, ty: Type, engine: &Engine, params: &Params) -> Result<Value, Stop> {
    engine.check()?;
    let walk = Walk { engine, params, table: structs() };
    walk.value(generator, ty).map_err(|stop| stop.context("failed to replace parameters in generator"))
}

impl Walk<'_> {
    fn value(&self, value: &Value, ty: Type) -> Result<Value, Stop> {
        match (ty, value) {
            (Type::Raw, _) => raw(value, self.engine, self.params),
            (Type::Pointer(_), Value::Null) => Ok(Value::Null),
            (Type::Pointer(to), _) => self.value(value, self.table.ty(to)),
            (Type::String, Value::String(text)) => Ok(Value::String(self.engine.replace(text, self.params)?)),
            // the walk reaches the text inside, whatever the number beside it
            (Type::IntOrString, Value::String(text)) => Ok(Value::String(self.engine.replace(text, self.params)?)),
            (Type::List(_), Value::Null) => Ok(Value::Array(Vec::new())),
            (Type::List(of), Value::Array(items)) => {
                let of = self.table.ty(of);
                items.iter().map(|item| self.value(item, of)).collect::<Result<Vec<_>, _>>().map(Value::Array)
            }
            (Type::Map(_), Value::Null) => Ok(Value::Object(Map::new())),
            (Type::Map(of), Value::Object(members)) => {
                let of = self.table.ty(of);
                let mut out = Map::new();
                for (key, item) in sorted(members) {
                    let item = self.value(item, of)?;
                    out.insert(self.engine.replace(key, self.params)?, item);
                }
                Ok(Value::Object(out))
            }
            (Type::Struct(at), Value::Object(members)) => self.structure(members, at),
            (_, other) => Ok(other.clone()),
        }
    }

    fn structure(&self, members: &Map<String, Value>, at: u32) -> Result<Value, Stop> {
        let structure = self.table.structure(at);
        let name = structure.name.rsplit('.').next().unwrap_or_default();
        let mut out = Map::new();
        for field in structure.fields() {
            let member = members.get(field.name).unwrap_or(&Value::Null);
            let ty = self.table.ty(field.ty);
            if field.name == "values" && WITH_VALUES.contains(&name) {
                if let Value::Object(values) = member {
                    out.insert("values".into(), self.values(values)?);
                }
                continue;
            }
            let absent_struct = member.is_null() && matches!(ty, Type::Struct(_));
            let empty = Value::Object(Map::new());
            let rendered = self.value(if absent_struct { &empty } else { member }, ty)?;
            if !rendered.is_null() {
                out.insert(field.name.to_owned(), rendered);
            }
        }
        Ok(Value::Object(out))
    }

    fn values(&self, values: &Map<String, Value>) -> Result<Value, Stop> {
        let mut out = Map::new();
        for (key, value) in sorted(values) {
            let text = value.as_str().unwrap_or_default();
            let resolved = match self.engine.replace_strictly(text, self.params) {
                Ok(resolved) => resolved,
                Err(Stop::Error(message)) if message.contains("map has no entry for key") || message.contains("can't evaluate field") => {
                    text.to_owned()
                }
                Err(stop) => return Err(stop.context(&format!("failed to pre-resolve Values key {key:?}"))),
            };
            out.insert(key.clone(), Value::String(resolved));
        }
        Ok(Value::Object(out))
    }
}

/// Members in the order that we give to Go's random one.
pub(super) fn sorted(members: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by(|a, b| a.0.cmp(b.0));
    sorted
}

/// Raw JSON: read as YAML or JSON, walked with its keys, written again. Nulls in objects vanish, numbers are floats.
pub(super) fn raw(value: &Value, engine: &Engine, params: &Params) -> Result<Value, Stop> {
    Ok(match value {
        Value::String(text) => Value::String(engine.replace(text, params)?),
        Value::Number(_) => number(value),
        Value::Array(items) => Value::Array(items.iter().map(|item| raw(item, engine, params)).collect::<Result<_, _>>()?),
        Value::Object(members) => {
            let mut out = Map::new();
            for (key, item) in sorted(members) {
                if item.is_null() {
                    continue;
                }
                let item = raw(item, engine, params)?;
                out.insert(engine.replace(key, params)?, item);
            }
            Value::Object(out)
        }
        other => other.clone(),
    })
}

/// A number after a round trip through `float64`.
pub(super) fn number(value: &Value) -> Value {
    let Some(float) = value.as_f64() else { return value.clone() };
    if float.fract() == 0.0 && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&float) {
        Value::from(float as i64)
    } else {
        Value::from(float)
    }
}
