//! Renders every string of a value (upstream `NunjucksWorkflowRunner.render`).

use serde_json::{Map, Value};

use crate::lang::javascript::special::plain;
use crate::lang::jinja::{Context, Host, Limits, Options, Template, TemplateError};
use crate::text::pointer;

/// How text becomes a value again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// scaffolder-backend up to 4.0.2: nunjucks, by way of `dump` and JSON.
    Legacy,
    /// 4.0.3 to 4.2.0: a sole interpolation keeps its value.
    #[default]
    Native,
    /// nunjitsu's JSON coercion, prepared for later releases.
    Json,
}

/// A string that could not be rendered and was kept as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// JSON pointer to it.
    pub path: String,
    /// Why.
    pub error: TemplateError,
}

/// What became of a value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rendered {
    /// The value; `None` when the root became undefined.
    pub value: Option<Value>,
    /// Pointers to strings that became undefined.
    pub removed: Vec<String>,
    /// Strings that were kept as written.
    pub fallbacks: Vec<Fallback>,
}

/// Renders one string.
pub fn render_string(source: &str, context: &Context, mode: Mode, host: &dyn Host) -> Result<Option<Value>, TemplateError> {
    render_marked_string(source, context, mode, host).map(|value| value.map(plain))
}

fn render_marked_string(source: &str, context: &Context, mode: Mode, host: &dyn Host) -> Result<Option<Value>, TemplateError> {
    let limits = Limits::default();
    match mode {
        Mode::Native if memchr::memchr2(b'{', b'#', source.as_bytes()).is_none() => Ok(Some(Value::String(source.to_owned()))),
        Mode::Native => Template::parse(source, &Options::default())?.render_value(context, host, limits),
        Mode::Json => Template::parse(source, &Options::default())?.render_json(context, host, limits),
        Mode::Legacy => legacy(source, context, host),
    }
}

/// A single node is wrapped in `dump` and decoded; when that fails the text counts.
fn legacy(source: &str, context: &Context, host: &dyn Host) -> Result<Option<Value>, TemplateError> {
    let options = Options { legacy: true, ..Options::default() };
    let limits = Limits::default();
    let parsed = Template::parse(source, &options);
    if parsed.as_ref().is_ok_and(Template::is_single) {
        let wrapped = wrap(source);
        let encoded = Template::parse(&wrapped, &options).and_then(|template| template.render(context, host, limits));
        match encoded {
            Ok(text) if text.is_empty() => return Ok(None),
            Ok(text) => {
                if let Ok(value) = serde_json::from_str(&text) {
                    return Ok(Some(crate::lang::javascript::canonical(&value)));
                }
            }
            Err(_) => {}
        }
    }
    let text = parsed?.render(context, host, limits)?;
    Ok(if text.is_empty() { None } else { Some(Value::String(text)) })
}

/// `${{…}}` to `${{ ( … ) | dump }}`, greedily and line by line.
fn wrap(source: &str) -> String {
    let line = |line: &str| match (line.find("${{"), line.rfind("}}")) {
        (Some(start), Some(end)) if end > start + 3 => {
            let (head, inside, tail) = (line.get(..start), line.get(start + 3..end), line.get(end + 2..));
            format!("{}${{{{ ( {} ) | dump }}}}{}", head.unwrap_or_default(), inside.unwrap_or_default(), tail.unwrap_or_default())
        }
        _ => line.to_owned(),
    };
    let mut out = String::with_capacity(source.len() + 16);
    let mut rest = source;
    while let Some(end) = rest.find(['\n', '\r', '\u{2028}', '\u{2029}']) {
        let (head, tail) = rest.split_at(end);
        out.push_str(&line(head));
        let length = tail.chars().next().map_or(1, char::len_utf8);
        out.push_str(tail.get(..length).unwrap_or_default());
        rest = tail.get(length..).unwrap_or_default();
    }
    out.push_str(&line(rest));
    out
}

/// Renders every string of a value; keys are left alone.
pub fn render(input: &Value, context: &Result<Context, TemplateError>, mode: Mode, host: &dyn Host) -> Rendered {
    let rendered = render_marked(input, context, mode, host);
    Rendered { value: rendered.value.map(plain), ..rendered }
}

/// The same with marks for numbers that JSON does not have.
pub(super) fn render_marked(input: &Value, context: &Result<Context, TemplateError>, mode: Mode, host: &dyn Host) -> Rendered {
    let mut rendered = Rendered::default();
    let mut walk = Walk { context, mode, host, rendered: &mut rendered, path: String::new() };
    let value = walk.visit(input, 0);
    rendered.value = value;
    rendered
}

struct Walk<'a> {
    context: &'a Result<Context, TemplateError>,
    mode: Mode,
    host: &'a dyn Host,
    rendered: &'a mut Rendered,
    path: String,
}

impl Walk<'_> {
    fn visit(&mut self, value: &Value, depth: usize) -> Option<Value> {
        if depth > 500 {
            return Some(value.clone());
        }
        match value {
            Value::String(source) => self.string(source),
            Value::Array(items) => {
                let items = items.iter().enumerate().map(|(at, item)| self.inside(&at.to_string(), item, depth).unwrap_or(Value::Null));
                Some(Value::Array(items.collect()))
            }
            Value::Object(members) => {
                let mut out = Map::with_capacity(members.len());
                for (key, member) in members {
                    if let Some(member) = self.inside(key, member, depth) {
                        out.insert(key.clone(), member);
                    }
                }
                Some(Value::Object(out))
            }
            other => Some(other.clone()),
        }
    }

    fn inside(&mut self, token: &str, value: &Value, depth: usize) -> Option<Value> {
        let length = self.path.len();
        pointer::push(&mut self.path, token);
        let value = self.visit(value, depth + 1);
        self.path.truncate(length);
        value
    }

    fn string(&mut self, source: &str) -> Option<Value> {
        let answer = match self.context {
            Ok(context) => render_marked_string(source, context, self.mode, self.host),
            Err(error) => Err(error.clone()),
        };
        match answer {
            Ok(value) => {
                if value.is_none() {
                    self.rendered.removed.push(self.path.clone());
                }
                value
            }
            Err(error) => {
                self.rendered.fallbacks.push(Fallback { path: self.path.clone(), error });
                Some(Value::String(source.to_owned()))
            }
        }
    }
}
