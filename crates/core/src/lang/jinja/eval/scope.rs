//! Names at run time, and the slots of compiled frames.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use smallvec::{SmallVec, smallvec};

use super::super::ast::{Name, Slot};
use super::super::parse::is_reserved;
use super::super::value::Value;

/// A frame of names.
pub(in super::super) struct Scope {
    parent: Option<Rc<Scope>>,
    /// Assignments never go further up.
    isolates: bool,
    /// What is undefined is not there, as in the frames of nunjucks.
    transparent: bool,
    names: RefCell<Names>,
}

/// Scopes up to this size are searched from end to end.
const SMALL: usize = 32;

/// The names of one scope.
#[derive(Default)]
struct Names {
    entries: SmallVec<[(Name, Value); 1]>,
    /// Where the names of a large scope are.
    index: Option<HashMap<Name, usize>>,
}

impl Names {
    fn find(&self, name: &str) -> Option<usize> {
        if self.entries.len() > SMALL {
            return self.index.as_ref().and_then(|index| index.get(name).copied());
        }
        self.entries.iter().position(|(known, _)| &**known == name)
    }

    fn get(&self, name: &str) -> Option<Value> {
        self.find(name).and_then(|at| self.entries.get(at)).map(|(_, value)| value.clone())
    }

    fn set(&mut self, name: &Name, value: Value) {
        if let Some((_, old)) = self.find(name).and_then(|at| self.entries.get_mut(at)) {
            *old = value;
            return;
        }
        self.entries.push((name.clone(), value));
        if self.entries.len() > SMALL {
            let index = self.index.get_or_insert_default();
            let known = index.len();
            index.extend(self.entries.iter().enumerate().skip(known).map(|(at, (name, _))| (name.clone(), at)));
        }
    }
}

impl Scope {
    /// What the template exports; nunjucks keeps that in the context.
    pub(super) fn root(isolates: bool, transparent: bool) -> Self {
        Self { parent: None, isolates, transparent, names: RefCell::default() }
    }

    pub(super) fn child(self: &Rc<Self>, isolates: bool) -> Self {
        Self { parent: Some(Rc::clone(self)), isolates, transparent: self.transparent, names: RefCell::default() }
    }

    /// The value of a name; `None` when no frame knows it.
    pub(super) fn get(&self, name: &str) -> Option<Value> {
        if is_reserved(name) {
            return None;
        }
        let mut scope = self;
        loop {
            let found = scope.names.borrow().get(name);
            match (found, scope.parent.as_deref()) {
                (Some(Value::Undefined), Some(parent)) if scope.transparent => scope = parent,
                (Some(value), _) => return Some(value),
                (None, parent) => scope = parent?,
            }
        }
    }

    /// Defines or replaces a name here.
    pub(super) fn set(&self, name: &Name, value: Value) {
        self.names.borrow_mut().set(name, value);
    }

    fn owns(&self, name: &str) -> bool {
        match self.names.borrow().get(name) {
            Some(Value::Undefined) => !self.transparent,
            found => found.is_some(),
        }
    }

    /// Replaces the nearest binding that may be written, or defines the name here.
    pub(super) fn assign(&self, name: &Name, value: Value) {
        let mut scope = self;
        while !scope.isolates && !scope.owns(name) {
            match scope.parent.as_deref() {
                Some(parent) if parent.can_assign(name) => scope = parent,
                _ => return self.set(name, value),
            }
        }
        scope.set(name, value);
    }

    fn can_assign(&self, name: &str) -> bool {
        let mut scope = self;
        loop {
            if scope.owns(name) {
                return true;
            }
            match scope.parent.as_deref() {
                Some(parent) if !scope.isolates => scope = parent,
                _ => return false,
            }
        }
    }
}

/// The storage of one compiled frame.
pub(in super::super) struct Frame {
    slots: RefCell<SmallVec<[Value; 4]>>,
    parent: Option<Rc<Frame>>,
}

impl Frame {
    pub(super) fn new(slots: u32, parent: Option<Rc<Self>>) -> Self {
        Self { slots: RefCell::new(smallvec![Value::Undefined; slots as usize]), parent }
    }

    fn owner(&self, slot: Slot) -> Option<&Self> {
        let mut frame = self;
        for _ in 0..slot.up {
            frame = frame.parent.as_deref()?;
        }
        Some(frame)
    }

    pub(super) fn get(&self, slot: Slot) -> Value {
        let value = self.owner(slot).and_then(|frame| frame.slots.borrow().get(slot.index as usize).cloned());
        value.unwrap_or(Value::Undefined)
    }

    pub(super) fn set(&self, slot: Slot, value: Value) {
        if let Some(frame) = self.owner(slot)
            && let Some(place) = frame.slots.borrow_mut().get_mut(slot.index as usize)
        {
            *place = value;
        }
    }
}
