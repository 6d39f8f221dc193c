//! What the stages hand on to one another.

use super::{Flow, Need, Problem, Request, Stage};
use crate::backstage::scaffolder::dry_run::{StepReport, template_of};
use crate::platform::File;
use crate::platform::config::Config;
use crate::platform::drift;
use crate::platform::model::Platform;
use crate::platform::status::Card;
use crate::text::LineIndex;
use crate::yaml::{self, Dialect};
use crate::{Error, Location, Map, Result, Value};

/// A flow under way.
pub(super) struct Journey<'r> {
    /// What was asked.
    pub(super) request: &'r Request,
    /// The platform as it is.
    pub(super) platform: Platform<'r>,
    /// The template.
    pub(super) template: Value,
    /// The form's values.
    pub(super) values: Map<String, Value>,
    /// The new repository's name.
    pub(super) name: String,
    /// Its address.
    pub(super) repository: String,
    /// The steps of the dry run.
    pub(super) steps: Vec<StepReport>,
    /// The files of the new repository.
    pub(super) product: Vec<File>,
    /// The canonical reference of the new entity.
    pub(super) entity: Option<String>,
    /// The Applications that are new.
    pub(super) created: Vec<String>,
    /// The platform's files with the new ones, and its configuration.
    pub(super) after: Option<(Vec<File>, Config)>,
    /// The deployments that a plan has gone through.
    pub(super) deployed: Vec<Value>,
    pub(super) needs: Vec<Need>,
    pub(super) card: Option<Card>,
}

impl<'r> Journey<'r> {
    pub(super) fn begin(request: &'r Request) -> Result<Self> {
        let platform = Platform::read(&request.files, &request.rendered)?;
        let text = platform
            .tree
            .text(&request.template)
            .ok_or_else(|| Error::invalid(format!("{}: there is no such file in the platform's directory", request.template)))?;
        let template = template_of(text)?;
        Ok(Self {
            request,
            template,
            values: Map::new(),
            name: String::new(),
            repository: String::new(),
            steps: Vec::new(),
            product: Vec::new(),
            entity: None,
            created: Vec::new(),
            after: None,
            deployed: Vec::new(),
            needs: Vec::new(),
            card: None,
            platform,
        })
    }

    /// The values as the file says them.
    pub(super) fn read_values(&mut self) -> Result<()> {
        self.values = drift::values(&self.request.values.text)?;
        Ok(())
    }

    /// A problem at a pointer of a YAML text.
    pub(super) fn problem(&self, file: &File, pointer: &str, message: impl Into<String>) -> Problem {
        Problem { message: message.into(), location: locate(file, pointer) }
    }

    /// The template's file.
    pub(super) fn template_file(&self) -> File {
        let text = self.platform.tree.text(&self.request.template).unwrap_or_default().to_owned();
        File { path: self.request.template.clone(), text }
    }

    /// A file of the new repository.
    pub(super) fn file(&self, path: &str) -> Option<&File> {
        self.product.iter().find(|file| file.path == path)
    }

    /// Where a file of the new repository is said to be.
    pub(super) fn shown(&self, file: &File) -> File {
        File { path: format!("{}/{}", self.name, file.path), text: file.text.clone() }
    }

    pub(super) fn end(self, stages: Vec<Stage>) -> Flow {
        let name = self.template.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        let namespace = self.template.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or("default");
        Flow {
            template: format!("template:{namespace}/{name}"),
            name: self.name,
            stages,
            files: self.product,
            applications: self.created,
            needs: self.needs,
            card: self.card,
        }
    }
}

/// The place of a pointer in the first document of a text.
pub(super) fn locate(file: &File, pointer: &str) -> Location {
    let index = LineIndex::new(&file.text);
    let documents = yaml::parse(&file.text, Dialect::Kubernetes).unwrap_or_default();
    let holds = |document: &&yaml::Document| document.value().pointer(pointer).is_some();
    let document = documents.iter().find(holds).or_else(|| documents.first());
    match document.and_then(|document| document.locate(pointer)) {
        Some(span) => index.location(&file.text, &file.path, span),
        None => Location { file: file.path.clone(), line: 1, column: 1, end: None },
    }
}
