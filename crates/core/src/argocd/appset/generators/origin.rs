//! Which rows of which generators a parameter set was made of.

use std::rc::Rc;

use crate::argocd::appset::params::{Params, flatten};

/// The rows behind one parameter set.
#[derive(Debug, Clone)]
pub(in crate::argocd::appset) enum Origin {
    /// A row of a generator that combines no others.
    Row(Rc<Row>),
    /// Rows that met; where two give one parameter, the later one wins.
    Met(Vec<Origin>),
}

/// A row of a generator.
#[derive(Debug)]
pub(in crate::argocd::appset) struct Row {
    /// JSON pointer of the generator in the set.
    pub(in crate::argocd::appset) generator: Rc<str>,
    /// Which of its parameter sets, from 0.
    pub(in crate::argocd::appset) index: usize,
    /// The names that it gives, with dots.
    names: Vec<String>,
}

impl Row {
    /// Whether it gives a parameter, a part of it, or what it is a part of.
    fn gives(&self, name: &str) -> bool {
        let inside = |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        self.names.iter().any(|known| inside(known, name) || inside(name, known))
    }
}

impl Origin {
    /// A row of a generator.
    pub(super) fn row(generator: &Rc<str>, index: usize, params: &Params) -> Self {
        let names = flatten(params).into_iter().map(|(name, _)| name).collect();
        Self::Row(Rc::new(Row { generator: Rc::clone(generator), index, names }))
    }

    /// The rows, in the order in which they win.
    pub(in crate::argocd::appset) fn rows(&self) -> Vec<&Row> {
        match self {
            Self::Row(row) => vec![row.as_ref()],
            Self::Met(parts) => parts.iter().flat_map(Self::rows).collect(),
        }
    }

    /// The row that gave a parameter.
    pub(in crate::argocd::appset) fn of(&self, name: &str) -> Option<&Row> {
        self.rows().into_iter().rev().find(|row| row.gives(name))
    }
}

/// Parameter sets; with provenance asked for, each one's origin beside it.
#[derive(Debug, Default)]
pub(in crate::argocd::appset) struct Rows {
    pub(in crate::argocd::appset) params: Vec<Params>,
    pub(in crate::argocd::appset) origins: Vec<Origin>,
}

impl Rows {
    /// Adds a parameter set.
    pub(super) fn push(&mut self, params: Params, origin: Option<Origin>) {
        self.params.push(params);
        self.origins.extend(origin);
    }

    /// The origin of a parameter set, if it was asked for.
    pub(super) fn origin(&self, index: usize) -> Option<Origin> {
        self.origins.get(index).cloned()
    }

    /// Keeps the parameter sets that pass.
    pub(super) fn retain(&mut self, passes: impl Fn(&Params) -> bool) {
        let keep: Vec<bool> = self.params.iter().map(passes).collect();
        let mut of_params = keep.iter();
        self.params.retain(|_| of_params.next() == Some(&true));
        let mut of_origins = keep.iter();
        self.origins.retain(|_| of_origins.next() == Some(&true));
    }
}
