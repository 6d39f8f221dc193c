//! Following paths: what `path(f)` records while `f` runs.

use super::{JqError, Machine, V};
use crate::lang::jq::error::typed;

/// What a key of a finished path costs, in instructions: a path that only ever grows (`recurse(.a?)`) would otherwise fill
/// gigabytes before the steps run out.
const KEY_COST: usize = 8;

/// An entry of the stack of paths.
#[derive(Debug, Clone)]
pub(super) enum Followed {
    /// Where a path starts, and how deep aside we were outside of it.
    Start(usize, V),
    /// A step and the value it led to.
    Step(V, V),
}

impl Machine<'_> {
    /// Whether steps are recorded now.
    pub(super) fn follows(&self) -> bool {
        self.aside == 0 && !self.paths.is_empty()
    }

    fn intact(&self, value: &V) -> bool {
        match self.paths.top() {
            Some(Followed::Start(_, current) | Followed::Step(_, current)) => value.same(current),
            None => true,
        }
    }

    fn invalid(value: &V) -> JqError {
        JqError::message(format!("invalid path against: {}", typed(value)))
    }

    /// Records a step from a value, if paths are followed.
    pub(super) fn follow(&mut self, from: &V, key: impl FnOnce() -> V, to: &V) -> Result<(), JqError> {
        if !self.follows() {
            return Ok(());
        }
        if !self.intact(from) {
            return Err(Self::invalid(from));
        }
        self.paths.push(Followed::Step(key(), to.clone()));
        Ok(())
    }

    /// Records all steps of `getpath`.
    pub(super) fn follow_path(&mut self, from: &V, path: &[V], to: &V) -> Result<(), JqError> {
        if !self.intact(from) {
            return Err(Self::invalid(from));
        }
        for key in path {
            self.paths.push(Followed::Step(key.clone(), to.clone()));
        }
        Ok(())
    }

    pub(super) fn check_iterated(&self, value: &V) -> Result<(), JqError> {
        if self.intact(value) {
            return Ok(());
        }
        Err(JqError::message(format!("invalid path on iterating against: {}", typed(value))))
    }

    pub(super) fn begin_path(&mut self) {
        let top = self.stack.top().cloned().unwrap_or_default().value();
        self.paths.push(Followed::Start(self.aside, top));
        self.aside = 0;
    }

    pub(super) fn end_path(&mut self) -> Result<(), JqError> {
        self.pop();
        let value = self.pop();
        if !self.intact(&value) {
            return Err(Self::invalid(&value));
        }
        let mut steps = Vec::new();
        loop {
            match self.paths.pop() {
                Some(Followed::Step(key, _)) => steps.push(key),
                Some(Followed::Start(aside, _)) => {
                    self.aside = aside;
                    break;
                }
                None => break,
            }
        }
        self.spend(steps.len().saturating_mul(KEY_COST))?;
        steps.reverse();
        let path = V::array(steps)?;
        self.push(path);
        Ok(())
    }
}
