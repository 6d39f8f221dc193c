//! Go's `text/template` with Sprig 3.3.0, as Argo CD's ApplicationSet sets it up.
//!
//! Supported: the whole language of Go 1.27 (pipelines, variables, `if`, `with`,
//! `range` with `break` and `continue`, `define`, `template`, `block`, comments,
//! trimming), the `missingkey` option, the built-in functions, all of Sprig's
//! generic map but `env`, `expandenv` and `getHostByName` (which Argo CD
//! removes), and Argo CD's `normalize`, `slugify`, `toYaml`, `fromYaml`,
//! `fromYamlArray` and `tpl`.
//!
//! Functions of the clock and of chance run on the time and the seed that the
//! caller passes in [`Options`]. Without them, and always for the functions that
//! make keys, certificates and salted hashes, a template is refused when its
//! text depends on what they give (`{{ now | typeOf }}` does not).
//!
//! A template is compiled once and rendered as often as wanted. `set` and its
//! kin change the data, as upstream's do.

mod argo;
mod builtin;
mod compare;
mod convert;
mod data;
mod env;
mod exec;
mod function;
mod lex;
mod node;
mod number;
mod parse;
mod sprig;

pub(crate) use argo::slug_of_ascii;
pub use argo::{sanitize_name, slugify};
pub use data::Data;
pub use function::names;

use crate::{Error, Result};

/// How deep blocks and parentheses may nest.
const MAX_NESTING: usize = 200;

/// What to do about a map key that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingKey {
    /// Go on; it prints as `<no value>`.
    #[default]
    Default,
    /// Go on with the element type's zero value.
    Zero,
    /// Stop.
    Error,
}

/// How a template is run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `missingkey`
    pub missing_key: MissingKey,
    /// What `now` gives; without it, templates that depend on it are refused.
    pub now: Option<jiff::Timestamp>,
    /// What `rand…`, `shuffle` and `uuidv4` draw from; without it, templates that depend on them are refused.
    pub seed: Option<u64>,
}

impl Options {
    /// Reads `goTemplateOptions`; the last one wins.
    ///
    /// # Errors
    /// For an option that `text/template` does not know, where upstream panics.
    pub fn parse<S: AsRef<str>>(options: &[S]) -> Result<Self> {
        let mut parsed = Self::default();
        for option in options {
            parsed.missing_key = match option.as_ref() {
                "missingkey=default" | "missingkey=invalid" => MissingKey::Default,
                "missingkey=zero" => MissingKey::Zero,
                "missingkey=error" => MissingKey::Error,
                "" => return Err(Error::upstream("panic: empty option string")),
                other => return Err(Error::upstream(format!("panic: unrecognized option: {other}"))),
            };
        }
        Ok(parsed)
    }
}

/// A compiled template.
#[derive(Debug)]
pub struct Template {
    text: String,
    trees: parse::Trees,
    options: Options,
    volatile: bool,
}

impl Template {
    /// Compiles a text.
    ///
    /// # Errors
    /// `failed to parse template …` as upstream says it.
    pub fn compile(text: &str, options: &Options) -> Result<Self> {
        let trees = parse::parse("base", text).map_err(|mut error| {
            error.message = format!("failed to parse template {text}: {}", error.message);
            error
        })?;
        let volatile = text.contains("{{") && exec::is_volatile(&trees);
        Ok(Self { text: text.to_owned(), trees, options: options.clone(), volatile })
    }

    /// Renders the template on data; functions such as `set` change the data.
    ///
    /// # Errors
    /// `failed to execute go template …` as upstream says it, and when a limit is reached.
    pub fn render(&self, data: &Data) -> Result<String> {
        self.render_bytes(data).map(|bytes| crate::lang::gofmt::Text::from(bytes).to_lossy().into_owned())
    }

    /// Renders to bytes, which need not be UTF-8.
    ///
    /// # Errors
    /// As [`Template::render`].
    pub fn render_bytes(&self, data: &Data) -> Result<Vec<u8>> {
        if !self.volatile {
            return self.run(data, 0).map(|(bytes, _)| bytes);
        }
        let again = data.deep_copy();
        let (bytes, used) = self.run(data, 0)?;
        if !used.is_empty() && self.run(&again, 1)?.0 != bytes {
            return Err(Error::new("nondeterministic", format!("the template's text depends on time or chance: {}", used.join(", "))));
        }
        Ok(bytes)
    }

    fn run(&self, data: &Data, variation: u64) -> Result<(Vec<u8>, Vec<&'static str>)> {
        let env = env::Env::new(&self.options, variation);
        let scope = exec::Scope { trees: &self.trees, text: &self.text, parent: None };
        let bytes = exec::execute(&scope, &env, self.options.missing_key, data.value()).map_err(|mut error| {
            error.message = format!("failed to execute go template {}: {}", self.text, error.message);
            error
        })?;
        Ok((bytes, env.used()))
    }

    /// The field paths that the template reads from its data, such as `.metadata.labels`.
    pub fn fields(&self) -> Vec<String> {
        exec::fields(&self.trees)
    }

    /// Whether the template hands its data on as a whole, so that anything in it may be read.
    pub fn reads_all(&self) -> bool {
        exec::reads_all(&self.trees)
    }
}

/// The scheme of a URL that Go's `url.Parse` accepts, else its error.
pub(crate) fn url_scheme(source: &str) -> Result<String, String> {
    sprig::url::scheme_of(source)
}
