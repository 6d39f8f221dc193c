//! One text of a set: `Render.Replace`, in either engine, compiled once.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use super::{params::Params, stop::Stop};
use crate::lang::{
    fasttemplate,
    gofmt::{self, Text},
    gotemplate::{self, Data, Options},
};

/// A compiled text.
#[derive(Debug)]
pub(super) enum Compiled {
    /// Nothing to replace.
    Literal,
    Fast(fasttemplate::Template),
    Go(gotemplate::Template),
}

/// A template, or why it does not parse.
type Shared = Rc<Result<Compiled, Stop>>;

/// The engine of a set, and the texts it has compiled.
#[derive(Debug)]
pub(super) struct Engine {
    /// `goTemplate`
    pub(super) go: bool,
    options: Result<Options, Stop>,
    strict: Options,
    compiled: RefCell<HashMap<(String, bool), Shared>>,
}

impl Engine {
    /// The engine that a set asks for; options that `text/template` does not know panic when they are used.
    pub(super) fn new<S: AsRef<str>>(go: bool, options: &[S]) -> Self {
        let parsed = Options::parse(options).map_err(|error| Stop::Panic(error.message));
        let strict = Options { missing_key: gotemplate::MissingKey::Error, ..Options::default() };
        Self { go, options: parsed, strict, compiled: RefCell::default() }
    }

    /// Whether the options are known; upstream panics when it renders anything with others.
    pub(super) fn check(&self) -> Result<(), Stop> {
        if self.go { self.options.as_ref().map(|_| ()).map_err(Clone::clone) } else { Ok(()) }
    }

    /// Compiles a text; `strict` forces `missingkey=error`.
    pub(super) fn compile(&self, text: &str, strict: bool) -> Rc<Result<Compiled, Stop>> {
        let key = (text.to_owned(), strict && self.go);
        if let Some(known) = self.compiled.borrow().get(&key) {
            return Rc::clone(known);
        }
        let compiled = Rc::new(self.compile_new(text, strict));
        self.compiled.borrow_mut().insert(key, Rc::clone(&compiled));
        compiled
    }

    fn compile_new(&self, text: &str, strict: bool) -> Result<Compiled, Stop> {
        if !self.go {
            if !fasttemplate::is_template(text) {
                return Ok(Compiled::Literal);
            }
            return Ok(Compiled::Fast(fasttemplate::Template::compile(text)?));
        }
        let options = self.options.clone()?;
        if !text.contains("{{") {
            return Ok(Compiled::Literal);
        }
        let options = if strict { &self.strict } else { &options };
        Ok(Compiled::Go(gotemplate::Template::compile(text, options)?))
    }

    /// Shows every text that was compiled so far.
    pub(super) fn each_compiled(&self, see: impl FnMut(&Compiled)) {
        self.compiled.borrow().values().filter_map(|shared| shared.as_ref().as_ref().ok()).for_each(see);
    }

    /// `Replace`
    pub(super) fn replace(&self, text: &str, params: &Params) -> Result<String, Stop> {
        self.replace_with(text, params, false)
    }

    /// `Replace` with `missingkey=error`.
    pub(super) fn replace_strictly(&self, text: &str, params: &Params) -> Result<String, Stop> {
        self.replace_with(text, params, true)
    }

    fn replace_with(&self, text: &str, params: &Params, strict: bool) -> Result<String, Stop> {
        match self.compile(text, strict).as_ref() {
            Ok(Compiled::Literal) => Ok(text.to_owned()),
            Ok(compiled) => compiled.render(text, params),
            Err(stop) => Err(stop.clone()),
        }
    }
}

impl Compiled {
    /// The text with the parameters in place.
    pub(super) fn render(&self, text: &str, params: &Params) -> Result<String, Stop> {
        match self {
            Self::Literal => Ok(text.to_owned()),
            Self::Go(template) => Ok(template.render(&Data::new(params.clone()))?),
            Self::Fast(template) => {
                let entries = params.entries();
                let rendered = template.render(|name| match entries.as_ref()?.get(name.as_bytes()) {
                    Some(gofmt::Value::Str(value)) => std::str::from_utf8(Text::as_bytes(value)).ok(),
                    _ => None,
                });
                Ok(rendered?)
            }
        }
    }
}
